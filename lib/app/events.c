#include "app/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/app.h"
#include "base/clock.h"
#include "base/mem.h"
#include "http/stream.h"
#include "index/query.h"
#include "queue/bell.h"
#include "queue/look.h"

#define CHUNK 1000          /* changes read at once */
#define EVENT_ROOM 512      /* bytes: more than one event takes */
#define LOOK_ANYWAY_MS 5000 /* where a ring went to another of us */

struct follower {
	struct events *events;
	struct http_stream *stream;
	struct slice organization; /* empty: all */
	const char *token;         /* the id of its caller's */
	uint64_t since;            /* the last change that it was told, or that is not its own */
	struct follower *next, **back;
};

struct events {
	struct app *app;
	struct loop_watch bell; /* fd -1: nobody follows */
	struct loop_timer look;
	int64_t looked_ms;
	uint64_t seen; /* the last change that was looked at */
	struct follower *followers;
};

/* --- telling --- */

static bool concerns(const struct follower *follower, const struct index_change *change)
{
	return !follower->organization.n ||
	       slice_equal(follower->organization, change->organization);
}

static const char *state_word(unsigned status)
{
	return status == STATUS_READY ? state_name(STATE_QUEUED) : status_name((enum status)status);
}

static void put_change(struct follower *follower, const struct index_change *change)
{
	struct buf data = {0};
	struct json_out out = {.buf = &data};
	char id[24];
	bool gone = change->status == INDEX_GONE;

	snprintf(id, sizeof id, "%" PRIu64, change->serial);
	json_open(&out, NULL, '{');
	json_put_text(&out, "id", change->id);
	json_put_slice(&out, "organization_id", change->organization);
	json_put_text(&out, "status",
		      gone ? "deleted" : status_public_name((enum status)change->status));
	json_put_text(&out, "state", gone ? NULL : state_word(change->status));
	json_close(&out, '}');
	http_stream_put(follower->stream,
			&(struct http_event){.id = id, .name = "change", .data = buf_slice(&data)});
	buf_free(&data);
}

/* What it has not been told, as far as the client takes it; the rest when its stream is drained. */
static void tell(struct follower *follower, const struct index_change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (changes[i].serial <= follower->since)
			continue;
		if (concerns(follower, &changes[i])) {
			if (http_stream_room(follower->stream) < EVENT_ROOM)
				return;
			put_change(follower, &changes[i]);
		}
		follower->since = changes[i].serial;
	}
}

static void tell_reset(struct follower *follower)
{
	char id[24];

	snprintf(id, sizeof id, "%" PRIu64, follower->events->seen);
	follower->since = follower->events->seen;
	http_stream_put(follower->stream,
			&(struct http_event){.id = id, .name = "reset", .data = SLICE("{}")});
}

/* From where it is to go on should it lose us before the first event. Browsers take the id of one
 * without data, and tell nobody of it. */
static void tell_place(struct follower *follower)
{
	char id[24];

	snprintf(id, sizeof id, "%" PRIu64, follower->since);
	http_stream_put(follower->stream, &(struct http_event){.id = id});
}

/* --- looking --- */

static bool read_changes(struct events *events, uint64_t since, struct arena *arena,
			 struct index_change **changes, size_t *n, bool *gap)
{
	struct err err = {0};

	if (index_changes(events->app->queue->index, since, CHUNK, arena, changes, n, gap, &err))
		return true;
	queue_log_failure(events->app->queue, "events", NULL, &err);
	return false;
}

/* What is behind the one that lags, up to what the others have seen. */
static void catch_up(struct follower *follower)
{
	struct events *events = follower->events;
	struct arena arena = {0};
	struct index_change *changes;
	bool gap = false;
	size_t n;

	while (follower->since < events->seen &&
	       http_stream_room(follower->stream) == HTTP_STREAM_BYTES &&
	       read_changes(events, follower->since, &arena, &changes, &n, &gap)) {
		if (gap || n == 0) {
			tell_reset(follower);
			break;
		}
		tell(follower, changes, n);
		arena_reset(&arena);
	}
	arena_free(&arena);
}

static void on_drained(struct http_stream *stream, void *context)
{
	(void)stream;
	catch_up(context);
}

/* Who has missed some that the index keeps no longer has to look at everything once; where it had
 * none before, none was missed. */
static void tell_all(struct events *events, uint64_t before, const struct index_change *changes,
		     size_t n, bool gap)
{
	for (struct follower *one = events->followers; one; one = one->next)
		if (one->since >= before && gap && before)
			tell_reset(one);
		else if (one->since >= before)
			tell(one, changes, n);
}

