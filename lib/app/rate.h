/*
 * rate.h: how many requests a second each caller may make: a bucket that holds one second's worth
 * and fills again as time goes. Pure: the caller brings the time. Private to lib/app.
 *
 * Of too many callers at once the one that was quiet for longest is forgotten, and begins anew with
 * a full bucket.
 */
#ifndef APP_RATE_H
#define APP_RATE_H

#include <stdint.h>

#include "base/slice.h"

#define RATE_CALLERS 256

struct rate {
	struct rate_bucket {
		char who[80];    /* "": not in use */
		int64_t full_us; /* when it is full again, in microseconds of boot time */
	} buckets[RATE_CALLERS];
};

/* Takes one request of so many a second: 0 and it is taken, or how many seconds to wait. per_second
 * 0: there is no limit. now_ms: boot time. */
unsigned rate_take(struct rate *rate, const char *who, unsigned per_second, int64_t now_ms);

#endif
