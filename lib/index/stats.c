/*
 * Counts, leases, changes: what is read in the order of its table.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "index/read.h"

/* An array that grows in the arena's stead and is copied there when its length is known. */
struct gathered {
	void *items;
	size_t n;
	size_t room;
	size_t most; /* 0: no limit */
	struct arena *arena;
	struct slice only;
};

static void *gather(struct gathered *all, size_t size)
{
	if (all->n == all->room) {
		all->room = all->room ? 2 * all->room : 64;
		all->items = mem_resize(all->items, all->room, size);
	}
	return (char *)all->items + all->n++ * size;
}

static void *hand_over(struct gathered *all, size_t size)
{
	void *items = arena_alloc(all->arena, (all->n ? all->n : 1) * size);

	if (all->n)
		memcpy(items, all->items, all->n * size);
	free(all->items);
	return items;
}

static bool visit_counts(void *arg, MDB_val name, MDB_val value)
{
	struct gathered *all = arg;
	struct key_reader key = key_read(name), reader = key_read(value);
	struct slice organization = key_take_text(&key);

	if (all->only.n && !slice_equal(all->only, organization))
		return true;
	struct index_counts *counts = gather(all, sizeof *counts);
	counts->organization = arena_slice(all->arena, organization);
	for (int i = 0; i < STATUS_COUNT; i++)
		counts->count[i] = key_take_number(&reader);
	return true;
}

static int compare_organizations(const void *a, const void *b)
{
	return slice_compare(((const struct index_counts *)a)->organization,
			     ((const struct index_counts *)b)->organization);
}

/* Takes what senders have leased from what the tables call it. */
static int count_sending(struct index *index, MDB_txn *mdb, struct gathered *all)
{
	struct sending sending = {.n = 0};
	int rc = sending_load(index, mdb, &sending);

	for (size_t i = 0; i < sending.n && !rc; i++) {
		struct stored stored;
		struct index_counts *counts, like;

		if (record_find(index, mdb, sending.ids[i], &stored) ||
		    sending_status(&sending, &stored.record) != STATUS_SENDING)
			continue;
		like.organization = stored.record.organization;
		counts = all->n ? bsearch(&like, all->items, all->n, sizeof like,
					  compare_organizations)
				: NULL;
		if (!counts || !counts->count[stored.record.status])
			continue;
		counts->count[stored.record.status]--;
		counts->count[STATUS_SENDING]++;
	}
	sending_free(&sending);
	return rc;
}

bool index_counts(struct index *index, struct slice organization, struct arena *arena,
		  struct index_counts **counts, size_t *n, struct err *err)
{
	struct gathered all = {.arena = arena, .only = organization};
	MDB_txn *mdb = read_begin(index, err);

	if (!mdb)
		return false;
	int rc = table_each(index, mdb, TABLE_COUNT, NULL, visit_counts, &all);
	if (!rc)
		rc = count_sending(index, mdb, &all);
	*n = all.n;
	*counts = hand_over(&all, sizeof **counts);
	return read_end(index, mdb, rc, err);
}

/* A key and value of the tables lease and due. */
static bool read_timed(MDB_val name, MDB_val value, struct slice *stage, int64_t *ms,
		       struct index_item *item)
{
	struct key_reader reader = key_read(name);

	*stage = key_take_text(&reader);
	*ms = key_take_time(&reader);
	key_take_id(&reader, item->id);
	return !reader.bad && work_decode_timed(value, item);
}

static bool visit_lease(void *arg, MDB_val name, MDB_val value)
{
	struct gathered *all = arg;
	struct index_lease *lease = gather(all, sizeof *lease);
	struct slice stage;

	if (!read_timed(name, value, &stage, &lease->item.lease_ms, &lease->item)) {
		all->n--;
		return true;
	}
	lease->stage = arena_slice(all->arena, stage);
	return true;
}

bool index_leases(struct index *index, struct arena *arena, struct index_lease **leases, size_t *n,
		  struct err *err)
{
	struct gathered all = {.arena = arena};
	MDB_txn *mdb = read_begin(index, err);

	if (!mdb)
		return false;
	int rc = table_each(index, mdb, TABLE_LEASE, NULL, visit_lease, &all);
	*n = all.n;
	*leases = hand_over(&all, sizeof **leases);
	return read_end(index, mdb, rc, err);
}

