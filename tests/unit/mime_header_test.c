#include <check.h>

#include "mime/header.h"

/* clang-format off */

static const struct {
	const char *text, *field;
} texts[] = {
	{"", "S:\r\n"},
	{"Hello", "S: Hello\r\n"},
	{"  Hello \t", "S: Hello\r\n"},
	{"a  b\tc", "S: a  b\tc\r\n"},
	{"Übermorgen", "S: =?utf-8?Q?=C3=9Cbermorgen?=\r\n"},
	{"Grüße", "S: =?utf-8?B?R3LDvMOfZQ==?=\r\n"},
	{"日本語", "S: =?utf-8?B?5pel5pys6Kqe?=\r\n"},
	/* from the first to the last word that needs it */
	{"see é and è there", "S: see =?utf-8?B?w6kgYW5kIMOo?= there\r\n"},
	{"see  é  there", "S: see =?utf-8?B?IMOp?=  there\r\n"},
	/* what looks encoded is shown as it is */
	{"a =?utf-8?q?b?=", "S: a =?utf-8?B?PT91dGYtOD9xP2I/PQ==?=\r\n"},
	/* folded before column 76, at white space */
	{"The quick brown fox jumps over the lazy dog and then, for no reason, over the next one",
	 "S: The quick brown fox jumps over the lazy dog and then, for no reason, over\r\n"
	 " the next one\r\n"},
	/* no encoded word over 75 bytes, none with half a character */
	{"ääääääääääääääääääääääääääääääääääääääää",
	 "S: =?utf-8?B?w6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6Q=?=\r\n"
	 " =?utf-8?B?w6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOk?=\r\n"},
};

static const struct {
	const char *value, *field;
} fields[] = {
	/* the caller's own encoded words and addresses stay */
	{"=?utf-8?q?b?= <https://x/?a=?b>", "X-A: =?utf-8?q?b?= <https://x/?a=?b>\r\n"},
	{"naïve", "X-A: =?utf-8?B?bmHDr3Zl?=\r\n"},
	{"", "X-A:\r\n"},
};

static const struct {
	struct address at[3];
	const char *field;
} lists[] = {
	{{{SLICE(""), SLICE("a@b.c")}}, "To: a@b.c\r\n"},
	{{{SLICE("Ann"), SLICE("a@b.c")}, {SLICE("Bob B."), SLICE("b@b.c")}},
	 "To: Ann <a@b.c>, \"Bob B.\" <b@b.c>\r\n"},
	{{{SLICE("say \"hi\" \\o/"), SLICE("a@b.c")}}, "To: \"say \\\"hi\\\" \\\\o/\" <a@b.c>\r\n"},
	{{{SLICE("two  spaces"), SLICE("a@b.c")}}, "To: \"two  spaces\" <a@b.c>\r\n"},
	{{{SLICE("Jörg, Dr."), SLICE("a@b.c")}}, "To: =?utf-8?B?SsO2cmcsIERyLg==?= <a@b.c>\r\n"},
	{{{SLICE("=?x?"), SLICE("a@b.c")}}, "To: =?utf-8?B?PT94Pw==?= <a@b.c>\r\n"},
	{{{SLICE("a> <evil@x.y>, b"), SLICE("a@b.c")}}, "To: \"a> <evil@x.y>, b\" <a@b.c>\r\n"},
	{{{SLICE(""), SLICE("a.long.address.that.takes.much.room@one.example")},
	  {SLICE(""), SLICE("another.long.address@two.example")}},
	 "To: a.long.address.that.takes.much.room@one.example,\r\n another.long.address@two.example\r\n"},
	{{{SLICE(""), SLICE("jörg@b.c")}}, "To: jörg@b.c\r\n"},
	{{{SLICE("a name in ASCII that is so long that quotes could not be folded in one"), SLICE("a@b.c")}},
	 "To: =?utf-8?Q?a_name_in_ASCII_that_is_so_long_that_quotes_could_not_be_fol?=\r\n"
	 " =?utf-8?Q?ded_in_one?= <a@b.c>\r\n"},
};

