#include "base/io.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct err err;
static char path[64];
static int dir;

static void setup(void)
{
	strcpy(path, "/tmp/io_test.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(dir, 0);
	err = (struct err){0};
}

static void teardown(void)
{
	char command[96];

	close(dir);
	snprintf(command, sizeof command, "rm -rf '%s'", path);
	ck_assert_int_eq(system(command), 0);
}

static int count_names(void)
{
	char command[96];
	int n = -1;

	snprintf(command, sizeof command, "ls -A '%s' | wc -l", path);
	FILE *ls = popen(command, "r");
	ck_assert_int_eq(fscanf(ls, "%d", &n), 1);
	pclose(ls);
	return n;
}

START_TEST(a_write_goes_on_where_a_pipe_took_a_part)
{
	static char block[300000];
	int fds[2], status;

	memset(block, 'x', sizeof block);
	ck_assert_int_eq(pipe(fds), 0);
	pid_t writer = fork();
	if (writer == 0)
		_exit(!io_write_all(fds[1], slice_make(block, sizeof block), "pipe", &err));
	close(fds[1]);

	struct buf got = {0};
	ck_assert(io_read_all(fds[0], &got, sizeof block, "pipe", &err));
	ck_assert_uint_eq(got.n, sizeof block);
	ck_assert_int_eq(waitpid(writer, &status, 0), writer);
	ck_assert_int_eq(status, 0);
	buf_free(&got);
	close(fds[0]);
}
END_TEST

START_TEST(a_read_has_a_limit)
{
	struct buf got = {0};

	ck_assert(io_write_file_at(dir, "f", slice_text("12345"), 0600, &err));
	ck_assert(io_read_file_at(dir, "f", &got, 5, &err));
	ck_assert_str_eq(got.p, "12345");
	ck_assert(!io_read_file_at(dir, "f", &got, 4, &err));
	ck_assert_int_eq(err.code, EX_DATAERR);
	ck_assert_str_eq(err.text, "f: over 4 bytes");
	buf_free(&got);
}
END_TEST

START_TEST(a_file_that_ends_too_early_is_told)
{
	char bytes[4];

	ck_assert(io_write_file_at(dir, "f", slice_text("12345"), 0600, &err));
	int fd = openat(dir, "f", O_RDONLY);
	ck_assert(io_pread_all(fd, bytes, 4, 1, "f", &err));
	ck_assert_int_eq(memcmp(bytes, "2345", 4), 0);
	ck_assert(!io_pread_all(fd, bytes, 4, 2, "f", &err));
	ck_assert_int_eq(err.code, EX_DATAERR);
	close(fd);
}
END_TEST

static const size_t map_sizes[] = {0, 1, 65535, 65536, 200000};

START_TEST(a_file_is_one_slice_whatever_its_size)
{
	struct buf bytes = {0};
	struct io_map map;

	for (size_t i = 0; i < map_sizes[_i]; i++)
		buf_add_char(&bytes, (char)i);
	ck_assert(io_write_file_at(dir, "f", buf_slice(&bytes), 0600, &err));
	int fd = openat(dir, "f", O_RDONLY);
	ck_assert(io_map(fd, 200000, &map, "f", &err));
	ck_assert(slice_equal(map.bytes, buf_slice(&bytes)));
	io_map_release(&map);
	ck_assert(slice_equal(map.bytes, buf_slice(&bytes)));
	io_unmap(&map);
	if (map_sizes[_i])
		ck_assert(!io_map(fd, map_sizes[_i] - 1, &map, "f", &err));
	close(fd);
	buf_free(&bytes);
}
END_TEST

START_TEST(only_regular_files_are_mapped)
{
	struct io_map map;

	ck_assert(!io_map(dir, 100, &map, "d", &err));
	ck_assert_str_eq(err.text, "d: not a regular file");
}
END_TEST

START_TEST(links_are_not_followed)
{
	struct buf got = {0};

	ck_assert(io_mkdir_at(dir, "real", 0700, &err));
	ck_assert_int_eq(symlinkat("real", dir, "link"), 0);
	ck_assert_int_lt(io_open_dir(dir, "link", &err), 0);
	ck_assert(!io_mkdir_at(dir, "link", 0700, &err));
	ck_assert(!io_read_file_at(dir, "link", &got, 100, &err));
	ck_assert(io_mkdir_at(dir, "real", 0700, &err));
	int fd = io_open_dir(dir, "real", &err);
	ck_assert_int_ge(fd, 0);
	close(fd);
	buf_free(&got);
}
END_TEST

START_TEST(a_fifo_does_not_hold_up_a_reader)
{
	struct buf got = {0};

	ck_assert_int_eq(mkfifoat(dir, "fifo", 0600), 0);
	ck_assert(io_read_file_at(dir, "fifo", &got, 100, &err));
	ck_assert_uint_eq(got.n, 0);
	buf_free(&got);
}
END_TEST

START_TEST(a_failed_write_leaves_the_old_content_and_no_other_name)
{
	struct rlimit small = {.rlim_cur = 4, .rlim_max = 4};
	int status;

	ck_assert(io_write_file_at(dir, "f", slice_text("old"), 0600, &err));
	pid_t writer = fork();
	if (writer == 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &small);
		_exit(io_write_file_at(dir, "f", slice_text("new and long"), 0600, &err));
	}
	ck_assert_int_eq(waitpid(writer, &status, 0), writer);
	ck_assert_int_eq(status, 0);

	struct buf got = {0};
	ck_assert(io_read_file_at(dir, "f", &got, 100, &err));
	ck_assert_str_eq(got.p, "old");
	ck_assert_int_eq(count_names(), 1);
	buf_free(&got);
}
END_TEST

static const struct {
	int error, code;
} codes[] = {
	{ENOSPC, EX_TEMPFAIL}, {EDQUOT, EX_TEMPFAIL}, {EMFILE, EX_TEMPFAIL},
	{ENFILE, EX_TEMPFAIL}, {ENOMEM, EX_TEMPFAIL}, {EIO, EX_IOERR},
	{EROFS, EX_IOERR},     {ENOENT, EX_NOINPUT},  {EACCES, EX_NOPERM},
};

START_TEST(errno_decides_the_exit_code)
{
	errno = codes[_i].error;
	ck_assert(!io_err(&err, "write %s", "f"));
	ck_assert_int_eq(err.code, codes[_i].code);
	ck_assert_int_eq(strncmp(err.text, "write f: ", 9), 0);
}
END_TEST

START_TEST(no_two_draws_are_the_same)
{
	char one[16] = {0}, other[16] = {0};

	ck_assert(io_random(one, sizeof one, &err));
	ck_assert(io_random(other, sizeof other, &err));
	ck_assert_mem_ne(one, other, sizeof one);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/io");
	TCase *t = tcase_create("io");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_write_goes_on_where_a_pipe_took_a_part);
	tcase_add_test(t, a_read_has_a_limit);
	tcase_add_test(t, a_file_that_ends_too_early_is_told);
	tcase_add_loop_test(t, a_file_is_one_slice_whatever_its_size, 0,
			    sizeof map_sizes / sizeof *map_sizes);
	tcase_add_test(t, only_regular_files_are_mapped);
	tcase_add_test(t, links_are_not_followed);
	tcase_add_test(t, a_fifo_does_not_hold_up_a_reader);
	tcase_add_test(t, a_failed_write_leaves_the_old_content_and_no_other_name);
	tcase_add_test(t, no_two_draws_are_the_same);
	tcase_add_loop_test(t, errno_decides_the_exit_code, 0, sizeof codes / sizeof *codes);
	suite_add_tcase(s, t);
	return s;
}
