/*
 * alarm.h: what somebody should look at: `mailq-status --check`.
 *
 *     struct alarms alarms = {.arena = &arena};
 *     queue_alarms(queue, organization, oldest_ms, &alarms);
 *     for (const struct alarm *alarm = alarms.first; alarm; alarm = alarm->next)
 *             ...
 *
 * Whether the supervisor runs is not asked here: that is lib/super's, and the caller adds it.
 */
#ifndef QUEUE_ALARM_H
#define QUEUE_ALARM_H

#include "queue/queue.h"

struct alarm {
	const char *what; /* "waiting", "overdue", "paused", "index", "space", "copy", "damaged",
			     "supervisor", "configuration" */
	const char *organization; /* NULL: it concerns all */
	const char *text;
	struct alarm *next;
};

struct alarms {
	struct arena *arena; /* the alarms are in it */
	struct alarm *first, *last;
};

/* What follows from spool_has_room's no: "no mail is accepted", "... and none is sent". */
const char *queue_no_room_means(const struct spool *spool);

void alarm_add(struct alarms *alarms, const char *what, const char *organization, const char *fmt,
	       ...) __attribute__((format(printf, 4, 5)));

/*
 * organization: empty for all. oldest_ms: for how long a message may be ready, or due, and not be
 * taken up. The queue may be open for QUEUE_ACCEPT, without an index.
 */
void queue_alarms(struct queue *queue, struct slice organization, int64_t oldest_ms,
		  struct alarms *alarms);

#endif
