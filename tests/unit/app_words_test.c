/*
 * How the app writes numbers, times and sizes for people.
 */
#include "app/words.h"

#include <check.h>

#include "base/clock.h"

static struct arena arena;

static void forget(void)
{
	arena_free(&arena);
}

static int64_t at(const char *text)
{
	int64_t ms = 0;

	ck_assert(clock_parse(slice_text(text), &ms));
	return ms;
}

START_TEST(numbers_are_grouped)
{
	ck_assert_str_eq(words_number(0, &arena), "0");
	ck_assert_str_eq(words_number(999, &arena), "999");
	ck_assert_str_eq(words_number(1000, &arena), "1,000");
	ck_assert_str_eq(words_number(1234567, &arena), "1,234,567");
	ck_assert_str_eq(words_number(UINT64_MAX, &arena), "18,446,744,073,709,551,615");
	ck_assert_str_eq(words_count(0, "token", &arena), "0 tokens");
	ck_assert_str_eq(words_count(1, "token", &arena), "1 token");
	ck_assert_str_eq(words_count(1204, "token", &arena), "1,204 tokens");
	ck_assert_str_eq(words_messages(0, &arena), "no message");
	ck_assert_str_eq(words_messages(1, &arena), "1 message");
	ck_assert_str_eq(words_messages(1204, &arena), "1,204 messages");
}
END_TEST

START_TEST(sizes_are_of_1000)
{
	ck_assert_str_eq(words_size(1, &arena), "1 byte");
	ck_assert_str_eq(words_size(999, &arena), "999 bytes");
	ck_assert_str_eq(words_size(18400, &arena), "18.4 kB");
	ck_assert_str_eq(words_size(2500000, &arena), "2.5 MB");
}
END_TEST

START_TEST(rates_are_told_to_a_tenth)
{
	ck_assert_str_eq(words_rate(0, &arena), "0");
	ck_assert_str_eq(words_rate(0.04, &arena), "0");
	ck_assert_str_eq(words_rate(0.26, &arena), "0.3");
	ck_assert_str_eq(words_rate(2, &arena), "2");
	ck_assert_str_eq(words_rate(9.96, &arena), "10");
	ck_assert_str_eq(words_rate(17.6, &arena), "18");
	ck_assert_str_eq(words_rate(1234.5, &arena), "1,235");
}
END_TEST

START_TEST(of_today_the_time_is_told_and_else_the_day)
{
	int64_t now = at("2026-11-24T14:02:40Z");

	ck_assert_str_eq(words_time(at("2026-11-24T09:05:03Z"), now, &arena), "09:05:03");
	ck_assert_str_eq(words_time(at("2026-11-03T09:05:03Z"), now, &arena), "3 Nov");
	ck_assert_str_eq(words_time(at("2025-11-24T14:02:40Z"), now, &arena), "24 Nov 2025");
	ck_assert_str_eq(words_moment(at("2026-11-03T09:05:03Z"), now, &arena), "3 Nov 09:05");
	ck_assert_str_eq(words_moment(at("2026-11-24T09:05:03Z"), now, &arena), "09:05:03");
	ck_assert_str_eq(words_distance(now + 113000, now, &arena), "in 1 min 53 s");
	ck_assert_str_eq(words_distance(now - 4000, now, &arena), "4 s ago");
	ck_assert_str_eq(words_distance(now - 999, now, &arena), "just now");
}
END_TEST

START_TEST(times_in_a_sentence_become_words)
{
	int64_t now = at("2026-11-24T14:02:40Z");

	ck_assert_str_eq(words_sentence("Sent at 2026-11-24T14:02:27Z (13 s ago) by x.", now,
					&arena),
			 "Sent at 14:02:27 (13 s ago) by x.");
	ck_assert_str_eq(words_sentence("Due at 2026-11-24T14:04:33Z (in 1 min 53 s)", now, &arena),
			 "Due at 14:04:33 (in 1 min 53 s)");
	ck_assert_str_eq(words_sentence("At 2026-11-24T14:02:27Z (by relay).", now, &arena),
			 "At 14:02:27 (by relay).");
	ck_assert_str_eq(words_sentence("At 2026-11-24T14:02:27Z (in", now, &arena),
			 "At 14:02:27 (in");
	ck_assert_str_eq(words_sentence("No time: 2026-11-24T09:31", now, &arena),
			 "No time: 2026-11-24T09:31");
	ck_assert_str_eq(words_sentence("", now, &arena), "");
	ck_assert_str_eq(words_sentence("Nothing happens to it before mailq-release.", now, &arena),
			 "Nothing happens to it before it is released.");
	ck_assert_str_eq(words_sentence("mailq-retry tries it again.", now, &arena),
			 "A retry tries it again.");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("app/words");
	TCase *tc = tcase_create("all");

	tcase_add_unchecked_fixture(tc, NULL, forget);
	tcase_add_test(tc, numbers_are_grouped);
	tcase_add_test(tc, sizes_are_of_1000);
	tcase_add_test(tc, rates_are_told_to_a_tenth);
	tcase_add_test(tc, of_today_the_time_is_told_and_else_the_day);
	tcase_add_test(tc, times_in_a_sentence_become_words);
	suite_add_tcase(s, tc);
	return s;
}
