/*
 * Messages a minute: what two looks at the counters make of a minute, and how it is drawn.
 */
#include "app/app.h"
#include "app/charts.h"
#include "app/rates.h"
#include "base/sha256.h"

#include <check.h>
#include <math.h>

static struct app app;
static struct rates *rates;
static struct arena arena;
static struct buf kept;
static int64_t now_ms;

static void setup(void)
{
	app = (struct app){0};
	rates = rates_open(&app);
	now_ms = 0;
}

static void teardown(void)
{
	rates_close(rates);
	arena_free(&arena);
	buf_free(&kept);
}

static void take(const char *organization, uint64_t sent)
{
	struct index_meter meters[] = {
		{.meter = METER_MESSAGES,
		 .organization = slice_text(organization),
		 .status = STATUS_SENT,
		 .number = {sent}},
		{.meter = METER_MESSAGES,
		 .organization = slice_text("other"),
		 .status = STATUS_FAILED,
		 .number = {sent}},
	};

	rates_take(rates, meters, 2, now_ms += 60000);
}

START_TEST(a_minute_is_what_two_looks_differ_by)
{
	struct rates_line hour;

	rates_read(rates, RATES_HOUR, (struct slice){0}, &hour);
	ck_assert_uint_eq(hour.n, 0);
	take("acme", 100);
	take("acme", 130);
	take("acme", 130);
	take("acme", 20); /* the counters began anew */
	rates_read(rates, RATES_HOUR, slice_text("acme"), &hour);
	ck_assert_uint_eq(hour.n, 3);
	ck_assert_uint_eq(hour.at[0].sent, 30);
	ck_assert_uint_eq(hour.at[1].sent, 0);
	ck_assert_uint_eq(hour.at[2].sent, 20);
	ck_assert_uint_eq(hour.at[0].failed, 0);
	rates_read(rates, RATES_HOUR, (struct slice){0}, &hour);
	ck_assert_uint_eq(hour.at[0].failed, 30);
}
END_TEST

START_TEST(an_hour_has_sixty_minutes)
{
	struct rates_line hour;

	for (uint64_t i = 0; i < 200; i++)
		take("acme", i * i);
	rates_read(rates, RATES_HOUR, slice_text("acme"), &hour);
	ck_assert_uint_eq(hour.n, 60);
	ck_assert_uint_eq(hour.at[60 - 1].sent, 199 * 199 - 198 * 198);
	ck_assert_uint_eq(hour.at[0].sent, 140 * 140 - 139 * 139);
}
END_TEST

START_TEST(a_day_has_a_point_for_each_quarter_of_an_hour)
{
	struct rates_line day;

	for (uint64_t i = 0; i <= 40; i++)
		take("acme", 3 * i); /* the first look is in the first minute */
	rates_read(rates, RATES_DAY, slice_text("acme"), &day);
	ck_assert_uint_eq(day.n, 3);
	ck_assert_double_eq(day.at[0].minutes, 14);
	ck_assert_uint_eq(day.at[0].sent, 3 * 14);
	ck_assert_double_eq(day.at[1].minutes, 15);
	ck_assert_uint_eq(day.at[1].sent, 3 * 15);
	ck_assert_double_eq(day.at[2].minutes, 11); /* up to now */
	ck_assert_uint_eq(day.at[2].sent, 3 * 11);
	ck_assert_int_eq(day.from_ms, 60000);
	ck_assert_int_eq(day.end_ms, 41 * 60000);
}
END_TEST

START_TEST(a_week_has_no_more_than_its_points)
{
	struct rates_line week;

	for (uint64_t i = 0; i < 8 * 24 * 60; i++)
		take("acme", i);
	rates_read(rates, RATES_DAY, slice_text("acme"), &week);
	ck_assert_uint_le(week.n, RATES_POINTS);
	rates_read(rates, RATES_WEEK, slice_text("acme"), &week);
	ck_assert_uint_ge(week.n, 84);
	ck_assert_uint_le(week.n, RATES_POINTS);
	ck_assert_uint_eq(week.at[0].sent, 120);
}
END_TEST

/* --- over a restart --- */

