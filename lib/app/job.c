#include "app/job.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "app/words.h"
#include "base/clock.h"
#include "base/mem.h"
#include "queue/act.h"

#define TURN_MS 10 /* of acts, before others have their turn */

struct jobs {
	struct app *app;
	struct loop_timer timer;
	struct job all[JOBS_MOST];
	uint64_t last_number;
	uint64_t changes;
};

/* clang-format off */
static const struct {
	const char *word, *will, *done;
} verbs[VERB_COUNT] = {
	[VERB_HOLD] =     {"Hold",     "be held",              "held"},
	[VERB_RELEASE] =  {"Release",  "be released",          "released"},
	[VERB_CANCEL] =   {"Cancel",   "be cancelled",         "cancelled"},
	[VERB_QUEUE] =    {"Queue",    "be queued",            "queued"},
	[VERB_RETRY] =    {"Retry",    "go back to the queue", "put back in the queue"},
	[VERB_SEND_NOW] = {"Send now", "be sent at once",      "put in line to be sent at once"},
	[VERB_DELETE] =   {"Delete",   "be deleted",           "deleted"},
};
/* clang-format on */

const char *job_verb_word(enum verb verb)
{
	return verbs[verb].word;
}

const char *job_verb_done(enum verb verb)
{
	return verbs[verb].done;
}

/* --- doing --- */

static void forget(struct job *job)
{
	free(job->ids);
	*job = (struct job){0};
}

static void act(struct jobs *jobs, struct job *job)
{
	struct act act = {.verb = job->verb,
			  .by = job->by,
			  .reason = *job->reason ? job->reason : NULL};
	struct err err = {0};

	if (!queue_act(jobs->app->queue, job->ids[job->done++], &act, &err) && job->refused++ == 0)
		snprintf(job->refusal, sizeof job->refusal, "%.199s", err.text);
}

/* What is due, for a little while. True: there is more of it. */
static bool work(struct jobs *jobs, int64_t until_ms)
{
	for (size_t i = 0; i < JOBS_MOST; i++) {
		struct job *job = &jobs->all[i];
		if (!job->number || job->ended || job->at_ms > clock_boot_ms())
			continue;
		while (job->done < job->n) {
			if (clock_boot_ms() >= until_ms)
				return true;
			act(jobs, job);
		}
		job->ended = true;
		job->at_ms = clock_boot_ms();
	}
	return false;
}

static void set_timer(struct jobs *jobs, int64_t now_ms)
{
	int64_t next_ms = INT64_MAX;

	for (size_t i = 0; i < JOBS_MOST; i++) {
		struct job *job = &jobs->all[i];
		int64_t at_ms = job->at_ms + (job->ended ? JOB_TOLD_MS : 0);
		if (job->ended && at_ms <= now_ms)
			forget(job);
		else if (job->number && at_ms < next_ms)
			next_ms = at_ms;
	}
	if (next_ms != INT64_MAX)
		loop_start_timer(jobs->app->loop, &jobs->timer, next_ms);
}

static void on_time(void *context)
{
	struct jobs *jobs = context;
	int64_t now_ms = clock_boot_ms();

	jobs->changes++;
	if (work(jobs, now_ms + TURN_MS))
		loop_start_timer(jobs->app->loop, &jobs->timer, now_ms);
	else
		set_timer(jobs, clock_boot_ms());
}

struct jobs *jobs_open(struct app *app)
{
	struct jobs *jobs = mem_zero(sizeof *jobs);

	jobs->app = app;
	jobs->timer = (struct loop_timer){.fn = on_time, .context = jobs};
	return jobs;
}

void jobs_close(struct jobs *jobs)
{
	if (!jobs)
		return;
	loop_stop_timer(jobs->app->loop, &jobs->timer);
	for (size_t i = 0; i < JOBS_MOST; i++)
		forget(&jobs->all[i]);
	free(jobs);
}

uint64_t jobs_changes(const struct jobs *jobs)
{
	return jobs->changes;
}

/* --- asking for it --- */

/* One that has ended makes room. */
static struct job *find_room(struct jobs *jobs)
{
	struct job *ended = NULL;

