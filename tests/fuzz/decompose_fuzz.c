/*
 * A message taken apart: whatever came, in one piece or in two, what is given out lies within it,
 * is bounded, and holds nothing that would break out of a header; whoever is addressed is found
 * once.
 */
#include <assert.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "mime/decompose.h"

static bool lies_within(struct slice part, const struct slice *wire, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (part.p >= wire[i].p && part.p + part.n <= wire[i].p + wire[i].n)
			return true;
	return part.n == 0;
}

static bool is_one_line(struct slice text)
{
	return slice_find(text, '\r') == text.n && slice_find(text, '\n') == text.n &&
	       slice_find(text, '\0') == text.n;
}

static void check_text(const struct mime_leaf *leaf)
{
	struct buf text = {0};
	struct err err = {0};

	if (leaf && mime_leaf_text(leaf, &text, &err))
		assert(utf8_check(buf_slice(&text)) == text.n);
	buf_free(&text);
}

static void check_files(const struct mime_message *message, const struct slice *wire, size_t n)
{
	unsigned count = 0;
	uint64_t size;

	for (const struct mime_leaf *file = message->files; file; file = file->next) {
		assert(++count <= MIME_LEAVES_MOST);
		assert(lies_within(file->content, wire, n));
		assert(file->filename.n && is_one_line(file->filename) && is_one_line(file->type));
		assert(is_one_line(file->content_id));
		if (file->encoding == MIME_BASE64)
			base64_size(file->content, &size);
	}
}

static void check_list(const struct address_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		assert(list->at[i].email.n && is_one_line(list->at[i].email) &&
		       is_one_line(list->at[i].name));
}

/* Each of the envelope stands in one list, and nobody else in any. */
static void check_recipients(const struct mime_message *message, struct arena *arena)
{
	struct slice emails[3] = {SLICE("hidden@example.com")};
	struct mime_recipients found;
	size_t n = 1;

	if (message->to.n && !address_equal(message->to.at[0].email, emails[0]))
		emails[n++] = message->to.at[0].email;
	if (message->cc.n && !address_equal(message->cc.at[0].email, emails[0]) &&
	    !address_equal(message->cc.at[0].email, emails[n - 1]))
		emails[n++] = message->cc.at[0].email;
	mime_recipients(&message->to, &message->cc, emails, n, arena, &found);
	assert(found.to.n + found.cc.n + found.hidden.n == n);
	assert(found.to.n <= message->to.n && found.cc.n <= message->cc.n);
}

static void check(const struct slice *wire, size_t n)
{
	struct mime_message message;
	struct arena arena = {0};
	struct err err = {0};

	if (mime_decompose(wire, n, &arena, &message, &err)) {
		check_list(&message.to);
		check_list(&message.cc);
		check_list(&message.reply_to);
		check_text(message.text);
		check_text(message.html);
		check_files(&message, wire, n);
		for (const struct mime_field *f = message.fields; f; f = f->next)
			assert(f->name.n && is_one_line(f->name) && is_one_line(f->value));
		check_recipients(&message, &arena);
	} else {
		assert(err.code == EX_DATAERR && *err.text);
	}
	arena_free(&arena);
}

/* The first byte says where the message ends and its `parts` begin. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	struct slice input = slice_make(data + 1, size - 1);
	size_t cut = input.n * data[0] / 255;
	struct slice wire[] = {slice_first(input, cut), slice_after(input, cut)};

	check(&input, 1);
	check(wire, 2);
	return 0;
}
