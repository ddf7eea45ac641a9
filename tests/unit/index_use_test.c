#include "index/use.h"

#include "index_fixture.h"

#define NOW INT64_C(1800000000000)

static void put(struct index_txn *txn, uint64_t nth, const char *connector, enum status status,
		unsigned attempts, int64_t at_ms, uint32_t took_ms)
{
	char id[ID_SIZE];
	struct index_record record = {.status = status,
				      .attempts = attempts,
				      .created_ms = 1000,
				      .updated_ms = at_ms,
				      .organization = SLICE("acme"),
				      .connector = slice_text(connector),
				      .took_ms = took_ms};

	memcpy(record.id, nth_id(id, nth), ID_SIZE);
	index_put(txn, &record);
}

static void put_one(uint64_t nth, enum status status, unsigned attempts, int64_t at_ms)
{
	struct index_txn *txn = begin(index_);

	put(txn, nth, "relay", status, attempts, at_ms, 12);
	commit(txn);
}

static struct index_use use_of(const char *connector)
{
	struct index_use use;
	struct err err = {0};

	ck_assert(index_use(index_, slice_text("acme"), slice_text(connector), &use, &err));
	return use;
}

START_TEST(a_connector_is_not_used_before_its_first_attempt)
{
	put_one(1, STATUS_READY, 0, NOW);
	ck_assert_int_eq(use_of("relay").tried_ms, 0);
	put_one(1, STATUS_DEFERRED, 1, NOW + 5);
	ck_assert_int_eq(use_of("relay").tried_ms, NOW + 5);
	ck_assert_int_eq(use_of("relay").sent_ms, 0);
	ck_assert_int_eq(use_of("another").tried_ms, 0);
}
END_TEST

START_TEST(the_last_that_was_sent_is_known)
{
	put_one(1, STATUS_SENT, 1, NOW + 9);
	put_one(2, STATUS_SENT, 1, NOW + 3);
	put_one(3, STATUS_FAILED, 1, NOW + 20);
	ck_assert_int_eq(use_of("relay").sent_ms, NOW + 9);
	ck_assert_int_eq(use_of("relay").tried_ms, NOW + 20);
	/* what happens to it later is no sending */
	put_one(1, STATUS_SENT, 1, NOW + 90);
	ck_assert_int_eq(use_of("relay").sent_ms, NOW + 9);
}
END_TEST

START_TEST(the_last_attempts_are_kept_in_any_order)
{
	struct index_txn *txn = begin(index_);

	for (unsigned i = 0; i < 2 * USE_ATTEMPTS; i++) {
		unsigned at = i * 7 % (2 * USE_ATTEMPTS); /* each once */
		put(txn, i, "relay", STATUS_SENT, 1, NOW + at, at);
	}
	commit(txn);
	struct index_use use = use_of("relay");
	ck_assert_uint_eq(use.n, USE_ATTEMPTS);
	for (unsigned i = 0; i < USE_ATTEMPTS; i++) {
		ck_assert_int_eq(use.last[i].at_ms, NOW + USE_ATTEMPTS + i);
		ck_assert_uint_eq(use.last[i].took_ms, USE_ATTEMPTS + i);
	}
}
END_TEST

/* More than a transaction has at hand, each message of another than the one before. */
START_TEST(many_connectors_of_one_transaction_are_kept_apart)
{
	struct index_txn *txn = begin(index_);
	char name[16];

	for (uint64_t i = 0; i < 30; i++) {
		snprintf(name, sizeof name, "relay%u", (unsigned)(i % 10));
		put(txn, i, name, STATUS_SENT, 1, NOW + (int64_t)i, 12);
	}
	commit(txn);
	for (unsigned i = 0; i < 10; i++) {
		snprintf(name, sizeof name, "relay%u", i);
		ck_assert_uint_eq(use_of(name).n, 3);
		ck_assert_int_eq(use_of(name).sent_ms, NOW + 20 + i);
	}
}
END_TEST

START_TEST(the_rate_is_of_the_last_ten_seconds)
{
	struct index_txn *txn = begin(index_);

	/* 4 a second, from 8 s before to now */
	for (uint64_t i = 0; i < 32; i++)
		put(txn, i, "relay", STATUS_SENT, 1, NOW - 8000 + (int64_t)i * 250, 12);
	commit(txn);
	struct index_use use = use_of("relay");
	ck_assert(NOW % USE_PART_MS == 0);
	ck_assert_double_eq_tol(index_use_rate(&use, NOW), 3.2, 0.01);
	ck_assert_double_eq_tol(index_use_rate(&use, NOW + 5000), 1.6, 0.01);
	ck_assert_double_eq(index_use_rate(&use, NOW + USE_PART_MS), 0);
	ck_assert_double_eq(index_use_rate(&use, NOW - 60000), 0);
}
END_TEST

START_TEST(parts_of_time_follow_each_other)
{
	struct index_use use;

	put_one(1, STATUS_SENT, 1, NOW);
	put_one(2, STATUS_SENT, 1, NOW + 10000);
	put_one(3, STATUS_SENT, 1, NOW + 9999); /* late */
	put_one(4, STATUS_SENT, 1, NOW - 1);    /* too late */
	use = use_of("relay");
	ck_assert_uint_eq(use.tries[0], 1);
	ck_assert_uint_eq(use.tries[1], 2);
	put_one(5, STATUS_SENT, 1, NOW + 40000);
	use = use_of("relay");
	ck_assert_uint_eq(use.tries[0], 1);
	ck_assert_uint_eq(use.tries[1], 0);
}
END_TEST

START_TEST(an_index_that_is_cleared_knows_no_use)
{
	put_one(1, STATUS_SENT, 1, NOW);
	struct index_txn *txn = begin(index_);
	put(txn, 2, "relay", STATUS_SENT, 1, NOW + 1, 12);
	index_clear(txn);
	commit(txn);
	ck_assert_int_eq(use_of("relay").tried_ms, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("index/use");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_connector_is_not_used_before_its_first_attempt);
	tcase_add_test(tcase, the_last_that_was_sent_is_known);
	tcase_add_test(tcase, the_last_attempts_are_kept_in_any_order);
	tcase_add_test(tcase, many_connectors_of_one_transaction_are_kept_apart);
	tcase_add_test(tcase, the_rate_is_of_the_last_ten_seconds);
	tcase_add_test(tcase, parts_of_time_follow_each_other);
	tcase_add_test(tcase, an_index_that_is_cleared_knows_no_use);
	suite_add_tcase(suite, tcase);
	return suite;
}
