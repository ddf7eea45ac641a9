/*
 * purge.h: retention that is asked for in the app. mailq-purge does it, as a child: neither its
 * disk nor its index keeps anybody waiting here. Private to lib/app.
 *
 *     struct purge_plan plan = {.what = purge, .by = app_who(request)};
 *     if (!purge_start(app->purges, &plan, request, answer, &err))
 *             ... nothing waits: answer with err ...
 *
 * One at a time removes something; pages tell of it while it lasts and for a minute after, and the
 * log says who has asked for it.
 */
#ifndef APP_PURGE_H
#define APP_PURGE_H

#include "app/app.h"
#include "queue/purge.h"

#define PURGES_MOST 4 /* children at once, those that count among them */

struct purges;

struct purges *purges_open(struct app *app);
void purges_close(struct purges *purges); /* ends what is under way, between two messages */

struct purge_plan {
	struct purge what; /* all but what is counted */
	bool dry_run;      /* only counts: messages */
	uint64_t expected; /* to be told while it lasts; 0: not known */
	const char *by;
};

/* purged: as it was asked for, with its counts; code: of sysexits.h, 75 where some were busy. */
typedef void purge_answer(struct http_request *request, const struct purge *purged, int code);

/* The request waits, and is answered by `answer` at the end; or nobody waits (NULL). False and err:
 * EX_TEMPFAIL where there are too many, or another one removes. */
bool purge_start(struct purges *purges, const struct purge_plan *plan, struct http_request *request,
		 purge_answer *answer, struct err *err);

/* What is under way or has just ended, as notices.html tells it; null: nothing. */
void purges_put(struct json_out *out, const char *key, const struct purges *purges,
		struct slice organization, struct arena *arena);

/* Grows whenever something else is told. */
uint64_t purges_changes(const struct purges *purges);

#endif
