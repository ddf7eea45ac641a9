#include "base/clock.h"

#include <check.h>

static const struct {
	const char *text;
	int64_t ms; /* -1: refused */
	const char *back;
} cases[] = {
	{"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"},
	{"2026-11-24T09:30:00.123Z", 1795512600123, "2026-11-24T09:30:00.123Z"},
	{"2026-11-24T10:30:00.1239+01:00", 1795512600123, "2026-11-24T09:30:00.123Z"},
	{"2024-02-29t23:59:59z", 1709251199000, "2024-02-29T23:59:59.000Z"},
	{"2000-03-01T00:00:00-00:30", 951870600000, "2000-03-01T00:30:00.000Z"},
	{"9999-12-31T23:59:59.999Z", 253402300799999, "9999-12-31T23:59:59.999Z"},
	{"2026-02-29T00:00:00Z", -1, NULL},
	{"2026-13-01T00:00:00Z", -1, NULL},
	{"2026-11-24T24:00:00Z", -1, NULL},
	{"2026-11-24T09:30:00", -1, NULL},
	{"2026-11-24T09:30:00.Z", -1, NULL},
	{"2026-11-24T09:30:00+0100", -1, NULL},
	{"2026-11-24T09:30:00Zx", -1, NULL},
	{"2026-11-24", -1, NULL},
	{"tomorrow", -1, NULL},
	{"", -1, NULL},
};

START_TEST(reads_and_writes_rfc3339)
{
	char back[CLOCK_TEXT_SIZE];
	int64_t ms = -1;

	ck_assert_int_eq(clock_parse(slice_text(cases[_i].text), &ms), cases[_i].ms >= 0);
	if (cases[_i].ms < 0)
		return;
	ck_assert_int_eq(ms, cases[_i].ms);
	clock_format(ms, back);
	ck_assert_str_eq(back, cases[_i].back);
}
END_TEST

START_TEST(every_day_of_four_centuries_comes_back)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t ms;

	for (int64_t day = 0; day < 146097; day++) {
		clock_format(day * 86400000, text);
		ck_assert(clock_parse(slice_text(text), &ms));
		ck_assert_int_eq(ms, day * 86400000);
	}
}
END_TEST

static const struct {
	const char *text;
	int64_t ms; /* -1: none */
} ages[] = {
	{"90s", 90000},
	{"15m", 900000},
	{"2h", 7200000},
	{"3d", 259200000},
	{"1w", 604800000},
	{"0s", 0},
	{"2", -1},
	{"h", -1},
	{"", -1},
	{"-2h", -1},
	{"2H", -1},
	{"2 h", -1},
	{"99999999999999999999d", -1},
};

START_TEST(reads_ages)
{
	int64_t ms = -1;
	bool ok = clock_parse_age(slice_text(ages[_i].text), &ms);

	ck_assert_int_eq(ok, ages[_i].ms >= 0);
	ck_assert_int_eq(ms, ages[_i].ms);
}
END_TEST

static const struct {
	int64_t ms;
	const char *text;
} told[] = {
	{-5, "0s"},      {0, "0s"},         {59999, "59s"},   {60000, "1m"},      {3599999, "59m"},
	{3600000, "1h"}, {86399999, "23h"}, {86400000, "1d"}, {864000000, "10d"},
};

START_TEST(tells_ages_in_their_largest_unit)
{
	char text[CLOCK_AGE_SIZE];

	clock_format_age(told[_i].ms, text);
	ck_assert_str_eq(text, told[_i].text);
}
END_TEST

static const struct {
	int64_t ms;
	const char *text;
} spans[] = {
	{INT64_MIN, "0 ms"},      {0, "0 ms"},
	{271, "271 ms"},          {1000, "1 s"},
	{59999, "59 s"},          {60000, "1 min"},
	{113000, "1 min 53 s"},   {3600000, "1 h"},
	{11520000, "3 h 12 min"}, {86400000, "1 d"},
	{187200000, "2 d 4 h"},   {INT64_MAX, "106751991167 d 7 h"},
};

START_TEST(tells_spans_in_two_units_at_most)
{
	char text[CLOCK_SPAN_SIZE];

	clock_format_span(spans[_i].ms, text);
	ck_assert_str_eq(text, spans[_i].text);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/clock");
	TCase *t = tcase_create("clock");

	tcase_add_loop_test(t, reads_and_writes_rfc3339, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, every_day_of_four_centuries_comes_back);
	tcase_add_loop_test(t, reads_ages, 0, sizeof ages / sizeof *ages);
	tcase_add_loop_test(t, tells_ages_in_their_largest_unit, 0, sizeof told / sizeof *told);
	tcase_add_loop_test(t, tells_spans_in_two_units_at_most, 0, sizeof spans / sizeof *spans);
	suite_add_tcase(s, t);
	return s;
}
