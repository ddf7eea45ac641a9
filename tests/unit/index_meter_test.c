#include "index/meter.h"

#include "index/work.h"

#include "index_fixture.h"

static struct index_meter *meters;
static size_t n;
static unsigned reply_code; /* of the next that is put */

/* As intake does it, then as a sender does: an attempt that ends so. */
static void put(const char *org, uint64_t nth, enum status status, unsigned attempts,
		int64_t updated_ms)
{
	struct index_txn *txn = begin(index_);
	char id[ID_SIZE];
	struct index_record record = {.status = status,
				      .attempts = attempts,
				      .created_ms = 1000,
				      .updated_ms = updated_ms,
				      .organization = slice_text(org),
				      .connector = SLICE("relay"),
				      .reply_code = reply_code};

	memcpy(record.id, nth_id(id, nth), ID_SIZE);
	index_put(txn, &record);
	if (status == STATUS_READY && !attempts)
		index_count_accepted(txn, record.organization);
	commit(txn);
}

static const struct index_meter *find(enum meter meter, const char *org, enum status status)
{
	struct err err = {0};

	arena_reset(&arena);
	ck_assert(index_meters(index_, slice_text(NULL), &arena, &meters, &n, &err));
	for (size_t i = 0; i < n; i++)
		if (meters[i].meter == meter && slice_is(meters[i].organization, org) &&
		    meters[i].status == status)
			return &meters[i];
	return NULL;
}

static uint64_t count(enum meter meter, const char *org, enum status status)
{
	const struct index_meter *found = find(meter, org, status);

	return found ? found->number[0] : 0;
}

START_TEST(a_message_is_counted_once_for_each_thing_that_becomes_of_it)
{
	put("acme", 1, STATUS_READY, 0, 1000);
	put("acme", 1, STATUS_DEFERRED, 1, 1000 + 400);
	put("acme", 1, STATUS_READY, 1, 1000 + 30000);
	put("acme", 1, STATUS_SENT, 2, 1000 + 60001);
	put("acme", 1, STATUS_SENT, 2, 1000 + 60001); /* a rewritten record is no news */
	put("globex", 2, STATUS_READY, 0, 1000);
	put("globex", 2, STATUS_CANCELLED, 0, 2000);

	ck_assert_uint_eq(count(METER_ACCEPTED, "acme", STATUS_READY), 1);
	ck_assert_uint_eq(count(METER_ATTEMPTS, "acme", STATUS_DEFERRED), 1);
	ck_assert_uint_eq(count(METER_ATTEMPTS, "acme", STATUS_SENT), 1);
	ck_assert_uint_eq(count(METER_MESSAGES, "acme", STATUS_SENT), 1);
	ck_assert_uint_eq(count(METER_MESSAGES, "globex", STATUS_CANCELLED), 1);
	ck_assert_ptr_null(find(METER_ATTEMPTS, "globex", STATUS_CANCELLED));

	const struct index_meter *waiting = find(METER_WAITING, "acme", 0);
	ck_assert_uint_eq(waiting->number[1], 1); /* up to 500 ms */
	ck_assert_uint_eq(waiting->number[METER_SUM], 400);
	const struct index_meter *delivery = find(METER_DELIVERY, "acme", 0);
	ck_assert_uint_eq(delivery->number[7], 1); /* more than a minute */
	ck_assert_uint_eq(delivery->number[METER_SUM], 60001);
}
END_TEST

START_TEST(what_takes_longest_has_a_bucket_too)
{
	put("acme", 1, STATUS_READY, 0, 1000);
	put("acme", 1, STATUS_SENT, 1, 1000 + 86400001);
	ck_assert_uint_eq(find(METER_DELIVERY, "acme", 0)->number[METER_BOUNDS], 1);
	put("acme", 2, STATUS_READY, 0, 1000);
	put("acme", 2, STATUS_SENT, 1, 1); /* the clock was set back */
	ck_assert_uint_eq(find(METER_DELIVERY, "acme", 0)->number[0], 1);
}
END_TEST

