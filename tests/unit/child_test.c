#include "base/child.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"

static struct err err;

/* Starts /bin/sh -c script; its descriptors 1 and 3 are the given one. */
static void start(const char *script, int out, struct child *child)
{
	const char *argv[] = {"sh", "-c", script, NULL}, *env[] = {"COLOUR=blue", NULL};
	int fds[] = {-1, out, 2, out};
	struct child_plan plan = {
		.program = "/bin/sh", .argv = argv, .env = env, .fds = fds, .n_fds = 4};

	ck_assert_msg(child_start(&plan, child, &err), "%s", err.text);
}

/* What the script writes, and its status. */
static const char *run(const char *script, int *status)
{
	static struct buf out;
	struct child child;
	int fds[2];

	buf_clear(&out);
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	start(script, fds[1], &child);
	close(fds[1]);
	ck_assert(io_read_all(fds[0], &out, 10000, "pipe", &err));
	close(fds[0]);
	child_wait(&child, status);
	ck_assert_int_eq(child.fd, -1);
	return out.p;
}

START_TEST(a_child_has_the_environment_it_is_given_and_no_other)
{
	int status;

	setenv("SECRET", "1", 1);
	ck_assert_str_eq(run("echo $COLOUR,$SECRET", &status), "blue,\n");
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_child_has_the_descriptors_it_is_given_and_no_other)
{
	int status, left_open = dup(1);

	ck_assert_int_ge(left_open, 0);
	ck_assert_str_eq(run("cat; echo three >&3; ls /proc/$$/fd", &status),
			 "three\n0\n1\n2\n3\n");
}
END_TEST

START_TEST(a_childs_signals_are_as_at_login)
{
	int status;
	sigset_t all;

	signal(SIGPIPE, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);

	/* The low 28: glibc's posix_spawn, with which make starts us, ignores two of its own. */
	const char *out =
		run("grep -E 'Sig(Blk|Ign)' /proc/self/status | grep -o '.......$'", &status);
	ck_assert_str_eq(out, "0000000\n0000000\n");
}
END_TEST

START_TEST(a_child_leads_its_process_group)
{
	int status;

	ck_assert_str_eq(run("[ \"$(cut -d ' ' -f 5 /proc/$$/stat)\" = $$ ] && echo yes", &status),
			 "yes\n");
}
END_TEST

START_TEST(how_it_ended_is_told)
{
	char text[24];
	int status;

	run("exit 75", &status);
	ck_assert_str_eq(child_status_text(status, text), "exit 75");
	run("kill -9 $$", &status);
	ck_assert_str_eq(child_status_text(status, text), "signal 9");
}
END_TEST

START_TEST(its_descriptor_tells_the_end_and_a_signal_reaches_the_whole_group)
{
	struct child child;
	int status, fds[2];
	char byte;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	start("echo; sleep 100 & wait", fds[1], &child);
	close(fds[1]);
	ck_assert_int_eq(read(fds[0], &byte, 1), 1);
	struct pollfd poll_fd = {.fd = child.fd, .events = POLLIN};
	ck_assert_int_eq(poll(&poll_fd, 1, 0), 0);

	child_signal(&child, SIGTERM);
	ck_assert_int_eq(poll(&poll_fd, 1, 10000), 1);
	child_wait(&child, &status);
	ck_assert_int_eq(WTERMSIG(status), SIGTERM);
	ck_assert_int_eq(read(fds[0], &byte, 1), 0); /* nobody holds the other end: sleep is gone */
	close(fds[0]);
}
END_TEST

START_TEST(a_child_dies_with_the_one_who_started_it)
{
	struct child child;
	int fds[2];
	char byte;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	pid_t parent = fork();
	if (parent == 0) {
		start("echo; exec sleep 100", fds[1], &child);
		pause();
	}
	close(fds[1]);
	ck_assert_int_eq(read(fds[0], &byte, 1), 1);
	kill(parent, SIGKILL);
	ck_assert_int_eq(waitpid(parent, NULL, 0), parent);
	ck_assert_int_eq(read(fds[0], &byte, 1), 0);
	close(fds[0]);
}
END_TEST

START_TEST(a_program_that_is_not_there_is_an_error_of_the_start)
{
	const char *none[] = {NULL};
	int fds[] = {-1, -1, -1};
	struct child_plan plan = {
		.program = "/nowhere/at/all", .argv = none, .env = none, .fds = fds, .n_fds = 3};
	struct child child;

	ck_assert(!child_start(&plan, &child, &err));
	ck_assert_int_eq(err.code, EX_NOINPUT);
	ck_assert_str_eq(err.text, "start /nowhere/at/all: No such file or directory");
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* and no child is left */
}
END_TEST

START_TEST(a_name_is_looked_for_in_the_path)
{
	const char *argv[] = {"true", NULL}, *none[] = {NULL};
	int fds[] = {-1, -1, -1}, status;
	struct child_plan plan = {
		.program = "true", .argv = argv, .env = none, .fds = fds, .n_fds = 3};
	struct child child;

	setenv("PATH", "::/nowhere:/bin", 1);
	ck_assert(child_start(&plan, &child, &err));
	child_wait(&child, &status);
	ck_assert_int_eq(status, 0);

	setenv("PATH", "/nowhere", 1);
	ck_assert(!child_start(&plan, &child, &err));
	ck_assert_str_eq(err.text, "there is no program true");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/child");
	TCase *t = tcase_create("child");

	tcase_add_test(t, a_child_has_the_environment_it_is_given_and_no_other);
	tcase_add_test(t, a_child_has_the_descriptors_it_is_given_and_no_other);
	tcase_add_test(t, a_childs_signals_are_as_at_login);
	tcase_add_test(t, a_child_leads_its_process_group);
	tcase_add_test(t, how_it_ended_is_told);
	tcase_add_test(t, its_descriptor_tells_the_end_and_a_signal_reaches_the_whole_group);
	tcase_add_test(t, a_child_dies_with_the_one_who_started_it);
	tcase_add_test(t, a_program_that_is_not_there_is_an_error_of_the_start);
	tcase_add_test(t, a_name_is_looked_for_in_the_path);
	suite_add_tcase(s, t);
	return s;
}
