#include "policy/breaker.h"

#include <string.h>

#define RETRY_AFTER_MOST_MS 3600000
#define SPREAD_PERCENT 10

static const struct {
	const char *name;
	int64_t first_ms, most_ms;
} rules[] = {
	[BREAKER_GOOD] = {         "good",     0,      0},
	[BREAKER_UNREACHABLE] = {  "unreachable",  5000, 300000},
	[BREAKER_CREDENTIALS] = {  "credentials", 60000, 900000},
	[BREAKER_THROTTLED] = {    "throttled", 10000, 300000},
	[BREAKER_MISCONFIGURED] = {"misconfigured", 60000,  60000},
};

#define RULES (sizeof rules / sizeof *rules)

static int64_t pause_ms(enum breaker_why why, unsigned failures)
{
	int64_t pause = rules[why].first_ms;

	for (unsigned n = 1; n < failures && pause < rules[why].most_ms; n++)
		pause *= 2;
	return pause < rules[why].most_ms ? pause : rules[why].most_ms;
}

void breaker_fail(struct breaker *breaker, enum breaker_why why, int64_t now_ms,
		  int64_t retry_after_ms, uint32_t random)
{
	breaker->failures++;
	breaker->why = why;

	int64_t pause = pause_ms(why, breaker->failures);
	if (retry_after_ms > RETRY_AFTER_MOST_MS)
		retry_after_ms = RETRY_AFTER_MOST_MS;
	if (retry_after_ms > pause)
		pause = retry_after_ms;
	pause += pause * SPREAD_PERCENT / 100 * (int64_t)(random % 1001) / 1000;
	breaker->until_ms = now_ms + pause;
}

void breaker_succeed(struct breaker *breaker)
{
	*breaker = (struct breaker){0};
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
