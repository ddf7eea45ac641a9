/*
 * rates.h: how many messages a minute, and how long they took, over the last hour, day and week:
 * what the index counts (index/meter.h), looked at once a minute and kept in memory, coarser the
 * longer ago. With each look a copy goes to RATES_FILE, and a server that starts begins with that:
 * what was counted while none ran is one point. Private to lib/app.
 */
#ifndef APP_RATES_H
#define APP_RATES_H

#include "base/buf.h"
#include "index/meter.h"

#define RATES_POINTS 96        /* at most, of a span */
#define RATES_ORGANIZATIONS 64 /* more are in no chart */

struct app;
struct rates;

enum rates_span {
	RATES_HOUR, /* a point for each minute */
	RATES_DAY,  /* for each quarter of an hour */
	RATES_WEEK, /* for each two hours */
	RATES_SPANS
};

/* What one point stands for, in minutes. */
unsigned rates_step(enum rates_span span);

/* What became of messages in some minutes. */
struct rates_part {
	uint64_t accepted, sent, failed;
	uint64_t delivered[METER_BOUNDS + 1]; /* by how long it took, as meter_bounds_ms */
	double minutes;
	int64_t end_ms;
};

struct rates_line {
	struct rates_part at[RATES_POINTS]; /* the oldest first; the last may be shorter */
	size_t n;                           /* how many there are */
	int64_t from_ms, end_ms;            /* of the first, of the last one */
};

struct rates *rates_open(struct app *app);
void rates_close(struct rates *rates);

/* A look at the counters, each the sum since the index was made. What comes back smaller than it
 * was has begun anew. */
void rates_take(struct rates *rates, const struct index_meter *meters, size_t n, int64_t now_ms);

/*
 * What is kept, as bytes; and back, into rates that have had no look yet. Looks that are out of the
 * spans at now_ms are left out. False, and nothing is taken: the bytes are not what rates_write
 * made, all of it, or are of a time to come.
 */
#define RATES_FILE ".run/rates"
void rates_write(const struct rates *rates, struct buf *bytes);
bool rates_restore(struct rates *rates, struct slice bytes, int64_t now_ms);

/* Of one organization, or of all together. */
void rates_read(const struct rates *rates, enum rates_span span, struct slice organization,
		struct rates_line *line);

/* How many a minute were accepted and got their verdict, over the last so many minutes. False: it
 * is not known for so long. */
bool rates_flow(const struct rates_line *line, unsigned minutes, double *accepted, double *gone);

/* Within what time, in milliseconds, that part of them was delivered; 0: none was. */
double rates_within_ms(const struct rates_part *of, double part);

#endif
