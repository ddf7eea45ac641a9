#include "app/trial.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "http/stream.h"

#define EVENT_MOST 16384 /* a line is short: lib/sender cuts them */

struct trial {
	struct trials *trials;
	struct http_request *request;
	struct http_stream *stream; /* NULL: the answer waits for the end */
	const struct trial_ways *ways;
	struct connector_test test;
	struct loop_watch watch; /* of what it says; until its end */
	struct loop_timer timer; /* when it has had enough time */
	int64_t began_ms;
	struct buf dialogue; /* what has come and is no whole line yet, behind `taken` */
	size_t taken;
	struct trial_line *lines;
	size_t room;
	struct arena arena; /* of the lines' text */
	struct trial_talk talk;
	bool begun, end_told; /* in the stream */
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

/* --- its lines --- */

static unsigned since_ms(const struct trial *trial)
{
	return (unsigned)(clock_boot_ms() - trial->began_ms);
}

static void add_line(struct trial *trial, struct slice text)
{
	if (trial->talk.n == trial->room) {
		trial->room = trial->room ? 2 * trial->room : 32;
		trial->lines = mem_resize(trial->lines, trial->room, sizeof *trial->lines);
		trial->talk.lines = trial->lines;
	}
	trial->lines[trial->talk.n++] =
		(struct trial_line){arena_slice(&trial->arena, text), since_ms(trial)};
}

/* all: what has no end of line yet has none to come. */
static void take_lines(struct trial *trial, bool all)
{
	struct slice rest = slice_after(buf_slice(&trial->dialogue), trial->taken);
	size_t n;

	while ((n = slice_find(rest, '\n')) < rest.n) {
		add_line(trial, slice_first(rest, n));
		rest = slice_after(rest, n + 1);
	}
	if (all && rest.n)
		add_line(trial, rest);
	trial->taken = trial->dialogue.n - (all ? 0 : rest.n);
}

/* --- its end --- */

/* Kills the child if it has not ended. */
static void end(struct trial *trial)
{
	struct loop *loop = trial->trials->app->loop;

	loop_unwatch(loop, &trial->watch);
	loop_stop_timer(loop, &trial->timer);
	take_lines(trial, true);
	trial->talk.took_ms = since_ms(trial);
	trial->talk.code = connector_test_end(&trial->test);
	trial->talk.ended = true;
	*trial->back = trial->next;
	if (trial->next)
		trial->next->back = trial->back;
	trial->trials->n--;
}

static void discard(struct trial *trial)
{
	buf_free(&trial->dialogue);
	arena_free(&trial->arena);
	free(trial->lines);
	free(trial);
}

static void forget(struct http_request *request)
{
	struct trial *trial = request->work;

	end(trial);
	discard(trial);
}

/* --- told as it happens --- */

static void put_event(struct trial *trial)
{
	struct buf data = {0};

	trial->ways->tell(trial->request, &trial->talk, &data);
	http_stream_put(trial->stream, &(struct http_event){.data = buf_slice(&data)});
	buf_free(&data);
}

static void pump(struct trial *trial)
{
	struct trial_talk *talk = &trial->talk;

	for (; talk->told < talk->n; talk->told++) {
		if (http_stream_room(trial->stream) < EVENT_MOST)
			return; /* on_drained comes back to it */
		put_event(trial);
	}
	if (!talk->ended || trial->end_told)
		return;
	trial->end_told = true;
	put_event(trial);
	http_stream_end(trial->stream);
}

static void on_drained(struct http_stream *stream, void *context)
{
	struct trial *trial = context;
	(void)stream;

	if (trial->begun)
		pump(trial);
}

static void on_closed(void *context)
{
	struct trial *trial = context;

	if (!trial->talk.ended)
		end(trial);
	discard(trial);
}

static const struct http_stream_events stream_events = {.drained = on_drained, .closed = on_closed};

/* --- as it happens --- */

static void finish(struct trial *trial)
{
	struct http_request *request = trial->request;

	end(trial);
	if (trial->stream) {
		pump(trial);
		return;
	}
	trial->ways->answer(request, &trial->talk);
	discard(trial);
	http_request_done(request);
}

static void on_output(void *context, int events)
{
	struct trial *trial = context;
	bool more = connector_test_read(&trial->test, &trial->dialogue);
	(void)events;

	take_lines(trial, false);
	if (!more)
		finish(trial);
	else if (trial->stream)
		pump(trial);
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

/* --- its beginning --- */

static bool begin(struct trial *trial, const struct connector_test_plan *plan, struct err *err)
{
	struct loop *loop = trial->trials->app->loop;

	trial->began_ms = clock_boot_ms();
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

static void enter(struct trials *trials, struct trial *trial)
{
	trial->next = trials->first;
	trial->back = &trials->first;
	if (trial->next)
		trial->next->back = &trial->next;
	trials->first = trial;
	trials->n++;
}

/* False: there are too many streams, and the request is answered. */
static bool stream(struct trial *trial)
{
	trial->stream = http_stream_open(trial->request, &stream_events, trial);
	if (!trial->stream)
		return false;
	put_event(trial);
	trial->begun = true;
	return true;
}

bool trial_start(struct trials *trials, struct http_request *request,
		 const struct connector_test_plan *plan, const struct trial_ways *ways,
		 struct err *err)
{
	struct slice accepts = slice_text(http_request_header(request, "Accept"));
	struct trial *trial;

	if (trials->n == TRIALS_MOST)
		return err_set(err, EX_TEMPFAIL, "%d tests are under way", TRIALS_MOST);
	trial = mem_zero(sizeof *trial);
	*trial = (struct trial){.trials = trials, .request = request, .ways = ways};
	trial->talk.signs_in = !plan->to;
	if (!begin(trial, plan, err)) {
		discard(trial);
		return false;
	}
	enter(trials, trial);
	request->work = trial;
	if (!ways->tell || !slice_is(accepts, "text/event-stream"))
		http_request_wait(request, forget);
	else if (!stream(trial))
		forget(request);
	return true;
}

/* --- as JSON --- */

static const char *why(const struct trial_talk *talk)
{
	switch (talk->code) {
	case 0:
		return talk->signs_in ? "ready" : "taken";
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

static void answer_json(struct http_request *request, const struct trial_talk *talk)
{
	struct json_out out = http_json(request, 200);

	json_open(&out, NULL, '{');
	json_put_bool(&out, "ok", talk->code == 0);
	json_put_int(&out, "code", talk->code);
	json_put_text(&out, "why", why(talk));
	json_open(&out, "dialogue", '[');
	for (size_t i = 0; i < talk->n; i++)
		json_put_slice(&out, NULL, talk->lines[i].text);
	json_close(&out, ']');
	json_close(&out, '}');
}

const struct trial_ways trial_as_json = {.answer = answer_json};
