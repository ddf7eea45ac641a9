#include "spool/moving.h"

#include <check.h>
#include <sys/wait.h>

#include "spool_scratch.h"

static struct buf seen;

static void leave(void)
{
	buf_free(&seen);
	spool_leave();
}

#define ID1 "01jddxv7q8zkj3m5n6p7r8s9t1"
#define ID2 "01jddxv7q8zkj3m5n6p7r8s9t2"
#define ID3 "01jddxv7q8zkj3m5n6p7r8s9t3"

static struct moving *say(struct moving *moving, const char *const *ids)
{
	for (; *ids; ids++)
		moving_add(moving, "acme", *ids);
	moving_begin(moving);
	return moving;
}

static const char *const one[] = {ID1, NULL};
static const char *const two[] = {ID2, ID3, NULL};

enum ending {
	DIES,
	IS_DONE_AND_DIES,
	LEAVES,
};

/* Another process, which says that it moves these. */
static void other(const char *const *ids, enum ending ending)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct moving *moving = say(moving_open(spool), ids);
		if (ending == IS_DONE_AND_DIES)
			moving_done(moving);
		_exit(ending == LEAVES && !moving_leave(moving));
	}
	int status;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static bool see(void *context, const char *org, const char *id)
{
	buf_addf(&seen, "%s/%s ", org, id + ID_LENGTH - 1);
	return *(const bool *)context;
}

/* What was left, by the last characters of the ids; settled: and is it done with? */
static const char *left(bool settled)
{
	buf_clear(&seen);
	moving_each_left(spool, see, &settled);
	buf_add_char(&seen, '\0');
	return seen.p;
}

START_TEST(what_a_dead_process_was_moving_is_told_until_it_is_settled)
{
	ck_assert_str_eq(left(true), "");
	other(two, DIES);
	ck_assert_str_eq(left(false), "acme/2 acme/3 ");
	ck_assert_str_eq(left(true), "acme/2 acme/3 ");
	ck_assert_str_eq(left(true), "");
}
END_TEST

START_TEST(what_was_done_is_not_told)
{
	other(two, IS_DONE_AND_DIES);
	ck_assert_str_eq(left(true), "");
	ck_assert_str_eq(files_get("spool/.run/moving/0"),
			 "\ncme " ID2 "\nacme " ID3 "\n\n"); /* and costs a byte */
}
END_TEST

START_TEST(nothing_stands_behind_a_shorter_list)
{
	struct moving *moving = say(moving_open(spool), two);

	moving_done(moving);
	say(moving, one);
	moving_close(moving);
	ck_assert_str_eq(left(true), "acme/1 ");
}
END_TEST

START_TEST(what_a_living_process_moves_is_its_own)
{
	struct moving *moving = say(moving_open(spool), one);

	ck_assert_str_eq(left(true), "");
	other(two, DIES); /* in a file of its own */
	ck_assert_str_eq(left(true), "acme/2 acme/3 ");
	moving_close(moving);
	ck_assert_str_eq(left(true), "acme/1 ");
}
END_TEST

START_TEST(what_cannot_be_finished_is_left_for_others)
{
	struct moving *moving = say(moving_open(spool), one);

	ck_assert(moving_leave(moving));
	say(moving, two);
	ck_assert_str_eq(left(true), "acme/1 ");
	moving_done(moving);
	moving_close(moving);
	ck_assert_str_eq(left(true), "");
}
END_TEST

START_TEST(who_moves_nothing_leaves_nothing)
{
	struct moving *moving = moving_open(spool);

	moving_begin(moving);
	moving_done(moving);
	ck_assert(!moving_leave(moving));
	moving_close(moving);
	ck_assert_int_ne(access("spool/.run/moving", F_OK), 0);
}
END_TEST

START_TEST(a_file_that_cannot_be_had_costs_only_the_telling)
{
	files_put("spool/.run/moving", "not a directory");
	struct moving *moving = say(moving_open(spool), one);

	ck_assert(!moving_leave(moving));
	moving_close(moving);
	ck_assert_str_eq(left(true), "");
}
END_TEST

START_TEST(what_is_no_list_is_not_believed)
{
	mkdir("spool/.run/moving", 0700);
	files_put("spool/.run/moving/0", "../etc " ID1 "\n");
	files_put("spool/.run/moving/1", "acme passwd\n");
	files_put("spool/.run/moving/2", "acme " ID1);
	files_put("spool/.run/moving/3", "acme " ID2 "\nacme\nacme " ID3 "\n");
	ck_assert_int_eq(symlink("/etc/passwd", "spool/.run/moving/4"), 0);
	ck_assert_int_eq(mkfifo("spool/.run/moving/5", 0600), 0);
	left(true);
	ck_assert_int_eq(seen.n, 2 * strlen("acme/1 ") + 1);
	ck_assert_str_eq(left(true), "");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("spool/moving");
	TCase *t = tcase_create("moving");

	tcase_add_checked_fixture(t, spool_enter, leave);
	tcase_add_test(t, what_a_dead_process_was_moving_is_told_until_it_is_settled);
	tcase_add_test(t, what_was_done_is_not_told);
	tcase_add_test(t, nothing_stands_behind_a_shorter_list);
	tcase_add_test(t, what_a_living_process_moves_is_its_own);
	tcase_add_test(t, what_cannot_be_finished_is_left_for_others);
	tcase_add_test(t, who_moves_nothing_leaves_nothing);
	tcase_add_test(t, a_file_that_cannot_be_had_costs_only_the_telling);
	tcase_add_test(t, what_is_no_list_is_not_believed);
	suite_add_tcase(s, t);
	return s;
}
