/*
 * session.h: who is signed in to the app, and the links that sign in once. In memory: a restart
 * signs everybody out. Private to lib/app.
 *
 * A session stands for a token (conf/tokens.h) and ends with it: whoever uses one looks its token
 * up. Ids and keys are 256 random bits in hex.
 *
 * Pure but for the randomness: the caller brings the time, in milliseconds of boot time.
 */
#ifndef APP_SESSION_H
#define APP_SESSION_H

#include <stdint.h>

#include "base/slice.h"

#define SESSIONS_MOST 1000
#define SESSION_IDLE_MS (12 * 3600 * 1000LL)     /* unused for so long, it is over */
#define SESSION_LIFE_MS (7 * 24 * 3600 * 1000LL) /* and so is one that is this old */
#define SESSION_LINK_MS (15 * 60 * 1000LL)       /* for how long a link may be followed */

#define SESSION_KEY_SIZE 65   /* with its NUL */
#define SESSION_TOKEN_SIZE 32 /* a token's id */

struct session {
	char id[SESSION_KEY_SIZE];   /* "": not in use */
	char csrf[SESSION_KEY_SIZE]; /* what each change has to bring along */
	char token[SESSION_TOKEN_SIZE];
	int64_t begun_ms, used_ms;
	struct session_notice {
		char class[12]; /* of app.css; "": there is none */
		char lead[120], text[300];
	} notice; /* for the next page */
};

struct sessions;

struct sessions *sessions_open(void);
void sessions_close(struct sessions *sessions);

/* A new one. Where all are taken, the one goes that was unused for longest. */
const struct session *session_begin(struct sessions *sessions, const char *token, int64_t now_ms);

/* The one of that id, or NULL. It is used herewith. It is good until another begins or this one
 * ends: a request that waits keeps a copy. */
const struct session *session_find(struct sessions *sessions, struct slice id, int64_t now_ms);

/* Of an id that is none, or none any more, nothing happens. */
void session_end(struct sessions *sessions, struct slice id);

/* What the next page of the session tells, once. */
void session_tell(struct sessions *sessions, struct slice id, const char *class, const char *lead,
		  const char *text);
struct session_notice session_told(struct sessions *sessions, struct slice id);

/* Whether two texts are the same; how long it takes tells only their length. */
bool session_key_is(struct slice given, const char *key);

/* A key that session_follow takes once, in time, and answers with the token's id; else NULL. The
 * id is the table's, good until the next link is made. */
void session_link(struct sessions *sessions, const char *token, int64_t now_ms,
		  char key[SESSION_KEY_SIZE]);
const char *session_follow(struct sessions *sessions, struct slice key, int64_t now_ms);

#endif
