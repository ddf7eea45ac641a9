/*
 * json_stream.h: JSON objects out of a stream, one by one, as soon as each is there.
 *
 * Takes NDJSON (one object a line) and objects that span lines, mixed. An object ends where its
 * brackets do. What cannot be one ends at its line's end, so that one bad line does not take the
 * next with it; an object that is never closed ends where a line begins with a new one.
 *
 *     struct json_stream stream = json_stream_init(most);
 *     while ((n = read(fd, chunk, sizeof chunk)) > 0) {
 *             json_stream_add(&stream, slice_make(chunk, n));
 *             while (json_stream_next(&stream, false, &record))
 *                     ... record.text, record.line ...
 *     }
 *     while (json_stream_next(&stream, true, &record))
 *             ...
 *
 * Only brackets and strings are looked at here; whether it is JSON, json_parse says.
 */
#ifndef BASE_JSON_STREAM_H
#define BASE_JSON_STREAM_H

#include "base/buf.h"

struct json_record {
	struct slice text; /* good until the stream is called again; empty when too long */
	uint64_t line;     /* where it begins, from 1 */
	bool too_long;
};

struct json_stream {
	size_t most; /* bytes of one record */
	struct buf bytes;
	size_t at;   /* in bytes: what stands before was given out */
	size_t seen; /* in bytes: how far the record at `at` was looked at */
	unsigned depth;
	bool in_text, escaped;
	bool skipping;        /* a record that is too long, to the end of its line */
	uint64_t line, begun; /* at `seen`, and where the record begins */
};

struct json_stream json_stream_init(size_t most);
void json_stream_free(struct json_stream *stream);
void json_stream_add(struct json_stream *stream, struct slice bytes);

/* The next whole record; at_end: nothing will follow, so what is left is one too. */
bool json_stream_next(struct json_stream *stream, bool at_end, struct json_record *record);

#endif
