#include "index/index.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "index_fixture.h"

static const struct slice two[] = {SLICE("Alice@example.com"), SLICE("bob@example.net")};

static const struct slice tags[] = {SLICE("news"), SLICE("first")};

static struct index_record sample(uint64_t n)
{
	struct index_record record = {
		.status = STATUS_READY,
		.attempts = 0,
		.created_ms = 1000,
		.updated_ms = 1000,
		.size = 2048,
		.organization = slice_text("acme"),
		.template = slice_text("tpl_welcome"),
		.subject = slice_text("Welcome"),
		.recipients = two,
		.recipient_count = 2,
	};

	nth_id(record.id, n);
	return record;
}

static void put(const struct index_record *record)
{
	struct index_txn *txn = begin(index_);

	index_put(txn, record);
	commit(txn);
}

START_TEST(a_record_comes_back_as_it_was_put)
{
	struct index_record put_in = sample(1), got;
	struct err err;

	put_in.due_ms = 99;
	put_in.attempts = 3;
	put_in.connector = slice_text("conn");
	put_in.last_error = slice_text("450 later");
	put_in.tags = tags;
	put_in.tag_count = 2;
	put(&put_in);
	ck_assert(index_get(index_, put_in.id, &arena, &got, &err));
	ck_assert_str_eq(got.id, put_in.id);
	ck_assert_int_eq(got.status, STATUS_READY);
	ck_assert_uint_eq(got.attempts, 3);
	ck_assert_int_eq(got.created_ms, 1000);
	ck_assert_int_eq(got.due_ms, 99);
	ck_assert_uint_eq(got.size, 2048);
	ck_assert(slice_is(got.organization, "acme"));
	ck_assert(slice_is(got.template, "tpl_welcome"));
	ck_assert(slice_is(got.connector, "conn"));
	ck_assert(slice_is(got.subject, "Welcome"));
	ck_assert(slice_is(got.last_error, "450 later"));
	ck_assert_uint_eq(got.recipient_count, 2);
	ck_assert(slice_is(got.recipients[0], "Alice@example.com"));
	ck_assert(slice_is(got.recipients[1], "bob@example.net"));
	ck_assert_uint_eq(got.tag_count, 2);
	ck_assert(slice_is(got.tags[0], "news"));
	ck_assert(slice_is(got.tags[1], "first"));
}
END_TEST

START_TEST(an_id_that_is_not_known_is_no_error)
{
	struct index_record got;
	struct err err = {.code = 1};
	char id[ID_SIZE];

	ck_assert(!index_get(index_, nth_id(id, 1), &arena, &got, &err));
	ck_assert_int_eq(err.code, 0);
	struct index_txn *txn = begin(index_);
	ck_assert(!index_remove(txn, id));
	commit(txn);
}
END_TEST

