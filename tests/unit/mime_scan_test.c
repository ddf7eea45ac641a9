#include "mime/scan.h"

#include <check.h>

/* clang-format off */

static const struct {
	const char *message, *read; /* [name|value] for each field, then the body */
} messages[] = {
	{"A: 1\r\nB: 2\r\n\r\nbody\r\n", "[A|1][B|2]body\r\n"},
	{"A: 1\nB: 2\n\nbody", "[A|1][B|2]body"},
	{"A: 1\r\n  2\r\n\t3\r\nB:\r\n 4\r\n\r\n", "[A|1\r\n  2\r\n\t3][B|4]"},
	{"A : 1\nB\t:2\n\nx", "[A|1][B|2]x"},
	{"A:\n\nx", "[A|]x"},
	{"A: 1", "[A|1]"},
	{"", ""},
	{"\nbody", "body"},
	{"\r\nA: 1", "A: 1"},
	{"no header at all\n", "no header at all\n"},
	{"A: 1\nand then text: without an empty line\n", "[A|1]and then text: without an empty line\n"},
	{" folded: at the start\n", " folded: at the start\n"},
	{": no name\n", ": no name\n"},
	{"Gr\xc3\xbc" "n: x\n", "Gr\xc3\xbc" "n: x\n"},
	{"From x@y.z Mon Jan  1\nA: 1\n\nb", "[A|1]b"},
	{"From x@y.z", ""},
	{"From x remote from y\n>From z\n>From x@y.z Mon Jan  1\nA: 1\n\nb", "[A|1]b"},
	{">From x@y.z\nA: 1\n\nb", "[A|1]b"},
	{"A: 1\n>From x\n", "[A|1]>From x\n"},
	{"From : a@b.c\n\nb", "[From|a@b.c]b"},
	{"From: a@b.c\n\n", "[From|a@b.c]"},
	{"Resent-To: a@b.c\nResent-To: c@d.e\nTo: x: y;\n\n", "[Resent-To|a@b.c][Resent-To|c@d.e][To|x: y;]"},
};

static const struct {
	const char *value, *unfolded;
} folds[] = {
	{"", ""},
	{"plain", "plain"},
	{"a\r\n b\n\t  c", "a b c"},
	{"a \r\n b", "a  b"},
	{"a,\r\n\r\n b", "a, b"},
};

static const struct {
	const char *message;
	struct mime_needs needs;
} scans[] = {
	{"A: 1\r\n\r\nb\r\n", {0}},
	{"A: 1\n\r\nb\r\n", {.bare_newline = true}},
	{"A: 1\r\n\r\nb\rc\r\n", {.bare_newline = true}},
	{"A: 1\r\n\r\nb\r", {.bare_newline = true}},
	{"A: 1\r\n\r\nno end", {0}},
	{"A: \xc3\xbc\r\n\r\nb\r\n", {.utf8 = true}},
	{"A: 1\r\n\r\n\xc3\xbc\r\n", {.eight_bit = true}},
};

/* clang-format on */

static struct buf out;

START_TEST(reads_fields_and_leaves_the_body)
{
	struct slice rest = mime_header_start(slice_text(messages[_i].message));
	struct mime_header field;

	buf_clear(&out);
	buf_add_text(&out, "");
	while (mime_header_next(&rest, &field))
		buf_addf(&out, "[%.*s|%.*s]", SLICE_ARGS(field.name), SLICE_ARGS(field.value));
	buf_add_slice(&out, rest);
	ck_assert_str_eq(out.p, messages[_i].read);
}
END_TEST

START_TEST(a_field_is_whole_with_its_folds)
{
	struct slice rest = slice_text("A: 1\r\n 2\r\nB: 3\r\n");
	struct mime_header field;

	ck_assert(mime_header_next(&rest, &field));
	ck_assert(slice_is(field.whole, "A: 1\r\n 2\r\n"));
	ck_assert(mime_header_next(&rest, &field));
	ck_assert(slice_is(field.whole, "B: 3\r\n"));
	ck_assert(!mime_header_next(&rest, &field));
}
END_TEST

START_TEST(finds_a_field_by_its_name)
{
	struct slice message = slice_text("Subject: 1\nsubject: 2\n\nTo: body\n");

	ck_assert(slice_is(mime_header_find(message, "SUBJECT"), "1"));
	ck_assert_ptr_null(mime_header_find(message, "To").p);
}
END_TEST

START_TEST(unfolds_a_value)
{
	buf_clear(&out);
	buf_add_text(&out, "");
	mime_header_unfold(slice_text(folds[_i].value), &out);
	ck_assert_str_eq(out.p, folds[_i].unfolded);
}
END_TEST

START_TEST(tells_what_a_message_needs)
{
	struct mime_needs needs = mime_scan(slice_text(scans[_i].message));

	ck_assert_mem_eq(&needs, &scans[_i].needs, sizeof needs);
}
END_TEST

START_TEST(tells_long_lines_and_nuls)
{
	buf_clear(&out);
	buf_addf(&out, "A: 1\r\n\r\n%0998d\r\n", 0);
	ck_assert(!mime_scan(buf_slice(&out)).long_line);
	buf_clear(&out);
	buf_addf(&out, "A: 1\r\n\r\n%0999d\r\n", 0);
	ck_assert(mime_scan(buf_slice(&out)).long_line);
	ck_assert(!mime_scan(buf_slice(&out)).nul);
	ck_assert(mime_scan(slice_make("A: 1\r\n\r\na\0b\r\n", 13)).nul);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("mime/scan");
	TCase *t = tcase_create("scan");

	tcase_add_loop_test(t, reads_fields_and_leaves_the_body, 0,
			    sizeof messages / sizeof *messages);
	tcase_add_test(t, a_field_is_whole_with_its_folds);
	tcase_add_test(t, finds_a_field_by_its_name);
	tcase_add_loop_test(t, unfolds_a_value, 0, sizeof folds / sizeof *folds);
	tcase_add_loop_test(t, tells_what_a_message_needs, 0, sizeof scans / sizeof *scans);
	tcase_add_test(t, tells_long_lines_and_nuls);
	suite_add_tcase(s, t);
	return s;
}