	for (size_t i = 0; i < JOBS_MOST; i++) {
		if (!jobs->all[i].number)
			return &jobs->all[i];
		if (jobs->all[i].ended && (!ended || jobs->all[i].at_ms < ended->at_ms))
			ended = &jobs->all[i];
	}
	if (ended)
		forget(ended);
	return ended;
}

struct job *job_add(struct jobs *jobs, enum verb verb, struct slice organization, const char *by)
{
	struct job *job = find_room(jobs);

	if (!job)
		return NULL;
	job->number = ++jobs->last_number;
	job->verb = verb;
	job->at_ms = INT64_MAX;
	snprintf(job->organization, sizeof job->organization, "%.*s", SLICE_ARGS(organization));
	snprintf(job->by, sizeof job->by, "%s", by);
	return job;
}

void job_add_id(struct job *job, const char *id)
{
	if (job->n == JOB_IDS_MOST)
		return;
	if (job->n == job->room) {
		job->room = job->room ? 2 * job->room : 64;
		job->ids = mem_resize(job->ids, job->room, sizeof *job->ids);
	}
	memcpy(job->ids[job->n++], id, ID_SIZE);
}

void job_start(struct jobs *jobs, struct job *job, int64_t delay_ms)
{
	job->at_ms = clock_boot_ms() + delay_ms;
	jobs->changes++;
	set_timer(jobs, clock_boot_ms());
}

static bool is_told_to(const struct job *job, struct slice organization)
{
	return job->number && (!organization.n || slice_is(organization, job->organization));
}

bool job_undo(struct jobs *jobs, uint64_t number, struct slice organization)
{
	for (size_t i = 0; i < JOBS_MOST; i++) {
		struct job *job = &jobs->all[i];
		if (job->number != number || !is_told_to(job, organization))
			continue;
		if (job->done || job->ended)
			return false;
		forget(job);
		jobs->changes++;
		return true;
	}
	return false;
}

const struct job *job_of_cause(const struct jobs *jobs, struct slice organization,
			       const char *cause)
{
	for (size_t i = 0; i < JOBS_MOST; i++)
		if (is_told_to(&jobs->all[i], organization) && !jobs->all[i].ended &&
		    strcmp(jobs->all[i].cause, cause) == 0)
			return &jobs->all[i];
	return NULL;
}

/* --- telling --- */

static const char *lead_of(const struct job *job, int64_t starts_ms, struct arena *arena)
{
	const char *messages = words_messages(job->n, arena);
	size_t good = job->done - job->refused;
	int64_t now_ms = clock_now_ms();

	if (job->ended && job->refused)
		return arena_format(arena, "%s of %s %s.",
				    good ? words_number(good, arena) : "None", messages,
				    verbs[job->verb].done);
	if (job->ended)
		return arena_format(arena, "%s %s.", messages, verbs[job->verb].done);
	if (job->done)
		return arena_format(arena, "%s of %s are done.", words_number(job->done, arena),
				    messages);
	return arena_format(arena, "%s will %s at %s.", messages, verbs[job->verb].will,
			    words_time(now_ms + starts_ms, now_ms, arena));
}

static void put_job(struct json_out *out, const struct job *job, int64_t starts_ms,
		    struct arena *arena)
{
	const char *text = "Nothing has moved yet.";

	if (job->refused)
		text = arena_format(arena, "The first that could not be: %s.", job->refusal);
	else if (job->ended || job->done)
		text = "";
	json_open(out, NULL, '{');
	json_put_int(out, "number", (int64_t)job->number);
	json_put_text(out, "class", job->refused ? "failed" : job->ended ? "sent" : "dot");
	json_put_text(out, "lead", lead_of(job, starts_ms, arena));
	json_put_text(out, "text", text);
	json_put_bool(out, "undo", !job->ended && !job->done);
	json_close(out, '}');
}

void jobs_put(struct json_out *out, const char *key, struct jobs *jobs, struct slice organization,
	      struct arena *arena)
{
	int64_t now_ms = clock_boot_ms();

	json_open(out, key, '[');
	for (size_t i = 0; i < JOBS_MOST; i++) {
		const struct job *job = &jobs->all[i];
		bool told = is_told_to(job, organization) && job->at_ms != INT64_MAX &&
			    !(job->ended && now_ms - job->at_ms >= JOB_TOLD_MS);
		if (told)
			put_job(out, job, job->at_ms - now_ms, arena);
	}
	json_close(out, ']');
}
