/*
 * traffic.h: what goes through a connector: whether it was ever used, how fast it goes now, how
 * long it takes. What is wrong with it is another matter (queue/health.h).
 */
#ifndef QUEUE_TRAFFIC_H
#define QUEUE_TRAFFIC_H

#include "base/json.h"
#include "queue/queue.h"

struct traffic {
	bool is_known;    /* false: the index cannot be asked, or is being made; all else is 0 */
	int64_t tried_ms; /* the last attempt; 0: never used, as far as messages are kept */
	int64_t sent_ms;  /* the last message that was sent; 0: none */
	double rate;      /* attempts a second, over the last ten seconds or so */
	size_t n;         /* the last attempts that are remembered, USE_ATTEMPTS at most */
	uint32_t half_ms; /* half of those took as long or longer; 0: they are too few to tell */
	bool is_slow;     /* as policy/slow.h has it */
	unsigned connections; /* that are open */
};

void traffic_read(struct queue *queue, const char *org, const struct connector *connector,
		  int64_t now_ms, struct traffic *traffic);

/* "last_attempt_at", "last_sent_at": times, or null; "attempts_per_second", null: not known;
 * "slow", "connections" */
void traffic_write_members(struct json_out *out, const struct traffic *traffic);

#endif
