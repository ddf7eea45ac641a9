#include "mime/fit.h"

#include <check.h>

#include "mime/scan.h"

static struct buf out;

static const char *fitted(struct slice message, const struct mime_edit *edit)
{
	struct mime_fit fit;

	buf_clear(&out);
	mime_fit_begin(&fit, message, edit);
	while (mime_fit_next(&fit, &out))
		;
	return out.p;
}

/* clang-format off */

#define QUOTED "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
#define BASE64 "Content-Transfer-Encoding: base64\r\n\r\n"

static const struct {
	const char *message, *wire;
} messages[] = {
	/* fit as it is */
	{"A: 1\r\n 2\r\n\r\nb\r\n", "A: 1\r\n 2\r\n\r\nb\r\n"},
	{"A: 1\r\n\r\n", "A: 1\r\n\r\n"},
	/* line ends, the empty line, a line for mboxes */
	{"A: 1\n 2\nB: 3\n\nb\n\nc\rd\r\ne", "A: 1\r\n 2\r\nB: 3\r\n\r\nb\r\n\r\nc\r\nd\r\ne\r\n"},
	{"From x@y.z Mon Jan\nA: 1\n\nb\n", "A: 1\r\n\r\nb\r\n"},
	{"From x\nFrom y\nContent-Type: multipart/x\n\nb", "\r\nFrom y\r\nContent-Type: multipart/x\r\n\r\nb\r\n"},
	{"A: 1", "A: 1\r\n\r\n"},
	{"A: 1\nno field\n", "A: 1\r\n\r\nno field\r\n"},
	{"just a body\n", "\r\njust a body\r\n"},
	{"", "\r\n"},
	{"\n.\n..\r\n", "\r\n.\r\n..\r\n"},
	/* a CR in the header begins no field */
	{"Subject: a\rBcc: x@y.z\n\nb", "Subject: a Bcc: x@y.z\r\n\r\nb\r\n"},
	/* header fields outside ASCII */
	{"Subject: Grüße\nX-A: 1\n\nb", "Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\nX-A: 1\r\n\r\nb\r\n"},
	{"Subject: Gr\xfc\xdf" "e\n\nb", "Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n\r\nb\r\n"},
	{"To: Jörg <j@b.c>,\n ann@b.c\n\nb", "To: =?utf-8?B?SsO2cmc=?= <j@b.c>, ann@b.c\r\n\r\nb\r\n"},
	{"Resent-To: J\xf6rg <j@b.c>\n\nb", "Resent-To: =?utf-8?B?SsO2cmc=?= <j@b.c>\r\n\r\nb\r\n"},
	{"To: jörg@b.c\n\nb", "To: jörg@b.c\r\n\r\nb\r\n"},
	{"To: Jörg\n\nb", "To: =?utf-8?B?SsO2cmc=?=\r\n\r\nb\r\n"},
	/* bodies of one part */
	{"A: 1\n\né\n", "A: 1\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n" BASE64 "w6kNCg==\r\n"},
	{"A: 1\n\nein schöner Tag\n",
	 "A: 1\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n" QUOTED "ein sch=C3=B6ner Tag\r\n"},
	{"A: 1\n\nein sch\xf6ner Tag\n",
	 "A: 1\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\n" QUOTED "ein sch=F6ner Tag\r\n"},
	{"MIME-Version: 1.0\nContent-Type: text/html; charset=latin1\nContent-Transfer-Encoding: 8bit\n\nein sch\xf6ner Tag",
	 "MIME-Version: 1.0\r\nContent-Type: text/html; charset=latin1\r\n" QUOTED "ein sch=F6ner Tag\r\n"},
	{"Content-Type: image/png\nContent-Transfer-Encoding: binary\n\n\x89PNG\r\n\x1a\n",
	 "Content-Type: image/png\r\nMIME-Version: 1.0\r\n" BASE64 "iVBORw0KGgo=\r\n"},
	{"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n\xff\n",
	 "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n\xff\r\n"},
	/* a multipart is not taken apart */
	{"Content-Type: multipart/mixed; boundary=x\n\n--x\n\né\n--x--\n",
	 "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\né\r\n--x--\r\n"},
};

/* clang-format on */

START_TEST(is_fit_for_the_wire)
{
	static const struct mime_edit nothing = {0};

	ck_assert_str_eq(fitted(slice_text(messages[_i].message), &nothing), messages[_i].wire);
}
END_TEST

