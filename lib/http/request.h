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
 *
 * HEAD comes to the handler of GET; its answer goes without the body.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"

#define HTTP_ARGS_MOST 4
#define HTTP_FORM_FIELDS_MOST 200

struct http_header;
struct http_route;

struct http_answer {
	unsigned status; /* 0: none yet */
	const char *type;
	const char *challenge; /* WWW-Authenticate, or NULL */
	const char *cache;     /* Cache-Control; NULL: no-store */
	unsigned retry_after;  /* seconds; 0: none */
	struct buf body;
	struct slice fixed;          /* in place of the body: bytes that outlive the server */
	struct http_header *headers; /* private: http_add_header */
};

struct http_request {
	const char *method, *path;
	const struct http_route *route;
	struct slice args[HTTP_ARGS_MOST];
	struct slice body;
	const char *client; /* the address that it comes from; "unix" */
	uid_t uid;          /* who is at the other end of a Unix socket; else (uid_t)-1 */
	bool secure;        /* it came over TLS */
	void *context;      /* of the service */
	void *work;         /* the handler's own, for an answer that comes later */
	void *caller;       /* whoever the service's `admit` has found it to be */
	struct arena arena;
	struct http_answer answer;
	void *connection; /* private */
};

/* --- reading: request.c --- */

/* The first of that name, decoded; NULL: not there. A header's name in any case. */
const char *http_request_query(const struct http_request *request, const char *name);
const char *http_request_header(const struct http_request *request, const char *name);
const char *http_request_cookie(const struct http_request *request, const char *name);

/* The first name in the query that is none of these, which have a space between; NULL: there is
 * none. */
const char *http_request_stranger(const struct http_request *request, const char *names);

/*
 * The first field of that name in a body of the type application/x-www-form-urlencoded, decoded;
 * p == NULL: not there, or the body is none. Of more than HTTP_FORM_FIELDS_MOST the rest is not
 * there.
 */
struct slice http_request_form(struct http_request *request, const char *name);

/* The next field of that name: *rest begins as the request's body. False: there are no more. */
bool http_request_form_next(struct http_request *request, struct slice *rest, const char *name,
			    struct slice *value);

/* Whether If-None-Match (RFC 9110, 13.1.2) names the tag, given with its quotes. */
bool http_request_has_tag(const struct http_request *request, const char *tag);

/* --- answering: answer.c. Each replaces what was answered before, but for the headers. --- */

struct json_out http_json(struct http_request *request, unsigned status);

/* A body of any type, to be written into what is returned. The type is a literal. */
struct buf *http_content(struct http_request *request, unsigned status, const char *type);

void http_redirect(struct http_request *request, unsigned status, const char *location);
void http_problem(struct http_request *request, unsigned status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The members of a problem, for answers that hold one among others. */
void http_put_problem(struct json_out *out, unsigned status, const char *detail);

/* One more header of the answer: Set-Cookie, ETag, Content-Security-Policy. Control characters in
 * the value become '?', so that a value never makes a second header. The name is a literal. */
void http_add_header(struct http_request *request, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * A file of the program's own, good for as long as the server. tag is its ETag with the quotes:
 * whoever has the file is told so (304). Caches may keep it, and ask each time whether it is still
 * the same.
 */
struct http_file {
	const char *type;
	struct slice bytes;
	const char *tag;
};
void http_file(struct http_request *request, const struct http_file *file);

/* --- answering later: later.c --- */

/*
 * The answer is not known yet: the handler returns, the request waits without holding anybody up,
 * and whoever fills in its answer calls http_request_done, from the server's thread. A caller that
 * has left is noticed only then. If the server closes before, `forget` (or NULL) is called instead:
 * nobody may touch the request after it. A request that waits may be made to wait once more, with
 * another `forget`.
 *
 *     void handler(struct http_request *request)
 *     {
 *             http_request_wait(request, forget);
 *             keep it in a list
 *     }
 *     ... later ...
 *     json = http_json(request, 200); ...
 *     http_request_done(request);
 */
void http_request_wait(struct http_request *request, void (*forget)(struct http_request *request));
void http_request_done(struct http_request *request);

/* Nothing points into the body of a request that waits any more: it need not be kept. */
void http_request_drop_body(struct http_request *request);

#endif
