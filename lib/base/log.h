/*
 * log.h: what happened, one line an event, for people and for grep.
 *
 * logfmt on standard error: time, event, then key=value in the order given. One line is one
 * write(2) of at most LOG_LINE_MAX bytes, which a pipe takes whole, so lines of several processes
 * never mix.
 *
 *     struct log log = {.fd = STDERR_FILENO};
 *     log_begin(&log, "attempt");
 *     log_text(&log, "id", id);
 *     log_int(&log, "code", 250);
 *     log_address(&log, "to", address);
 *     log_end(&log);
 *     log_free(&log);
 *
 *     time=2026-11-24T09:30:00.123Z event=attempt id=01jddx... code=250 to=alice@example.com
 *
 * Keys are ours: lower case, no blanks. A value with anything but plain characters is written as a
 * JSON string, so neither a remote's words nor an address can forge a pair, a line or an escape
 * sequence. Failing to write is not reported: there is nowhere to say it.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

#include "base/buf.h"

#define LOG_LINE_MAX 4096
#define LOG_VALUE_MAX 512 /* bytes of one value; the rest is cut off */

struct log {
	int fd;
	bool mask_addresses; /* a***@example.com instead of alice@example.com, in all values */
	struct buf line;     /* the one being made; the memory serves the next */
	bool gathers;
	struct buf lines; /* gathered, and not written yet */
};

void log_free(struct log *log);

void log_begin(struct log *log, const char *event);
void log_end(struct log *log);

/* From here to log_write lines are gathered, as many as one write may hold: for a server that has
 * several to tell at once. */
void log_gather(struct log *log);
void log_write(struct log *log);

/* A pair that no longer fits is left out, and the line ends with cut=true. NULL: no pair. */
void log_text(struct log *log, const char *key, const char *value);
void log_slice(struct log *log, const char *key, struct slice value);
void log_int(struct log *log, const char *key, int64_t value);
void log_address(struct log *log, const char *key, struct slice address);

#endif
