/*
 * Records, and what follows from them: listings, counts, the searches by recipient and by tag,
 * changes.
 */
#include <stdio.h>

#include "base/clock.h"
#include "index/read.h"

#define CHANGES_KEPT 100000
#define PRUNE_EVERY 256 /* changes; also the most that one transaction prunes, twice over */

static struct key message_key(const char *id)
{
	struct key key = {.n = 0};

	key_add_id(&key, id);
	return key;
}

static struct key status_key(const struct index_record *record)
{
	struct key key = {.n = 0};

	key_add_text(&key, record->organization);
	key_add_byte(&key, (uint8_t)record->status);
	key_add_time(&key, record->updated_ms);
	key_add_id(&key, record->id);
	return key;
}

static struct key recipient_key(const struct index_record *record, struct slice address)
{
	struct key key = {.n = 0};

	key_add_text(&key, record->organization);
	key_add_folded(&key, address);
	key_add_id(&key, record->id);
	return key;
}

static struct key tag_key(const struct index_record *record, struct slice tag)
{
	struct key key = {.n = 0};

	key_add_text(&key, record->organization);
	key_add_text(&key, tag);
	key_add_id(&key, record->id);
	return key;
}

static const MDB_val nothing = {.mv_size = 0, .mv_data = (void *)""};

/* The counts of an organization; those of one stay at hand, since a batch is mostly of one. */
static uint64_t *counts_of(struct index_txn *txn, struct slice organization)
{
	struct counts_at_hand *counts = &txn->counts;
	struct key key = {.n = 0};
	MDB_val value;

	if (counts->known && slice_is(organization, counts->organization))
		return counts->count;
	counts_flush(txn);
	memset(counts, 0, sizeof *counts);
	counts->known = true;
	snprintf(counts->organization, sizeof counts->organization, "%.*s",
		 SLICE_ARGS(organization));
	key_add_text(&key, organization);
	if (txn_get(txn, TABLE_COUNT, &key, &value)) {
		struct key_reader reader = key_read(value);

		for (int i = 0; i < STATUS_COUNT; i++)
			counts->count[i] = key_take_number(&reader);
	}
	return counts->count;
}

void counts_flush(struct index_txn *txn)
{
	struct counts_at_hand *counts = &txn->counts;
	struct key key = {.n = 0}, value = {.n = 0};
	uint64_t any = 0;

	if (!counts->known || !counts->changed)
		return;
	counts->changed = false;
	key_add_text(&key, slice_text(counts->organization));
	for (int i = 0; i < STATUS_COUNT; i++) {
		any |= counts->count[i];
		key_add_number(&value, counts->count[i]);
	}
	if (any)
		txn_put(txn, TABLE_COUNT, &key, key_val(&value), 0);
	else
		txn_delete(txn, TABLE_COUNT, &key);
}

static void count(struct index_txn *txn, const struct index_record *record, int step)
{
	uint64_t *counts = counts_of(txn, record->organization);

	/* Never below nothing, should a table have lost a key. */
	if (step > 0 || counts[record->status])
		counts[record->status] += (uint64_t)(int64_t)step;
	txn->counts.changed = true;
}

/* Serials begin at the microseconds of the index's making, so that they grow over a new index too.
 */
static uint64_t next_serial(struct index_txn *txn)
{
	MDB_cursor *cursor;
	MDB_val name, value;
	int rc;

	if (txn->serial)
		return ++txn->serial;
	if ((rc = mdb_cursor_open(txn->mdb, txn->index->dbi[TABLE_CHANGE], &cursor))) {
		txn_fail(txn, rc, "read");
		return 0;
	}
	rc = mdb_cursor_get(cursor, &name, &value, MDB_LAST);
	if (!rc) {
		struct key_reader reader = key_read(name);

		txn->serial = key_take_number(&reader);
	} else if (rc == MDB_NOTFOUND)
		txn->serial = (uint64_t)clock_now_ms() * 1000;
	else
		txn_fail(txn, rc, "read");
	mdb_cursor_close(cursor);
	return ++txn->serial;
}

static void prune_changes(struct index_txn *txn, uint64_t before)
{
	MDB_cursor *cursor;
	MDB_val name, value;
	int rc = mdb_cursor_open(txn->mdb, txn->index->dbi[TABLE_CHANGE], &cursor);

	if (rc) {
		txn_fail(txn, rc, "read");
		return;
	}
	for (int i = 0; i < 2 * PRUNE_EVERY && !rc; i++) {
		if ((rc = mdb_cursor_get(cursor, &name, &value, i ? MDB_NEXT : MDB_FIRST)))
			break;
		struct key_reader reader = key_read(name);
		if (key_take_number(&reader) >= before)
			break;
		rc = mdb_cursor_del(cursor, 0);
	}
	if (rc && rc != MDB_NOTFOUND)
		txn_fail(txn, rc, "delete");
	mdb_cursor_close(cursor);
}

static void add_change(struct index_txn *txn, const struct index_record *record, unsigned status)
{
	struct key key = {.n = 0}, value = {.n = 0};

	if (txn->err.code)
		return;
	key_add_number(&key, next_serial(txn));
	key_add_byte(&value, (uint8_t)status);
	key_add_id(&value, record->id);
	key_add_text(&value, record->organization);
	txn_put(txn, TABLE_CHANGE, &key, key_val(&value), MDB_APPEND);
	if (txn->serial % PRUNE_EVERY == 0)
		prune_changes(txn, txn->serial - CHANGES_KEPT);
}

