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
	const struct token *token;     /* the request's own, as it was when it came */
	const struct session *session; /* of a page, likewise; else NULL */
	bool local;                    /* a user of this machine; token is made up for him */
	bool operates;                 /* he is in the group mailq-operator */
	struct submitter_rights rights;
	int64_t looked_ms; /* when his rights were */
};

/* All tokens as they are now, good until the next look. NULL: they cannot be read, and it has
 * answered. */
const struct tokens *caller_tokens(struct http_request *request);

/* The request is that token's; no session's yet. */
struct caller *caller_is(struct http_request *request, const struct token *token);

/* As http_service.admit, for all but pages. */
bool caller_admit(struct http_request *request, int role);

/* As http_service.stays: a token that was revoked, or a user whose rights have changed, does not.
 */
bool caller_stays(struct http_request *request);

#endif
