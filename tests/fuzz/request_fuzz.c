/* What is accepted is written so that it reads the same, and holds to its limits. */
#include <assert.h>
#include <stdlib.h>

#include "message/request.h"
#include "message/text.h"

static void check_harmless(const struct request *request)
{
	assert(text_control(request->subject) == request->subject.n);
	for (size_t i = 0; i < request->n_headers; i++) {
		assert(text_is_token(request->headers[i].name, 100));
		assert(text_control(request->headers[i].value) == request->headers[i].value.n);
	}
	for (size_t i = 0; i < request->n_attachments; i++) {
		const struct request_attachment *file = &request->attachments[i];
		assert(file->content_type.n && text_control(file->filename) == file->filename.n);
		assert(!file->is_inline || file->content_id.n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct request_limits limits = {.max_message_bytes = 1000,
						     .max_recipients = 5};
	struct slice json = slice_make(data, size);
	struct arena arena = {0};
	struct buf once = {0}, twice = {0};
	struct err err = {0};

	struct request *request = request_parse(json, &arena, &limits, &err);
	if (request)
		assert(request_within(request, &limits, &err));
	else
		request = request_read(json, &arena, &err);
	if (request) {
		check_harmless(request);
		struct address_list list = request_recipients(request, &arena);
		assert(list.n >= 1 && list.n <= request->to.n + request->cc.n + request->bcc.n);
		request_write(&(struct json_out){.buf = &once}, request);
		request = request_read(buf_slice(&once), &arena, &err);
		assert(request);
		request_write(&(struct json_out){.buf = &twice}, request);
		assert(slice_equal(buf_slice(&once), buf_slice(&twice)));
	} else {
		assert(err.code == EX_DATAERR && err.text[0]);
	}
	buf_free(&once);
	buf_free(&twice);
	arena_free(&arena);
	return 0;
}
