/*
 * Since when work waits. Of what is ready only the heads of the lanes are read, and what is
 * claimed: no more of it than the stages hold. What waits for a time is in the order of all
 * organizations together: those that are due first are read, up to a bound.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "index/read.h"

struct waiting {
	struct index *index;
	MDB_txn *mdb;
	struct slice only;
	struct arena *arena;
	struct index_waits *at; /* sorted by organization */
	size_t n, room;
};

/* Where the organization stands, or belongs. */
static size_t find(const struct waiting *all, struct slice organization)
{
	size_t low = 0, high = all->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (slice_compare(all->at[middle].organization, organization) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* NULL for one that was not asked for. */
static struct index_waits *of_organization(struct waiting *all, struct slice organization)
{
	size_t i = find(all, organization);

	if (i < all->n && slice_equal(all->at[i].organization, organization))
		return &all->at[i];
	if (all->only.n && !slice_equal(all->only, organization))
		return NULL;
	if (all->n == all->room) {
		all->room = all->room * 2 + 16;
		all->at = mem_resize(all->at, all->room, sizeof *all->at);
	}
	memmove(&all->at[i + 1], &all->at[i], (all->n++ - i) * sizeof *all->at);
	all->at[i] = (struct index_waits){.organization = arena_slice(all->arena, organization)};
	return &all->at[i];
}

static void keep_oldest(int64_t *oldest, int64_t ms)
{
	if (!*oldest || ms < *oldest)
		*oldest = ms;
}

/* By its record, not by its start, which its priority has moved. */
static void add_ready(struct waiting *all, const char *id)
{
	struct index_waits *waits;
	struct stored stored;

	if (record_find(all->index, all->mdb, id, &stored))
		return;
	const struct index_record *record = &stored.record;
	if ((waits = of_organization(all, record->organization)))
		keep_oldest(&waits->oldest_ready_ms, record->due_ms > record->created_ms
							     ? record->due_ms
							     : record->created_ms);
}

struct head {
	struct key lane;
	char id[ID_SIZE];
};

static bool visit_head(void *arg, MDB_val name, MDB_val value)
{
	struct head *head = arg;
	struct key_reader reader = key_read(name);

	(void)value;
	if (!key_begins(&head->lane, name))
		return false;
	key_take_text(&reader);
	key_take_text(&reader);
	key_take_time(&reader);
	key_take_id(&reader, head->id);
	return false;
}

static bool visit_lane(void *arg, MDB_val name, MDB_val value)
{
	struct waiting *all = arg;
	struct key_reader reader = key_read(value);
	struct head head = {.lane = {.n = 0}};

	if (name.mv_size > sizeof head.lane.bytes || key_take_number(&reader) == 0)
		return true;
	memcpy(head.lane.bytes, name.mv_data, name.mv_size);
	head.lane.n = name.mv_size;
	table_each(all->index, all->mdb, TABLE_READY, &head.lane, visit_head, &head);
	if (*head.id)
		add_ready(all, head.id);
	return true;
}

static bool visit_claimed(void *arg, MDB_val name, MDB_val value)
{
	struct key_reader reader = key_read(name);
	char id[ID_SIZE];

	(void)value;
	key_take_text(&reader);
	key_take_time(&reader);
	key_take_id(&reader, id);
	if (!reader.bad)
		add_ready(arg, id);
	return true;
}

struct due {
	struct waiting *all;
	struct key stage; /* whose messages are read; empty: none was left */
	unsigned examined;
};

static bool visit_due(void *arg, MDB_val name, MDB_val value)
{
	struct due *due = arg;
	struct key_reader reader = key_read(name);
	struct slice stage = key_take_text(&reader);
	int64_t due_ms = key_take_time(&reader);
	struct index_waits *waits = NULL;
	struct index_item item;

	if (!due->examined)
		key_add_text(&due->stage, stage);
	else if (!key_begins(&due->stage, name))
		return false;
	if (!reader.bad && work_decode_timed(value, &item))
		waits = of_organization(due->all, index_lane_organization(item.lane));
	if (waits)
		keep_oldest(&waits->oldest_due_ms, due_ms);
	return ++due->examined < INDEX_DUE_EXAMINED && !(waits && due->all->only.n);
}

/* Stage by stage, for each has an order of its own. */
static int read_due(struct waiting *all)
{
	struct due due = {.all = all, .stage = {.n = 0}};
	int rc = table_each(all->index, all->mdb, TABLE_DUE, NULL, visit_due, &due);

	while (!rc && due.stage.n) {
		struct key behind = due.stage; /* all keys that begin so */

		behind.bytes[behind.n - 1]++;
		due.stage.n = due.examined = 0;
		rc = table_each(all->index, all->mdb, TABLE_DUE, &behind, visit_due, &due);
	}
	return rc;
}

bool index_waits(struct index *index, struct slice organization, struct arena *arena,
		 struct index_waits **waits, size_t *n, struct err *err)
{
	struct waiting all = {.index = index, .only = organization, .arena = arena};

	if (!(all.mdb = read_begin(index, err)))
		return false;
	int rc = table_each(index, all.mdb, TABLE_LANE, NULL, visit_lane, &all);
	if (!rc)
		rc = table_each(index, all.mdb, TABLE_LEASE, NULL, visit_claimed, &all);
	if (!rc)
		rc = read_due(&all);

	*n = all.n;
	*waits = arena_alloc(arena, (all.n + 1) * sizeof **waits);
	if (all.n)
		memcpy(*waits, all.at, all.n * sizeof **waits);
	free(all.at);
	return read_end(index, all.mdb, rc, err);
}