/* Another server, which has read what the first one wrote. */
static bool restart(int64_t at_ms)
{
	buf_clear(&kept);
	rates_write(rates, &kept);
	rates_close(rates);
	rates = rates_open(&app);
	return rates_restore(rates, buf_slice(&kept), at_ms);
}

START_TEST(a_restart_loses_nothing)
{
	static const enum rates_span spans[] = {RATES_HOUR, RATES_DAY, RATES_WEEK};
	struct rates_line before[RATES_SPANS], after;

	for (uint64_t i = 0; i < 200; i++)
		take("acme", i * i);
	for (int s = 0; s < RATES_SPANS; s++)
		rates_read(rates, spans[s], slice_text("acme"), &before[s]);
	ck_assert(restart(now_ms));
	now_ms -= 60000; /* the look at the start of the next one is that of the last */
	take("acme", 199 * 199);
	for (int s = 0; s < RATES_SPANS; s++) {
		rates_read(rates, spans[s], slice_text("acme"), &after);
		ck_assert_uint_eq(after.n, before[s].n);
		ck_assert_int_eq(after.from_ms, before[s].from_ms);
		ck_assert_mem_eq(after.at, before[s].at, after.n * sizeof *after.at);
	}
	take("acme", 199 * 199 + 7);
	rates_read(rates, RATES_HOUR, slice_text("acme"), &after);
	ck_assert_uint_eq(after.n, 60);
	ck_assert_uint_eq(after.at[59].sent, 7);
	rates_read(rates, RATES_HOUR, slice_text("other"), &after);
	ck_assert_uint_eq(after.at[59].failed, 7);
}
END_TEST

START_TEST(what_was_counted_while_none_ran_is_one_point)
{
	struct rates_line hour;

	for (uint64_t i = 0; i < 50; i++)
		take("acme", i);
	ck_assert(restart(now_ms += 29 * 60000));
	take("acme", 49 + 300);
	rates_read(rates, RATES_HOUR, slice_text("acme"), &hour);
	ck_assert_uint_eq(hour.n, 32); /* of the first 50 minutes those that are in the last hour */
	ck_assert_uint_eq(hour.at[31].sent, 300);
	ck_assert_double_eq(hour.at[31].minutes, 30);
	ck_assert_uint_eq(hour.at[30].sent, 1);
	ck_assert(restart(now_ms += 200 * 60000));
	rates_read(rates, RATES_HOUR, slice_text("acme"), &hour);
	ck_assert_uint_eq(hour.n, 0);
}
END_TEST

START_TEST(what_is_broken_is_left_alone)
{
	struct rates_line hour;

	take("acme", 1);
	take("acme", 2);
	ck_assert(!restart(now_ms - 1)); /* of a time to come */
	for (size_t n = 0; n < kept.n; n += 1 + n / 8)
		ck_assert(!rates_restore(rates, slice_make(kept.p, n), now_ms));
	for (size_t i = 0; i < kept.n; i += 1 + i / 64) {
		kept.p[i] ^= 1;
		ck_assert(!rates_restore(rates, buf_slice(&kept), now_ms));
		kept.p[i] ^= 1;
	}
	rates_read(rates, RATES_HOUR, slice_text("acme"), &hour);
	ck_assert_uint_eq(hour.n, 0);
	ck_assert(rates_restore(rates, buf_slice(&kept), now_ms));
	rates_read(rates, RATES_HOUR, slice_text("acme"), &hour);
	ck_assert_int_eq(hour.from_ms, 60000);
}
END_TEST

/* Whole, and yet not what rates_write makes: its digest is right. */
static bool restores_with(size_t at, const void *bytes, size_t n)
{
	char hex[SHA256_HEX_SIZE];
	size_t head = slice_find(buf_slice(&kept), '\n') + 1, body = head + SHA256_HEX_SIZE;

	memcpy(kept.p + body + at, bytes, n);
	sha256_hex(slice_after(buf_slice(&kept), body), hex);
	memcpy(kept.p + head, hex, SHA256_HEX_SIZE - 1);
	return rates_restore(rates, buf_slice(&kept), now_ms);
}

