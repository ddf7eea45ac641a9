/*
 * record.h: the bytes of one record in the table `message`. Private to lib/index.
 *
 *     version status attempts(2) created updated due size organization template connector subject
 *     last_error, then the lists: the recipients, and behind them the tags of a message that has
 *     some. A list is count(2), and of each text length(2) and its bytes.
 *
 * Numbers are big-endian, of 8 bytes unless it says otherwise; a text is a byte of length and its
 * bytes. Another version, or bytes that end too soon, are damage.
 */
#ifndef INDEX_RECORD_H
#define INDEX_RECORD_H

#include "base/buf.h"
#include "index/index.h"
#include "index/keys.h"

/* A record as it is stored: its texts point into the bytes it was read from, and its lists are left
 * as they lie there. */
struct stored {
	struct index_record record;
	struct slice lists;
};

/* Adds the bytes of a record; texts too long for the index are cut. */
void record_encode(struct buf *buf, const struct index_record *record, struct slice lists);

/* The lists alone, as record_encode takes them. */
void record_encode_lists(struct buf *buf, const struct index_record *record);

bool record_decode(MDB_val value, const char *id, struct stored *stored);

/*
 * The lists one text after the other:
 *
 *     for (n = record_recipients(stored->lists, &reader); n; n--)
 *         address = record_next(&reader);
 *     for (n = record_tags(&reader); n; n--)
 *         tag = record_next(&reader);
 */
size_t record_recipients(struct slice lists, struct key_reader *reader);
size_t record_tags(struct key_reader *reader);
struct slice record_next(struct key_reader *reader);

bool record_has_tag(struct slice lists, struct slice tag);

/* A record for a caller: everything in the arena. */
void record_copy(const struct stored *stored, struct arena *arena, struct index_record *record);

#endif
