#include "spool/entry_file.h"

#include <check.h>

static const char id[] = "01jddxv7q8zkj3m5n6p7r8s9t0";
static const int64_t now = 1795512600123;

static struct arena arena;

/* A message with three entries; the last body looks like an entry itself. */
static struct buf story(void)
{
	struct buf file = {0};

	entry_write_format(&file, ENTRY_FORMAT_MESSAGE, id);
	entry_write(&file, id, "request", now, slice_text("{\"a\":1}"));
	entry_write(&file, id, "message", now + 8, slice_text("Subject: x\r\n\r\nhello\r\n"));
	entry_write(&file, id, "attempt", now + 9,
		    slice_text("%event 2 00000000 2026-11-24T09:30:00.123Z\n{}\n"));
	return file;
}

static enum entry_tail tail_of(struct slice file, struct entry_list *list)
{
	struct err err = {0};

	arena_reset(&arena);
	ck_assert(entry_read(file, ENTRY_FORMAT_MESSAGE, &arena, list, &err));
	return list->tail;
}

START_TEST(reads_back_what_was_written)
{
	struct buf file = story();
	struct entry_list list;

	ck_assert_int_eq(tail_of(buf_slice(&file), &list), ENTRY_TAIL_WHOLE);
	ck_assert_uint_eq(list.count, 3);
	ck_assert_str_eq(list.id, id);
	ck_assert(slice_is(list.at[0].body, "{\"a\":1}"));
	ck_assert(slice_is(list.at[1].name, "message"));
	ck_assert_int_eq(list.at[1].time_ms, now + 8);
	ck_assert_uint_eq(list.whole, file.n);
	ck_assert_ptr_eq(entry_last(&list, "attempt"), &list.at[2]);
	ck_assert_ptr_null(entry_last(&list, "event"));
	buf_free(&file);
}
END_TEST

START_TEST(summing_pieces_gives_the_same_header)
{
	struct slice pieces[] = {SLICE("Subject: x\r\n\r\n"), SLICE(""), SLICE("hello\r\n")};
	char head[ENTRY_HEAD_SIZE], again[ENTRY_HEAD_SIZE];
	struct slice whole = slice_text("Subject: x\r\n\r\nhello\r\n");

	size_t n = entry_head(head, id, "message", now, pieces, 3);
	ck_assert_uint_eq(n, entry_head(again, id, "message", now, &whole, 1));
	ck_assert_mem_eq(head, again, n);
}
END_TEST

/* Wherever a write stopped, the whole entries before it stand, and the rest counts as never
 * written. */
START_TEST(a_tail_cut_anywhere_is_torn_and_never_more)
{
	struct buf file = story();
	struct entry_list list;

	for (size_t n = 35; n < file.n; n++) {
		enum entry_tail tail = tail_of(slice_make(file.p, n), &list);
		ck_assert_uint_le(list.whole, n);
		ck_assert_int_eq(tail, list.whole == n ? ENTRY_TAIL_WHOLE : ENTRY_TAIL_TORN);
	}
	buf_free(&file);
}
END_TEST

START_TEST(zeros_behind_the_last_entry_are_torn)
{
	struct buf file = story();
	struct entry_list list;
	size_t whole = file.n;

	memset(buf_reserve(&file, 4096), 0, 4096);
	ck_assert_int_eq(tail_of(slice_make(file.p, whole + 4096), &list), ENTRY_TAIL_TORN);
	ck_assert_uint_eq(list.whole, whole);
	buf_free(&file);
}
END_TEST

/* Any one byte changed before the last entry is seen, and nothing behind it is lost silently. */
START_TEST(a_changed_byte_with_entries_behind_is_damage)
{
	struct buf file = story();
	struct entry_list list;

	tail_of(buf_slice(&file), &list);
	size_t last = (size_t)(list.at[2].body.p - file.p) - 60;
	for (size_t at = 35; at < last; at++) {
		file.p[at] ^= 1;
		ck_assert_int_eq(tail_of(buf_slice(&file), &list), ENTRY_TAIL_DAMAGED);
		ck_assert_uint_le(list.whole, at);
		file.p[at] ^= 1;
	}
	buf_free(&file);
}
END_TEST

START_TEST(an_entry_of_another_message_is_none_here)
{
	struct buf file = story();
	struct entry_list list;
	size_t whole = file.n;

	entry_write(&file, "01jddxv7q8zkj3m5n6p7r8s9t1", "event", now, slice_text("{}"));
	ck_assert_int_eq(tail_of(buf_slice(&file), &list), ENTRY_TAIL_TORN);
	ck_assert_uint_eq(list.whole, whole);
	buf_free(&file);
}
END_TEST

static const char *const strangers[] = {
	"mailq/2 01jddxv7q8zkj3m5n6p7r8s9t0\n",
	"mailq/1 01JDDXV7Q8ZKJ3M5N6P7R8S9T0\n",
	"mailq/1 ../../../../../../etc/pass\n",
	"From: a@b\n\n",
};

START_TEST(a_file_of_another_kind_is_refused)
{
	struct entry_list list;
	struct err err = {0};

	ck_assert(
		!entry_read(slice_text(strangers[_i]), ENTRY_FORMAT_MESSAGE, &arena, &list, &err));
	ck_assert_int_eq(err.code, EX_DATAERR);
}
END_TEST

START_TEST(a_file_without_its_first_line_was_never_written)
{
	static const char zeros[4096];
	struct slice files[] = {SLICE(""),
				SLICE("mailq/1"),
				SLICE("mailq/1 01jddxv7q8zkj3m5n6p7r8s9t0"),
				{zeros, sizeof zeros}};
	struct entry_list list;

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		ck_assert_int_eq(tail_of(files[i], &list), ENTRY_TAIL_TORN);
		ck_assert_uint_eq(list.count + list.whole, 0);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("spool/entry_file");
	TCase *t = tcase_create("entries");

	tcase_add_test(t, reads_back_what_was_written);
	tcase_add_test(t, summing_pieces_gives_the_same_header);
	tcase_add_test(t, a_tail_cut_anywhere_is_torn_and_never_more);
	tcase_add_test(t, zeros_behind_the_last_entry_are_torn);
	tcase_add_test(t, a_changed_byte_with_entries_behind_is_damage);
	tcase_add_test(t, an_entry_of_another_message_is_none_here);
	tcase_add_test(t, a_file_without_its_first_line_was_never_written);
	tcase_add_loop_test(t, a_file_of_another_kind_is_refused, 0,
			    sizeof strangers / sizeof *strangers);
	suite_add_tcase(s, t);
	return s;
}