START_TEST(nothing_in_it_is_believed)
{
	uint64_t many = UINT64_MAX, some = 62, right = 1;

	take("acme", 1);
	restart(now_ms - 1);
	ck_assert(!restores_with(0, &many, sizeof many));
	ck_assert(!restores_with(0, &some, sizeof some));
	ck_assert(restores_with(0, &right, sizeof right));
	size_t organization =
		3 * 2 * sizeof(uint64_t); /* behind a number and a time of each span */
	ck_assert(!restores_with(organization, "../x", 5));
	ck_assert(!restores_with(organization, "", 1));
}
END_TEST

START_TEST(what_comes_and_goes_is_told_by_the_minute)
{
	struct rates_line hour;
	double in, out;

	for (uint64_t i = 0; i <= 5; i++) {
		rates_read(rates, RATES_HOUR, slice_text("acme"), &hour);
		ck_assert(!rates_flow(&hour, 5, &in, &out));
		take("acme", i < 3 ? 0 : 10 * (i - 2)); /* 0, 0, 10, 20, 30 */
	}
	rates_read(rates, RATES_HOUR, slice_text("acme"), &hour);
	ck_assert(rates_flow(&hour, 5, &in, &out));
	ck_assert_double_eq(out, 6);
	ck_assert_double_eq(in, 0);
	ck_assert(rates_flow(&hour, 2, &in, &out));
	ck_assert_double_eq(out, 10);
}
END_TEST

START_TEST(a_part_is_delivered_within_a_time)
{
	struct rates_part minute = {0};

	ck_assert_double_eq(rates_within_ms(&minute, 0.5), 0);
	minute.delivered[0] = 10; /* up to 100 ms */
	ck_assert_double_eq(rates_within_ms(&minute, 0.5), 50);
	minute.delivered[2] = 10; /* 500 ms to 1 s */
	ck_assert_double_eq(rates_within_ms(&minute, 0.5), 100);
	ck_assert_double_eq(rates_within_ms(&minute, 0.75), 750);
	minute = (struct rates_part){.delivered = {[METER_BOUNDS] = 1}};
	ck_assert_double_eq(rates_within_ms(&minute, 0.5), 86400000);
}
END_TEST

START_TEST(a_line_has_gaps_where_there_is_nothing)
{
	double values[] = {0, 10, -1, 5, 10}, where[] = {0, 0.25, 0.5, 0.75, 1};

	ck_assert_str_eq(charts_path(values, where, 5, 10, &arena),
			 "M0.0 100.0L150.0 0.0M450.0 50.0L600.0 0.0");
}
END_TEST

START_TEST(scales_are_round)
{
	ck_assert_uint_eq(charts_top(0), 4);
	ck_assert_uint_eq(charts_top(5), 8);
	ck_assert_uint_eq(charts_top(9), 20);
	ck_assert_uint_eq(charts_top(8.2), 20);
	ck_assert_uint_eq(charts_top(61), 80);
	ck_assert_uint_eq(charts_top(200001), 400000);
	ck_assert(charts_log(1) == 0 && charts_log(1e9) == 1);
	ck_assert(fabs(charts_log(100) - 0) < 1e-9);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("app/rates");
	TCase *tc = tcase_create("minutes");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_minute_is_what_two_looks_differ_by);
	tcase_add_test(tc, an_hour_has_sixty_minutes);
	tcase_add_test(tc, a_day_has_a_point_for_each_quarter_of_an_hour);
	tcase_add_test(tc, a_week_has_no_more_than_its_points);
	tcase_add_test(tc, a_restart_loses_nothing);
	tcase_add_test(tc, what_was_counted_while_none_ran_is_one_point);
	tcase_add_test(tc, what_is_broken_is_left_alone);
	tcase_add_test(tc, nothing_in_it_is_believed);
	tcase_add_test(tc, what_comes_and_goes_is_told_by_the_minute);
	tcase_add_test(tc, a_part_is_delivered_within_a_time);
	tcase_add_test(tc, a_line_has_gaps_where_there_is_nothing);
	tcase_add_test(tc, scales_are_round);
	suite_add_tcase(s, tc);
	return s;
}
