#include <microhttpd.h>
#include <stdio.h>

#include "http/answer.h"
#include "http/route.h"

static void begin(struct http_request *request, unsigned status, const char *type)
{
	request->answer.status = status;
	request->answer.type = type;
	request->answer.fixed = (struct slice){0};
	buf_clear(&request->answer.body);
}

struct json_out http_json(struct http_request *request, unsigned status)
{
	begin(request, status, "application/json");
	return (struct json_out){.buf = &request->answer.body};
}

struct buf *http_content(struct http_request *request, unsigned status, const char *type)
{
	begin(request, status, type);
	return &request->answer.body;
}

/* Bytes that live as long as the server: they are not copied. */
static void put_bytes(struct http_request *request, unsigned status, const char *type,
		      struct slice bytes)
{
	begin(request, status, type);
	request->answer.fixed = bytes;
}

void http_redirect(struct http_request *request, unsigned status, const char *location)
{
	begin(request, status, NULL);
	http_add_header(request, "Location", "%s", location);
}

void http_put_problem(struct json_out *out, unsigned status, const char *detail)
{
	json_put_int(out, "status", status);
	json_put_text(out, "title", MHD_get_reason_phrase_for(status));
	json_put_text(out, "detail", detail);
}

void http_problem(struct http_request *request, unsigned status, const char *fmt, ...)
{
	struct json_out out = {.buf = http_content(request, status, "application/problem+json")};
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	json_open(&out, NULL, '{');
	http_put_problem(&out, status, text);
	json_close(&out, '}');
}

void http_add_header(struct http_request *request, const char *name, const char *fmt, ...)
{
	struct http_header *header = arena_alloc(&request->arena, sizeof *header);
	struct http_header **end = &request->answer.headers;
	va_list args;

	va_start(args, fmt);
	size_t room = (size_t)vsnprintf(NULL, 0, fmt, args) + 1;
	va_end(args);
	char *value = arena_alloc(&request->arena, room);
	va_start(args, fmt);
	vsnprintf(value, room, fmt, args);
	va_end(args);
	for (char *c = value; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	*header = (struct http_header){.name = name, .value = value};
	while (*end)
		end = &(*end)->next;
	*end = header;
}

void http_file(struct http_request *request, const struct http_file *file)
{
	http_add_header(request, "ETag", "%s", file->tag);
	request->answer.cache = "no-cache";
	if (http_request_has_tag(request, file->tag))
		http_content(request, 304, NULL);
	else
		put_bytes(request, 200, file->type, file->bytes);
}

/* --- sending --- */

/* MHD keeps the body until it is sent, which may be after the request's own end. */
static struct MHD_Response *with_body(struct http_answer *answer)
{
	size_t n = answer->body.n;

	if (answer->fixed.n)
		return MHD_create_response_from_buffer(answer->fixed.n, (void *)answer->fixed.p,
						       MHD_RESPMEM_PERSISTENT);
	return MHD_create_response_from_buffer(n, buf_take(&answer->body), MHD_RESPMEM_MUST_FREE);
}

void answer_add_headers(const struct http_answer *answer, struct MHD_Response *response)
{
	char seconds[12];

	MHD_add_response_header(response, "Cache-Control",
				answer->cache ? answer->cache : "no-store");
	if (answer->type)
		MHD_add_response_header(response, "Content-Type", answer->type);
	if (answer->challenge)
		MHD_add_response_header(response, "WWW-Authenticate", answer->challenge);
	snprintf(seconds, sizeof seconds, "%u", answer->retry_after);
	if (answer->retry_after)
		MHD_add_response_header(response, "Retry-After", seconds);
	for (const struct http_header *header = answer->headers; header; header = header->next)
		MHD_add_response_header(response, header->name, header->value);
}

bool answer_send(struct http_request *request, bool last)
{
	struct http_answer *answer = &request->answer;
	struct MHD_Response *response = with_body(answer);

	if (!response)
		return false;
	answer_add_headers(answer, response);
	if (last)
		MHD_add_response_header(response, "Connection", "close");
	bool queued = MHD_queue_response(request->connection, answer->status ? answer->status : 204,
					 response) == MHD_YES;
	MHD_destroy_response(response);
	return queued;
}
