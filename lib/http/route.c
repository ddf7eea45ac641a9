#include "http/route.h"

static bool fits(const char *pattern, const char *path, struct slice args[HTTP_ARGS_MOST])
{
	struct slice wanted = slice_text(pattern), given = slice_text(path), want, got;
	size_t n = 0;

	for (size_t i = 0; i < HTTP_ARGS_MOST; i++) /* of a pattern that did not fit */
		args[i] = (struct slice){0};
	while (slice_next(&wanted, '/', &want)) {
		if (!slice_next(&given, '/', &got))
			return false;
		if (slice_is(want, "{}") && got.n && n < HTTP_ARGS_MOST)
			args[n++] = got;
		else if (!slice_equal(want, got))
			return false;
	}
	return given.n == 0 &&
	       slice_ends(slice_text(path), "/") == slice_ends(slice_text(pattern), "/");
}

static bool takes(const struct http_route *route, const char *method)
{
	return strcmp(route->method, strcmp(method, "HEAD") == 0 ? "GET" : method) == 0;
}

const struct http_route *http_route_find(const struct http_route *routes, size_t n,
					 const char *method, const char *path,
					 struct slice args[HTTP_ARGS_MOST], unsigned *status)
{
	*status = 404;
	for (size_t i = 0; i < n; i++) {
		if (!fits(routes[i].pattern, path, args))
			continue;
		if (takes(&routes[i], method))
			return &routes[i];
		*status = 405;
	}
	return NULL;
}

void http_route_methods(const struct http_route *routes, size_t n, const char *path,
			struct buf *list)
{
	struct slice args[HTTP_ARGS_MOST];

	for (size_t i = 0; i < n; i++)
		if (fits(routes[i].pattern, path, args))
			buf_addf(list, "%s%s%s", list->n ? ", " : "", routes[i].method,
				 takes(&routes[i], "HEAD") ? ", HEAD" : "");
}
