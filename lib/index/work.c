/*
 * Ready, claimed and due. The tables lease and due are alike: a time in the key decides, and the
 * value is what a claimer needs to know.
 */
#include "index/work.h"

#include <stdio.h>

#include "index/env.h"

static struct key ready_key(const char *stage, const char *lane, int64_t start_ms, const char *id)
{
	struct key key = {.n = 0};

	key_add_text(&key, slice_text(stage));
	key_add_text(&key, slice_text(lane));
	key_add_time(&key, start_ms);
	key_add_id(&key, id);
	return key;
}

/* Of the tables lease and due. */
static struct key timed_key(const char *stage, int64_t ms, const char *id)
{
	struct key key = {.n = 0};

	key_add_text(&key, slice_text(stage));
	key_add_time(&key, ms);
	key_add_id(&key, id);
	return key;
}

static void put_timed(struct index_txn *txn, enum table table, const char *stage, int64_t ms,
		      const struct index_item *item)
{
	struct key key = timed_key(stage, ms, item->id), value = {.n = 0};

	key_add_byte(&value, (uint8_t)item->state);
	key_add_time(&value, item->start_ms);
	key_add_text(&value, slice_text(item->lane));
	txn_put(txn, table, &key, key_val(&value), 0);
}

bool work_decode_timed(MDB_val value, struct index_item *item)
{
	struct key_reader reader = key_read(value);

	item->state = (enum state)key_take_byte(&reader);
	item->start_ms = key_take_time(&reader);
	struct slice lane = key_take_text(&reader);
	if (reader.bad || lane.n >= sizeof item->lane)
		return false;
	memcpy(item->lane, lane.p, lane.n);
	item->lane[lane.n] = '\0';
	return true;
}

void index_ready(struct index_txn *txn, const char *stage, const char *lane, const char *id,
		 int64_t start_ms, enum state state)
{
	struct key key = ready_key(stage, lane, start_ms, id);
	uint8_t byte = (uint8_t)state;

	if (txn_put(txn, TABLE_READY, &key, (MDB_val){.mv_size = 1, .mv_data = &byte},
		    MDB_NOOVERWRITE))
		lane_of(txn, stage, lane)->ready++;
}

bool index_unready(struct index_txn *txn, const char *stage, const char *lane, const char *id,
		   int64_t start_ms)
{
	struct key key = ready_key(stage, lane, start_ms, id);

	if (!txn_delete(txn, TABLE_READY, &key))
		return false;
	struct lane_state *state = lane_of(txn, stage, lane);
	state->ready -= state->ready > 0;
	return true;
}

static void lease(struct index_txn *txn, const char *stage, struct index_item *item, int64_t now_ms)
{
	item->lease_ms = now_ms + INDEX_LEASE_MS;
	put_timed(txn, TABLE_LEASE, stage, item->lease_ms, item);
}

static int take_ready(struct index_txn *txn, MDB_cursor *cursor, const struct key *prefix,
		      unsigned max, struct index_claim *claim)
{
	MDB_val name = key_val(prefix), value;
	MDB_cursor_op step = MDB_SET_RANGE;

	for (; claim->count < max && !txn->err.code; step = MDB_NEXT) {
		struct index_item *item = &claim->items[claim->count];
		int rc = mdb_cursor_get(cursor, &name, &value, step);

		if (rc)
			return rc == MDB_NOTFOUND ? 0 : rc;
		if (!key_begins(prefix, name))
			return 0;
		struct key_reader reader = key_read(name), state = key_read(value);
		key_take_text(&reader);
		key_take_text(&reader);
		item->start_ms = key_take_time(&reader);
		key_take_id(&reader, item->id);
		item->state = (enum state)key_take_byte(&state);
		if (reader.bad)
			return MDB_CORRUPTED;
		if ((rc = mdb_cursor_del(cursor, 0)))
			return rc;
		claim->count++;
	}
	return 0;
}

/* A lane with a rate gives what a second allows, so that its turn is never far off. */
static unsigned batch_of(const struct lane_state *lane, unsigned max)
{
	unsigned most = lane->pace_us ? 1000000 / lane->pace_us : max;

	return most < 1 ? 1 : most < max ? most : max;
}

