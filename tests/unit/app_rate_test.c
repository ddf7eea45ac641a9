#include "app/rate.h"

#include <check.h>
#include <stdio.h>

static struct rate rate;

static unsigned taken_of(const char *who, unsigned asked, unsigned per_second, int64_t now_ms)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < asked; i++)
		taken += rate_take(&rate, who, per_second, now_ms) == 0;
	return taken;
}

START_TEST(a_second_s_worth_is_taken_at_once_and_then_as_time_goes)
{
	ck_assert_uint_eq(taken_of("a", 100, 10, 5000), 10);
	ck_assert_uint_eq(rate_take(&rate, "a", 10, 5000), 1);
	ck_assert_uint_eq(taken_of("a", 100, 10, 5099), 0);
	ck_assert_uint_eq(taken_of("a", 100, 10, 5100), 1);
	ck_assert_uint_eq(taken_of("a", 100, 10, 5600), 5);
	ck_assert_uint_eq(taken_of("a", 100, 10, 90000), 10);
}
END_TEST

START_TEST(each_caller_has_its_own)
{
	ck_assert_uint_eq(taken_of("b", 5, 1, 1000), 1);
	ck_assert_uint_eq(taken_of("c", 5, 1, 1000), 1);
}
END_TEST

START_TEST(without_a_rate_there_is_no_limit)
{
	ck_assert_uint_eq(taken_of("d", 5000, 0, 1000), 5000);
}
END_TEST

START_TEST(of_too_many_callers_the_quietest_is_forgotten)
{
	char who[16];

	ck_assert_uint_eq(taken_of("first", 5, 1, 1000), 1);
	for (int i = 0; i < RATE_CALLERS; i++) {
		snprintf(who, sizeof who, "%d", i);
		ck_assert_uint_eq(taken_of(who, 5, 1, 1001 + i), 1);
	}
	ck_assert_uint_eq(taken_of("0", 5, 1, 1300), 0);
	ck_assert_uint_eq(taken_of("first", 5, 1, 1300), 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("app/rate");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, a_second_s_worth_is_taken_at_once_and_then_as_time_goes);
	tcase_add_test(tc, each_caller_has_its_own);
	tcase_add_test(tc, without_a_rate_there_is_no_limit);
	tcase_add_test(tc, of_too_many_callers_the_quietest_is_forgotten);
	suite_add_tcase(s, tc);
	return s;
}
