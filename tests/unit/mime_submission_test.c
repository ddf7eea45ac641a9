#include "mime/submission.h"

#include <check.h>

#include "mime/complete.h"
#include "mime/lone_dot.h"
#include "mime/words.h"

/* clang-format off */

static const struct {
	const char *list, *completed; /* NULL: nothing to complete */
} lists[] = {
	{"root", "root@h.example"},
	{"root (Cron Daemon)", "root@h.example (Cron Daemon)"},
	{"a@b.example, root, c@d.example", "a@b.example, root@h.example, c@d.example"},
	{"root,daemon", "root@h.example,daemon@h.example"},
	{"<root>", "<root@h.example>"},
	{"Cron <root>, \"x, y\" <daemon>", "Cron <root@h.example>, \"x, y\" <daemon@h.example>"},
	{"all: root, a@b.example;", "all: root@h.example, a@b.example;"},
	{"undisclosed-recipients:;", NULL},
	{"a@b.example", NULL},
	{"Alice <a@b.example>", NULL},
	{"(root)", NULL},
	{"\"root\"", NULL},
	{"two words", NULL},
	{"<>", NULL},
	{"", NULL},
	{"(open", NULL},
	{"\"open", NULL},
	{"a\\", "a\\@h.example"},
};

static const struct {
	const char *value, *text;
} words[] = {
	{"plain text", "plain text"},
	{"=?utf-8?q?Gr=C3=BC=C3=9Fe_an_alle?=", "Gr\xc3\xbc\xc3\x9f" "e an alle"},
	{"=?UTF-8?B?R3LDvMOfZQ==?= you", "Gr\xc3\xbc\xc3\x9f" "e you"},
	{"=?iso-8859-1?Q?Gr=FC=DFe?=", "Gr\xc3\xbc\xc3\x9f" "e"},
	{"=?utf-8*de?q?=C3=BC?=", "\xc3\xbc"},
	{"=?utf-8?q?a?= =?utf-8?q?b?=  c", "ab  c"},
	{"=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "\xc3\xbc"},
	{"a =?utf-8?q?b?=", "a b"},
	{"=?koi8-r?q?=C3?=", "=?koi8-r?q?=C3?="},
	{"=?utf-8?x?a?=", "=?utf-8?x?a?="},
	{"=?utf-8?q?open", "=?utf-8?q?open"},
	{"=?utf-8?q?a=0Ab=00c=7F?=", "a b c "},
	{"=?utf-8?q?=E2=80=A8?=", " "},
	{"=?utf-8?q?=zz=C?=", "=zz=C"},
	{"Gr\xfc\xdf" "e", "Gr\xc3\xbc\xc3\x9f" "e"},
	{"\x85", " "},
	{"", ""},
};

static const struct {
	const char *input, *message;
} dots[] = {
	{"a\n.\nb\n", "a\n"},
	{"a\r\n.\r\nb", "a\r\n"},
	{".\n", ""},
	{".\r\n", ""},
	{"a.\n", "a.\n"},
	{"..\n", "..\n"},
	{".\ra\n", ".\ra\n"},
	{"a\n.", "a\n."},
	{"", ""},
};

#define MESSAGE "From: Al <al@a.example>\nTo: Bo <bo@b.example>\nCc: cy@c.example\nBcc: di@d.example\nSubject: Hi\n\nbody\n"
#define AL "{\"email\":\"al@a.example\",\"name\":\"Al\"}"
#define BO "{\"email\":\"bo@b.example\",\"name\":\"Bo\"}"

/* The caller is root on h.example. */
static const struct {
	const char *message, *sender, *recipients;
	bool read_headers;
	const char *request; /* the JSON; or how the error begins, behind '!' */
	const char *add;     /* to the header */
} messages[] = {
	/* who it goes to */
	{MESSAGE, NULL, NULL, true,
	 "{\"from_email\":" AL ",\"to_emails\":[" BO "],\"cc_emails\":[\"cy@c.example\"],\"bcc_emails\":[\"di@d.example\"],\"subject\":\"Hi\"}", ""},
	{MESSAGE, NULL, "ed@e.example", true,
	 "{\"from_email\":" AL ",\"to_emails\":[" BO "],\"cc_emails\":[\"cy@c.example\"],\"bcc_emails\":[\"di@d.example\",\"ed@e.example\"],\"subject\":\"Hi\"}", ""},
	{MESSAGE, NULL, "ed@e.example", false,
	 "{\"from_email\":" AL ",\"bcc_emails\":[\"ed@e.example\"],\"subject\":\"Hi\"}", ""},
	{MESSAGE, NULL, "cy@c.example,bo@B.example", false,
	 "{\"from_email\":" AL ",\"to_emails\":[" BO "],\"cc_emails\":[\"cy@c.example\"],\"subject\":\"Hi\"}", ""},
	{"From: al@a.example\nTo: x@y.example\nResent-To: bo@b.example\nResent-Bcc: cy@c.example\nResent-From: di@d.example\n\n", NULL, NULL, true,
	 "{\"from_email\":\"al@a.example\",\"envelope_from\":\"di@d.example\",\"to_emails\":[\"bo@b.example\"],\"bcc_emails\":[\"cy@c.example\"]}", ""},
	{"From: al@a.example\nTo: x@y.example\nResent-To: bo@b.example\n\n", NULL, NULL, true,
	 "{\"from_email\":\"al@a.example\",\"envelope_from\":\"root@h.example\",\"to_emails\":[\"bo@b.example\"]}", ""},
	{"From: al@a.example\nTo: a@b.example\nTo: all: c@d.example, e@f.example;\n\n", NULL, NULL, true,
	 "{\"from_email\":\"al@a.example\",\"to_emails\":[\"a@b.example\",\"c@d.example\",\"e@f.example\"]}", ""},
	{"From: al@a.example\nTo: undisclosed-recipients:;\n\n", NULL, NULL, true, "!no recipient", ""},
	{"no header at all\n", NULL, NULL, true, "!no recipient", ""},
	{"", NULL, NULL, false, "!no recipient", ""},
	{"From: al@a.example\nTo: not an address\n\n", NULL, NULL, true, "!To: ", ""},
	{"From: al@a.example\nTo: not an address\n\n", NULL, "bo@b.example", false,
	 "{\"from_email\":\"al@a.example\",\"bcc_emails\":[\"bo@b.example\"]}", ""},
	{MESSAGE, NULL, "a@b@c", false, "!recipient: ", ""},
	{MESSAGE, NULL, "a@b.example\nRCPT TO:<x@y.example>", false, "!recipient: ", ""},
	{MESSAGE, NULL, "-oQ/tmp@b.example", false,
	 "{\"from_email\":" AL ",\"bcc_emails\":[\"-oQ/tmp@b.example\"],\"subject\":\"Hi\"}", ""},

	/* who it comes from */
	{MESSAGE, "fo@f.example", "bo@b.example", false,
	 "{\"from_email\":" AL ",\"envelope_from\":\"fo@f.example\",\"to_emails\":[" BO "],\"subject\":\"Hi\"}", ""},
	{MESSAGE, "al@a.example", "bo@b.example", false,
	 "{\"from_email\":" AL ",\"to_emails\":[" BO "],\"subject\":\"Hi\"}", ""},
	{MESSAGE, "<>", "bo@b.example", false,
	 "{\"from_email\":" AL ",\"envelope_from\":\"\",\"to_emails\":[" BO "],\"subject\":\"Hi\"}", ""},
	{MESSAGE, "", "bo@b.example", false,
	 "{\"from_email\":" AL ",\"envelope_from\":\"\",\"to_emails\":[" BO "],\"subject\":\"Hi\"}", ""},
	{MESSAGE, "www-data -X/var/www/x.php @b.example", "bo@b.example", false, "!sender: ", ""},
	{"\nbody\n", NULL, "bo@b.example", false,
	 "{\"from_email\":{\"email\":\"root@h.example\",\"name\":\"Ro Ot\"},\"bcc_emails\":[\"bo@b.example\"]}",
	 "From: Ro Ot <root@h.example>\r\n"},
	{"\nbody\n", "fo@f.example", "bo@b.example", false,
	 "{\"from_email\":{\"email\":\"fo@f.example\",\"name\":\"Ro Ot\"},\"bcc_emails\":[\"bo@b.example\"]}",
	 "From: Ro Ot <fo@f.example>\r\n"},
	{"\nbody\n", "<>", "bo@b.example", false,
	 "{\"from_email\":{\"email\":\"root@h.example\",\"name\":\"Ro Ot\"},\"envelope_from\":\"\",\"bcc_emails\":[\"bo@b.example\"]}",
	 "From: Ro Ot <root@h.example>\r\n"},
	{"From:\n\nbody\n", "fo@f.example", "bo@b.example", false,
	 "{\"from_email\":{\"email\":\"fo@f.example\",\"name\":\"Ro Ot\"},\"bcc_emails\":[\"bo@b.example\"]}",
	 "From: Ro Ot <fo@f.example>\r\n"},
	{"From: no address\n\n", NULL, "bo@b.example", false, "!From: ", ""},

	/* names without a domain: what cron writes */
	{"From: root (Cron Daemon)\nTo: ops\nSubject: Cron <root@h> true\n\n", NULL, "ops", false,
	 "{\"from_email\":\"root@h.example\",\"to_emails\":[\"ops@h.example\"],\"subject\":\"Cron <root@h> true\"}",
	 "From: root@h.example\r\nTo: ops@h.example\r\n"},
	{"From: a@b.example\nBcc: ops\n\n", "root", NULL, true,
	 "{\"from_email\":\"a@b.example\",\"envelope_from\":\"root@h.example\",\"bcc_emails\":[\"ops@h.example\"]}", ""},

	/* what is asked of mailq */
	{"From: al@a.example\nX-Mailq-Org: acme\nX-Mailq-Tag: a, b\nX-Mailq-Tag: c\nX-Mailq-Priority: -3\n"
	 "X-Mailq-Send-At: 2030-01-01T00:00:00Z\nX-Mailq-Expires-At: 2030-01-02T00:00:00Z\n"
	 "x-mailq-idempotency-key: k1\nX-Mailq-Transport: relay\n\n", NULL, "bo@b.example", false,
	 "{\"organization_id\":\"acme\",\"from_email\":\"al@a.example\",\"bcc_emails\":[\"bo@b.example\"],"
	 "\"connector_id\":\"relay\",\"priority\":-3,\"scheduled_at\":\"2030-01-01T00:00:00.000Z\","
	 "\"expires_at\":\"2030-01-02T00:00:00.000Z\",\"idempotency_key\":\"k1\",\"tags\":[\"a\",\"b\",\"c\"]}", ""},
	{"X-Mailq-Template: tpl_welcome\nX-Mailq-Context: {\"name\":\n \"Bo\"}\nReply-To: r@r.example\nTo: bo@b.example\n\n\n", NULL, NULL, true,
	 "{\"reply_to\":[\"r@r.example\"],\"to_emails\":[\"bo@b.example\"],\"template_id\":\"tpl_welcome\",\"context\":{\"name\":\"Bo\"}}", ""},
	{"X-Mailq-Template: tpl\nTo: bo@b.example\n\nbody", NULL, NULL, true, "!X-Mailq-Template: ", ""},
	{"X-Mailq-Template: ../tpl\nTo: bo@b.example\n\n", NULL, NULL, true, "!template_id: ", ""},
	{"X-Mailq-Context: {\nTo: bo@b.example\n\n", NULL, NULL, true, "!X-Mailq-Context: ", ""},
	{"X-Mailq-Priority: high\nTo: bo@b.example\n\n", NULL, NULL, true, "!priority: ", ""},
	{"X-Mailq-Priority: 11\nTo: bo@b.example\n\n", NULL, NULL, true, "!priority: ", ""},
	{"X-Mailq-Org: a\nX-Mailq-Org: b\nTo: bo@b.example\n\n", NULL, NULL, true, "!X-Mailq-Org: stands twice", ""},
	{"X-Mailq-Prio: 1\nTo: bo@b.example\n\n", NULL, NULL, true, "!X-Mailq-Prio: unknown", ""},

	/* the subject as listings show it */
	{"From: al@a.example\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\n", NULL, "bo@b.example", false,
	 "{\"from_email\":\"al@a.example\",\"bcc_emails\":[\"bo@b.example\"],\"subject\":\"Gr\xc3\xbc\xc3\x9f" "e\"}", ""},
};

/* clang-format on */

static struct buf out;
static struct arena arena;

static void clear(void)
{
	buf_clear(&out);
	buf_add_text(&out, "");
	arena_reset(&arena);
}

START_TEST(completes_an_address_that_is_a_name)
{
	clear();
	bool any = mime_complete_list(slice_text(lists[_i].list), slice_text("h.example"), &out);
	ck_assert_int_eq(any, lists[_i].completed != NULL);
	ck_assert_str_eq(out.p, any ? lists[_i].completed : lists[_i].list);
}
END_TEST

/* Whatever pieces it comes in: here, a byte each. */
START_TEST(ends_at_a_lone_dot)
{
	struct slice input = slice_text(dots[_i].input);
	struct lone_dot dot = {0};

	clear();
	for (; input.n && !dot.found; input = slice_after(input, 1))
		buf_add_slice(&out, lone_dot_read(&dot, slice_first(input, 1)));
	struct slice message = lone_dot_without(&dot, buf_slice(&out));
	ck_assert(slice_is(message, dots[_i].message));
	dot = (struct lone_dot){0};
	input = lone_dot_read(&dot, slice_text(dots[_i].input));
	ck_assert(slice_is(lone_dot_without(&dot, input), dots[_i].message));
}
END_TEST

START_TEST(decodes_encoded_words)
{
	clear();
	mime_words_decode(slice_text(words[_i].value), &out);
	ck_assert_str_eq(out.p, words[_i].text);
}
END_TEST

static bool read_message(const char *message, const struct submission_facts *facts,
			 struct submission *submission, struct err *err)
{
	return submission_read(slice_text(message), facts, &arena, submission, err);
}

START_TEST(makes_a_request_of_a_message)
{
	struct slice recipients = slice_text(messages[_i].recipients);
	struct submission_facts facts = {
		.user = SLICE("root"),
		.domain = SLICE("h.example"),
		.full_name = SLICE("Ro Ot"),
		.sender = slice_text(messages[_i].sender),
		.recipients = &recipients,
		.n_recipients = messages[_i].recipients ? 1 : 0,
		.read_headers = messages[_i].read_headers,
	};
	struct json_out json = {.buf = &out};
	struct submission submission;
	struct err err = {0};
	const char *wanted = messages[_i].request;

	clear();
	bool ok = read_message(messages[_i].message, &facts, &submission, &err);
	if (*wanted == '!') {
		ck_assert(!ok);
		ck_assert_int_eq(err.code, EX_DATAERR);
		ck_assert_msg(slice_starts(slice_text(err.text), wanted + 1), "%s", err.text);
		return;
	}
	ck_assert_msg(ok, "%s", err.text);
	request_write(&json, submission.request);
	ck_assert_str_eq(out.p, wanted);
	ck_assert_str_eq(submission.edit.add.p, messages[_i].add);
	ck_assert_int_eq(submission.templated, submission.request->template_id.p != NULL);
}
END_TEST

static void count_and_tell(void *self, struct slice *user, struct slice *full_name)
{
	++*(int *)self;
	*user = slice_text("bo");
	*full_name = slice_text("Bo Derek");
}

START_TEST(asks_who_calls_only_to_add_a_from)
{
	int asked = 0;
	struct submission_facts facts = {.user = SLICE("nobody"),
					 .domain = SLICE("h.example"),
					 .read_headers = true,
					 .find_user = count_and_tell,
					 .self = &asked};
	struct submission submission;
	struct err err = {0};

	clear();
	ck_assert(read_message("From: a@b.example\nTo: c\n\n", &facts, &submission, &err));
	ck_assert_int_eq(asked, 0);
	ck_assert(read_message("From: \nTo: c\n\n", &facts, &submission, &err));
	ck_assert_int_eq(asked, 1);
	ck_assert(slice_is(submission.request->from.email, "bo@h.example"));
	ck_assert(slice_is(submission.request->from.name, "Bo Derek"));
}
END_TEST

static bool drops(const struct mime_edit *edit, const char *name)
{
	for (size_t i = 0; edit->drop[i]; i++)
		if (strcmp(edit->drop[i], name) == 0)
			return true;
	return false;
}

START_TEST(drops_what_must_not_go_on_and_what_it_wrote_anew)
{
	struct submission_facts facts = {.domain = SLICE("h.example"), .read_headers = true};
	struct submission submission;
	struct err err = {0};

	clear();
	ck_assert(read_message("From: a@b.example\nTo: root\nCc: c@d.example\nBcc: x\n\n", &facts,
			       &submission, &err));
	ck_assert(drops(&submission.edit, "Bcc"));
	ck_assert(drops(&submission.edit, "Resent-Bcc"));
	ck_assert(drops(&submission.edit, "X-Mailq-*"));
	ck_assert(drops(&submission.edit, "To"));
	ck_assert(!drops(&submission.edit, "Cc"));
	ck_assert(!drops(&submission.edit, "From"));
}
END_TEST

START_TEST(keeps_what_was_asked_about_reports)
{
	struct slice recipient = SLICE("bo@b.example");
	struct submission_facts facts = {.user = SLICE("root"),
					 .domain = SLICE("h.example"),
					 .recipients = &recipient,
					 .n_recipients = 1,
					 .dsn = {.notify = DSN_NEVER,
						 .ret = DSN_RET_HDRS,
						 .envid = SLICE("e1")}};
	struct submission submission;
	struct err err = {0};

	clear();
	ck_assert(read_message("\n", &facts, &submission, &err));
	const struct dsn *dsn = &submission.request->dsn;
	ck_assert_uint_eq(dsn->notify, DSN_NEVER);
	ck_assert_uint_eq(dsn->ret, DSN_RET_HDRS);
	ck_assert(slice_is(dsn->envid, "e1"));
}
END_TEST

START_TEST(bounds_the_addresses_of_a_field)
{
	struct submission_facts facts = {.user = SLICE("root"), .read_headers = true};
	struct submission submission;
	struct buf message = {0};
	struct err err = {0};

	clear();
	for (unsigned i = 0; i <= SUBMISSION_ADDRESSES_MOST; i++)
		buf_addf(&message, "To: a%u@b.example\n", i);
	ck_assert(!read_message(message.p, &facts, &submission, &err));
	ck_assert_str_eq(err.text, "To: more than 10000 addresses");
	buf_free(&message);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("mime/submission");
	TCase *t = tcase_create("submission");

	tcase_add_loop_test(t, completes_an_address_that_is_a_name, 0,
			    sizeof lists / sizeof *lists);
	tcase_add_loop_test(t, ends_at_a_lone_dot, 0, sizeof dots / sizeof *dots);
	tcase_add_loop_test(t, decodes_encoded_words, 0, sizeof words / sizeof *words);
	tcase_add_loop_test(t, makes_a_request_of_a_message, 0, sizeof messages / sizeof *messages);
	tcase_add_test(t, asks_who_calls_only_to_add_a_from);
	tcase_add_test(t, drops_what_must_not_go_on_and_what_it_wrote_anew);
	tcase_add_test(t, keeps_what_was_asked_about_reports);
	tcase_add_test(t, bounds_the_addresses_of_a_field);
	suite_add_tcase(s, t);
	return s;
}
