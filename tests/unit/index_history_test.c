/*
 * Random histories of lanes, claims, leases and due times, beside a model of plain arrays: each
 * claim has to give exactly what the model says, in its order.
 */
#include "index/work.h"

#include "index/query.h"
#include "index_scratch.h"

#define MESSAGES 200
#define LANES 6
#define BATCH 9

static const char *const lanes[LANES] = {"acme", "acme/a", "acme/b", "acme2", "b", "z/z"};
static const char stage[] = "send-smtp";

enum where { NOWHERE, READY, LEASED, DUE };

struct modelled {
	enum where where;
	int lane;
	int64_t start_ms;
	struct index_item lease;
};

struct modelled_lane {
	int64_t turn_ms;
	uint64_t order;
	uint32_t pace_us;
};

struct history {
	struct index *index;
	struct modelled messages[MESSAGES];
	struct modelled_lane lanes[LANES];
	uint64_t order;
	int64_t now_ms;
	uint64_t random;
};

static uint64_t below(struct history *h, uint64_t n)
{
	h->random ^= h->random << 13;
	h->random ^= h->random >> 7;
	h->random ^= h->random << 17;
	return h->random % n;
}

static struct modelled *pick(struct history *h, enum where where)
{
	size_t start = below(h, MESSAGES);

	for (size_t i = 0; i < MESSAGES; i++) {
		struct modelled *m = &h->messages[(start + i) % MESSAGES];

		if (m->where == where)
			return m;
	}
	return NULL;
}

static const char *id_of(struct history *h, const struct modelled *m, char id[ID_SIZE])
{
	return nth_id(id, (uint64_t)(m - h->messages));
}

static unsigned count_in(struct history *h, enum where where, int lane)
{
	unsigned n = 0;

	for (size_t i = 0; i < MESSAGES; i++)
		n += h->messages[i].where == where && (lane < 0 || h->messages[i].lane == lane);
	return n;
}

/* The message that goes next: by time, then id, which is the order of the array. */
static struct modelled *next_in(struct history *h, enum where where, int lane, int64_t until_ms)
{
	struct modelled *first = NULL;

	for (size_t i = 0; i < MESSAGES; i++) {
		struct modelled *m = &h->messages[i];
		int64_t ms = where == LEASED ? m->lease.lease_ms : m->start_ms;

		if (m->where != where || (lane >= 0 && m->lane != lane) || ms > until_ms)
			continue;
		if (!first || ms < (where == LEASED ? first->lease.lease_ms : first->start_ms))
			first = m;
	}
	return first;
}

static int next_lane(struct history *h)
{
	int first = -1;

	for (int i = 0; i < LANES; i++) {
		const struct modelled_lane *lane = &h->lanes[i];
		const struct modelled_lane *best = &h->lanes[first < 0 ? 0 : first];

		if (!count_in(h, READY, i) || lane->turn_ms > h->now_ms)
			continue;
		if (first < 0 || lane->turn_ms < best->turn_ms ||
		    (lane->turn_ms == best->turn_ms && lane->order < best->order))
			first = i;
	}
	return first;
}

static void turn(struct history *h, int lane, int64_t turn_ms)
{
	h->lanes[lane].turn_ms = turn_ms;
	h->lanes[lane].order = h->order;
}

/* Holds a claim against the model and takes it into it. */
static void check_claim(struct history *h, const struct index_claim *claim, enum where from,
			int lane, int64_t until_ms, unsigned max)
{
	char id[ID_SIZE];

	for (unsigned i = 0; i < claim->count; i++) {
		struct modelled *m = next_in(h, from, lane, until_ms);

		ck_assert_ptr_nonnull(m);
		ck_assert_str_eq(claim->items[i].id, id_of(h, m, id));
		ck_assert_str_eq(claim->items[i].lane, lanes[m->lane]);
		ck_assert_int_eq(claim->items[i].start_ms, m->start_ms);
		ck_assert_int_eq(claim->items[i].lease_ms, h->now_ms + INDEX_LEASE_MS);
		m->where = NOWHERE; /* while the rest of the batch is looked for */
	}
	if (claim->count < max)
		ck_assert_ptr_null(next_in(h, from, lane, until_ms));
	for (unsigned i = 0; i < claim->count; i++)
		for (size_t n = 0; n < MESSAGES; n++)
			if (strcmp(claim->items[i].id, nth_id(id, n)) == 0) {
				h->messages[n].where = LEASED;
				h->messages[n].lease = claim->items[i];
			}
}

