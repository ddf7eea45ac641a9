#include "app/cursor.h"

#include <check.h>

static struct arena arena;

static void teardown(void)
{
	arena_free(&arena);
}

START_TEST(what_was_written_is_read)
{
	struct index_record after = {.id = "01jddxv7q8zkj3m5n6p7r8s9t0",
				     .updated_ms = 1764000000123};
	struct index_record got = {0};
	const char *text = cursor_text(&after, &arena);

	ck_assert_str_eq(text, "1764000000123.01jddxv7q8zkj3m5n6p7r8s9t0");
	ck_assert(cursor_read(slice_text(text), &got));
	ck_assert_int_eq(got.updated_ms, after.updated_ms);
	ck_assert_str_eq(got.id, after.id);
}
END_TEST

START_TEST(what_is_no_cursor_is_refused)
{
	static const char *const texts[] = {
		"",
		".",
		"1",
		"1.",
		".01jddxv7q8zkj3m5n6p7r8s9t0",
		"-1.01jddxv7q8zkj3m5n6p7r8s9t0",
		"1.01jddxv7q8zkj3m5n6p7r8s9t",
		"1.01jddxv7q8zkj3m5n6p7r8s9t00",
		"1.01JDDXV7Q8ZKJ3M5N6P7R8S9T0",
		"9999999999999999999999.01jddxv7q8zkj3m5n6p7r8s9t0",
	};
	struct index_record got;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		ck_assert_msg(!cursor_read(slice_text(texts[i]), &got), "%s", texts[i]);
}
END_TEST

/* The ids of one millisecond in order, of which the second and the fourth are the caller's. */
static char ids[5][ID_SIZE];

static void make_ids(void)
{
	uint8_t random[10] = {0};

	for (uint8_t i = 0; i < 5; i++) {
		random[0] = (uint8_t)(40 * (i + 1));
		id_make(ids[i], 1764000000123, random);
	}
}

START_TEST(anothers_message_is_not_named)
{
	struct index_record after = {.updated_ms = 0};

	make_ids();
	memcpy(after.id, ids[2], ID_SIZE);
	cursor_hide(&after, "01jddxv7q8zkj3m5n6p7r8s9t0", false);
	ck_assert_str_ne(after.id, ids[2]);
	ck_assert(id_valid(slice_text(after.id)));
	ck_assert_int_gt(strcmp(after.id, ids[4]), 0); /* downwards nothing of that time is lost */
	memcpy(after.id, ids[2], ID_SIZE);
	cursor_hide(&after, "", true);
	ck_assert_int_lt(strcmp(after.id, ids[0]), 0); /* nor upwards */
	ck_assert_int_eq(id_time_ms(after.id), id_time_ms(ids[0]));
}
END_TEST

START_TEST(what_was_shown_is_not_shown_again)
{
	struct index_record after = {.updated_ms = 0};

	make_ids();
	memcpy(after.id, ids[2], ID_SIZE);
	cursor_hide(&after, ids[1], true);
	ck_assert_str_eq(after.id, ids[1]);
	memcpy(after.id, ids[2], ID_SIZE);
	cursor_hide(&after, ids[3], false);
	ck_assert_str_eq(after.id, ids[3]);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("app/cursor");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, what_was_written_is_read);
	tcase_add_test(tc, what_is_no_cursor_is_refused);
	tcase_add_test(tc, anothers_message_is_not_named);
	tcase_add_test(tc, what_was_shown_is_not_shown_again);
	suite_add_tcase(s, tc);
	return s;
}
