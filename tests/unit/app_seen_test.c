#include "app/seen.h"

#include <check.h>
#include <stdio.h>

static struct seen seen;

static void enter(void)
{
	seen = (struct seen){0};
}

START_TEST(a_token_was_last_seen_when_it_was_noted_last)
{
	ck_assert_int_eq(seen_last(&seen, "a"), 0);
	seen_note(&seen, "a", 1000);
	seen_note(&seen, "b", 2000);
	seen_note(&seen, "a", 3000);
	ck_assert_int_eq(seen_last(&seen, "a"), 3000);
	ck_assert_int_eq(seen_last(&seen, "b"), 2000);
}
END_TEST

START_TEST(of_too_many_the_one_unused_for_longest_is_forgotten)
{
	char id[8];

	for (int i = 0; i < SEEN_MOST; i++) {
		snprintf(id, sizeof id, "%d", i);
		seen_note(&seen, id, 1000 + i);
	}
	seen_note(&seen, "0", 9000);
	seen_note(&seen, "new", 9001);
	ck_assert_int_eq(seen_last(&seen, "0"), 9000);
	ck_assert_int_eq(seen_last(&seen, "1"), 0);
	ck_assert_int_eq(seen_last(&seen, "2"), 1002);
	ck_assert_int_eq(seen_last(&seen, "new"), 9001);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("app/seen");
	TCase *t = tcase_create("seen");

	tcase_add_checked_fixture(t, enter, NULL);
	tcase_add_test(t, a_token_was_last_seen_when_it_was_noted_last);
	tcase_add_test(t, of_too_many_the_one_unused_for_longest_is_forgotten);
	suite_add_tcase(s, t);
	return s;
}
