#include "index/work.h"

#include "index_fixture.h"

static void ready(const char *stage, const char *lane, uint64_t n, int64_t start_ms)
{
	struct index_txn *txn = begin(index_);
	char id[ID_SIZE];

	index_ready(txn, stage, lane, nth_id(id, n), start_ms, STATE_QUEUED);
	commit(txn);
}

/* Claims into static room; the items stay good until the next claim. */
static struct index_claim claim(const char *stage, int64_t now_ms, unsigned max)
{
	static struct index_item items[64];
	struct index_claim claim = {.items = items};
	struct err err = {0};

	ck_assert_msg(index_claim(index_, stage, now_ms, max, &claim, &err), "%s", err.text);
	return claim;
}

START_TEST(nothing_is_ready_in_a_new_index)
{
	struct index_claim got = claim("render", 1000, 10);

	ck_assert_uint_eq(got.count, 0);
	ck_assert(!got.more);
	ck_assert_int_eq(got.next_ms, INDEX_NEVER);
}
END_TEST

START_TEST(the_oldest_start_goes_first)
{
	char id[ID_SIZE];

	ready("render", "acme", 1, 3000);
	ready("render", "acme", 2, -5000); /* a high priority, soon after 1970 */
	ready("render", "acme", 3, 2000);
	struct index_claim got = claim("render", 0, 2);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_str_eq(got.items[0].id, nth_id(id, 2));
	ck_assert_int_eq(got.items[0].start_ms, -5000);
	ck_assert_int_eq(got.items[0].state, STATE_QUEUED);
	ck_assert_str_eq(got.items[0].lane, "acme");
	ck_assert_int_eq(got.items[0].lease_ms, INDEX_LEASE_MS);
	ck_assert_str_eq(got.items[1].id, nth_id(id, 3));
	ck_assert_uint_eq(got.left, 1);
	ck_assert(got.more);
}
END_TEST

START_TEST(lanes_take_turns_even_within_one_millisecond)
{
	static const char *const lanes[] = {"acme", "globex", "initech"};
	unsigned taken[3] = {0};

	for (uint64_t n = 0; n < 30; n++)
		ready("route", lanes[n % 3], n, (int64_t)n);
	for (unsigned turn = 0; turn < 12; turn++) {
		struct index_claim got = claim("route", 77, 2);

		ck_assert_uint_eq(got.count, 2);
		for (int lane = 0; lane < 3; lane++)
			if (strcmp(got.items[0].lane, lanes[lane]) == 0)
				ck_assert_uint_eq(taken[lane]++, turn / 3);
	}
}
END_TEST

START_TEST(stages_do_not_see_one_another)
{
	ready("render", "acme", 1, 1);
	ready("render2", "acme", 2, 1);
	ck_assert_uint_eq(claim("rende", 9, 10).count, 0);
	ck_assert_uint_eq(claim("route", 9, 10).count, 0);
	ck_assert_uint_eq(claim("render", 9, 10).count, 1);
	ck_assert_uint_eq(claim("render2", 9, 10).count, 1);
}
END_TEST

START_TEST(a_lane_whose_turn_is_to_come_is_passed_over)
{
	struct index_txn *txn;

	ready("send-smtp", "acme/a", 1, 1);
	ready("send-smtp", "acme/b", 2, 1);
	txn = begin(index_);
	index_lane_turn(txn, "send-smtp", "acme/a", 5000);
	commit(txn);

	struct index_claim got = claim("send-smtp", 4999, 10);
	ck_assert_uint_eq(got.count, 1);
	ck_assert_str_eq(got.items[0].lane, "acme/b");
	ck_assert(!got.more);
	ck_assert_int_eq(got.next_ms, 5000);
	ck_assert_uint_eq(claim("send-smtp", 4999, 10).count, 0);
	ck_assert_uint_eq(claim("send-smtp", 5000, 10).count, 1);
}
END_TEST

START_TEST(an_empty_lane_remembers_its_turn)
{
	struct index_txn *txn = begin(index_);
	struct index_lane lane;
	struct err err;

	index_lane_turn(txn, "route", "acme", INDEX_NEVER);
	commit(txn);
	ck_assert_int_eq(claim("route", 1, 10).next_ms, INDEX_NEVER);
	ready("route", "acme", 1, 1);
	ck_assert_uint_eq(claim("route", INT64_MAX - 1, 10).count, 0);
	ck_assert(index_lane_get(index_, "route", "acme", &lane, &err));
	ck_assert_uint_eq(lane.ready, 1);
	ck_assert_int_eq(lane.turn_ms, INDEX_NEVER);

	txn = begin(index_);
	index_lane_delay(txn, "route", "acme", 100); /* never forward */
	commit(txn);
	ck_assert_uint_eq(claim("route", 1000, 10).count, 0);
	txn = begin(index_);
	index_lane_turn(txn, "route", "acme", 0);
	commit(txn);
	ck_assert_uint_eq(claim("route", 1000, 10).count, 1);
}
END_TEST

