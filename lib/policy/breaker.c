#include "policy/breaker.h"

#include <string.h>

#define RETRY_AFTER_MOST_MS 3600000
#define SPREAD_PERCENT 10

/* In pauses of the connector. */
/* clang-format off */
static const struct {
	const char *name;
	unsigned first, most;
} rules[] = {
	[BREAKER_GOOD] =          {"good",          0,  0},
	[BREAKER_UNREACHABLE] =   {"unreachable",   1,  30},
	[BREAKER_CREDENTIALS] =   {"credentials",   12, 180},
	[BREAKER_THROTTLED] =     {"throttled",     2,  60},
	[BREAKER_MISCONFIGURED] = {"misconfigured", 12, 12},
	[BREAKER_BY_HAND] =       {"by_hand",       0,  0},
};
/* clang-format on */

#define RULES (sizeof rules / sizeof *rules)

static unsigned pauses(enum breaker_why why, unsigned failures)
{
	unsigned n = rules[why].first;

	for (unsigned i = 1; i < failures && n < rules[why].most; i++)
		n *= 2;
	return n < rules[why].most ? n : rules[why].most;
}

void breaker_fail(struct breaker *breaker, const struct breaker_facts *facts)
{
	int64_t asked_ms = facts->retry_after_ms;

	breaker->failures++;
	breaker->why = facts->why;

	int64_t pause_ms = (int64_t)pauses(facts->why, breaker->failures) * facts->pause_s * 1000;
	if (asked_ms > RETRY_AFTER_MOST_MS)
		asked_ms = RETRY_AFTER_MOST_MS;
	if (asked_ms > pause_ms)
		pause_ms = asked_ms;
	pause_ms += pause_ms * SPREAD_PERCENT / 100 * (int64_t)(facts->random % 1001) / 1000;
	breaker->until_ms = facts->now_ms + pause_ms;
}

bool breaker_succeed(struct breaker *breaker, int64_t now_ms)
{
	if (!breaker->failures ||
	    (breaker->why == BREAKER_THROTTLED && breaker_is_paused(breaker, now_ms)))
		return false;
	*breaker = (struct breaker){0};
	return true;
}

void breaker_stop(struct breaker *breaker)
{
	*breaker = (struct breaker){BREAKER_BY_HAND, 1, BREAKER_STOPPED_MS};
}

const char *breaker_why_name(enum breaker_why why)
{
	return rules[why].name;
}

enum breaker_why breaker_why_from_name(const char *name, unsigned long n)
{
	for (unsigned why = 0; why < RULES; why++)
		if (strlen(rules[why].name) == n && memcmp(rules[why].name, name, n) == 0)
			return why;
	return BREAKER_GOOD;
}
