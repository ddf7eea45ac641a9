/*
 * request.h: one HTTP request, whole, and the answer that its handler makes.
 *
 *     void handler(struct http_request *request)
 *     {
 *             struct slice id = request->args[0];            // for {} in the route's pattern
 *             const char *limit = http_request_query(request, "limit");
 *             ...
 *             if (nothing)
 *                     http_problem(request, 404, "no such message");
 *             struct json_out out = http_json(request, 200);
 *             json_open(&out, NULL, '{');
 *             ...
 *     }
 *
 * A handler that answers nothing has answered 204. Errors are problems of RFC 9457. All slices
 * live until the answer is on its way, as does what a handler takes from the request's arena.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"

#define HTTP_ARGS_MOST 4

struct http_answer {
	unsigned status; /* 0: none yet */
	const char *type;
	const char *challenge; /* WWW-Authenticate, or NULL */
	unsigned retry_after;  /* seconds; 0: none */
	struct buf body;
};

struct http_request {
	const char *method, *path;
	struct slice args[HTTP_ARGS_MOST];
	struct slice body;
	void *context; /* of the service */
	void *caller;  /* whoever the service's `admit` has found it to be */
	struct arena arena;
	struct http_answer answer;
	void *connection; /* private */
};

/* The first of that name, decoded; NULL: not there. */
const char *http_request_query(const struct http_request *request, const char *name);
const char *http_request_header(const struct http_request *request, const char *name);

/* Replaces what was answered before. */
struct json_out http_json(struct http_request *request, unsigned status);
void http_problem(struct http_request *request, unsigned status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The members of a problem, for answers that hold one among others. */
void http_put_problem(struct json_out *out, unsigned status, const char *detail);

#endif