START_TEST(a_rate_moves_the_turn_with_each_claim)
{
	struct index_txn *txn = begin(index_);
	char id[ID_SIZE];

	index_lane_pace(txn, "send-smtp", "acme/a", 100000); /* ten a second */
	for (uint64_t n = 0; n < 25; n++)
		index_ready(txn, "send-smtp", "acme/a", nth_id(id, n), 1, STATE_ROUTED);
	commit(txn);

	struct index_claim got = claim("send-smtp", 1000, 25);
	ck_assert_uint_eq(got.count, 10);
	ck_assert_int_eq(got.next_ms, 2000);
	ck_assert_uint_eq(claim("send-smtp", 1999, 25).count, 0);
	ck_assert_uint_eq(claim("send-smtp", 2000, 3).count, 3);
	ck_assert_uint_eq(claim("send-smtp", 2299, 3).count, 0);
	ck_assert_uint_eq(claim("send-smtp", 2300, 25).count, 10);
}
END_TEST

START_TEST(a_rate_outlives_what_a_rebuild_begins_with)
{
	struct index_txn *txn = begin(index_);
	char id[ID_SIZE];

	for (uint64_t n = 0; n < 40; n++) { /* more than one page of lanes */
		char lane[INDEX_LANE_SIZE];
		snprintf(lane, sizeof lane, "acme/%060d", (int)n);
		index_lane_pace(txn, "send-smtp", lane, n % 2 ? 100000 : 0);
		index_ready(txn, "send-smtp", lane, nth_id(id, n), 1, STATE_ROUTED);
		index_lane_turn(txn, "send-smtp", lane, 99999);
	}
	commit(txn);
	txn = begin(index_);
	index_clear(txn);
	commit(txn);
	ck_assert_uint_eq(claim("send-smtp", INT64_MAX, 25).count, 0);

	for (uint64_t n = 0; n < 40; n++) {
		char lane[INDEX_LANE_SIZE];
		snprintf(lane, sizeof lane, "acme/%060d", (int)n);
		txn = begin(index_);
		for (uint64_t i = 0; i < 25; i++)
			index_ready(txn, "send-smtp", lane, nth_id(id, n * 25 + i), 1,
				    STATE_ROUTED);
		commit(txn);
		ck_assert_uint_eq(claim("send-smtp", 1000, 25).count, n % 2 ? 10 : 25);
		txn = begin(index_);
		index_lane_turn(txn, "send-smtp", lane, INDEX_NEVER);
		commit(txn);
	}
}
END_TEST

START_TEST(a_lapsed_lease_is_taken_over_once)
{
	static struct index_item items[8];
	struct index_claim second = {.items = items};
	struct err err = {0};

	ready("render", "acme", 1, 7);
	struct index_claim first = claim("render", 1000, 10);
	ck_assert(index_lapsed(index_, "render", 60999, 8, &second, &err));
	ck_assert_uint_eq(second.count, 0);
	ck_assert_int_eq(second.next_ms, 61000);
	ck_assert(index_lapsed(index_, "render", 61000, 8, &second, &err));
	ck_assert_uint_eq(second.count, 1);
	ck_assert_str_eq(items[0].id, first.items[0].id);
	ck_assert_int_eq(items[0].start_ms, 7);
	ck_assert_int_eq(items[0].lease_ms, 121000);

	struct index_txn *txn = begin(index_);
	ck_assert(!index_settle(txn, "render", &first.items[0]));
	index_unclaim(txn, "render", &first.items[0]);
	index_renew(txn, "render", &first.items[0], 61000);
	ck_assert_int_eq(first.items[0].lease_ms, 0);
	ck_assert(index_settle(txn, "render", &items[0]));
	commit(txn);
	ck_assert_uint_eq(claim("render", 70000, 10).count, 0);
}
END_TEST

START_TEST(what_is_given_back_keeps_its_place)
{
	char id[ID_SIZE];

	ready("render", "acme", 1, 10);
	ready("render", "acme", 2, 20);
	struct index_claim got = claim("render", 1, 1);
	struct index_txn *txn = begin(index_);
	index_unclaim(txn, "render", &got.items[0]);
	commit(txn);
	ck_assert_str_eq(claim("render", 2, 1).items[0].id, nth_id(id, 1));
}
END_TEST

