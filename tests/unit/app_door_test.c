/*
 * Who may come into the app and stay: sessions, links that work once, wrong tokens.
 */
#include "app/session.h"
#include "app/throttle.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

static struct sessions *sessions;

static void setup(void)
{
	sessions = sessions_open();
}

static void teardown(void)
{
	sessions_close(sessions);
}

static struct slice id_of(const struct session *session)
{
	static char id[SESSION_KEY_SIZE];

	memcpy(id, session->id, sizeof id);
	return slice_text(id);
}

START_TEST(a_session_is_found_by_its_id_alone)
{
	const struct session *session = session_begin(sessions, "t1", 0);

	ck_assert_ptr_eq(session_find(sessions, slice_text(session->id), 1), session);
	ck_assert_str_eq(session->token, "t1");
	ck_assert_str_ne(session->id, session->csrf);
	ck_assert_ptr_null(session_find(sessions, slice_text(""), 1));
	ck_assert_ptr_null(session_find(sessions, slice_first(slice_text(session->id), 63), 1));
	ck_assert_ptr_null(session_find(sessions, slice_text(session->csrf), 1));
}
END_TEST

START_TEST(a_session_ends_unused_old_or_asked)
{
	struct slice id = id_of(session_begin(sessions, "t1", 0));

	ck_assert_ptr_nonnull(session_find(sessions, id, SESSION_IDLE_MS - 1));
	ck_assert_ptr_nonnull(session_find(sessions, id, 2 * SESSION_IDLE_MS - 2));
	ck_assert_ptr_null(session_find(sessions, id, 3 * SESSION_IDLE_MS));

	id = id_of(session_begin(sessions, "t1", 0));
	for (int64_t now = 0; now < SESSION_LIFE_MS; now += SESSION_IDLE_MS / 2)
		ck_assert_ptr_nonnull(session_find(sessions, id, now));
	ck_assert_ptr_null(session_find(sessions, id, SESSION_LIFE_MS));

	const struct session *session = session_begin(sessions, "t1", 0);
	id = id_of(session);
	session_end(sessions, id);
	ck_assert_ptr_null(session_find(sessions, id, 1));
}
END_TEST

START_TEST(of_too_many_the_one_goes_that_was_unused_for_longest)
{
	struct slice first = id_of(session_begin(sessions, "t", 1));
	char second[SESSION_KEY_SIZE];

	memcpy(second, session_begin(sessions, "t", 2)->id, sizeof second);
	for (int i = 2; i < SESSIONS_MOST; i++)
		session_begin(sessions, "t", 3);
	ck_assert_ptr_nonnull(session_find(sessions, first, 4));
	session_begin(sessions, "t", 5);
	ck_assert_ptr_nonnull(session_find(sessions, first, 6));
	ck_assert_ptr_null(session_find(sessions, slice_text(second), 6));
}
END_TEST

START_TEST(a_link_works_once_and_in_time)
{
	char key[SESSION_KEY_SIZE];

	session_link(sessions, "t1", 0, key);
	ck_assert_str_eq(session_follow(sessions, slice_text(key), SESSION_LINK_MS - 1), "t1");
	ck_assert_ptr_null(session_follow(sessions, slice_text(key), 1));
	session_link(sessions, "t1", 0, key);
	ck_assert_ptr_null(session_follow(sessions, slice_text(key), SESSION_LINK_MS));
	ck_assert_ptr_null(session_follow(sessions, slice_text(""), 1));
}
END_TEST

START_TEST(what_is_told_is_told_once)
{
	struct slice id = id_of(session_begin(sessions, "t1", 0));

	session_tell(sessions, id, "sent", "1 message held.", "");
	ck_assert_str_eq(session_told(sessions, id).lead, "1 message held.");
	ck_assert_str_eq(session_told(sessions, id).class, "");
}
END_TEST

/* A request may wait longer than its session lasts. */
START_TEST(whoever_takes_an_ended_sessions_place_hears_nothing_of_it)
{
	char old[SESSION_KEY_SIZE];
	const struct session *session = session_begin(sessions, "t1", 0);

	memcpy(old, session->id, sizeof old);
	session_end(sessions, slice_text(old));
	ck_assert_ptr_eq(session_begin(sessions, "t2", 1), session);
	session_tell(sessions, slice_text(old), "sent", "1 message held.", "");
	ck_assert_str_eq(session->notice.class, "");
	session_tell(sessions, slice_text(session->id), "sent", "Published.", "");
	ck_assert_str_eq(session_told(sessions, slice_text(old)).class, "");
	session_end(sessions, slice_text(old));
	session_end(sessions, (struct slice){0});
	ck_assert_str_eq(session_told(sessions, slice_text(session->id)).lead, "Published.");
}
END_TEST

START_TEST(after_ten_wrong_ones_an_address_waits)
{
	struct throttle *throttle = mem_zero(sizeof *throttle);

	for (int i = 0; i < THROTTLE_TRIES; i++) {
		ck_assert_int_eq(throttle_wait_ms(throttle, "a", i), 0);
		throttle_wrong(throttle, "a", i);
	}
	ck_assert_int_eq(throttle_wait_ms(throttle, "a", THROTTLE_TRIES - 1), THROTTLE_MS);
	ck_assert_int_eq(throttle_wait_ms(throttle, "b", THROTTLE_TRIES), 0);
	ck_assert_int_eq(throttle_wait_ms(throttle, "a", THROTTLE_TRIES - 1 + THROTTLE_MS), 0);
	throttle_wrong(throttle, "a", THROTTLE_TRIES + THROTTLE_MS);
	ck_assert_int_eq(throttle_wait_ms(throttle, "a", THROTTLE_TRIES + THROTTLE_MS), 0);
	free(throttle);
}
END_TEST

START_TEST(a_right_one_forgets_the_wrong_and_many_addresses_are_bounded)
{
	struct throttle *throttle = mem_zero(sizeof *throttle);
	char address[16];

	for (int i = 0; i < THROTTLE_TRIES; i++)
		throttle_wrong(throttle, "a", 0);
	throttle_right(throttle, "a");
	ck_assert_int_eq(throttle_wait_ms(throttle, "a", 1), 0);
	for (int i = 0; i < 2 * THROTTLE_CLIENTS; i++) {
		snprintf(address, sizeof address, "%d", i);
		throttle_wrong(throttle, address, i);
	}
	for (int i = 0; i < THROTTLE_TRIES; i++)
		throttle_wrong(throttle, "a", 10000);
	ck_assert_int_gt(throttle_wait_ms(throttle, "a", 10000), 0);
	free(throttle);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("app/door");
	TCase *tc = tcase_create("sessions");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_session_is_found_by_its_id_alone);
	tcase_add_test(tc, a_session_ends_unused_old_or_asked);
	tcase_add_test(tc, of_too_many_the_one_goes_that_was_unused_for_longest);
	tcase_add_test(tc, a_link_works_once_and_in_time);
	tcase_add_test(tc, what_is_told_is_told_once);
	tcase_add_test(tc, whoever_takes_an_ended_sessions_place_hears_nothing_of_it);
	tcase_add_test(tc, after_ten_wrong_ones_an_address_waits);
	tcase_add_test(tc, a_right_one_forgets_the_wrong_and_many_addresses_are_bounded);
	suite_add_tcase(s, tc);
	return s;
}
