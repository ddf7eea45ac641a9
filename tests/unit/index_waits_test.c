/*
 * Since when work waits: the oldest of what is ready or claimed, the first of what is due, for each
 * organization.
 */
#include "index/query.h"

#include "index_fixture.h"

static struct err err;

#define MINUTE 60000

/* As lib/queue enters a message accepted at that time: its start is moved by its priority. */
static void put_ready(uint64_t n, const char *organization, int64_t created_ms, int priority)
{
	struct index_txn *txn = begin(index_);
	struct index_record record = {.status = STATUS_READY,
				      .created_ms = created_ms,
				      .updated_ms = created_ms,
				      .organization = slice_text(organization)};

	nth_id(record.id, n);
	index_put(txn, &record);
	index_ready(txn, "render", organization, record.id, created_ms - priority * MINUTE,
		    STATE_QUEUED);
	commit(txn);
}

static void put_due(uint64_t n, const char *organization, int64_t due_ms)
{
	struct index_txn *txn = begin(index_);
	char id[ID_SIZE];

	index_due_put(txn, "route", due_ms, nth_id(id, n), organization, STATE_DEFERRED);
	commit(txn);
}

static struct index_waits *waits(const char *organization, size_t wanted)
{
	struct index_waits *found;
	size_t n;

	ck_assert(index_waits(index_, slice_text(organization), &arena, &found, &n, &err));
	ck_assert_uint_eq(n, wanted);
	return found;
}

START_TEST(nothing_waits_in_an_empty_index)
{
	waits("", 0);
}
END_TEST

START_TEST(the_head_of_a_lane_is_told_by_its_time_not_its_start)
{
	put_ready(1, "acme", 50 * MINUTE, 10);
	put_ready(2, "acme", 60 * MINUTE, 0);
	ck_assert_int_eq(waits("acme", 1)->oldest_ready_ms, 50 * MINUTE);
}
END_TEST

START_TEST(what_is_claimed_still_waits)
{
	struct index_item items[1];
	struct index_claim claim = {.items = items};

	put_ready(1, "acme", 50 * MINUTE, 0);
	put_ready(2, "acme", 60 * MINUTE, 0);
	ck_assert(index_claim(index_, "render", 1, 1, &claim, &err));
	ck_assert_int_eq(waits("acme", 1)->oldest_ready_ms, 50 * MINUTE);

	struct index_txn *txn = begin(index_);
	index_settle(txn, "render", &items[0]);
	commit(txn);
	ck_assert_int_eq(waits("acme", 1)->oldest_ready_ms, 60 * MINUTE);
}
END_TEST

START_TEST(each_organization_has_its_own)
{
	put_ready(1, "globex", 70 * MINUTE, 0);
	put_ready(2, "acme", 60 * MINUTE, 0);
	put_due(3, "acme", 90 * MINUTE);
	put_due(4, "initech", 80 * MINUTE);
	put_due(5, "acme", 85 * MINUTE);

	const struct index_waits *all = waits("", 3);
	ck_assert(slice_is(all[0].organization, "acme"));
	ck_assert_int_eq(all[0].oldest_ready_ms, 60 * MINUTE);
	ck_assert_int_eq(all[0].oldest_due_ms, 85 * MINUTE);
	ck_assert(slice_is(all[1].organization, "globex"));
	ck_assert_int_eq(all[1].oldest_due_ms, 0);
	ck_assert(slice_is(all[2].organization, "initech"));
	ck_assert_int_eq(all[2].oldest_ready_ms, 0);
	ck_assert_int_eq(waits("initech", 1)->oldest_due_ms, 80 * MINUTE);
	waits("umbrella", 0);
}
END_TEST

START_TEST(what_is_due_first_is_found_behind_any_number_of_another_stage)
{
	struct index_txn *txn = begin(index_);
	char id[ID_SIZE];

	for (uint64_t n = 0; n < INDEX_DUE_EXAMINED + 10; n++)
		index_due_put(txn, "render", MINUTE + (int64_t)n, nth_id(id, n), "globex",
			      STATE_QUEUED);
	index_due_put(txn, "render", 2 * MINUTE, nth_id(id, 99998), "late", STATE_QUEUED);
	index_due_put(txn, "route", 3 * MINUTE, nth_id(id, 99999), "acme", STATE_DEFERRED);
	commit(txn);

	const struct index_waits *all = waits("", 2); /* and not what is due after so many */
	ck_assert_int_eq(all[0].oldest_due_ms, 3 * MINUTE);
	ck_assert_int_eq(all[1].oldest_due_ms, MINUTE);
	ck_assert_int_eq(waits("acme", 1)->oldest_due_ms, 3 * MINUTE);
	ck_assert_int_eq(waits("globex", 1)->oldest_due_ms, MINUTE);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("index/waits");
	TCase *t = tcase_create("waits");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, nothing_waits_in_an_empty_index);
	tcase_add_test(t, the_head_of_a_lane_is_told_by_its_time_not_its_start);
	tcase_add_test(t, what_is_claimed_still_waits);
	tcase_add_test(t, each_organization_has_its_own);
	tcase_add_test(t, what_is_due_first_is_found_behind_any_number_of_another_stage);
	suite_add_tcase(s, t);
	return s;
}