START_TEST(long_text_is_cut_between_characters)
{
	struct index_record record = sample(1), got;
	char text[402];
	struct err err;

	text[0] = 'x';
	for (int i = 1; i < 401; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	record.subject = slice_make(text, 401);
	put(&record);
	ck_assert(index_get(index_, record.id, &arena, &got, &err));
	ck_assert_uint_eq(got.subject.n, 199);
}
END_TEST

START_TEST(an_index_is_stale_until_it_was_built)
{
	struct index_txn *txn;

	ck_assert(index_is_stale(index_));
	txn = begin(index_);
	index_mark_built(txn);
	commit(txn);
	ck_assert(!index_is_stale(index_));
	index_close(index_);
	index_ = scratch_open(&scratch);
	ck_assert(!index_is_stale(index_));
	txn = begin(index_);
	index_clear(txn);
	commit(txn);
	ck_assert(index_is_stale(index_));
}
END_TEST

/* boot: NULL for what it says. */
static void rewrite_current(int format_step, const char *boot)
{
	char path[128], text[256], was[64], generation[64];
	int format;
	FILE *file;

	snprintf(path, sizeof path, "%s/current", scratch.path);
	ck_assert_ptr_nonnull(file = fopen(path, "r"));
	ck_assert_int_eq(fscanf(file, "%d %63s %63s", &format, was, generation), 3);
	fclose(file);
	snprintf(text, sizeof text, "%d %s %s\n", format + format_step, boot ? boot : was,
		 generation);
	ck_assert_ptr_nonnull(file = fopen(path, "w"));
	fputs(text, file);
	fclose(file);
}

static void mark_built(void)
{
	struct index_txn *txn = begin(index_);

	index_mark_built(txn);
	commit(txn);
}

static const struct {
	int format_step;
	const char *boot;
} others[] = {
	{0, "00000000-0000-0000-0000-000000000000"},
	{-1, NULL},
	{1, NULL},
};

START_TEST(an_index_of_another_boot_or_format_is_begun_anew)
{
	struct index_record record = sample(1), got;
	struct err err;

	put(&record);
	mark_built();
	index_close(index_);
	rewrite_current(0, NULL);
	index_ = scratch_open(&scratch);
	ck_assert(!index_is_stale(index_));
	index_close(index_);
	rewrite_current(others[_i].format_step, others[_i].boot);
	index_ = scratch_open(&scratch);
	ck_assert(index_is_stale(index_));
	ck_assert(!index_get(index_, record.id, &arena, &got, &err));
	ck_assert_int_eq(err.code, 0);
}
END_TEST

/* The path of the data file in force. */
static void data_path(char path[160])
{
	char generation[64];
	FILE *file;

	snprintf(path, 160, "%s/current", scratch.path);
	ck_assert_ptr_nonnull(file = fopen(path, "r"));
	ck_assert_int_eq(fscanf(file, "%*s %*s %63s", generation), 1);
	fclose(file);
	snprintf(path, 160, "%s/%s/data.mdb", scratch.path, generation);
}

static void damage_nothing(const char *path)
{
	(void)path;
}

static void damage_cut(const char *path)
{
	ck_assert_int_eq(truncate(path, 3 * 4096), 0);
}

static void damage_zero(const char *path)
{
	int fd = open(path, O_WRONLY);
	char zeros[8192] = {0};

	ck_assert_int_eq(write(fd, zeros, sizeof zeros), sizeof zeros);
	close(fd);
}

static void damage_remove(const char *path)
{
	ck_assert_int_eq(unlink(path), 0);
}

static void damage_remove_all(const char *path)
{
	(void)path;
	scratch_remove(scratch.path);
}

static const struct {
	void (*damage)(const char *path);
	bool stale;
} damages[] = {
	{damage_nothing, false}, {damage_cut, true},        {damage_zero, true},
	{damage_remove, true},   {damage_remove_all, true},
};

START_TEST(a_damaged_index_is_begun_anew)
{
	char path[160];

	for (uint64_t n = 0; n < 200; n++) {
		struct index_record record = sample(n);
		put(&record);
	}
	mark_built();
	index_close(index_);
	data_path(path);
	damages[_i].damage(path);
	index_ = scratch_open(&scratch);
	ck_assert_int_eq(index_is_stale(index_), damages[_i].stale);
	struct index_record record = sample(1000);
	put(&record);
}
END_TEST

START_TEST(an_index_that_is_removed_is_left_by_the_next_transaction)
{
	struct index_record record = sample(1), got;
	struct err err;

	put(&record);
	mark_built();
	scratch_remove(scratch.path);
	ck_assert(index_is_stale(index_));

	scratch_remove(scratch.path);
	put(&record);
	index_close(index_);
	index_ = scratch_open(&scratch);
	ck_assert(index_get(index_, record.id, &arena, &got, &err));
}
END_TEST

/* Reads with the map that it had before another process made it larger, or writes with it. */
static int follow_growth(int go_on, bool writes)
{
	struct index_record record = sample(1), got;
	struct err err = {0};
	char byte;

	index_ = index_open(scratch.path, &(struct index_options){.map_bytes = 1 << 20}, &err);
	if (!index_ || !index_get(index_, record.id, &arena, &got, &err) ||
	    read(go_on, &byte, 1) != 1)
		return 1;
	if (writes) {
		struct index_txn *txn = index_begin(index_, 1000, &err);
		index_put(txn, &record);
		if (!index_commit(txn, &err))
			return 2;
	}
	record = sample(9999);
	return index_get(index_, record.id, &arena, &got, &err) ? 0 : 3;
}

START_TEST(an_index_grows_beyond_its_map)
{
	struct index_options options = {.map_bytes = 1 << 20};
	struct index_record record;
	struct err err = {0};
	int go_on[2], status;

	index_close(index_);
	scratch_remove(scratch.path);
	ck_assert_ptr_nonnull(index_ = index_open(scratch.path, &options, &err));
	record = sample(1);
	put(&record);
	index_close(index_);
	ck_assert_int_eq(pipe(go_on), 0);
	for (int i = 0; i < 2; i++)
		if (fork() == 0)
			_exit(follow_growth(go_on[0], i));
	ck_assert_ptr_nonnull(index_ = index_open(scratch.path, &options, &err));
	for (uint64_t n = 2; n < 10000; n++) {
		struct index_txn *txn = begin(index_);

		record = sample(n);
		index_put(txn, &record);
		ck_assert_msg(index_commit(txn, &err), "%s", err.text);
	}
	ck_assert_int_eq(write(go_on[1], "12", 2), 2);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("index/record");
	TCase *t = tcase_create("record");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_record_comes_back_as_it_was_put);
	tcase_add_test(t, an_id_that_is_not_known_is_no_error);
	tcase_add_test(t, long_text_is_cut_between_characters);
	tcase_add_test(t, an_index_is_stale_until_it_was_built);
	tcase_add_loop_test(t, an_index_of_another_boot_or_format_is_begun_anew, 0, 3);
	tcase_add_loop_test(t, a_damaged_index_is_begun_anew, 0, sizeof damages / sizeof *damages);
	tcase_add_test(t, an_index_that_is_removed_is_left_by_the_next_transaction);
	tcase_add_test(t, an_index_grows_beyond_its_map);
	suite_add_tcase(s, t);
	return s;
}
