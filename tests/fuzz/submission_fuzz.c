/*
 * Whatever a message and a command line hold: either an error, or a request that its own reader
 * takes again, and a header that is fit for the wire and says nothing of what is hidden.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "message/text.h"
#include "mime/complete.h"
#include "mime/scan.h"
#include "mime/submission.h"
#include "mime/words.h"

static void check_words(struct slice value)
{
	struct buf out = {0};

	mime_words_decode(value, &out);
	assert(utf8_check(buf_slice(&out)) == out.n);
	assert(text_control(buf_slice(&out)) == out.n);
	buf_free(&out);
}

/* Completing changes nothing but by adding. */
static void check_completion(struct slice list)
{
	struct buf out = {0};
	bool any = mime_complete_list(list, slice_text("h.example"), &out);

	assert(out.n >= list.n && any == (out.n > list.n));
	buf_free(&out);
}

static void check_request(const struct request *request, struct arena *arena)
{
	struct buf json = {0};
	struct json_out out = {.buf = &json};
	struct err err = {0};

	request_write(&out, request);
	assert(request_read(buf_slice(&json), arena, &err));
	assert(request_recipients(request, arena).n > 0);
	buf_free(&json);
}

static void check_wire(struct slice message, const struct mime_edit *edit)
{
	struct buf out = {0};
	struct mime_fit fit;

	mime_fit_begin(&fit, message, edit);
	while (mime_fit_next(&fit, &out))
		;
	struct mime_needs needs = mime_scan(buf_slice(&out));
	assert(!needs.bare_newline && !needs.long_line && !needs.nul);
	assert(!mime_header_find(buf_slice(&out), "Bcc").p);
	assert(!mime_header_find(buf_slice(&out), "Resent-Bcc").p);
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct submission submission;
	struct err err = {0};

	if (size < 1)
		return 0;

	/* A first byte of flags, a first line of recipients, the message. */
	struct slice message = slice_make(data + 1, size - 1), line = slice_make("", 0);
	slice_next(&message, '\n', &line);
	struct submission_facts facts = {
		.user = SLICE("root"),
		.domain = SLICE("h.example"),
		.sender = data[0] & 1 ? line : slice_make(NULL, 0),
		.recipients = &line,
		.n_recipients = data[0] >> 1 & 1,
		.read_headers = data[0] & 4,
	};

	check_words(line);
	check_completion(line);
	if (submission_read(message, &facts, &arena, &submission, &err)) {
		check_request(submission.request, &arena);
		check_wire(message, &submission.edit);
	} else {
		assert(err.code == EX_DATAERR && *err.text);
	}
	arena_free(&arena);
	return 0;
}
