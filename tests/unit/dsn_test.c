#include "mime/dsn.h"

#include <check.h>

#define NOW INT64_C(1795512600000) /* 2026-11-24T09:30:00Z */

/* One recipient, and the last that was said of it. */
static const struct {
	const char *name, *email;
	enum verdict verdict; /* VERDICT_NONE: never tried, it failed here */
	unsigned code;
	const char *enhanced, *reply;
	const char *has, *has_not;
	int64_t expires_ms;
} cases[] = {
	{"refused by a server", "bob@b.example", VERDICT_PERMANENT, 550, "5.1.1",
	 "550 5.1.1 unknown",
	 "Final-Recipient: rfc822; bob@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
	 "Diagnostic-Code: smtp; 550 5.1.1 unknown\r\n",
	 NULL},
	{"refused without a status", "bob@b.example", VERDICT_PERMANENT, 550, NULL, "550 no",
	 "Status: 5.0.0\r\n", NULL},
	{"no attempts left", "bob@b.example", VERDICT_TRANSIENT, 0, NULL, "refused",
	 "Status: 4.4.7\r\nDiagnostic-Code: x-mailq; refused\r\n", NULL},
	{"failed here", "bob@b.example", VERDICT_NONE, 0, NULL, NULL,
	 "Status: 5.3.0\r\nDiagnostic-Code: x-mailq; no template\r\n", "smtp;"},
	{"not tried in time", "bob@b.example", VERDICT_NONE, 0, NULL, NULL, "Status: 4.4.7\r\n",
	 NULL, .expires_ms = NOW},
	{"a reply cannot begin a field", "bob@b.example", VERDICT_PERMANENT, 550, NULL,
	 "no\r\nAction: delivered", "Diagnostic-Code: smtp; no??Action: delivered\r\n",
	 "\nAction: delivered"},
	{"an address outside ASCII",
	 "b\xc3\xb6"
	 "b@b.example",
	 VERDICT_PERMANENT, 550, NULL, "no", "Final-Recipient: utf-8; b\\x{F6}b@b.example\r\n",
	 NULL},
	{"one that was served", "bob@b.example", VERDICT_DELIVERED, 250, NULL, "ok",
	 "Content-Type: message/delivery-status\r\n", "Final-Recipient"},
};

static void compose_with(size_t i, struct slice header, struct buf *out)
{
	struct attempt_reply reply = {.email = slice_text(cases[i].email),
				      .verdict = cases[i].verdict,
				      .code = cases[i].code,
				      .enhanced = slice_text(cases[i].enhanced),
				      .text = slice_text(cases[i].reply)};
	struct story_item item = {.kind = STORY_ATTEMPT,
				  .time_ms = NOW,
				  .attempt = {.to = STATE_FAILED,
					      .recipients = &reply,
					      .n_recipients = 1}};
	struct story_recipient recipient = {.email = reply.email, .verdict = reply.verdict};
	struct request request = {.subject = SLICE("Hello"),
				  .envelope_from = SLICE("a@a.example"),
				  .expires_ms = cases[i].expires_ms};
	struct story story = {.request = &request,
			      .created_ms = NOW - 1000,
			      .updated_ms = NOW,
			      .last_error = SLICE("no template"),
			      .recipients = &recipient,
			      .n_recipients = 1,
			      .items = &item,
			      .n_items = cases[i].verdict != VERDICT_NONE};
	struct mime_dsn dsn = {.id = SLICE("01jddxv7q8zkj3m5n6p7r8s9t0"),
			       .story = &story,
			       .header = header,
			       .domain = SLICE("a.example"),
			       .to = SLICE("ops@a.example")};

	mime_dsn_compose(&dsn, out);
}

static void compose(size_t i, struct buf *out)
{
	compose_with(i, slice_text("Subject: Hello\r\nX-Cut: at its"), out);
}

START_TEST(tells_what_was_said_of_whom)
{
	struct buf out = {0};

	compose((size_t)_i, &out);
	ck_assert_msg(strstr(out.p, cases[_i].has), "%s: %s", cases[_i].name, out.p);
	if (cases[_i].has_not)
		ck_assert_msg(!strstr(out.p, cases[_i].has_not), "%s: %s", cases[_i].name, out.p);
	buf_free(&out);
}
END_TEST

START_TEST(is_the_same_whenever_it_is_asked_for)
{
	struct buf first = {0}, second = {0};

	compose(0, &first);
	compose(0, &second);
	ck_assert_str_eq(first.p, second.p);
	ck_assert(strstr(first.p, "Date: Tue, 24 Nov 2026 09:30:00 +0000\r\n"));
	buf_free(&first);
	buf_free(&second);
}
END_TEST

START_TEST(returns_whole_lines_of_the_header)
{
	struct buf out = {0};

	compose(0, &out);
	ck_assert(strstr(out.p, "text/rfc822-headers\r\n\r\nSubject: Hello\r\n\r\n--"));
	ck_assert(!strstr(out.p, "X-Cut"));
	buf_free(&out);
}
END_TEST

START_TEST(a_header_outside_ASCII_is_encoded)
{
	struct buf out = {0};

	compose_with(0,
		     slice_text("Subject: Hello, how are you\r\nTo: b\xc3\xb6"
				"b@b.example\r\n"),
		     &out);
	ck_assert(strstr(out.p,
			 "Content-Type: message/global-headers\r\n"
			 "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
			 "Subject: Hello, how are you\r\nTo: b=C3=B6b@b.example\r\n"));
	for (size_t i = 0; i < out.n; i++)
		ck_assert_int_lt((unsigned char)out.p[i], 0x80);
	buf_free(&out);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("mime/dsn");
	TCase *t = tcase_create("dsn");

	tcase_add_loop_test(t, tells_what_was_said_of_whom, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, is_the_same_whenever_it_is_asked_for);
	tcase_add_test(t, returns_whole_lines_of_the_header);
	tcase_add_test(t, a_header_outside_ASCII_is_encoded);
	suite_add_tcase(s, t);
	return s;
}
