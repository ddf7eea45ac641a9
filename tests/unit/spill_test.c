#include "base/spill.h"

#include <check.h>
#include <stdlib.h>

static struct err err;

/* Bytes whose place shows. */
static struct slice pattern(size_t n)
{
	static char bytes[3 * SPILL_MEMORY];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(i % 251);
	return slice_make(bytes, n);
}

static const struct {
	size_t n, piece;
	bool in_file;
} cases[] = {
	{0, 1, false},
	{1, 1, false},
	{SPILL_MEMORY, 1000, false},
	{SPILL_MEMORY + 1, 1000, true},
	{3 * SPILL_MEMORY, 65536, true},
	{3 * SPILL_MEMORY, SPILL_MEMORY, true},
};

START_TEST(gives_back_what_came_in_pieces)
{
	struct slice all = pattern(cases[_i].n), bytes;
	struct spill spill = {0};

	for (struct slice rest = all; rest.n; rest = slice_after(rest, cases[_i].piece))
		ck_assert(spill_add(&spill, slice_first(rest, cases[_i].piece), &err));
	ck_assert(spill_bytes(&spill, &bytes, &err));
	ck_assert_ptr_nonnull(bytes.p);
	ck_assert(slice_equal(bytes, all));
	ck_assert_uint_eq(spill.n, all.n);
	ck_assert_int_eq(spill.in_file, cases[_i].in_file);
	ck_assert(spill.memory.n <= SPILL_MEMORY);
	spill_clear(&spill);
}
END_TEST

START_TEST(more_may_come_after_a_look)
{
	struct slice all = pattern(2 * SPILL_MEMORY), bytes;
	struct spill spill = {0};

	ck_assert(spill_add(&spill, slice_first(all, SPILL_MEMORY + 7), &err));
	ck_assert(spill_bytes(&spill, &bytes, &err));
	ck_assert(spill_add(&spill, slice_after(all, SPILL_MEMORY + 7), &err));
	ck_assert(spill_bytes(&spill, &bytes, &err));
	ck_assert(slice_equal(bytes, all));
	spill_clear(&spill);
}
END_TEST

START_TEST(begins_anew_when_cleared)
{
	struct spill spill = {0};
	struct slice bytes;

	ck_assert(spill_add(&spill, pattern(2 * SPILL_MEMORY), &err));
	spill_clear(&spill);
	ck_assert(spill_add(&spill, slice_text("few"), &err));
	ck_assert(spill_bytes(&spill, &bytes, &err));
	ck_assert(slice_is(bytes, "few"));
	spill_clear(&spill);
}
END_TEST

START_TEST(says_where_it_found_no_room)
{
	struct spill spill = {0};

	setenv("TMPDIR", "/nowhere", 1);
	ck_assert(!spill_add(&spill, pattern(2 * SPILL_MEMORY), &err));
	ck_assert_str_eq(err.text, "temporary file in /nowhere: No such file or directory");
	ck_assert_int_eq(err.code, EX_CANTCREAT);
	spill_clear(&spill);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/spill");
	TCase *t = tcase_create("spill");

	tcase_add_loop_test(t, gives_back_what_came_in_pieces, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, more_may_come_after_a_look);
	tcase_add_test(t, begins_anew_when_cleared);
	tcase_add_test(t, says_where_it_found_no_room);
	suite_add_tcase(s, t);
	return s;
}
