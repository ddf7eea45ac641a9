#include "smtp/ehlo.h"

#include <check.h>

#include "base/buf.h"

/* Prints features as words. */
static void print(const struct smtp_features *f, struct buf *out)
{
	buf_addf(out, "%s%s%s%s%s%s%s%s", f->pipelining ? "pipelining " : "",
		 f->size ? "size " : "", f->eight_bit ? "8bit " : "", f->smtputf8 ? "utf8 " : "",
		 f->dsn ? "dsn " : "", f->chunking ? "chunking " : "",
		 f->starttls ? "starttls " : "", f->enhanced_codes ? "codes " : "");
	buf_addf(out, "%llu %#x", (unsigned long long)f->size_limit, f->auth);
}

/* The server's lines, and what it offers after them. */
static const struct {
	const char *lines, *features;
} cases[] = {
	{"220 mx|250-mx|250-PIPELINING|250-SIZE 1024|250 ETRN", "pipelining size 1024 0"},
	{"250-mx|250-8BITMIME|250-SMTPUTF8|250-DSN|250 CHUNKING", "8bit utf8 dsn chunking 0 0"},
	{"250-mx|250-ENHANCEDSTATUSCODES|250 AUTH PLAIN LOGIN XOAUTH2", "codes 0 0x7"},
	{"250-mx|250-pipelining|250 size", "pipelining size 0 0"},
	{"250-mx|250 SIZE 99999999999999999999", "size 0 0"},
	{"250-mx|250-AUTH=PLAIN LOGIN|250 AUTH CRAM-MD5 OAUTHBEARER", "0 0x1b"},
	{"250-SIZE 10|250 X", "0 0"}, /* a server of that name */
	{"250 mx|250 PIPELINING", "0 0"},
	{"500 what?|250 mx", "0 0"},
	{"250-mx|250-PIPELINING|250 STARTTLS|220 go ahead", "0 0"},
	{"250-mx|250 STARTTLS|220 go|250-mx|250 DSN|334|235 yes", "dsn 0 0"},
	{"250-mx|250-PIPELININGX|250-SIZEX 5|250 AUTHX PLAIN", "0 0"},
	{"250-mx|250-|250-  |250", "0 0"},
};

START_TEST(knows_what_the_server_offers)
{
	struct smtp_ehlo ehlo = {0};
	struct slice rest = slice_text(cases[_i].lines), line;
	struct buf got = {0};

	while (slice_next(&rest, '|', &line))
		smtp_ehlo_line(&ehlo, line);
	print(&ehlo.features, &got);
	ck_assert_str_eq(got.p, cases[_i].features);
	buf_free(&got);
}
END_TEST

START_TEST(keeps_the_last_reply)
{
	static const char *const lines[] = {"220 mx\r\n", "250-mx\r\n", "250 DSN\r\n",
					    "535-5.7.8 who are\r\n", "535 5.7.8 you?\r\n"};
	struct smtp_ehlo ehlo = {0};

	for (size_t i = 0; i < 4; i++)
		smtp_ehlo_line(&ehlo, slice_text(lines[i]));
	ck_assert_int_eq(ehlo.last.code, 250);
	smtp_ehlo_line(&ehlo, slice_text(lines[4]));
	ck_assert_int_eq(ehlo.last.code, 535);
	ck_assert_int_eq(ehlo.last.enhanced.detail, 8);
	ck_assert(slice_is(ehlo.last.text, "who are you?"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("smtp/ehlo");
	TCase *t = tcase_create("ehlo");

	tcase_add_loop_test(t, knows_what_the_server_offers, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, keeps_the_last_reply);
	suite_add_tcase(s, t);
	return s;
}
