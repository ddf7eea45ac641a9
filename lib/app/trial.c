#include "app/trial.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

struct trial {
	struct trials *trials;
	struct http_request *request;
	trial_answer *answer;
	struct connector_test test;
	struct loop_watch watch; /* of what it says; until its end */
	struct loop_timer timer; /* when it has had enough time */
	struct buf dialogue;
	struct trial *next, **back;
};

struct trials {
	struct app *app;
	struct trial *first;
	unsigned n;
};

struct trials *trials_open(struct app *app)
{
	struct trials *trials = mem_zero(sizeof *trials);

	trials->app = app;
	return trials;
}

void trials_close(struct trials *trials)
{
	free(trials);
}

/* Kills the child if it has not ended. Returns its code. */
static int end(struct trial *trial)
{
	struct loop *loop = trial->trials->app->loop;

	loop_unwatch(loop, &trial->watch);
	loop_stop_timer(loop, &trial->timer);
	int code = connector_test_end(&trial->test);
	*trial->back = trial->next;
	if (trial->next)
		trial->next->back = trial->back;
	trial->trials->n--;
	return code;
}

static void discard(struct trial *trial)
{
	buf_free(&trial->dialogue);
	free(trial);
}

static void forget(struct http_request *request)
{
	struct trial *trial = request->work;

	end(trial);
	discard(trial);
}

static const char *why(int code)
{
	switch (code) {
	case 0:
		return "taken";
	case EX_DATAERR:
		return "refused";
	case EX_UNAVAILABLE:
		return "unreachable";
	case EX_NOPERM:
		return "not allowed";
	case EX_CONFIG:
		return "wrong connector";
	case EX_TEMPFAIL:
		return "not now";
	default:
		return "failed";
	}
}

void trial_answer_json(struct http_request *request, int code, struct slice dialogue)
{
	struct json_out out = http_json(request, 200);
	struct slice line;

	json_open(&out, NULL, '{');
	json_put_bool(&out, "ok", code == 0);
	json_put_int(&out, "code", code);
	json_put_text(&out, "why", why(code));
	json_open(&out, "dialogue", '[');
	while (slice_next(&dialogue, '\n', &line))
		json_put_slice(&out, NULL, line);
	json_close(&out, ']');
	json_close(&out, '}');
}

static void finish(struct trial *trial)
{
	struct http_request *request = trial->request;

	int code = end(trial);
	trial->answer(request, code, buf_slice(&trial->dialogue));
	discard(trial);
	http_request_done(request);
}

static void on_output(void *context, int events)
{
	struct trial *trial = context;
	(void)events;

	if (!connector_test_read(&trial->test, &trial->dialogue))
		finish(trial);
}

static void on_time(void *context)
{
	struct trial *trial = context;

	buf_addf(&trial->dialogue, "* no end after %d seconds\n", TRIAL_MS / 1000);
	finish(trial);
}

void trials_stop(struct trials *trials)
{
	while (trials->first) {
		buf_add_text(&trials->first->dialogue, "* the server stops\n");
		finish(trials->first);
	}
}

static bool begin(struct trial *trial, const struct connector_test_plan *plan, struct err *err)
{
	struct loop *loop = trial->trials->app->loop;

	if (!connector_test_start(plan, &trial->test, err))
		return false;
	trial->watch = (struct loop_watch){trial->test.output, on_output, trial};
	trial->timer = (struct loop_timer){.fn = on_time, .context = trial};
	if (!loop_watch(loop, &trial->watch, LOOP_READ, err)) {
		connector_test_end(&trial->test);
		return false;
	}
	loop_start_timer(loop, &trial->timer, clock_boot_ms() + TRIAL_MS);
	return true;
}

bool trial_start(struct trials *trials, struct http_request *request,
		 const struct connector_test_plan *plan, trial_answer *answer, struct err *err)
{
	struct trial *trial;

	if (trials->n == TRIALS_MOST)
		return err_set(err, EX_TEMPFAIL, "%d tests are under way", TRIALS_MOST);
	trial = mem_zero(sizeof *trial);
	*trial = (struct trial){.trials = trials, .request = request, .answer = answer};
	if (!begin(trial, plan, err)) {
		discard(trial);
		return false;
	}
	trial->next = trials->first;
	trial->back = &trials->first;
	if (trial->next)
		trial->next->back = &trial->next;
	trials->first = trial;
	trials->n++;
	request->work = trial;
	http_request_wait(request, forget);
	return true;
}