/* The stored record, copied: what LMDB hands out is good only until the next write. */
static bool load(struct index_txn *txn, const char *id, struct stored *stored)
{
	struct key key = message_key(id);
	MDB_val value;

	if (!txn_get(txn, TABLE_MESSAGE, &key, &value))
		return false;
	buf_clear(&txn->old);
	buf_add(&txn->old, value.mv_data, value.mv_size);
	value.mv_data = txn->old.p;
	return record_decode(value, id, stored) || txn_fail(txn, MDB_CORRUPTED, "record");
}

static void change_key(struct index_txn *txn, enum table table, const struct key *key, bool add)
{
	if (add)
		txn_put(txn, table, key, nothing, 0);
	else
		txn_delete(txn, table, key);
}

static void change_lists(struct index_txn *txn, const struct index_record *record,
			 struct slice lists, bool add)
{
	struct key_reader reader;

	for (size_t n = record_recipients(lists, &reader); n; n--) {
		struct key key = recipient_key(record, record_next(&reader));
		change_key(txn, TABLE_RECIPIENT, &key, add);
	}
	for (size_t n = record_tags(&reader); n; n--) {
		struct key key = tag_key(record, record_next(&reader));
		change_key(txn, TABLE_TAG, &key, add);
	}
}

/* Takes the place of `old`, or comes new when that is NULL. */
static void store(struct index_txn *txn, const struct stored *old,
		  const struct index_record *record, struct slice lists)
{
	struct key key = message_key(record->id), place = status_key(record);
	bool moved = true;

	if (old) {
		struct key was = status_key(&old->record);

		moved = was.n != place.n || memcmp(was.bytes, place.bytes, was.n) != 0;
		if (moved)
			txn_delete(txn, TABLE_STATUS, &was);
		count(txn, &old->record, -1);
		meters_change(txn, &old->record, record);
	}
	if (moved)
		txn_put(txn, TABLE_STATUS, &place, nothing, 0);
	count(txn, record, 1);
	uses_change(txn, old ? &old->record : NULL, record);

	buf_clear(&txn->scratch);
	record_encode(&txn->scratch, record, lists);
	txn_put(txn, TABLE_MESSAGE, &key,
		(MDB_val){.mv_size = txn->scratch.n, .mv_data = txn->scratch.p},
		old ? 0 : MDB_APPEND);
	add_change(txn, record, record->status);
}

/* Names are bounded where they come in; a sender's lease alone says that a message is being sent.
 */
static void tidy(struct index_record *record)
{
	record->organization = slice_first(record->organization, 63);
	if (record->status == STATUS_SENDING)
		record->status = STATUS_READY;
}

void index_put(struct index_txn *txn, const struct index_record *given)
{
	struct index_record record = *given;
	struct stored old;
	bool known = load(txn, record.id, &old);

	tidy(&record);
	buf_clear(&txn->lists);
	record_encode_lists(&txn->lists, &record);
	struct slice lists = buf_slice(&txn->lists);
	if (known && !slice_equal(lists, old.lists))
		change_lists(txn, &old.record, old.lists, false);
	if (!known || !slice_equal(lists, old.lists))
		change_lists(txn, &record, lists, true);
	store(txn, known ? &old : NULL, &record, lists);
}

bool index_remove(struct index_txn *txn, const char *id)
{
	struct key key = message_key(id);
	struct stored old;

	if (!load(txn, id, &old))
		return false;
	struct key place = status_key(&old.record);
	change_lists(txn, &old.record, old.lists, false);
	count(txn, &old.record, -1);
	txn_delete(txn, TABLE_STATUS, &place);
	txn_delete(txn, TABLE_MESSAGE, &key);
	add_change(txn, &old.record, INDEX_GONE);
	return true;
}

bool index_get(struct index *index, const char *id, struct arena *arena,
	       struct index_record *record, struct err *err)
{
	struct sending sending = {.n = 0};
	struct stored stored;
	MDB_txn *mdb = read_begin(index, err);

	if (!mdb)
		return false;
	int rc = record_find(index, mdb, id, &stored);
	bool found = rc == 0;
	if (found)
		rc = sending_load(index, mdb, &sending);
	if (found) {
		record_copy(&stored, arena, record);
		record->status = sending_status(&sending, record);
	}
	sending_free(&sending);
	err->code = 0;
	return read_end(index, mdb, rc, err) && found;
}

static struct key built_key(void)
{
	struct key key = {.n = 0};

	key_add_text(&key, slice_text("built"));
	return key;
}

bool index_is_stale(struct index *index)
{
	struct key key = built_key();
	MDB_val name = key_val(&key), value;
	struct err err;
	MDB_txn *mdb = read_begin(index, &err);

	if (!mdb)
		return true;
	int rc = mdb_get(mdb, index->dbi[TABLE_META], &name, &value);
	return !read_end(index, mdb, rc, &err) || rc != 0;
}

void index_mark_built(struct index_txn *txn)
{
	struct key key = built_key();

	txn_put(txn, TABLE_META, &key, nothing, 0);
}

void index_clear(struct index_txn *txn)
{
	txn->counts.known = false;
	txn->meters.count = 0;
	txn->uses.count = 0;
	lane_clear_all(txn);
	for (int table = 0; table < TABLES && !txn->err.code; table++) {
		bool stays = table == TABLE_CHANGE || table == TABLE_LANE;
		int rc = stays ? 0 : mdb_drop(txn->mdb, txn->index->dbi[table], 0);

		if (rc)
			txn_fail(txn, rc, "clear");
	}
}
