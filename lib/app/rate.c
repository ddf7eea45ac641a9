#include "app/rate.h"

#include <stdio.h>

#define SECOND_US 1000000

static struct rate_bucket *find(struct rate *rate, const char *who)
{
	struct rate_bucket *quiet = &rate->buckets[0];

	for (size_t i = 0; i < RATE_CALLERS; i++) {
		struct rate_bucket *bucket = &rate->buckets[i];
		if (strcmp(bucket->who, who) == 0)
			return bucket;
		if (bucket->full_us < quiet->full_us)
			quiet = bucket;
	}
	*quiet = (struct rate_bucket){0};
	snprintf(quiet->who, sizeof quiet->who, "%s", who);
	return quiet;
}

/* A request puts off by its share of a second when the bucket is full again; at most a second. */
unsigned rate_take(struct rate *rate, const char *who, unsigned per_second, int64_t now_ms)
{
	int64_t now_us = now_ms * 1000;

	if (!per_second)
		return 0;
	struct rate_bucket *bucket = find(rate, who);
	int64_t full_us = bucket->full_us > now_us ? bucket->full_us : now_us;
	full_us += SECOND_US / per_second;
	if (full_us > now_us + SECOND_US)
		return 1;
	bucket->full_us = full_us;
	return 0;
}
