/*
 * caller.h: who has sent a request: by a token in its header, by the user at the other end of the
 * Unix socket, or, on the app's pages, by a cookie (door.c). Private to lib/app.
 */
#ifndef APP_CALLER_H
#define APP_CALLER_H

#include "app/app.h"
#include "app/session.h"
#include "conf/submitter.h"

struct caller {
	struct tokens tokens; /* the file, as it was when the request came */
	const struct token *token;
	const struct session *session; /* of a page; else NULL */
	bool local;                    /* a user of this machine; token is made up for him */
	bool operates;                 /* he is in the group mailq-operator */
	struct submitter_rights rights;
};

/* In request->caller, without a token yet. NULL: the file cannot be read, and it has answered. */
struct caller *caller_read(struct http_request *request);

/* As http_service.admit, for all but pages. */
bool caller_admit(struct http_request *request, int role);

/* As http_service.leave. */
void caller_leave(struct http_request *request);

#endif
