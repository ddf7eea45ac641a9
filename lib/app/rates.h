/*
 * rates.h: how many messages a minute, and how long they took, over the last hour: what the index
 * counts (index/meter.h), looked at once a minute and kept in memory. Private to lib/app.
 */
#ifndef APP_RATES_H
#define APP_RATES_H

#include "index/meter.h"

#define RATES_MINUTES 60
#define RATES_ORGANIZATIONS 64 /* more are in no chart */

struct app;
struct rates;

struct rates_minute {
	uint64_t accepted, sent, failed;
	uint64_t delivered[METER_BOUNDS + 1]; /* by how long it took, as meter_bounds_ms */
};

struct rates_hour {
	struct rates_minute minutes[RATES_MINUTES]; /* the oldest first */
	size_t n;                                   /* how many there are */
	int64_t end_ms;                             /* of the last one */
};

struct rates *rates_open(struct app *app);
void rates_close(struct rates *rates);

/* A look at the counters, each the sum since the index was made. What comes back smaller than it
 * was has begun anew. */
void rates_take(struct rates *rates, const struct index_meter *meters, size_t n, int64_t now_ms);

/* Of one organization, or of all together. */
void rates_read(const struct rates *rates, struct slice organization, struct rates_hour *hour);

/* Within what time, in milliseconds, that part of them was delivered; 0: none was. */
double rates_within_ms(const struct rates_minute *minute, double part);

#endif
