/*
 * verdict.h: waits until it is known what became of a message.
 *
 * Every step of a message is an entry appended to its file or a rename of it, and both wake a watch
 * on the file (inotify(7)), wherever it stands: nothing is polled.
 */
#ifndef QUEUE_VERDICT_H
#define QUEUE_VERDICT_H

#include "queue/queue.h"

/* What sendmail -odi answers with. */
enum verdict_told {
	VERDICT_NOT_YET, /* time is up; the message goes on without the caller */
	VERDICT_SENT,
	VERDICT_DEFERRED, /* tried, and it will be again; or held */
	VERDICT_REFUSED,  /* failed, or cancelled meanwhile */
};

/* wait_ms: at most. *why: the last error, or empty. False and err: it cannot be looked at. */
bool verdict_wait(struct queue *queue, const char *id, int64_t wait_ms, enum verdict_told *told,
		  struct err *why, struct err *err);

/*
 * The two steps of it, for a loop that waits for many. First the watch, then the look, and again
 * when the watch is woken; or soon, where there is none (-1): the file moved while it was looked
 * for. inotify: of inotify_init1(2).
 */
int verdict_watch(struct queue *queue, const char *id, int inotify);
bool verdict_look(struct queue *queue, const char *id, enum verdict_told *told, struct err *why,
		  struct err *err);

#endif