START_TEST(what_is_due_is_taken_up_in_order_and_leased)
{
	static struct index_item items[8];
	struct index_claim got = {.items = items};
	struct index_txn *txn = begin(index_);
	struct err err = {0};
	char id[ID_SIZE];

	index_due_put(txn, "route", 3000, nth_id(id, 1), "acme", STATE_DEFERRED);
	index_due_put(txn, "route", 1000, nth_id(id, 2), "globex", STATE_DEFERRED);
	index_due_put(txn, "route", 2000, nth_id(id, 3), "acme", STATE_DEFERRED);
	index_due_put(txn, "render", 500, nth_id(id, 4), "acme", STATE_QUEUED);
	ck_assert(index_due_remove(txn, "route", 2000, id) == false);
	ck_assert(index_due_remove(txn, "route", 2000, nth_id(id, 3)));
	commit(txn);

	ck_assert(index_due_claim(index_, "route", 999, 50, 8, &got, &err));
	ck_assert_uint_eq(got.count, 0);
	ck_assert_int_eq(got.next_ms, 1000);
	ck_assert(index_due_claim(index_, "route", 1000, 50, 8, &got, &err));
	ck_assert_uint_eq(got.count, 1);
	ck_assert_str_eq(items[0].id, nth_id(id, 2));
	ck_assert_str_eq(items[0].lane, "globex");
	ck_assert_int_eq(items[0].state, STATE_DEFERRED);
	ck_assert_int_eq(items[0].lease_ms, 50 + INDEX_LEASE_MS);
	ck_assert_int_eq(got.next_ms, 3000);
	txn = begin(index_);
	ck_assert(index_settle(txn, "route", &items[0]));
	commit(txn);
}
END_TEST

START_TEST(what_a_clock_set_back_left_far_ahead_is_found)
{
	struct index_item items[8];
	struct index_claim got = {.items = items};
	struct index_txn *txn = begin(index_);
	struct err err = {0};
	char id[ID_SIZE];

	index_due_put(txn, "route", 3000, nth_id(id, 1), "acme", STATE_DEFERRED);
	index_due_put(txn, "route", 9000, nth_id(id, 2), "acme", STATE_DEFERRED);
	index_due_put(txn, "send-smtp", 9000, nth_id(id, 3), "acme", STATE_ROUTED);
	commit(txn);

	ck_assert(index_due_beyond(index_, "route", 9000, 50, 8, &got, &err));
	ck_assert_uint_eq(got.count, 0);
	ck_assert(index_due_beyond(index_, "route", 8999, 50, 8, &got, &err));
	ck_assert_uint_eq(got.count, 1);
	ck_assert_str_eq(items[0].id, nth_id(id, 2));
	ck_assert(index_due_beyond(index_, "route", 8999, 50, 8, &got, &err));
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

START_TEST(an_aborted_transaction_changes_nothing)
{
	struct index_txn *txn = begin(index_);
	char id[ID_SIZE];

	index_ready(txn, "render", "acme", nth_id(id, 1), 1, STATE_QUEUED);
	index_abort(txn);
	index_abort(NULL);
	ck_assert_uint_eq(claim("render", 1, 1).count, 0);
}
END_TEST

START_TEST(twice_ready_is_once_ready)
{
	struct index_lane lane;
	struct err err;
	char id[ID_SIZE];

	ready("render", "acme", 1, 5);
	ready("render", "acme", 1, 5);
	ck_assert(index_lane_get(index_, "render", "acme", &lane, &err));
	ck_assert_uint_eq(lane.ready, 1);
	struct index_txn *txn = begin(index_);
	ck_assert(index_unready(txn, "render", "acme", nth_id(id, 1), 5));
	ck_assert(!index_unready(txn, "render", "acme", id, 5));
	commit(txn);
	ck_assert_uint_eq(claim("render", 1, 1).count, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("index/work");
	TCase *t = tcase_create("work");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, nothing_is_ready_in_a_new_index);
	tcase_add_test(t, the_oldest_start_goes_first);
	tcase_add_test(t, lanes_take_turns_even_within_one_millisecond);
	tcase_add_test(t, stages_do_not_see_one_another);
	tcase_add_test(t, a_lane_whose_turn_is_to_come_is_passed_over);
	tcase_add_test(t, an_empty_lane_remembers_its_turn);
	tcase_add_test(t, a_rate_moves_the_turn_with_each_claim);
	tcase_add_test(t, a_rate_outlives_what_a_rebuild_begins_with);
	tcase_add_test(t, a_lapsed_lease_is_taken_over_once);
	tcase_add_test(t, what_a_clock_set_back_left_far_ahead_is_found);
	tcase_add_test(t, what_is_given_back_keeps_its_place);
	tcase_add_test(t, what_is_due_is_taken_up_in_order_and_leased);
	tcase_add_test(t, an_aborted_transaction_changes_nothing);
	tcase_add_test(t, twice_ready_is_once_ready);
	suite_add_tcase(s, t);
	return s;
}