START_TEST(what_is_fit_stays_as_it_is)
{
	static const struct mime_edit nothing = {0};
	struct buf once = {0};

	buf_add_text(&once, fitted(slice_text(messages[_i].message), &nothing));
	ck_assert_str_eq(fitted(buf_slice(&once), &nothing), once.p);
	buf_free(&once);
}
END_TEST

START_TEST(drops_and_adds_fields)
{
	static const char *const drop[] = {"Bcc", "X-Mailq-*", NULL};
	static const struct mime_edit edit = {.drop = drop, .add = SLICE("Date: now\r\n")};

	ck_assert_str_eq(fitted(slice_text("bcc: a\n b\nBcc-To: c\nx-mailq-tag: t\nX-Mailq: u\n\n"),
				&edit),
			 "Date: now\r\nBcc-To: c\r\nX-Mailq: u\r\n\r\n");
}
END_TEST

static const struct {
	const char *header;
	int length; /* of a line, of zeros */
} longs[] = {
	{"Content-Type: multipart/x; boundary=b", 998},
	{"Content-Type: multipart/x; boundary=b", 999},
	{"Content-Type: multipart/x; boundary=b", 300000},
	{"Subject: x", 998},
	{"Subject: x", 999},
	{"Subject: x", 300000},
	{"Content-Type: application/x", 300000},
};

START_TEST(leaves_no_line_over_998)
{
	static const struct mime_edit nothing = {0};
	struct buf message = {0};

	buf_addf(&message, "%s\n\nshort\n%0*d\nshort\n", longs[_i].header, longs[_i].length, 0);
	fitted(buf_slice(&message), &nothing);
	struct mime_needs needs = mime_scan(buf_slice(&out));
	ck_assert(!needs.long_line && !needs.bare_newline);
	buf_free(&message);
}
END_TEST

START_TEST(folds_a_long_field)
{
	static const struct mime_edit nothing = {0};
	struct buf message = {0};

	buf_add_text(&message, "References:");
	for (int i = 0; i < 100; i++)
		buf_addf(&message, " <%d@example.com>", i);
	buf_add_text(&message, "\n\nb");
	fitted(buf_slice(&message), &nothing);
	ck_assert(!mime_scan(buf_slice(&out)).long_line);
	ck_assert_ptr_null(strstr(out.p, "=?"));
	buf_free(&message);
}
END_TEST

START_TEST(leaves_out_or_encodes_nuls)
{
	static const struct mime_edit nothing = {0};
	static const char multipart[] = "Content-Type: multipart/x\n\na\0b\n";
	static const char text[] = "A: 1\0\n\na\0b\n";

	ck_assert_str_eq(fitted(slice_make(multipart, sizeof multipart - 1), &nothing),
			 "Content-Type: multipart/x\r\n\r\nab\r\n");
	ck_assert_str_eq(fitted(slice_make(text, sizeof text - 1), &nothing),
			 "A: 1\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
			 "Content-Transfer-Encoding: base64\r\n\r\nYQBiDQo=\r\n");
}
END_TEST

/* A turn adds little, however large the message, and however long its lines. */
START_TEST(holds_little_at_once)
{
	static const struct mime_edit nothing = {0};
	struct buf message = {0};
	struct mime_fit fit;
	size_t turns = 0;

	buf_add_text(&message, "A: 1\n\n");
	memset(buf_reserve(&message, 3000000), 0xe9, 3000000);
	message.n += 3000000;
	mime_fit_begin(&fit, buf_slice(&message), &nothing);
	for (buf_clear(&out); mime_fit_next(&fit, &out); buf_clear(&out), turns++)
		ck_assert_uint_le(out.n, 200 * 1024);
	ck_assert_uint_gt(turns, 40);
	buf_free(&message);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("mime/fit");
	TCase *t = tcase_create("fit");

	tcase_add_loop_test(t, is_fit_for_the_wire, 0, sizeof messages / sizeof *messages);
	tcase_add_loop_test(t, what_is_fit_stays_as_it_is, 0, sizeof messages / sizeof *messages);
	tcase_add_test(t, drops_and_adds_fields);
	tcase_add_loop_test(t, leaves_no_line_over_998, 0, sizeof longs / sizeof *longs);
	tcase_add_test(t, folds_a_long_field);
	tcase_add_test(t, leaves_out_or_encodes_nuls);
	tcase_add_test(t, holds_little_at_once);
	suite_add_tcase(s, t);
	return s;
}
