/*
 * post.h: messages on their way into the queue: what is posted in one turn of the server shares one
 * flush (queue/intake.h), and each post is answered when its own messages are durable. Private to
 * lib/app.
 *
 *     struct post *post = post_begin(request, n);
 *     post_take(post, json) for each of n messages
 *     post_wait(post, answer);      // answer(post) comes at the end of the turn
 */
#ifndef APP_POST_H
#define APP_POST_H

#include "app/app.h"
#include "queue/templates.h"

/* What became of one message of a post. */
struct taken {
	char id[ID_SIZE];
	struct slice org;     /* of the configuration; for the log */
	int64_t scheduled_ms; /* 0: at once */
	unsigned refused;     /* the HTTP status; 0: it was taken */
	struct err err;
	struct templates_used where; /* field NULL: it is not the template that is refused */
};

struct post {
	struct http_request *request;
	struct app *app;
	struct taken *taken;
	size_t n, committed;
	bool array;
	enum state state; /* STATE_QUEUED or STATE_DRAFT */
	int64_t tried_ms; /* for how long its templates were tried */
	void (*answer)(struct post *post);
	struct post *next, **back; /* among those that wait for the flush */
};

struct posts;

struct posts *posts_open(struct app *app);
void posts_close(struct posts *posts); /* NULL does nothing */

/* For up to n messages; in the request's arena. array: they came as one. */
struct post *post_begin(struct http_request *request, size_t n, bool array);

/*
 * Reads and checks the message, and adds it to what is flushed next; or notes why not. What its
 * template makes of it is tried, so that who has made a mistake is told at once; but not of what is
 * scheduled, or a draft: their templates may change until then. Nor of the rest of a post that has
 * taken POST_TRY_MS with it: others wait.
 */
#define POST_TRY_MS 500
void post_take(struct post *post, const struct json *json);

/* The request waits; `answer` fills in its answer and calls http_request_done, then or later. */
void post_wait(struct post *post, void (*answer)(struct post *post));

/* The end of a turn: one flush, then the answers. */
void posts_flush(struct posts *posts);

#endif