/* Those that are up to date share one look. */
static void look(struct events *events)
{
	struct arena arena = {0};
	struct index_change *changes;
	bool gap = false;
	size_t n;

	bell_clear(events->bell.fd);
	events->looked_ms = clock_boot_ms();
	int64_t next_ms = events->looked_ms + LOOK_ANYWAY_MS;
	if (read_changes(events, events->seen, &arena, &changes, &n, &gap) && n > 0) {
		uint64_t before = events->seen;
		events->seen = changes[n - 1].serial;
		tell_all(events, before, changes, n, gap);
		if (n == CHUNK)
			next_ms = events->looked_ms;
	}
	arena_free(&arena);
	loop_start_timer(events->app->loop, &events->look, next_ms);
}

static void on_look(void *context)
{
	look(context);
}

static void on_bell(void *context, int occurred)
{
	struct events *events = context;
	(void)occurred;

	bell_clear(events->bell.fd);
	loop_start_timer(events->app->loop, &events->look, events->looked_ms + EVENTS_LOOK_MS);
}

/* --- following --- */

static void stop_listening(struct events *events)
{
	if (events->bell.fd < 0)
		return;
	loop_unwatch(events->app->loop, &events->bell);
	close(events->bell.fd);
	events->bell.fd = -1;
	loop_stop_timer(events->app->loop, &events->look);
}

/* The bell first: what changes after it is heard, what changed before is seen. */
static bool listen_for_changes(struct events *events, struct err *err)
{
	struct queue *queue = events->app->queue;

	if (events->bell.fd >= 0)
		return true;
	if ((events->bell.fd = bell_open(queue->spool, BELL_CHANGES, err)) < 0)
		return false;
	if (!loop_watch(events->app->loop, &events->bell, LOOP_READ, err) ||
	    !index_last_change(queue->index, &events->seen, err)) {
		stop_listening(events);
		return false;
	}
	loop_start_timer(events->app->loop, &events->look, clock_boot_ms());
	return true;
}

static void on_closed(void *context)
{
	struct follower *follower = context;
	struct events *events = follower->events;

	*follower->back = follower->next;
	if (follower->next)
		follower->next->back = follower->back;
	free(follower);
	if (!events->followers)
		stop_listening(events);
}

static const struct http_stream_events stream_events = {.drained = on_drained, .closed = on_closed};

/* False: it has answered. */
static bool read_since(struct http_request *request, uint64_t *since)
{
	const char *text = http_request_header(request, "Last-Event-ID");

	if (!text)
		text = http_request_query(request, "last_event_id");
	if (!text || slice_number(slice_text(text), INT64_MAX, since))
		return true;
	http_problem(request, 422, "Last-Event-ID: not understood");
	return false;
}

/* False: it has answered. */
static bool has_some_left(struct http_request *request, const struct events *events)
{
	const char *id = app_token(request)->id;
	unsigned n = 0;

	for (const struct follower *one = events->followers; one; one = one->next)
		n += strcmp(one->token, id) == 0;
	if (n < EVENTS_OF_ONE_MOST)
		return true;
	http_problem(request, 429, "%u streams of this token", n);
	request->answer.retry_after = HTTP_STREAM_BEAT_S;
	return false;
}

void events_follow(struct http_request *request)
{
	struct app *app = request->context;
	struct events *events = app->events;
	struct follower *follower;
	struct slice organization;
	struct err err = {0};
	uint64_t since = UINT64_MAX;

	if (!read_since(request, &since) || !app_asked_organization(request, &organization) ||
	    !has_some_left(request, events))
		return;
	if (!listen_for_changes(events, &err)) {
		app_refuse(request, app_status(&err), &err);
		return;
	}
	follower = mem_zero(sizeof *follower);
	*follower = (struct follower){.events = events,
				      .organization = organization,
				      .token = app_token(request)->id,
				      .since = since == UINT64_MAX ? events->seen : since};
	follower->stream = http_stream_open(request, &stream_events, follower);
	if (!follower->stream) {
		free(follower);
		if (!events->followers)
			stop_listening(events);
		return;
	}
	follower->next = events->followers;
	follower->back = &events->followers;
	if (follower->next)
		follower->next->back = &follower->next;
	events->followers = follower;
	if (since == UINT64_MAX)
		tell_place(follower);
	else if (follower->since > events->seen)
		tell_reset(follower);
}

/* --- as long as the server --- */

struct events *events_open(struct app *app)
{
	struct events *events = mem_zero(sizeof *events);

	events->app = app;
	events->bell = (struct loop_watch){.fd = -1, .fn = on_bell, .context = events};
	events->look = (struct loop_timer){.fn = on_look, .context = events};
	return events;
}

void events_close(struct events *events)
{
	if (events)
		stop_listening(events);
	free(events);
}