static void take_from(struct index_txn *txn, const char *stage, const char *lane, int64_t now_ms,
		      unsigned max, struct index_claim *claim)
{
	struct lane_state *state = lane_of(txn, stage, lane);
	unsigned batch = batch_of(state, max);
	struct key prefix = {.n = 0};
	MDB_cursor *cursor;
	int rc = mdb_cursor_open(txn->mdb, txn->index->dbi[TABLE_READY], &cursor);

	if (rc) {
		txn_fail(txn, rc, "claim");
		return;
	}
	key_add_text(&prefix, slice_text(stage));
	key_add_text(&prefix, slice_text(lane));
	if ((rc = take_ready(txn, cursor, &prefix, batch, claim)))
		txn_fail(txn, rc, "claim");
	mdb_cursor_close(cursor);

	for (unsigned i = 0; i < claim->count; i++) {
		strcpy(claim->items[i].lane, lane);
		lease(txn, stage, &claim->items[i], now_ms);
	}
	/* Fewer than asked for: the lane is empty, whatever its number says. */
	state->ready = claim->count < batch || state->ready < claim->count
			       ? 0
			       : state->ready - claim->count;
	lane_set_turn(txn, state, now_ms + (int64_t)claim->count * state->pace_us / 1000);
	claim->left = state->ready;
}

static void begin_claim(struct index_claim *claim)
{
	claim->count = 0;
	claim->left = 0;
	claim->more = false;
	claim->next_ms = INDEX_NEVER;
}

/* What a claim tells of the rest: when the next of the table's times comes. */
static void end_claim(struct index_txn *txn, enum table table, const char *stage, int64_t now_ms,
		      struct index_claim *claim)
{
	int rc;

	lane_flush(txn);
	if ((rc = first_time(txn->index, txn->mdb, table, stage, INT64_MIN, &claim->next_ms)))
		txn_fail(txn, rc, "claim");
	claim->more = claim->next_ms <= now_ms;
}

void index_take(struct index_txn *txn, const char *stage, int64_t now_ms, unsigned max,
		struct index_claim *claim)
{
	char lane[INDEX_LANE_SIZE];

	begin_claim(claim);
	while (!claim->count && max && lane_first(txn, stage, now_ms, lane)) {
		if (!lane_of(txn, stage, lane)->ready) /* it has no business in the order */
			txn_fail(txn, MDB_CORRUPTED, "turns");
		take_from(txn, stage, lane, now_ms, max, claim);
	}
	end_claim(txn, TABLE_TURN, stage, now_ms, claim);
}

static bool finish(struct index_txn *txn, struct index_claim *claim, struct err *err)
{
	if (index_commit(txn, err))
		return true;
	begin_claim(claim);
	return false;
}

/* Times, both included; INDEX_NEVER is none. */
struct span {
	int64_t from_ms, until_ms;
};

static struct span up_to(int64_t ms)
{
	return (struct span){INT64_MIN, ms};
}

/* Looks without the write lock whether the table has a time in the span. */
static bool has_come(struct index *index, enum table table, const char *stage, struct span span,
		     struct index_claim *claim, struct err *err)
{
	MDB_txn *mdb = read_begin(index, err);

	begin_claim(claim);
	if (!mdb)
		return false;
	err->code = 0;
	int rc = first_time(index, mdb, table, stage, span.from_ms, &claim->next_ms);
	return read_end(index, mdb, rc, err) && claim->next_ms <= span.until_ms;
}

bool index_claim(struct index *index, const char *stage, int64_t now_ms, unsigned max,
		 struct index_claim *claim, struct err *err)
{
	struct index_txn *txn;

	if (!has_come(index, TABLE_TURN, stage, up_to(now_ms), claim, err))
		return err->code == 0;
	if (!(txn = index_begin(index, INDEX_WAIT_WORK, err)))
		return false;
	index_take(txn, stage, now_ms, max, claim);
	return finish(txn, claim, err);
}

/* Takes up to max of the first keys of the stage whose time is in the span out of the table. */
static int take_timed(MDB_cursor *cursor, const char *stage, struct span span, unsigned max,
		      struct index_claim *claim)
{
	struct key prefix = {.n = 0}, first;
	MDB_cursor_op step = MDB_SET_RANGE;
	MDB_val name, value;
	int rc;

