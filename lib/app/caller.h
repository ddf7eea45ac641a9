/*
 * caller.h: who has sent a request, as app.c (by a header) and door.c (by a cookie) find it.
 * Private to lib/app.
 */
#ifndef APP_CALLER_H
#define APP_CALLER_H

#include "app/app.h"
#include "app/session.h"

struct caller {
	struct tokens tokens; /* the file, as it was when the request came */
	const struct token *token;
	const struct session *session; /* of a page; else NULL */
};

/* In request->caller, without a token yet. NULL: the file cannot be read, and it has answered. */
struct caller *caller_read(struct http_request *request);

#endif
