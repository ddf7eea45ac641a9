/*
 * clock.h: two clocks and one way to write time.
 *
 * Wall-clock time, in milliseconds since 1970 UTC, is what people read and what is kept in files.
 * It can jump. Waiting, leases and turns are counted in boot time, which cannot, and which goes on
 * while the machine sleeps.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/slice.h"

int64_t clock_now_ms(void);  /* CLOCK_REALTIME */
int64_t clock_boot_ms(void); /* CLOCK_BOOTTIME */

#define CLOCK_TEXT_SIZE 25 /* "2026-11-24T09:30:00.123Z" and a NUL */
#define CLOCK_DAY_SIZE 11  /* "2026-11-24" and a NUL */

/* RFC 3339 in UTC with milliseconds; years 1970 to 9999, others are clamped. */
void clock_format(int64_t ms, char text[CLOCK_TEXT_SIZE]);

/* The UTC day. */
void clock_format_day(int64_t ms, char text[CLOCK_DAY_SIZE]);

/* RFC 3339 with any offset and any number of fractional digits. False when it is none. */
bool clock_parse(struct slice text, int64_t *ms);

/* An age as people write it: "90s", "15m", "2h", "3d", "1w". False when it is none. */
bool clock_parse_age(struct slice text, int64_t *ms);

/* The largest unit that fits: "47s", "3m", "2h", "5d". What is in the future is "0s". */
#define CLOCK_AGE_SIZE 24
void clock_format_age(int64_t ms, char text[CLOCK_AGE_SIZE]);

/* The same in a sentence, in two units at most: "271 ms", "42 s", "1 min 53 s", "3 h 12 min", "2 d
 * 4 h". What is in the future is "0 ms". */
#define CLOCK_SPAN_SIZE 40
void clock_format_span(int64_t ms, char text[CLOCK_SPAN_SIZE]);

#endif
