/*
 * app.h: the HTTP API and the Email app over one queue: their routes, who may call them, and how
 * errors are told.
 *
 *     struct app app = {.conf = conf, .queue = queue, .loop = loop};
 *     struct http_service service = {.context = &app, ...};
 *     app_open(&app, &err);
 *     app_serve(&service);
 *     ... http_server_open, ..., http_server_close ...
 *     app_close(&app);
 *
 * A handler parses, calls one function that a command calls too, and prints.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include "conf/describe.h"
#include "conf/tokens.h"
#include "http/server.h"
#include "queue/intake.h"

struct app {
	/* the queue's; the app replaces it when its files change, and frees it */
	struct conf *conf;
	struct queue *queue; /* open for QUEUE_WORK */
	struct loop *loop;
	struct events *events; /* app_open's, as what follows */
	struct posts *posts;
	struct sends *sends;
	struct pages *pages;
	struct sessions *sessions;
	struct throttle *throttle;
	struct rate *rate;
	struct seen *seen;
	struct purges *purges;
	struct jobs *jobs;
	struct live *live;
	struct rates *rates;
	struct trials *trials;
	struct frames *frames;
	struct kinds kinds; /* what was asked for so far */
	struct tokens_kept tokens;
};

/* What they keep in memory. */
bool app_open(struct app *app, struct err *err);
void app_stop(struct app *app); /* before the end: who waits for something far off is answered */
void app_close(struct app *app);

/* Takes a changed configuration; what pointed into the old one is gone then. False: the new one is
 * wrong, and the old stays in force. */
bool app_reload(struct app *app, struct err *err);

/* Sets routes, admission and the largest body, by the configuration; again where it changed. */
void app_serve(struct http_service *service);

/* The request's token; of a local user one that is made up for him. */
const struct token *app_token(const struct http_request *request);

/* Who it is, for a message's history: "token 3f9c2ab81d04", "user www-data". */
const char *app_who(struct http_request *request);

/* The organization that the request's token is for; empty: all. A local user may have further ones,
 * which are in scope where they are named. */
struct slice app_scope(const struct http_request *request);
bool app_is_in_scope(const struct http_request *request, struct slice organization);

/* The one that the query's `organization` names, else the token's; empty: all. False: there is
 * none, or it is not in scope, and this has answered (404). */
bool app_asked_organization(struct http_request *request, struct slice *organization);

/* What the query says of that name: true, or false, which is also where it says nothing. False: it
 * says neither, and this has answered (422). */
bool app_flag(struct http_request *request, const char *name, bool *flag);

/* The body as JSON. NULL: it is none (400), or says that it is something else (415); answered. */
const struct json *app_json(struct http_request *request);

/* What was written into `text`, which is freed, as values in the arena. NULL: it is no JSON, as
 * where a key stands there twice. */
const struct json *app_values(struct buf *text, struct arena *arena);

/* How an error is told: 400 and above; 503 comes with Retry-After. */
unsigned app_status(const struct err *err);
void app_refuse(struct http_request *request, unsigned status, const struct err *err);

#endif
