/*
 * keys.h: keys and values of the index's tables, byte by byte. Private to lib/index.
 *
 * Keys are compared with memcmp, so their parts are laid out to sort: text ended by a NUL, numbers
 * big-endian, signed ones with the sign bit turned over, an id as its 26 letters. There are no
 * duplicates (MDB_DUPSORT): what would be one is part of the key.
 *
 *     message    id                             a record (record.h)
 *     status     organization status updated id -
 *     count      organization                   a number for each status
 *     recipient  organization address id        -
 *     tag        organization tag id            -
 *     change     serial                         status id organization
 *     lane       stage lane                     ready turn order pace
 *     turn       stage turn order lane          -
 *     ready      stage lane start id            state
 *     lease      stage expiry id                state start lane
 *     due        stage due id                   state lane
 *     meta       "built"                        -
 *                "meter" meter organization connector status   its numbers
 *                "use" organization connector   how it was used (use.c)
 */
#ifndef INDEX_KEYS_H
#define INDEX_KEYS_H

#include <lmdb.h>
#include <stdint.h>

#include "base/slice.h"
#include "message/id.h"

/* LMDB takes keys of at most 511 bytes; the longest here is a recipient's, of at most 63 + 1 + 320
 * + 1 + 26. Longer text is cut. */
#define KEY_MAX 511
#define KEY_TEXT_MAX 320

/* Bytes being put together: a key, or the small value of a table. Never cleared beyond n. */
struct key {
	size_t n;
	uint8_t bytes[KEY_MAX];
};

static inline void key_clear(struct key *key)
{
	key->n = 0;
}

void key_add_text(struct key *key, struct slice text);   /* at most KEY_TEXT_MAX, and a NUL */
void key_add_folded(struct key *key, struct slice text); /* the same, ASCII letters in lower case */
void key_add_byte(struct key *key, uint8_t byte);
void key_add_number(struct key *key, uint64_t number);
void key_add_time(struct key *key, int64_t ms);
void key_add_id(struct key *key, const char *id);

static inline MDB_val key_val(const struct key *key)
{
	return (MDB_val){.mv_size = key->n, .mv_data = (void *)key->bytes};
}

/*
 * Reading takes the parts off the front. A read behind the end gives zeros and empty text and sets
 * `bad`, which is looked at once, at the end.
 */
struct key_reader {
	const uint8_t *p;
	size_t n;
	bool bad;
};

static inline struct key_reader key_read(MDB_val val)
{
	return (struct key_reader){.p = val.mv_data, .n = val.mv_size};
}

struct slice key_take_text(struct key_reader *reader); /* points into the bytes read */
struct slice key_take_bytes(struct key_reader *reader, size_t n);
uint8_t key_take_byte(struct key_reader *reader);
uint64_t key_take_number(struct key_reader *reader);
int64_t key_take_time(struct key_reader *reader);
void key_take_id(struct key_reader *reader, char id[ID_SIZE]);

/* True when val begins with the bytes of the key. */
static inline bool key_begins(const struct key *key, MDB_val val)
{
	return val.mv_size >= key->n && memcmp(val.mv_data, key->bytes, key->n) == 0;
}

#endif
