#include "spool/instance.h"

#include <check.h>
#include <sys/wait.h>

#include "spool_scratch.h"

START_TEST(a_new_spool_is_its_own)
{
	ck_assert_msg(instance_check(spool, &err), "%s", err.text);
	ck_assert_msg(instance_check(spool, &err), "%s", err.text);
	ck_assert_int_eq(system("ls -A spool/.tmp | grep -q ."), 256);
}
END_TEST

START_TEST(a_copy_is_none_until_it_is_adopted)
{
	files_put("spool/.instance", "machine 0\ninode 1\n");
	ck_assert(!instance_check(spool, &err));
	ck_assert_int_eq(err.code, EX_CONFIG);
	ck_assert_str_eq(files_get("spool/.instance"), "machine 0\ninode 1\n");
	ck_assert_msg(instance_adopt(spool, &err), "%s", err.text);
	ck_assert_msg(instance_check(spool, &err), "%s", err.text);
}
END_TEST

/* What a power cut leaves of a file whose bytes did not get to the disk. */
START_TEST(a_mark_that_was_never_written_is_none)
{
	static const char *const texts[] = {"", "machine 0\nino"};

	files_put("spool/.instance", texts[_i]);
	ck_assert_msg(instance_check(spool, &err), "%s", err.text);
	ck_assert_ptr_nonnull(strstr(files_get("spool/.instance"), "\ninode "));
}
END_TEST

/* The supervisor and its senders, on the first day. */
START_TEST(several_may_be_the_first)
{
	int status, failed = 0;

	for (int round = 0; round < 20; round++) {
		unlink("spool/.instance");
		for (int i = 0; i < 8; i++)
			if (fork() == 0)
				_exit(!instance_check(spool, &err));
		while (wait(&status) > 0)
			failed += status != 0;
	}
	ck_assert_int_eq(failed, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("spool/instance");
	TCase *t = tcase_create("instance");

	tcase_add_checked_fixture(t, spool_enter, spool_leave);
	tcase_add_test(t, a_new_spool_is_its_own);
	tcase_add_test(t, a_copy_is_none_until_it_is_adopted);
	tcase_add_loop_test(t, a_mark_that_was_never_written_is_none, 0, 2);
	tcase_add_test(t, several_may_be_the_first);
	suite_add_tcase(s, t);
	return s;
}
