#include "base/slice.h"

#include <check.h>

/* rest: NULL where the mark is not found. */
static const struct {
	const char *text, *mark, *rest;
} behind[] = {
	{"try again after 120 seconds", "after ", "120 seconds"},
	{"-->", "-->", ""},
	{"a-->b-->c", "-->", "b-->c"}, /* the first one */
	{"almost --", "-->", NULL},
	{"", "x", NULL},
};

START_TEST(what_stands_behind_a_mark_is_found)
{
	struct slice rest = SLICE("as it was");
	bool found = slice_behind(slice_text(behind[_i].text), behind[_i].mark, &rest);

	ck_assert_int_eq(found, behind[_i].rest != NULL);
	ck_assert(slice_is(rest, found ? behind[_i].rest : "as it was"));
}
END_TEST

START_TEST(nothing_stands_in_no_text)
{
	struct slice rest;

	ck_assert(!slice_behind(slice_make(NULL, 0), "x", &rest));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/slice");
	TCase *t = tcase_create("find");

	tcase_add_loop_test(t, what_stands_behind_a_mark_is_found, 0,
			    sizeof behind / sizeof *behind);
	tcase_add_test(t, nothing_stands_in_no_text);
	suite_add_tcase(s, t);
	return s;
}
