/*
 * Messages a minute: what two looks at the counters make of a minute, and how it is drawn.
 */
#include "app/app.h"
#include "app/charts.h"
#include "app/rates.h"

#include <check.h>
#include <math.h>

static struct app app;
static struct rates *rates;
static struct arena arena;
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
	double values[] = {0, 10, -1, 5, 10};

	ck_assert_str_eq(charts_path(values, 5, 10, &arena),
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
	tcase_add_test(tc, a_part_is_delivered_within_a_time);
	tcase_add_test(tc, a_line_has_gaps_where_there_is_nothing);
	tcase_add_test(tc, scales_are_round);
	suite_add_tcase(s, tc);
	return s;
}
