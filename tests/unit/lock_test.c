#include "base/lock.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[] = "/tmp/lock_test.XXXXXX";
static int fd;

static void setup(void)
{
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
}

static void teardown(void)
{
	close(fd);
	unlink(path);
}

/* A process that takes the lock through a descriptor of its own and keeps it until it is killed. */
static pid_t start_holder(const char *file, int operation)
{
	int ready[2];
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (flock(open(file, O_RDONLY), operation) == 0 && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(the_holder_of_an_exclusive_lock_is_found)
{
	ck_assert_int_eq(lock_holder(fd), 0);
	pid_t holder = start_holder(path, LOCK_EX);
	ck_assert_int_eq(lock_holder(fd), holder);
	end(holder);
	ck_assert_int_eq(lock_holder(fd), 0);
}
END_TEST

START_TEST(our_own_lock_is_ours)
{
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert_int_eq(lock_holder(fd), getpid());
}
END_TEST

START_TEST(a_shared_lock_has_no_holder)
{
	pid_t holder = start_holder(path, LOCK_SH);

	ck_assert_int_eq(lock_holder(fd), 0);
	end(holder);
}
END_TEST

START_TEST(a_lock_on_another_file_does_not_count)
{
	char other[] = "/tmp/lock_test.XXXXXX";
	int other_fd = mkstemp(other);
	pid_t holder = start_holder(path, LOCK_EX);

	ck_assert_int_eq(lock_holder(other_fd), 0);
	end(holder);
	close(other_fd);
	unlink(other);
}
END_TEST

/* The roots of /proc and /sys have the same inode number, on two devices. */
START_TEST(a_lock_on_another_device_does_not_count)
{
	struct stat proc, sys;

	if (stat("/proc", &proc) < 0 || stat("/sys", &sys) < 0 || proc.st_ino != sys.st_ino)
		return;
	pid_t holder = start_holder("/sys", LOCK_EX);
	int proc_fd = open("/proc", O_RDONLY);
	ck_assert_int_eq(lock_holder(proc_fd), 0);
	end(holder);
	close(proc_fd);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/lock");
	TCase *t = tcase_create("lock");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_holder_of_an_exclusive_lock_is_found);
	tcase_add_test(t, our_own_lock_is_ours);
	tcase_add_test(t, a_shared_lock_has_no_holder);
	tcase_add_test(t, a_lock_on_another_file_does_not_count);
	tcase_add_test(t, a_lock_on_another_device_does_not_count);
	suite_add_tcase(s, t);
	return s;
}