	key_add_text(&prefix, slice_text(stage));
	first = prefix;
	key_add_time(&first, span.from_ms);
	name = key_val(&first);
	for (; claim->count < max; step = MDB_NEXT) {
		struct index_item *item = &claim->items[claim->count];

		if ((rc = mdb_cursor_get(cursor, &name, &value, step)))
			return rc == MDB_NOTFOUND ? 0 : rc;
		if (!key_begins(&prefix, name))
			return 0;
		struct key_reader reader = key_read(name);
		key_take_text(&reader);
		if (key_take_time(&reader) > span.until_ms)
			return 0;
		key_take_id(&reader, item->id);
		if (reader.bad || !work_decode_timed(value, item))
			return MDB_CORRUPTED;
		if ((rc = mdb_cursor_del(cursor, 0)))
			return rc;
		claim->count++;
	}
	return 0;
}

/* Moves what has come in one of the tables lease and due to leases that begin now. */
static bool claim_timed(struct index *index, enum table table, const char *stage, struct span span,
			int64_t now_ms, unsigned max, struct index_claim *claim, struct err *err)
{
	struct index_txn *txn;
	MDB_cursor *cursor;
	int rc;

	if (!has_come(index, table, stage, span, claim, err))
		return err->code == 0;
	if (!(txn = index_begin(index, INDEX_WAIT_WORK, err)))
		return false;
	if (!(rc = mdb_cursor_open(txn->mdb, index->dbi[table], &cursor))) {
		rc = take_timed(cursor, stage, span, max, claim);
		mdb_cursor_close(cursor);
	}
	if (rc)
		txn_fail(txn, rc, "claim");
	if (table == TABLE_LEASE)
		meters_lapsed(txn, stage, claim);
	for (unsigned i = 0; i < claim->count; i++)
		lease(txn, stage, &claim->items[i], now_ms);
	end_claim(txn, table, stage, span.until_ms, claim);
	return finish(txn, claim, err);
}

bool index_lapsed(struct index *index, const char *stage, int64_t now_ms, unsigned max,
		  struct index_claim *claim, struct err *err)
{
	return claim_timed(index, TABLE_LEASE, stage, up_to(now_ms), now_ms, max, claim, err);
}

bool index_due_claim(struct index *index, const char *stage, int64_t now_wall_ms,
		     int64_t now_boot_ms, unsigned max, struct index_claim *claim, struct err *err)
{
	return claim_timed(index, TABLE_DUE, stage, up_to(now_wall_ms), now_boot_ms, max, claim,
			   err);
}

bool index_due_beyond(struct index *index, const char *stage, int64_t wall_ms, int64_t now_boot_ms,
		      unsigned max, struct index_claim *claim, struct err *err)
{
	struct span beyond = {wall_ms + 1, INDEX_NEVER - 1};

	return claim_timed(index, TABLE_DUE, stage, beyond, now_boot_ms, max, claim, err);
}

bool index_settle(struct index_txn *txn, const char *stage, const struct index_item *item)
{
	struct key key = timed_key(stage, item->lease_ms, item->id);

	return txn_delete(txn, TABLE_LEASE, &key);
}

void index_unclaim(struct index_txn *txn, const char *stage, const struct index_item *item)
{
	if (index_settle(txn, stage, item))
		index_ready(txn, stage, item->lane, item->id, item->start_ms, item->state);
}

void index_renew(struct index_txn *txn, const char *stage, struct index_item *item, int64_t now_ms)
{
	if (index_settle(txn, stage, item))
		lease(txn, stage, item, now_ms);
	else
		item->lease_ms = 0;
}

void index_due_put(struct index_txn *txn, const char *stage, int64_t due_ms, const char *id,
		   const char *lane, enum state state)
{
	struct index_item item = {.state = state, .start_ms = due_ms};

	memcpy(item.id, id, ID_LENGTH);
	snprintf(item.lane, sizeof item.lane, "%s", lane);
	put_timed(txn, TABLE_DUE, stage, due_ms, &item);
}

bool index_due_remove(struct index_txn *txn, const char *stage, int64_t due_ms, const char *id)
{
	struct key key = timed_key(stage, due_ms, id);

	return txn_delete(txn, TABLE_DUE, &key);
}
