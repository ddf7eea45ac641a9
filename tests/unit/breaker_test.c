#include "policy/breaker.h"

#include <check.h>
#include <string.h>

#define SECOND 1000

/* The pause after so many failures in a row, without the spread. */
static const struct {
	enum breaker_why why;
	unsigned failures;
	int64_t retry_after_ms, pause_ms;
} cases[] = {
	{BREAKER_UNREACHABLE, 1, 0, 5 * SECOND},
	{BREAKER_UNREACHABLE, 2, 0, 10 * SECOND},
	{BREAKER_UNREACHABLE, 5, 0, 80 * SECOND},
	{BREAKER_UNREACHABLE, 7, 0, 150 * SECOND},
	{BREAKER_UNREACHABLE, 4000000000u, 0, 150 * SECOND},
	{BREAKER_CREDENTIALS, 1, 0, 60 * SECOND},
	{BREAKER_CREDENTIALS, 9, 0, 900 * SECOND},
	{BREAKER_THROTTLED, 1, 0, 10 * SECOND},
	{BREAKER_THROTTLED, 1, 42 * SECOND, 42 * SECOND},
	{BREAKER_THROTTLED, 1, 1 * SECOND, 10 * SECOND},
	{BREAKER_THROTTLED, 1, INT64_MAX, 3600 * SECOND},
	{BREAKER_MISCONFIGURED, 5, 0, 60 * SECOND},
};

static void fail_at(struct breaker *breaker, int64_t now_ms, uint32_t random)
{
	struct breaker_facts facts = {.why = BREAKER_UNREACHABLE,
				      .pause_s = 5,
				      .now_ms = now_ms,
				      .random = random};

	breaker_fail(breaker, &facts);
}

START_TEST(pauses_grow_up_to_a_bound)
{
	struct breaker breaker = {.failures = cases[_i].failures - 1};
	struct breaker_facts facts = {.why = cases[_i].why,
				      .pause_s = 5,
				      .retry_after_ms = cases[_i].retry_after_ms,
				      .now_ms = 1000};

	breaker_fail(&breaker, &facts);
	ck_assert_int_eq(breaker.until_ms, 1000 + cases[_i].pause_ms);
}
END_TEST

START_TEST(spreads_by_at_most_a_tenth)
{
	for (uint32_t random = 0; random < 5000; random += 7) {
		struct breaker breaker = {0};
		fail_at(&breaker, 0, random);
		ck_assert_int_ge(breaker.until_ms, 5 * SECOND);
		ck_assert_int_le(breaker.until_ms, 5500);
	}
}
END_TEST

START_TEST(one_probe_then_all_or_a_longer_pause)
{
	struct breaker breaker = {0};

	ck_assert(!breaker_is_paused(&breaker, 0));
	fail_at(&breaker, 0, 0);
	ck_assert(breaker_is_paused(&breaker, 4999));
	ck_assert(!breaker_is_probing(&breaker, 4999));
	ck_assert(breaker_is_probing(&breaker, 5000));
	fail_at(&breaker, 5000, 0);
	ck_assert_int_eq(breaker.until_ms, 15000);
	ck_assert(breaker_succeed(&breaker, 5001));
	ck_assert(!breaker_is_paused(&breaker, 5001) && !breaker_is_probing(&breaker, 5001));
}
END_TEST

START_TEST(a_success_ends_no_pause_that_was_asked_for)
{
	struct breaker breaker = {.failures = 1, .why = BREAKER_THROTTLED, .until_ms = 5000};

	ck_assert(!breaker_succeed(&breaker, 4999));
	ck_assert(breaker_is_paused(&breaker, 4999));
	ck_assert(breaker_succeed(&breaker, 5000));
	ck_assert(!breaker_is_probing(&breaker, 5000));

	breaker = (struct breaker){.failures = 1, .why = BREAKER_UNREACHABLE, .until_ms = 5000};
	ck_assert(breaker_succeed(&breaker, 4999));
	ck_assert(!breaker_succeed(&breaker, 4999));
}
END_TEST

START_TEST(by_hand_it_does_not_end)
{
	struct breaker breaker = {.failures = 3, .why = BREAKER_UNREACHABLE, .until_ms = 5};

	breaker_stop(&breaker);
	ck_assert(breaker_is_stopped(&breaker));
	ck_assert(breaker_is_paused(&breaker, INT64_C(4102444800000)));
	ck_assert(!breaker_is_probing(&breaker, INT64_C(4102444800000)));
	ck_assert(breaker_succeed(&breaker, 0));
	ck_assert(!breaker_is_stopped(&breaker) && !breaker_is_paused(&breaker, 0));
}
END_TEST

START_TEST(names_lead_back)
{
	for (enum breaker_why why = BREAKER_GOOD; why <= BREAKER_BY_HAND; why++) {
		const char *name = breaker_why_name(why);
		ck_assert_int_eq(breaker_why_from_name(name, strlen(name)), why);
	}
	ck_assert_int_eq(breaker_why_from_name("tired", 5), BREAKER_GOOD);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("policy/breaker");
	TCase *t = tcase_create("breaker");

	tcase_add_loop_test(t, pauses_grow_up_to_a_bound, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, spreads_by_at_most_a_tenth);
	tcase_add_test(t, one_probe_then_all_or_a_longer_pause);
	tcase_add_test(t, a_success_ends_no_pause_that_was_asked_for);
	tcase_add_test(t, by_hand_it_does_not_end);
	tcase_add_test(t, names_lead_back);
	suite_add_tcase(s, t);
	return s;
}