static unsigned batch_of(const struct modelled_lane *lane, unsigned max)
{
	unsigned most = lane->pace_us ? 1000000 / lane->pace_us : max;

	return most < 1 ? 1 : most < max ? most : max;
}

static void check_take(struct history *h, const struct index_claim *claim, int lane, unsigned max)
{
	if (lane < 0) {
		ck_assert_uint_eq(claim->count, 0);
		return;
	}
	ck_assert_uint_gt(claim->count, 0);
	check_claim(h, claim, READY, lane, INT64_MAX, batch_of(&h->lanes[lane], max));
	ck_assert_uint_eq(claim->left, count_in(h, READY, lane));
	turn(h, lane, h->now_ms + (int64_t)claim->count * h->lanes[lane].pace_us / 1000);
}

static void do_claim(struct history *h)
{
	struct index_item items[BATCH];
	struct index_claim claim = {.items = items};
	unsigned max = 1 + (unsigned)below(h, BATCH);
	struct err err;
	int lane = next_lane(h);

	h->order++;
	ck_assert(index_claim(h->index, stage, h->now_ms, max, &claim, &err));
	check_take(h, &claim, lane, max);
	ck_assert_int_eq(claim.more, next_lane(h) >= 0);
}

static void do_lapsed(struct history *h)
{
	struct index_item items[BATCH];
	struct index_claim claim = {.items = items};
	struct err err;

	h->order++;
	ck_assert(index_lapsed(h->index, stage, h->now_ms, BATCH, &claim, &err));
	check_claim(h, &claim, LEASED, -1, h->now_ms, BATCH);
}

static void do_due(struct history *h)
{
	struct index_item items[BATCH];
	struct index_claim claim = {.items = items};
	int64_t until = (int64_t)below(h, 2000);
	struct err err;

	h->order++;
	ck_assert(index_due_claim(h->index, stage, until, h->now_ms, BATCH, &claim, &err));
	check_claim(h, &claim, DUE, -1, until, BATCH);
}

static void change_leased(struct history *h, struct index_txn *txn)
{
	struct modelled *m = pick(h, LEASED);

	if (!m)
		return;
	switch (below(h, 3)) {
	case 0:
		ck_assert(index_settle(txn, stage, &m->lease));
		m->where = NOWHERE;
		break;
	case 1:
		index_unclaim(txn, stage, &m->lease);
		m->where = READY;
		break;
	default:
		index_renew(txn, stage, &m->lease, h->now_ms);
		ck_assert_int_eq(m->lease.lease_ms, h->now_ms + INDEX_LEASE_MS);
	}
}

static void change_lane(struct history *h, struct index_txn *txn)
{
	int lane = (int)below(h, LANES);
	int64_t turn_ms = below(h, 10) ? h->now_ms + (int64_t)below(h, 1000) : INDEX_NEVER;

	switch (below(h, 4)) {
	case 0:
		index_lane_turn(txn, stage, lanes[lane], turn_ms);
		turn(h, lane, turn_ms);
		break;
	case 1:
		index_lane_turn(txn, stage, lanes[lane], 0);
		turn(h, lane, 0);
		break;
	case 2:
		if (turn_ms == INDEX_NEVER)
			return;
		index_lane_delay(txn, stage, lanes[lane], turn_ms);
		if (turn_ms > h->lanes[lane].turn_ms)
			turn(h, lane, turn_ms);
		break;
	default:
		h->lanes[lane].pace_us = (uint32_t)(below(h, 2) * below(h, 500000));
		index_lane_pace(txn, stage, lanes[lane], h->lanes[lane].pace_us);
	}
}

