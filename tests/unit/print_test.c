#include "base/print.h"

#include <check.h>
#include <stdlib.h>

static char *written;
static size_t length;
static struct print print;

static void set_up(void)
{
	print = (struct print){.out = open_memstream(&written, &length)};
}

static void tear_down(void)
{
	fclose(print.out);
	free(written);
}

/* clang-format off */
static const struct {
	const char *text;
	size_t most;
	const char *shown;
	size_t width;
} cases[] = {
	{"plain", 10, "plain", 5},
	{"", 10, "", 0},
	{"caf\xc3\xa9", 4, "caf\xc3\xa9", 4},
	{"caf\xc3\xa9s", 4, "c...", 4},
	{"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 4, "\xc3\xa9...", 4},
	{"abc", 2, "..", 2},
	{"abc", 0, "", 0},
	/* what could do something to a terminal */
	{"a\033[31mz", SIZE_MAX, "a?[31mz", 7},
	{"a\nz\ty\r", SIZE_MAX, "a?z?y?", 6},
	{"a\x7fz", SIZE_MAX, "a?z", 3},
	{"a\xc2\x9bz", SIZE_MAX, "a?z", 3},
	{"a\xe2\x80\xaez", SIZE_MAX, "a?z", 3},
	{"a\xe2\x81\xa6z", SIZE_MAX, "a?z", 3},
	{"a\xff\xc3", SIZE_MAX, "a??", 3},
};
/* clang-format on */

START_TEST(shows_what_fits_and_nothing_harmful)
{
	size_t width = print_text(&print, slice_text(cases[_i].text), cases[_i].most);

	fflush(print.out);
	ck_assert_str_eq(written, cases[_i].shown);
	ck_assert_uint_eq(width, cases[_i].width);
}
END_TEST

START_TEST(cells_stand_in_columns)
{
	print_cell(&print, slice_text("caf\xc3\xa9"), 6);
	print_cell(&print, slice_text("too long a text"), 6);
	print_text(&print, slice_text("end"), SIZE_MAX);
	fflush(print.out);
	ck_assert_str_eq(written, "caf\xc3\xa9    too...  end");
}
END_TEST

/* clang-format off */
static const struct {
	size_t columns, at, indent;
	const char *text, *shown;
} wraps[] = {
	{0,  0, 4, "no terminal has no lines that end", "no terminal has no lines that end"},
	{12, 0, 2, "it fits here",       "it fits here"},
	{12, 0, 2, "it fits here not",   "it fits here\n  not"},
	{12, 2, 2, "it fits here",       "it fits\n  here"},
	{12, 0, 2, "one two three four five", "one two\n  three four\n  five"},
	{12, 0, 2, "  to      alice  x", "  to\n  alice  x"},
	{12, 0, 2, "a wordthatislongerthanthat b", "a\n  wordthatislongerthanthat\n  b"},
	{12, 0, 2, "wordthatislongerthanthat", "wordthatislongerthanthat"},
	{12, 0, 2, "caf\xc3\xa9 caf\xc3\xa9s end", "caf\xc3\xa9 caf\xc3\xa9s\n  end"},
	{12, 0, 2, "", ""},
	{4,  6, 8, "a narrow one", "a narrow one"},
};
/* clang-format on */

START_TEST(lines_end_where_the_terminals_do)
{
	print.columns = wraps[_i].columns;
	print_wrapped(&print, slice_text(wraps[_i].text), wraps[_i].at, wraps[_i].indent);
	fflush(print.out);
	ck_assert_str_eq(written, wraps[_i].shown);
}
END_TEST

START_TEST(colours_only_where_they_are_wanted)
{
	print_colour(&print, PRINT_BAD);
	fflush(print.out);
	ck_assert_str_eq(written, "");
	print.colours = true;
	print_colour(&print, PRINT_BAD);
	print_colour(&print, PRINT_PLAIN);
	fflush(print.out);
	ck_assert_str_eq(written, "\033[31m\033[0m");
}
END_TEST

START_TEST(a_file_is_no_terminal)
{
	FILE *file = tmpfile();
	struct print to_file = print_open(file);

	ck_assert_uint_eq(to_file.columns, 0);
	ck_assert(!to_file.colours);
	fclose(file);
}
END_TEST

START_TEST(says_when_it_could_not_be_written)
{
	struct err err = {0};
	struct print full = print_open(fopen("/dev/full", "w"));

	ck_assert(print_close(&print, &err));
	print_text(&full, slice_text("lost"), SIZE_MAX);
	ck_assert(!print_close(&full, &err));
	ck_assert_int_eq(err.code, EX_IOERR);
	fclose(full.out);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/print");
	TCase *t = tcase_create("print");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, shows_what_fits_and_nothing_harmful, 0,
			    sizeof cases / sizeof *cases);
	tcase_add_test(t, cells_stand_in_columns);
	tcase_add_loop_test(t, lines_end_where_the_terminals_do, 0, sizeof wraps / sizeof *wraps);
	tcase_add_test(t, colours_only_where_they_are_wanted);
	tcase_add_test(t, a_file_is_no_terminal);
	tcase_add_test(t, says_when_it_could_not_be_written);
	suite_add_tcase(s, t);
	return s;
}
