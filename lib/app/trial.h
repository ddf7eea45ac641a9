/*
 * trial.h: tests of connectors that are under way: each is a child, whose dialogue is told as it
 * happens, or at its end.
 *
 *     static const struct trial_ways ways = {.answer = answer_page, .tell = tell_lines};
 *     if (!trial_start(trials, request, &plan, &ways, &err))
 *             ... nothing waits: answer with err ...
 *
 * A request that accepts text/event-stream is answered by a stream, if there is a `tell`.
 */
#ifndef APP_TRIAL_H
#define APP_TRIAL_H

#include "app/app.h"
#include "conf/connector_test.h"

#define TRIALS_MOST 4 /* at once; more are told to come again (503) */
#define TRIAL_MS 60000

struct trials;

struct trials *trials_open(struct app *app);
void trials_stop(struct trials *trials);  /* ends all that are under way, and answers */
void trials_close(struct trials *trials); /* after the server */

struct trial_line {
	struct slice text; /* as conf/connector_test.h has it */
	unsigned at_ms;    /* since the test began */
};

/* What is known of a test so far: lines of which `told` have been told. */
struct trial_talk {
	const struct trial_line *lines;
	size_t n, told;
	bool ended;
	bool signs_in; /* without a message */
	int code;      /* of sysexits.h, once it has ended */
	unsigned took_ms;
};

struct trial_ways {
	/* Makes the request's answer of how the test ended. */
	void (*answer)(struct http_request *request, const struct trial_talk *talk);
	/* Adds one event's data: the next line; or once all are told, and it has ended, its end;
	 * or, as the first event, with no line yet, that it begins. NULL: it is not told as it
	 * happens. */
	void (*tell)(struct http_request *request, const struct trial_talk *talk, struct buf *data);
};

/* The request waits until the test has ended. Where it cannot be started, *err says why, and
 * nothing waits. */
bool trial_start(struct trials *trials, struct http_request *request,
		 const struct connector_test_plan *plan, const struct trial_ways *ways,
		 struct err *err);

/* {"ok": whether the remote took the message, or let us in, "code", "why": a word for the code,
 * "dialogue": [line]} */
extern const struct trial_ways trial_as_json;

#endif