static const struct {
	int64_t ms;
	const char *field;
} dates[] = {
	{0, "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"},
	{1795512600123, "Date: Tue, 24 Nov 2026 09:30:00 +0000\r\n"},
	{951782399000, "Date: Mon, 28 Feb 2000 23:59:59 +0000\r\n"},
	{253402300799999, "Date: Fri, 31 Dec 9999 23:59:59 +0000\r\n"},
	{-1, "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"},
};

static const struct {
	const char *value, *parameter;
} parameters[] = {
	{"report.pdf", ";\r\n filename=\"report.pdf\""},
	{"a b;c.pdf", ";\r\n filename=\"a b;c.pdf\""},
	{"Übersicht 1.pdf", ";\r\n filename*=utf-8''%C3%9Cbersicht%201.pdf"},
	{"say \"hi\"", ";\r\n filename*=utf-8''say%20%22hi%22"},
	{"日本語日本語日本語.pdf",
	 ";\r\n filename*0*=utf-8''%E6%97%A5%E6%9C%AC%E8%AA%9E%E6%97%A5%E6%9C%AC%E8%AA%9E"
	 ";\r\n filename*1*=%E6%97%A5%E6%9C%AC%E8%AA%9E.pdf"},
};

/* clang-format on */

static struct buf out;

START_TEST(folds_and_encodes_a_text)
{
	buf_clear(&out);
	mime_put_text(&out, "S", slice_text(texts[_i].text));
	ck_assert_str_eq(out.p, texts[_i].field);
}
END_TEST

START_TEST(leaves_the_callers_field_as_it_is)
{
	buf_clear(&out);
	mime_put_field(&out, slice_text("X-A"), slice_text(fields[_i].value));
	ck_assert_str_eq(out.p, fields[_i].field);
}
END_TEST

START_TEST(breaks_no_line_over_998)
{
	static char word[5000];

	memset(word, 'x', sizeof word);
	buf_clear(&out);
	mime_put_field(&out, slice_text("X-A"), slice_make(word, sizeof word));
	struct slice rest = buf_slice(&out), line;
	while (slice_next(&rest, '\n', &line))
		ck_assert_uint_le(line.n, 77);

	buf_clear(&out);
	mime_put_field(&out, slice_text("X-A"), slice_make(word, 900));
	ck_assert_uint_eq(out.n, 5 + 900 + 2);
}
END_TEST

START_TEST(writes_addresses)
{
	size_t n = 0;

	while (n < 3 && lists[_i].at[n].email.n)
		n++;
	buf_clear(&out);
	mime_put_addresses(&out, "To", lists[_i].at, n);
	ck_assert_str_eq(out.p, lists[_i].field);
}
END_TEST

START_TEST(writes_no_field_without_addresses)
{
	buf_clear(&out);
	mime_put_addresses(&out, "To", NULL, 0);
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

START_TEST(writes_dates)
{
	buf_clear(&out);
	mime_put_date(&out, dates[_i].ms);
	ck_assert_str_eq(out.p, dates[_i].field);
}
END_TEST

START_TEST(writes_parameters)
{
	buf_clear(&out);
	mime_put_parameter(&out, "filename", slice_text(parameters[_i].value));
	ck_assert_str_eq(out.p, parameters[_i].parameter);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("mime/header");
	TCase *t = tcase_create("header");

	tcase_add_loop_test(t, folds_and_encodes_a_text, 0, sizeof texts / sizeof *texts);
	tcase_add_loop_test(t, leaves_the_callers_field_as_it_is, 0,
			    sizeof fields / sizeof *fields);
	tcase_add_test(t, breaks_no_line_over_998);
	tcase_add_loop_test(t, writes_addresses, 0, sizeof lists / sizeof *lists);
	tcase_add_test(t, writes_no_field_without_addresses);
	tcase_add_loop_test(t, writes_dates, 0, sizeof dates / sizeof *dates);
	tcase_add_loop_test(t, writes_parameters, 0, sizeof parameters / sizeof *parameters);
	suite_add_tcase(s, t);
	return s;
}
