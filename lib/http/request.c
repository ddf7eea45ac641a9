#include "http/request.h"

#include <microhttpd.h>
#include <stdio.h>

const char *http_request_query(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_request_header(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static struct json_out begin(struct http_request *request, unsigned status, const char *type)
{
	request->answer.status = status;
	request->answer.type = type;
	buf_clear(&request->answer.body);
	return (struct json_out){.buf = &request->answer.body};
}

struct json_out http_json(struct http_request *request, unsigned status)
{
	return begin(request, status, "application/json");
}

void http_put_problem(struct json_out *out, unsigned status, const char *detail)
{
	json_put_int(out, "status", status);
	json_put_text(out, "title", MHD_get_reason_phrase_for(status));
	json_put_text(out, "detail", detail);
}

void http_problem(struct http_request *request, unsigned status, const char *fmt, ...)
{
	struct json_out out = begin(request, status, "application/problem+json");
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	json_open(&out, NULL, '{');
	http_put_problem(&out, status, text);
	json_close(&out, '}');
}
