/*
 * job.h: an act on many messages: it begins after a while, so that it can be taken back, and goes
 * on in pieces, so that nobody is held up. In memory: a restart drops what has not been done, and
 * nothing of that has moved. Private to lib/app.
 *
 *     struct job *job = job_add(jobs, VERB_RETRY, organization, by);
 *     job_add_id(job, id);
 *     job_start(jobs, job, JOB_DELAY_MS);
 */
#ifndef APP_JOB_H
#define APP_JOB_H

#include "base/arena.h"
#include "base/json.h"
#include "base/loop.h"
#include "message/id.h"
#include "message/verb.h"

#define JOBS_MOST 16
#define JOB_IDS_MOST 10000
#define JOB_DELAY_MS 10000 /* in which it can be taken back */
#define JOB_TOLD_MS 60000  /* for how long its end is told */

struct app;
struct jobs;

struct job {
	uint64_t number; /* 0: not in use */
	enum verb verb;
	char organization[64]; /* on whose pages it is told; "": on those of all */
	char by[64];
	char reason[VERB_REASON_MOST + 1]; /* ""; else it passed verb_check_reason */
	char cause[128];                   /* the group of failures that it is for; "" */
	char (*ids)[ID_SIZE];
	size_t n, room;
	size_t done, refused; /* done counts both */
	char refusal[200];    /* the first one */
	int64_t at_ms;        /* boot time: when it begins; once all is done, when that was */
	bool ended;
};

struct jobs *jobs_open(struct app *app);
void jobs_close(struct jobs *jobs);

/* NULL: there are JOBS_MOST under way. */
struct job *job_add(struct jobs *jobs, enum verb verb, struct slice organization, const char *by);
void job_add_id(struct job *job, const char *id); /* beyond JOB_IDS_MOST: nothing */
void job_start(struct jobs *jobs, struct job *job, int64_t delay_ms);

/* False: it has begun, or there is none of that number that is told there. */
bool job_undo(struct jobs *jobs, uint64_t number, struct slice organization);

/* The one for that group, that has not ended; or NULL. */
const struct job *job_of_cause(const struct jobs *jobs, struct slice organization,
			       const char *cause);

/* Puts an array of what is under way or has just ended, as notices.html tells it. */
void jobs_put(struct json_out *out, const char *key, struct jobs *jobs, struct slice organization,
	      struct arena *arena);

/* Another number once something has changed of what jobs_put puts. */
uint64_t jobs_changes(const struct jobs *jobs);

/* How a verb is told: "Retry", "put back in the queue". */
const char *job_verb_word(enum verb verb);
const char *job_verb_done(enum verb verb);

#endif
