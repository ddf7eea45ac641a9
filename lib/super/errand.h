/*
 * errand.h: a command that runs when it is wanted, and from then on every hour: `mailq-index
 * check`, wanted at the start, and `mailq-index recover`.
 *
 * It is expected to end by itself. One that still runs when its time comes again is killed, and the
 * turn passes; one that fails, or is not there, is told in the log. Nothing else depends on it.
 */
#ifndef SUPER_ERRAND_H
#define SUPER_ERRAND_H

#include "base/child.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"

struct errand {
	struct loop *loop;
	struct log *log;
	const char *program; /* `program -C conf_path word` */
	const char *conf_path;
	const char *word;
	const char *const *env; /* of the next run */
	int64_t every_ms;

	struct child child; /* the rest is private; pid 0: it does not run */
	struct loop_watch ended;
	struct loop_timer due;
	int64_t started_ms; /* wall clock; 0: never */
	char last_end[24];
};

/* Runs it now, unless it does already. */
void errand_run(struct errand *errand);

/* Kills what runs, and starts it no more. Whoever frees it first lets the loop tell the end. */
void errand_stop(struct errand *errand);

/* An object: when it was started last, and how it ended. */
void errand_status(const struct errand *errand, struct json_out *out, const char *key);

#endif
