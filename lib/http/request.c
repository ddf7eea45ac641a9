#include "http/request.h"

#include <microhttpd.h>

#include "base/hex.h"

/* --- headers, cookies, the query --- */

const char *http_request_query(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_request_header(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *http_request_cookie(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, name);
}

struct known {
	struct slice names;
	const char *stranger;
};

static enum MHD_Result look_at_name(void *context, enum MHD_ValueKind kind, const char *name,
				    const char *value)
{
	struct known *known = context;
	struct slice rest = known->names, one;
	(void)kind, (void)value;

	while (slice_next(&rest, ' ', &one))
		if (slice_is(one, name))
			return MHD_YES;
	known->stranger = name;
	return MHD_NO;
}

const char *http_request_stranger(const struct http_request *request, const char *names)
{
	struct known known = {.names = slice_text(names)};

	MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, look_at_name, &known);
	return known.stranger;
}

/* --- conditions --- */

/* In a list as of RFC 9110, 13.1; W/ before a tag does not matter for what never changes weakly. */
static bool names_tag(const char *list, const char *tag)
{
	struct slice rest = slice_text(list), one;

	while (slice_next(&rest, ',', &one)) {
		one = slice_trim(one);
		if (slice_starts(one, "W/"))
			one = slice_after(one, 2);
		if (slice_is(one, "*") || slice_is(one, tag))
			return true;
	}
	return false;
}

bool http_request_has_tag(const struct http_request *request, const char *tag)
{
	return names_tag(http_request_header(request, "If-None-Match"), tag);
}

/* --- forms --- */

/* A '%' without two digits stands for itself. */
static struct slice decode(struct slice text, struct arena *arena)
{
	char *to = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		int byte = c == '%' ? hex_byte(slice_after(text, i + 1)) : -1;
		to[n++] = byte >= 0 ? (char)byte : c == '+' ? ' ' : c;
		i += byte >= 0 ? 2 : 0;
	}
	return slice_make(to, n);
}

static bool is_form(const struct http_request *request)
{
	struct slice type = slice_text(http_request_header(request, "Content-Type"));

	type = slice_trim(slice_first(type, slice_find(type, ';')));
	return slice_is_nocase(type, "application/x-www-form-urlencoded");
}

bool http_request_form_next(struct http_request *request, struct slice *rest, const char *name,
			    struct slice *value)
{
	struct slice field;

	for (int i = 0; i < HTTP_FORM_FIELDS_MOST && slice_next(rest, '&', &field); i++) {
		size_t n = slice_find(field, '=');
		if (!slice_is(decode(slice_first(field, n), &request->arena), name))
			continue;
		*value = decode(slice_after(field, n + 1), &request->arena);
		return true;
	}
	return false;
}

struct slice http_request_form(struct http_request *request, const char *name)
{
	struct slice rest = request->body, value;

	return is_form(request) && http_request_form_next(request, &rest, name, &value)
		       ? value
		       : (struct slice){0};
}
