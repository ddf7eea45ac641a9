/*
 * route.h: which handler a method and a path lead to.
 *
 * A pattern is a path in which {} stands for one segment that is not empty; a slash at its end
 * counts:
 *
 *     static const struct http_route routes[] = {
 *             {"GET", "/api/email/outbox", TOKEN_READ, list, "status limit"},
 *             ...
 *     };
 *
 * Pure. The first route that fits is taken; HEAD fits where GET does, and the server answers
 * OPTIONS. What a role means is the caller's affair.
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "http/request.h"

struct http_route {
	const char *method, *pattern;
	int role; /* who may; HTTP_ANYBODY: whoever comes */
	void (*handle)(struct http_request *request);
	/* The query's: names with a space between; a request with another is refused (422). NULL:
	 * any */
	const char *parameters;
	const void *data; /* the handler's own: request->route->data */
};
#define HTTP_ANYBODY (-1)

/* NULL and *status: 404, or 405 where another method would do. */
const struct http_route *http_route_find(const struct http_route *routes, size_t n,
					 const char *method, const char *path,
					 struct slice args[HTTP_ARGS_MOST], unsigned *status);

/* The methods that the path has, as the header Allow lists them. */
void http_route_methods(const struct http_route *routes, size_t n, const char *path,
			struct buf *list);

#endif
