/*
 * breaker.h: when a connector is left alone, and when it is tried again.
 *
 * A connector that cannot be reached, refuses our credentials or asks us to slow down is paused: no
 * message is tried on it and none loses an attempt. When the pause is over one connection probes;
 * if it is good, all go on, else the next pause is twice as long.
 *
 *     why            first     longest    in pauses of the connector (pause_seconds, 5)
 *     unreachable    1         30        so that what waits goes on soon after an outage
 *     credentials    12        180
 *     throttled      2         60         or as long as the remote says, up to an hour
 *     misconfigured  12        12         mended by an edit, which is seen at once
 *
 * Pure: times come in (any clock, the same for all calls), and so does randomness, which spreads
 * the probes of many connectors that one outage stopped.
 */
#ifndef POLICY_BREAKER_H
#define POLICY_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_LONGEST_MS (4 * 3600000)   /* no pause is as long, but by hand */
#define BREAKER_STOPPED_MS (INT64_MAX / 4) /* the until_ms of those, by any clock */

enum breaker_why {
	BREAKER_GOOD, /* nothing is wrong */
	BREAKER_UNREACHABLE,
	BREAKER_CREDENTIALS,
	BREAKER_THROTTLED,
	BREAKER_MISCONFIGURED,
	BREAKER_BY_HAND, /* an operator has paused it, and ends the pause */
};

struct breaker {
	enum breaker_why why; /* of the last failure, until a connection was good again */
	unsigned failures;    /* in a row */
	int64_t until_ms;     /* paused until then */
};

/* What a failure was, and when. */
struct breaker_facts {
	enum breaker_why why;
	unsigned pause_s;       /* the connector's */
	int64_t retry_after_ms; /* what the remote asked for; 0: nothing */
	int64_t now_ms;
	uint32_t random;
};

void breaker_fail(struct breaker *breaker, const struct breaker_facts *facts);

/* Something went well: all is good again, true, unless it was so before or the pause is one that
 * the remote asked for. That one stands until it is over, whatever was on its way meanwhile. */
bool breaker_succeed(struct breaker *breaker, int64_t now_ms);

/* Paused by hand: nothing that is found out ends that. */
void breaker_stop(struct breaker *breaker);

static inline bool breaker_is_stopped(const struct breaker *breaker)
{
	return breaker->why == BREAKER_BY_HAND;
}

static inline bool breaker_is_paused(const struct breaker *breaker, int64_t now_ms)
{
	return breaker->failures && now_ms < breaker->until_ms;
}

/* The pause is over and nothing good was seen yet: one connection at a time. */
static inline bool breaker_is_probing(const struct breaker *breaker, int64_t now_ms)
{
	return breaker->failures && now_ms >= breaker->until_ms;
}

const char *breaker_why_name(enum breaker_why why); /* "unreachable" */
enum breaker_why breaker_why_from_name(const char *name, unsigned long n);

#endif
