/*
 * What goes on the wire is fit for it, whatever came: a request composed with its attachments, a
 * message that came whole, and the text of an HTML body.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "mime/compose.h"
#include "mime/fit.h"
#include "mime/html_text.h"
#include "mime/parts.h"
#include "mime/scan.h"

static bool all_ascii(const struct address_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (!utf8_is_ascii(list->at[i].email))
			return false;
	return true;
}

static void check_composed(const struct request *request)
{
	static const struct mime_identity identity = {.id = SLICE("01jddxv7q8zkj3m5n6p7r8s9t0")};
	const struct request_attachment *file;
	struct mime_parts parts;
	struct buf out = {0};
	struct err err = {0};

	if (mime_compose(request, &identity, &out, &err)) {
		mime_parts_begin(&parts, request, identity.id);
		while ((file = mime_parts_next(&parts, &out))) {
			assert(mime_parts_base64(&parts, file->content, &out, &err));
			assert(mime_parts_end(&parts, &out, &err));
		}
		struct mime_needs needs = mime_scan(buf_slice(&out));
		assert(!needs.bare_newline && !needs.long_line && !needs.nul && !needs.eight_bit);
		assert(slice_ends(buf_slice(&out), "\r\n"));
		if (utf8_is_ascii(request->from.email) && all_ascii(&request->reply_to) &&
		    all_ascii(&request->to) && all_ascii(&request->cc))
			assert(!needs.utf8);
		assert(!mime_header_find(buf_slice(&out), "Bcc").p);
		assert(mime_header_find(buf_slice(&out), "MIME-Version").p);
	}
	buf_free(&out);
}

static void check_fitted(struct slice message)
{
	static const char *const drop[] = {"Bcc", "X-Mailq-*", NULL};
	static const struct mime_edit edit = {.drop = drop};
	struct mime_fit fit;
	struct buf once = {0}, twice = {0};

	mime_fit_begin(&fit, message, &edit);
	while (mime_fit_next(&fit, &once))
		;
	struct mime_needs needs = mime_scan(buf_slice(&once));
	assert(!needs.bare_newline && !needs.long_line && !needs.nul);
	assert(!mime_header_find(buf_slice(&once), "Bcc").p);

	mime_fit_begin(&fit, buf_slice(&once), &edit);
	while (mime_fit_next(&fit, &twice))
		;
	/* A mended Content-Type may read as another one. */
	assert(slice_equal(buf_slice(&once), buf_slice(&twice)) ||
	       mime_scan(mime_header_start(message)).utf8);
	buf_free(&once);
	buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct request_limits limits = {1 << 20, 100};
	struct slice input = slice_make(data, size);
	struct arena arena = {0};
	struct buf text = {0};
	struct err err = {0};

	struct request *request = request_parse(input, &arena, &limits, &err);
	if (request)
		check_composed(request);
	check_fitted(input);
	mime_html_text(input, &text);
	if (utf8_check(input) == input.n)
		assert(utf8_check(buf_slice(&text)) == text.n);
	buf_free(&text);
	arena_free(&arena);
	return 0;
}