static void change_waiting(struct history *h, struct index_txn *txn)
{
	struct modelled *m = &h->messages[below(h, MESSAGES)];
	char id[ID_SIZE];

	id_of(h, m, id);
	if (m->where == READY && below(h, 8) == 0) {
		ck_assert(index_unready(txn, stage, lanes[m->lane], id, m->start_ms));
		m->where = NOWHERE;
	} else if (m->where == DUE && below(h, 8) == 0) {
		ck_assert(index_due_remove(txn, stage, m->start_ms, id));
		m->where = NOWHERE;
	} else if (m->where == NOWHERE) {
		m->lane = (int)below(h, LANES);
		m->start_ms = (int64_t)below(h, 2000) - 1000;
		m->where = below(h, 4) ? READY : DUE;
		if (m->where == READY)
			index_ready(txn, stage, lanes[m->lane], id, m->start_ms, STATE_ROUTED);
		else
			index_due_put(txn, stage, m->start_ms, id, lanes[m->lane], STATE_DEFERRED);
	}
}

/* Several changes in one transaction, which now and then is given up. */
static void do_changes(struct history *h)
{
	static void (*const changes[])(struct history *, struct index_txn *) = {
		change_leased, change_lane, change_waiting, change_waiting, change_waiting,
	};
	static struct modelled messages[MESSAGES];
	struct modelled_lane kept[LANES];

	memcpy(messages, h->messages, sizeof messages);
	memcpy(kept, h->lanes, sizeof kept);
	h->order++;
	struct index_txn *txn = begin(h->index);
	for (uint64_t n = 1 + below(h, 30); n > 0; n--)
		changes[below(h, sizeof changes / sizeof *changes)](h, txn);
	if (below(h, 10)) {
		commit(txn);
		return;
	}
	index_abort(txn);
	memcpy(h->messages, messages, sizeof messages);
	memcpy(h->lanes, kept, sizeof kept);
}

static void check_lanes(struct history *h)
{
	struct index_lane lane;
	struct err err;

	for (int i = 0; i < LANES; i++) {
		ck_assert(index_lane_get(h->index, stage, lanes[i], &lane, &err));
		ck_assert_uint_eq(lane.ready, count_in(h, READY, i));
		ck_assert_int_eq(lane.turn_ms, h->lanes[i].turn_ms);
		ck_assert_uint_eq(lane.pace_us, h->lanes[i].pace_us);
	}
}

static bool count_one(void *arg, struct slice at, const struct index_item *item)
{
	unsigned *counts = arg;

	(void)at;
	counts[item->lease_ms > 0]++;
	return true;
}

static void check_tables(struct history *h)
{
	unsigned counts[2] = {0};
	struct err err;

	ck_assert(index_each_work(h->index, count_one, counts, &err));
	ck_assert_uint_eq(counts[0], count_in(h, READY, -1) + count_in(h, DUE, -1));
	ck_assert_uint_eq(counts[1], count_in(h, LEASED, -1));
}

START_TEST(every_claim_is_what_the_model_says)
{
	static void (*const actions[])(struct history *) = {
		do_claim, do_claim, do_claim, do_lapsed, do_due, do_changes, do_changes,
	};
	struct scratch scratch = scratch_make();
	struct history *h = calloc(1, sizeof *h);

	h->random = 88172645463325252u + (unsigned)_i;
	h->index = scratch_open(&scratch);
	for (int step = 0; step < 3000; step++) {
		h->now_ms += (int64_t)(below(h, 50) ? below(h, 3) : below(h, 50000));
		actions[below(h, sizeof actions / sizeof *actions)](h);
		if (step % 50 == 0)
			check_lanes(h);
	}
	check_lanes(h);
	check_tables(h);
	index_close(h->index);
	free(h);
	scratch_remove(scratch.dir);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("index/history");
	TCase *t = tcase_create("history");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, every_claim_is_what_the_model_says, 0, 8);
	suite_add_tcase(s, t);
	return s;
}