START_TEST(attempts_are_told_apart_by_the_codes_of_replies)
{
	static const unsigned codes[] = {550, 451, 550, 0, 42, 99999};
	unsigned without = 0, of_550 = 0, of_451 = 0;

	for (uint64_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		reply_code = 0;
		put("acme", i + 1, STATUS_READY, 0, 1000);
		reply_code = codes[i];
		put("acme", i + 1, STATUS_FAILED, 1, 2000);
	}
	reply_code = 0;
	ck_assert_ptr_nonnull(find(METER_ATTEMPTS, "acme", STATUS_FAILED));
	for (size_t i = 0; i < n; i++) {
		if (meters[i].meter != METER_ATTEMPTS)
			continue;
		ck_assert_uint_eq(meters[i].status, STATUS_FAILED);
		without += meters[i].code == 0 ? meters[i].number[0] : 0;
		of_550 += meters[i].code == 550 ? meters[i].number[0] : 0;
		of_451 += meters[i].code == 451 ? meters[i].number[0] : 0;
	}
	ck_assert_uint_eq(without, 3); /* what is no code of SMTP or HTTP makes no series */
	ck_assert_uint_eq(of_550, 2);
	ck_assert_uint_eq(of_451, 1);
}
END_TEST

START_TEST(leases_that_lapse_and_remotes_that_ask_to_slow_down_are_counted)
{
	struct index_item items[4];
	struct index_claim claim = {.items = items};
	struct index_txn *txn = begin(index_);
	char lane[INDEX_LANE_SIZE], id[ID_SIZE];
	struct err err = {0};

	index_lane_name(lane, slice_text("acme"), slice_text("relay"));
	for (uint64_t i = 1; i <= 2; i++)
		index_ready(txn, "send-smtp", lane, nth_id(id, i), 1, STATE_ROUTED);
	index_count_throttled(txn, slice_text("acme"), slice_text("relay"), 3);
	commit(txn);
	ck_assert(index_claim(index_, "send-smtp", 1000, 4, &claim, &err));
	ck_assert_uint_eq(claim.count, 2);
	ck_assert(index_lapsed(index_, "send-smtp", 1000, 4, &claim, &err));
	ck_assert_ptr_null(find(METER_LAPSED, "acme", 0));
	ck_assert(index_lapsed(index_, "send-smtp", 1000 + INDEX_LEASE_MS, 4, &claim, &err));
	ck_assert_uint_eq(claim.count, 2);
	ck_assert_uint_eq(count(METER_LAPSED, "acme", 0), 2);
	ck_assert(slice_is(find(METER_LAPSED, "acme", 0)->connector, "send-smtp"));
	ck_assert_uint_eq(count(METER_THROTTLED, "acme", 0), 3);
}
END_TEST

START_TEST(more_meters_than_stay_at_hand_are_counted_right)
{
	char org[8];

	for (int turn = 0; turn < 2; turn++) {
		struct index_txn *txn = begin(index_);
		for (int i = 0; i < 50; i++) {
			snprintf(org, sizeof org, "org%d", i % 25);
			index_count_accepted(txn, slice_text(org));
		}
		commit(txn);
	}
	for (int i = 0; i < 25; i++) {
		snprintf(org, sizeof org, "org%d", i);
		ck_assert_uint_eq(count(METER_ACCEPTED, org, STATUS_READY), 4);
	}
}
END_TEST

START_TEST(they_outlive_the_programs_and_begin_anew_with_the_index)
{
	put("acme", 1, STATUS_READY, 0, 1000);
	index_close(index_);
	index_ = scratch_open(&scratch);
	ck_assert_uint_eq(count(METER_ACCEPTED, "acme", STATUS_READY), 1);
	struct index_txn *txn = begin(index_);
	index_mark_built(txn);
	index_clear(txn);
	commit(txn);
	ck_assert_uint_eq(count(METER_ACCEPTED, "acme", STATUS_READY), 0);
	ck_assert(index_is_stale(index_));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("index/meter");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_message_is_counted_once_for_each_thing_that_becomes_of_it);
	tcase_add_test(tc, what_takes_longest_has_a_bucket_too);
	tcase_add_test(tc, attempts_are_told_apart_by_the_codes_of_replies);
	tcase_add_test(tc, leases_that_lapse_and_remotes_that_ask_to_slow_down_are_counted);
	tcase_add_test(tc, more_meters_than_stay_at_hand_are_counted_right);
	tcase_add_test(tc, they_outlive_the_programs_and_begin_anew_with_the_index);
	suite_add_tcase(s, tc);
	return s;
}
