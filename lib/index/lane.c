/*
 * Lanes: how much is ready in each, and whose turn it is.
 *
 * A batch is mostly of one lane, so the lane at hand is kept in the transaction and written once.
 */
#include <assert.h>
#include <stdio.h>

#include "index/env.h"

void index_lane_name(char lane[INDEX_LANE_SIZE], struct slice organization, struct slice connector)
{
	int n = snprintf(lane, INDEX_LANE_SIZE, connector.n ? "%.*s/%.*s" : "%.*s",
			 SLICE_ARGS(organization), SLICE_ARGS(connector));

	assert(n < INDEX_LANE_SIZE);
	(void)n;
}

struct slice index_lane_organization(const char *lane)
{
	struct slice name = slice_text(lane);

	return slice_first(name, slice_find(name, '/'));
}

static struct key lane_key(const char *stage, const char *lane)
{
	struct key key = {.n = 0};

	key_add_text(&key, slice_text(stage));
	key_add_text(&key, slice_text(lane));
	return key;
}

static struct key turn_key(const struct lane_at_hand *lane, const struct lane_state *state)
{
	struct key key = {.n = 0};

	key_add_text(&key, slice_text(lane->stage));
	key_add_time(&key, state->turn_ms);
	key_add_number(&key, state->order);
	key_add_text(&key, slice_text(lane->name));
	return key;
}

static struct lane_state decode(MDB_val value)
{
	struct key_reader reader = key_read(value);
	struct lane_state state;

	state.ready = key_take_number(&reader);
	state.turn_ms = key_take_time(&reader);
	state.order = key_take_number(&reader);
	state.pace_us = (uint32_t)key_take_number(&reader);
	return state;
}

static struct key encode(const struct lane_state *state)
{
	struct key value = {.n = 0};

	key_add_number(&value, state->ready);
	key_add_time(&value, state->turn_ms);
	key_add_number(&value, state->order);
	key_add_number(&value, state->pace_us);
	return value;
}

struct lane_state *lane_of(struct index_txn *txn, const char *stage, const char *name)
{
	struct lane_at_hand *lane = &txn->lane;
	struct key key;
	MDB_val value;

	if (lane->known && strcmp(lane->name, name) == 0 && strcmp(lane->stage, stage) == 0)
		return &lane->now;
	lane_flush(txn);
	assert(strlen(stage) < sizeof lane->stage && strlen(name) < sizeof lane->name);
	strcpy(lane->stage, stage);
	strcpy(lane->name, name);
	key = lane_key(stage, name);
	lane->stored = (struct lane_state){.ready = 0};
	if (txn_get(txn, TABLE_LANE, &key, &value))
		lane->stored = decode(value);
	lane->now = lane->stored;
	lane->known = true;
	return &lane->now;
}

static bool same(const struct lane_state *a, const struct lane_state *b)
{
	return a->ready == b->ready && a->turn_ms == b->turn_ms && a->order == b->order &&
	       a->pace_us == b->pace_us;
}

/* Only lanes that have something ready stand in the order of turns. */
void lane_flush(struct index_txn *txn)
{
	struct lane_at_hand *lane = &txn->lane;
	bool stood = lane->stored.ready > 0, stands = lane->now.ready > 0;

	if (!lane->known || same(&lane->stored, &lane->now))
		return;

	struct key key = lane_key(lane->stage, lane->name), value = encode(&lane->now);
	txn_put(txn, TABLE_LANE, &key, key_val(&value), 0);
	struct key was = turn_key(lane, &lane->stored), is = turn_key(lane, &lane->now);
	bool moved = was.n != is.n || memcmp(was.bytes, is.bytes, is.n) != 0;
	if (stood && (moved || !stands))
		txn_delete(txn, TABLE_TURN, &was);
	if (stands && (moved || !stood))
		txn_put(txn, TABLE_TURN, &is, (MDB_val){.mv_size = 0, .mv_data = (void *)""}, 0);
	lane->stored = lane->now;
}

