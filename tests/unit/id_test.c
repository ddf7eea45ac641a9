#include "message/id.h"

#include <check.h>

#define MOST 281474976710655 /* 48 bits of milliseconds */

static const struct {
	int64_t ms, back;
	uint8_t random[10];
	const char *id;
} made[] = {
	{0, 0, {0}, "00000000000000000000000000"},
	{-1, 0, {0}, "00000000000000000000000000"},
	{1, 1, {0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "00000000010000000000000001"},
	{1469918176385, 1469918176385, {0, 0, 0, 0, 31}, "01aryz6s410000000z00000000"},
	{MOST,
	 MOST,
	 {255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
	 "7zzzzzzzzzzzzzzzzzzzzzzzzz"},
	{MOST + 1, MOST, {255}, "7zzzzzzzzzzw00000000000000"},
};

START_TEST(holds_time_and_randomness)
{
	char id[ID_SIZE];

	id_make(id, made[_i].ms, made[_i].random);
	ck_assert_str_eq(id, made[_i].id);
	ck_assert(id_valid(slice_text(id)));
	ck_assert_int_eq(id_time_ms(id), made[_i].back);
}
END_TEST

static const struct {
	const char *id;
	bool valid;
} texts[] = {
	{"01jddxv7q8zkj3m5n6p7r8s9t0", true},
	{"01JDDXV7Q8ZKJ3M5N6P7R8S9T0", false}, /* upper case */
	{"81jddxv7q8zkj3m5n6p7r8s9t0", false}, /* 129 bits */
	{"01jddxv7q8zkj3m5n6p7r8s9t", false},
	{"01jddxv7q8zkj3m5n6p7r8s9t00", false},
	{"01jddxv7q8zkj3m5n6p7r8s9tu", false}, /* no u, i, l, o */
	{"01jddxv7q8zkj3m5n6p7r8s9ti", false},
	{"../ddxv7q8zkj3m5n6p7r8s9t0", false},
	{"", false},
};

START_TEST(knows_an_id)
{
	ck_assert_int_eq(id_valid(slice_text(texts[_i].id)), texts[_i].valid);
}
END_TEST

START_TEST(a_nul_inside_is_no_digit)
{
	ck_assert(!id_valid(slice_make("01jddxv7q8zkj3m5n6p7r8s9t\0", ID_LENGTH)));
}
END_TEST

static const struct {
	const char *id, *next; /* NULL: none in this millisecond */
} nexts[] = {
	{"01jddxv7q8zkj3m5n6p7r8s9t0", "01jddxv7q8zkj3m5n6p7r8s9t1"},
	{"01jddxv7q8zkj3m5n6p7r8s9tz", "01jddxv7q8zkj3m5n6p7r8s9v0"},
	{"01jddxv7q80zzzzzzzzzzzzzzz", "01jddxv7q81000000000000000"},
	{"01jddxv7q8zzzzzzzzzzzzzzzz", NULL},
};

START_TEST(the_next_is_greater_and_of_the_same_time)
{
	char id[ID_SIZE];

	strcpy(id, nexts[_i].id);
	ck_assert_int_eq(id_next(id), nexts[_i].next != NULL);
	ck_assert_str_eq(id, nexts[_i].next ? nexts[_i].next : nexts[_i].id);
	ck_assert_int_eq(id_time_ms(id), id_time_ms(nexts[_i].id));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("message/id");
	TCase *t = tcase_create("id");

	tcase_add_loop_test(t, holds_time_and_randomness, 0, sizeof made / sizeof *made);
	tcase_add_loop_test(t, knows_an_id, 0, sizeof texts / sizeof *texts);
	tcase_add_test(t, a_nul_inside_is_no_digit);
	tcase_add_loop_test(t, the_next_is_greater_and_of_the_same_time, 0,
			    sizeof nexts / sizeof *nexts);
	suite_add_tcase(s, t);
	return s;
}