struct work_visit {
	enum table table;
	index_visit *visit;
	void *arg;
	bool stopped;
};

static bool visit_ready(void *arg, MDB_val name, MDB_val value)
{
	struct work_visit *work = arg;
	struct key_reader reader = key_read(name), state = key_read(value);
	struct index_item item = {.lease_ms = 0};
	struct slice stage = key_take_text(&reader), lane = key_take_text(&reader);

	item.start_ms = key_take_time(&reader);
	key_take_id(&reader, item.id);
	if (reader.bad || lane.n >= sizeof item.lane)
		return true;
	memcpy(item.lane, lane.p, lane.n);
	item.state = (enum state)key_take_byte(&state);
	work->stopped = !work->visit(work->arg, stage, &item);
	return !work->stopped;
}

static bool visit_timed(void *arg, MDB_val name, MDB_val value)
{
	struct work_visit *work = arg;
	struct index_item item;
	struct slice stage;
	int64_t ms;

	if (!read_timed(name, value, &stage, &ms, &item))
		return true;
	item.lease_ms = work->table == TABLE_LEASE ? ms : 0;
	work->stopped = !work->visit(work->arg, stage, &item);
	return !work->stopped;
}

bool index_each_work(struct index *index, index_visit *visit, void *arg, struct err *err)
{
	static const enum table tables[] = {TABLE_READY, TABLE_LEASE, TABLE_DUE};
	struct work_visit work = {.visit = visit, .arg = arg};
	MDB_txn *mdb = read_begin(index, err);
	int rc = 0;

	if (!mdb)
		return false;
	for (size_t i = 0; i < sizeof tables / sizeof *tables && !rc && !work.stopped; i++) {
		work.table = tables[i];
		rc = table_each(index, mdb, work.table, NULL,
				work.table == TABLE_READY ? visit_ready : visit_timed, &work);
	}
	return read_end(index, mdb, rc, err);
}

static bool visit_change(void *arg, MDB_val name, MDB_val value)
{
	struct gathered *all = arg;
	struct key_reader key = key_read(name), reader = key_read(value);
	struct index_change *change;

	if (all->n == all->most)
		return false;
	change = gather(all, sizeof *change);
	change->serial = key_take_number(&key);
	change->status = key_take_byte(&reader);
	key_take_id(&reader, change->id);
	change->organization = arena_slice(all->arena, key_take_text(&reader));
	return true;
}

/* The first and the last serial that are kept; 0 when there are none. */
static int change_ends(struct index *index, MDB_txn *mdb, uint64_t *first, uint64_t *last)
{
	const MDB_cursor_op ops[] = {MDB_FIRST, MDB_LAST};
	uint64_t *const ends[] = {first, last};
	MDB_cursor *cursor;
	MDB_val name, value;
	int rc = mdb_cursor_open(mdb, index->dbi[TABLE_CHANGE], &cursor);

	*first = *last = 0;
	if (rc)
		return rc;
	for (int i = 0; i < 2 && !rc; i++)
		if (!(rc = mdb_cursor_get(cursor, &name, &value, ops[i]))) {
			struct key_reader reader = key_read(name);

			*ends[i] = key_take_number(&reader);
		}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

bool index_changes(struct index *index, uint64_t since, size_t max, struct arena *arena,
		   struct index_change **changes, size_t *n, bool *gap, struct err *err)
{
	struct gathered all = {.arena = arena, .most = max};
	struct key from = {.n = 0};
	uint64_t first, last;
	MDB_txn *mdb = read_begin(index, err);

	if (!mdb)
		return false;
	int rc = change_ends(index, mdb, &first, &last);
	*gap = since > last || (first && since < first - 1);
	key_add_number(&from, since + 1);
	if (!rc)
		rc = table_each(index, mdb, TABLE_CHANGE, &from, visit_change, &all);
	*n = all.n;
	*changes = hand_over(&all, sizeof **changes);
	return read_end(index, mdb, rc, err);
}

bool index_last_change(struct index *index, uint64_t *serial, struct err *err)
{
	uint64_t first;
	MDB_txn *mdb = read_begin(index, err);

	if (!mdb)
		return false;
	int rc = change_ends(index, mdb, &first, serial);
	return read_end(index, mdb, rc, err);
}
