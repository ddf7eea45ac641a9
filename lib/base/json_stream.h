/*
 * json_stream.h: JSON objects out of a stream, one by one, as soon as each is there.
 *
 * Takes NDJSON (one object a line) and objects that span lines, mixed. An object ends where its
 * brackets do. What cannot be one ends at its line's end, so that one bad line does not take the
 * next with it; an object that is never closed ends where a line begins with a new one. A record
 * of more than SPILL_MEMORY is held in a temporary file (spill.h).
 *
 *     struct json_stream stream = json_stream_init(most);
 *     while ((n = read(fd, chunk, sizeof chunk)) > 0) {
 *             json_stream_add(&stream, slice_make(chunk, n));
 *             while (json_stream_next(&stream, false, &record))
 *                     ... record.text, record.n, record.line ...
 *     }
 *     while (json_stream_next(&stream, true, &record))
 *             ...
 *
 * stream.failed has a code once a record could not be held; that one and what follows is lost.
 *
 * Only brackets and strings are looked at here; whether it is JSON, json_parse says.
 */
#ifndef BASE_JSON_STREAM_H
#define BASE_JSON_STREAM_H

#include "base/spill.h"

struct json_record {
	char *text; /* good until the stream is called again, and may be changed where it stands */
	size_t n;   /* 0 when too long */
	uint64_t line; /* where it begins, from 1 */
	bool too_long;
	bool large; /* it does not stand in memory */
};

struct json_stream {
	size_t most; /* bytes of one record */
	struct buf bytes;
	struct spill long_one; /* the beginning of the record at `at`, once that is large */
	struct err failed;
	size_t at;   /* in bytes: what stands before was given out */
	size_t seen; /* in bytes: how far the record at `at` was looked at */
	unsigned depth;
	bool in_text, escaped;
	bool given;           /* long_one is the record given out last */
	char before;          /* the byte before `at` */
	bool skipping;        /* a record that is too long, to the end of its line */
	uint64_t line, begun; /* at `seen`, and where the record begins */
};

struct json_stream json_stream_init(size_t most);
void json_stream_free(struct json_stream *stream);
void json_stream_add(struct json_stream *stream, struct slice bytes);

/* The next whole record; at_end: nothing will follow, so what is left is one too. */
bool json_stream_next(struct json_stream *stream, bool at_end, struct json_record *record);

#endif