void lane_set_turn(struct index_txn *txn, struct lane_state *state, int64_t turn_ms)
{
	state->turn_ms = turn_ms;
	state->order = mdb_txn_id(txn->mdb);
}

bool lane_first(struct index_txn *txn, const char *stage, int64_t now_ms,
		char lane[INDEX_LANE_SIZE])
{
	struct key prefix = {.n = 0};
	MDB_cursor *cursor;
	MDB_val name, value;
	bool found = false;
	int rc;

	lane_flush(txn);
	if (txn->err.code)
		return false;
	if ((rc = mdb_cursor_open(txn->mdb, txn->index->dbi[TABLE_TURN], &cursor)))
		return txn_fail(txn, rc, "claim");
	key_add_text(&prefix, slice_text(stage));
	name = key_val(&prefix);
	rc = mdb_cursor_get(cursor, &name, &value, MDB_SET_RANGE);
	if (!rc && key_begins(&prefix, name)) {
		struct key_reader reader = key_read(name);

		key_take_text(&reader);
		found = key_take_time(&reader) <= now_ms;
		key_take_number(&reader);
		struct slice first = key_take_text(&reader);
		if (reader.bad || first.n >= INDEX_LANE_SIZE)
			rc = MDB_CORRUPTED;
		else
			snprintf(lane, INDEX_LANE_SIZE, "%.*s", SLICE_ARGS(first));
	}
	mdb_cursor_close(cursor);
	return rc && rc != MDB_NOTFOUND ? txn_fail(txn, rc, "claim") : found;
}

/* One that has a rate keeps it: until the senders tell it anew, nobody would know of it. */
static int clear_at(MDB_cursor *cursor, MDB_val name, MDB_val value)
{
	struct lane_state fresh = {.pace_us = decode(value).pace_us};
	struct key key = {.n = name.mv_size}, bare = encode(&fresh);

	if (!fresh.pace_us)
		return mdb_cursor_del(cursor, 0);
	memcpy(key.bytes, name.mv_data, name.mv_size);
	name = key_val(&key);
	value = key_val(&bare);
	return mdb_cursor_put(cursor, &name, &value, MDB_CURRENT);
}

void lane_clear_all(struct index_txn *txn)
{
	MDB_cursor *cursor;
	MDB_val name, value;
	int rc = mdb_cursor_open(txn->mdb, txn->index->dbi[TABLE_LANE], &cursor);

	txn->lane.known = false;
	if (rc) {
		txn_fail(txn, rc, "clear");
		return;
	}
	while (!rc && !(rc = mdb_cursor_get(cursor, &name, &value, MDB_NEXT)))
		rc = clear_at(cursor, name, value);
	mdb_cursor_close(cursor);
	if (rc != MDB_NOTFOUND)
		txn_fail(txn, rc, "clear");
}

void index_lane_turn(struct index_txn *txn, const char *stage, const char *lane, int64_t turn_ms)
{
	lane_set_turn(txn, lane_of(txn, stage, lane), turn_ms);
}

void index_lane_delay(struct index_txn *txn, const char *stage, const char *lane, int64_t turn_ms)
{
	struct lane_state *state = lane_of(txn, stage, lane);

	if (turn_ms > state->turn_ms)
		lane_set_turn(txn, state, turn_ms);
}

void index_lane_pace(struct index_txn *txn, const char *stage, const char *lane, uint32_t us)
{
	lane_of(txn, stage, lane)->pace_us = us;
}

bool index_lane_get(struct index *index, const char *stage, const char *lane,
		    struct index_lane *out, struct err *err)
{
	struct key key = lane_key(stage, lane);
	MDB_val name = key_val(&key), value;
	MDB_txn *mdb = read_begin(index, err);

	memset(out, 0, sizeof *out);
	if (!mdb)
		return false;
	int rc = mdb_get(mdb, index->dbi[TABLE_LANE], &name, &value);
	if (!rc) {
		struct lane_state state = decode(value);

		*out = (struct index_lane){state.ready, state.turn_ms, state.pace_us};
	}
	return read_end(index, mdb, rc, err);
}
