#include "app/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "app/job.h"
#include "app/page.h"
#include "app/purge.h"
#include "base/clock.h"
#include "base/mem.h"
#include "http/stream.h"
#include "index/query.h"
#include "queue/health.h"

#define CHANGES_MOST 500 /* looked at to see whose they are; more concern everybody */

struct follower {
	struct live *live;
	struct http_stream *stream;
	struct slice organization; /* empty: all; the request's */
	bool is_news;              /* since the last event */
	int64_t told_ms;
	struct follower *next, **back;
};

struct live {
	struct app *app;
	struct loop_timer timer;
	uint64_t seen; /* the last change */
	int64_t health;
	int64_t tokens; /* when their file was changed */
	uint64_t jobs;
	struct follower *followers;
};

/* --- telling --- */

static void mark(struct live *live, struct slice organization)
{
	for (struct follower *one = live->followers; one; one = one->next)
		if (!organization.n || !one->organization.n ||
		    slice_equal(one->organization, organization))
			one->is_news = true;
}

static void tell(struct follower *follower, int64_t now_ms)
{
	char id[24];

	if (now_ms - follower->told_ms < (follower->is_news ? LIVE_GATHER_MS : LIVE_AGAIN_MS))
		return;
	snprintf(id, sizeof id, "%" PRIu64, follower->live->seen);
	follower->is_news = false;
	follower->told_ms = now_ms;
	http_stream_put(follower->stream,
			&(struct http_event){.id = id, .name = "changed", .data = SLICE("{}")});
}

/* --- looking --- */

static void look(struct live *live)
{
	struct queue *queue = live->app->queue;
	struct arena arena = {0};
	struct index_change *changes;
	struct err err = {0};
	uint64_t last;
	bool gap;
	size_t n;

	if (!queue->index || !index_last_change(queue->index, &last, &err) || last == live->seen)
		return;
	if (index_changes(queue->index, live->seen, CHANGES_MOST, &arena, &changes, &n, &gap,
			  &err)) {
		if (gap || n == CHANGES_MOST)
			mark(live, (struct slice){0});
		else
			for (size_t i = 0; i < n; i++)
				mark(live, changes[i].organization);
		live->seen = last;
	}
	arena_free(&arena);
}

static int64_t tokens_stamp(const struct live *live)
{
	struct stat st = {0};

	stat(live->app->queue->conf->tokens, &st);
	return st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
}

/* Whose it was is not known. */
static void look_at_others(struct live *live)
{
	int64_t health = health_stamp(live->app->queue), tokens = tokens_stamp(live);
	uint64_t jobs = jobs_changes(live->app->jobs) + purges_changes(live->app->purges);

	if (health != live->health || tokens != live->tokens || jobs != live->jobs)
		mark(live, (struct slice){0});
	live->health = health;
	live->tokens = tokens;
	live->jobs = jobs;
}

static void on_time(void *context)
{
	struct live *live = context;
	int64_t now_ms = clock_boot_ms();

	look(live);
	look_at_others(live);
	for (struct follower *one = live->followers, *next; one; one = next) {
		next = one->next;
		tell(one, now_ms);
	}
	if (live->followers)
		loop_start_timer(live->app->loop, &live->timer, now_ms + LIVE_LOOK_MS);
}

/* --- following --- */

static void on_closed(void *context)
{
	struct follower *follower = context;

	*follower->back = follower->next;
	if (follower->next)
		follower->next->back = follower->back;
	if (!follower->live->followers)
		loop_stop_timer(follower->live->app->loop, &follower->live->timer);
	free(follower);
}

static const struct http_stream_events stream_events = {.closed = on_closed};

static void add(struct live *live, struct follower *follower)
{
	struct err err = {0};

	if (!live->followers && live->app->queue->index)
		index_last_change(live->app->queue->index, &live->seen, &err);
	follower->next = live->followers;
	follower->back = &live->followers;
	if (follower->next)
		follower->next->back = &follower->next;
	live->followers = follower;
	loop_start_timer(live->app->loop, &live->timer, clock_boot_ms() + LIVE_LOOK_MS);
}

/* The first event is at once: the page may be older than the stream. */
void live_follow(struct http_request *request)
{
	struct app *app = request->context;
	struct follower *follower;
	struct slice organization;

	if (!page_organization(request, &organization))
		return;
	follower = mem_zero(sizeof *follower);
	*follower =
		(struct follower){.live = app->live, .organization = organization, .is_news = true};
	follower->stream = http_stream_open(request, &stream_events, follower);
	if (follower->stream)
		add(app->live, follower);
	else
		free(follower);
}

struct live *live_open(struct app *app)
{
	struct live *live = mem_zero(sizeof *live);

	live->app = app;
	live->timer = (struct loop_timer){.fn = on_time, .context = live};
	return live;
}

void live_close(struct live *live)
{
	free(live);
}
