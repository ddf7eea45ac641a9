#include "mime/encode.h"

#include <check.h>

#define X76 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* clang-format off */

static const struct {
	const char *text, *name, *encoded;
} texts[] = {
	{"", "7bit", ""},
	{"a\nb\r\nc\rd", "7bit", "a\r\nb\r\nc\r\nd\r\n"},
	{"\n\r\n\r\r\n\n", "7bit", "\r\n\r\n\r\n\r\n\r\n"},
	{"tab\tand space \n", "7bit", "tab\tand space \r\n"},
	{".\n..\nFrom x\n", "7bit", ".\r\n..\r\nFrom x\r\n"},
	{"Äpfel und Birnen", "quoted-printable", "=C3=84pfel und Birnen\r\n"},
	{"Äpfel = \nund\tBirnen\t\n", "quoted-printable", "=C3=84pfel =3D=20\r\nund\tBirnen=09\r\n"},
	{"a control\x01 character", "quoted-printable", "a control=01 character\r\n"},
	/* a line is 76 characters with its soft break */
	{"é" X76 "\n" X76 "\n" X76 "x", "quoted-printable",
	 "=C3=A9xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=\r\nxxxxxxx\r\n"
	 X76 "\r\n" "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=\r\nxx\r\n"},
	{"日本\n", "base64", "5pel5pysDQo=\r\n"},
	{"日本語日本語日本語日本語日本語日本語日本語", "base64",
	 "5pel5pys6Kqe5pel5pys6Kqe5pel5pys6Kqe5pel5pys6Kqe5pel5pys6Kqe5pel5pys6Kqe5pel\r\n"
	 "5pys6KqeDQo=\r\n"},
};

/* clang-format on */

START_TEST(takes_the_shortest_that_can_be_read)
{
	enum mime_encoding encoding = mime_encoding_for(slice_text(texts[_i].text));
	struct buf out = {0};

	ck_assert_str_eq(mime_encoding_name(encoding), texts[_i].name);
	buf_add_text(&out, "");
	mime_encode(slice_text(texts[_i].text), encoding, &out);
	ck_assert_str_eq(out.p, texts[_i].encoded);
	buf_free(&out);
}
END_TEST

static const struct {
	int length; /* of one line */
	enum mime_encoding encoding;
} lines[] = {{998, MIME_7BIT}, {999, MIME_QUOTED_PRINTABLE}, {100000, MIME_QUOTED_PRINTABLE}};

START_TEST(breaks_lines_that_are_too_long)
{
	struct buf text = {0}, out = {0};

	buf_addf(&text, "short\r\n%0*d\nshort", lines[_i].length, 0);
	ck_assert_int_eq(mime_encoding_for(buf_slice(&text)), lines[_i].encoding);
	mime_encode(buf_slice(&text), lines[_i].encoding, &out);
	struct slice rest = buf_slice(&out), line;
	while (slice_next(&rest, '\n', &line))
		ck_assert_uint_le(line.n, 999); /* with its CR */
	buf_free(&text);
	buf_free(&out);
}
END_TEST

/* Quadratic work would take minutes here. */
START_TEST(a_text_of_carriage_returns_is_no_trap)
{
	struct buf text = {0}, out = {0};

	memset(buf_reserve(&text, 4000000), '\r', 4000000);
	text.n = 4000000;
	mime_encode(buf_slice(&text), mime_encoding_for(buf_slice(&text)), &out);
	ck_assert_uint_eq(out.n, 8000000);
	buf_free(&text);
	buf_free(&out);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("mime/encode");
	TCase *t = tcase_create("encode");

	tcase_add_loop_test(t, takes_the_shortest_that_can_be_read, 0,
			    sizeof texts / sizeof *texts);
	tcase_add_loop_test(t, breaks_lines_that_are_too_long, 0, sizeof lines / sizeof *lines);
	tcase_add_test(t, a_text_of_carriage_returns_is_no_trap);
	suite_add_tcase(s, t);
	return s;
}
