/*
 * trial.h: tests of connectors that are under way: each is a child, whose end is the answer.
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

/* Makes the request's answer of how the test ended: its code and its lines. */
typedef void trial_answer(struct http_request *request, int code, struct slice dialogue);

/* The request waits until the test has ended. Where it cannot be started, *err says why, and
 * nothing waits. */
bool trial_start(struct trials *trials, struct http_request *request,
		 const struct connector_test_plan *plan, trial_answer *answer, struct err *err);

/* {"ok": whether the remote took the message, "code", "why": a word for the code, "dialogue":
 * [line]} */
void trial_answer_json(struct http_request *request, int code, struct slice dialogue);

#endif
