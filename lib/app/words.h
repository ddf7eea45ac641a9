/*
 * words.h: numbers, sizes, times and statuses as the app writes them for people. Pure; private to
 * lib/app.
 */
#ifndef APP_WORDS_H
#define APP_WORDS_H

#include "base/arena.h"
#include "base/json.h"
#include "message/status.h"

/* "128,940" */
const char *words_number(uint64_t n, struct arena *arena);

/* "1 template", "1,204 templates" */
const char *words_count(uint64_t n, const char *what, struct arena *arena);

/* "no message", "1 message", "1,204 messages" */
const char *words_messages(uint64_t n, struct arena *arena);

/* Two units at most: "271 ms", "42 s", "1 min 53 s", "3 h 12 min", "2 d 4 h" */
const char *words_duration(int64_t ms, struct arena *arena);

/* So many a second, where a tenth is enough: "0", "0.3", "18", "1,200" */
const char *words_rate(double rate, struct arena *arena);

/* "812 bytes", "18.4 kB", "2.5 MB" */
const char *words_size(uint64_t bytes, struct arena *arena);

/* The time of today, "14:02:33"; the day of this year, "3 Nov"; else "3 Nov 2025". All in UTC. */
const char *words_time(int64_t ms, int64_t now_ms, struct arena *arena);

/* As words_time, with both where it was not today: "3 Nov 14:02". */
const char *words_moment(int64_t ms, int64_t now_ms, struct arena *arena);

/* "24 Nov" */
const char *words_day_of_year(int64_t ms, struct arena *arena);

/* "24 Nov 2026" */
const char *words_day(int64_t ms, struct arena *arena);

/* "in 1 min 53 s", "4 s ago", "just now" */
const char *words_distance(int64_t ms, int64_t now_ms, struct arena *arena);

/* A sentence of policy/explain.h with its times as words_moment and words_distance write them, and
 * commands called as the buttons that do the same. */
const char *words_sentence(const char *text, int64_t now_ms, struct arena *arena);

/* {"iso": "2026-11-24T14:02:33Z", "text": words_time} for the macro `when`; null for 0. */
void words_put_time(struct json_out *out, const char *key, int64_t ms, int64_t now_ms,
		    struct arena *arena);

/* What a status is called, and its class in app.css: "Ready", "queued". */
const char *words_status(enum status status);
const char *words_status_class(enum status status);

#endif
