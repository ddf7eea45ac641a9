/*
 * record.h: the bytes of one record in the table `message`. Private to lib/index.
 *
 *     version status attempts(2) created updated due size organization template connector subject
 *     last_error, then the recipients: count(2), each length(2) and address
 *
 * Numbers are big-endian, of 8 bytes unless it says otherwise; a text is a byte of length and its
 * bytes. Another version, or bytes that end too soon, are damage.
 */
#ifndef INDEX_RECORD_H
#define INDEX_RECORD_H

#include "base/buf.h"
#include "index/index.h"
#include "index/keys.h"

/* A record as it is stored: its texts point into the bytes it was read from, and its recipients are
 * left as they lie there. */
struct stored {
	struct index_record record;
	struct slice recipients;
};

/* Adds the bytes of a record; texts too long for the index are cut. */
void record_encode(struct buf *buf, const struct index_record *record, struct slice recipients);

/* The recipients alone, as record_encode takes them. */
void record_encode_recipients(struct buf *buf, const struct index_record *record);

bool record_decode(MDB_val value, const char *id, struct stored *stored);

/* The recipients one by one: `reader` begins at stored->recipients behind the count. */
size_t record_recipients(struct slice recipients, struct key_reader *reader);
struct slice record_next_recipient(struct key_reader *reader);

/* A record for a caller: everything in the arena. */
void record_copy(const struct stored *stored, struct arena *arena, struct index_record *record);

#endif
