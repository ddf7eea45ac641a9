/* What no dialogue of smtp_client_test.c can show: moments between the bytes. */
#include "smtp/client.h"

#include <check.h>

static const struct slice message = SLICE("Hi\r\n.\r\n");
static const struct slice one_recipient = SLICE("a@x");
static const struct smtp_envelope to_one = {.sender = SLICE("s@y"),
					    .recipients = &one_recipient,
					    .count = 1,
					    .size = 7};

static void begin_one(struct smtp_client *client)
{
	struct smtp_features features = {.pipelining = true};

	smtp_client_init(client, &features);
	smtp_client_begin(client, &to_one, &message, 1);
}

/* Lets the client say everything it has to say at present. */
static size_t say_all(struct smtp_client *client)
{
	struct slice out;
	size_t n = 0;

	while (smtp_client_output(client, &out)) {
		n += out.n;
		smtp_client_sent(client, out.n);
	}
	return n;
}

START_TEST(commits_with_the_last_byte_and_not_before)
{
	static const struct slice go = SLICE("250 ok\r\n250 ok\r\n354 go\r\n");
	static const size_t length = sizeof "Hi\r\n..\r\n.\r\n" - 1;

	for (size_t n = 0; n <= length; n++) {
		struct smtp_client client;
		struct slice out;

		begin_one(&client);
		say_all(&client);
		smtp_client_input(&client, go);
		ck_assert(smtp_client_output(&client, &out));
		ck_assert_uint_eq(out.n, length);
		smtp_client_sent(&client, n);
		ck_assert_int_eq(smtp_client_phase(&client), n < length ? SMTP_BODY : SMTP_END);
		smtp_client_lost(&client, "reset");
		ck_assert_int_eq(smtp_client_result(&client)->recipients[0].verdict,
				 n < length ? SMTP_TRANSIENT : SMTP_UNCERTAIN);
		smtp_client_free(&client);
	}
}
END_TEST

START_TEST(takes_an_early_refusal_but_no_early_consent)
{
	static const struct {
		struct slice reply;
		enum smtp_verdict verdict;
	} cases[] = {
		{SLICE("552 too large\r\n"), SMTP_PERMANENT},
		{SLICE("451 4.3.1 disk full\r\n"), SMTP_TRANSIENT},
		{SLICE("250 ok\r\n"), SMTP_TRANSIENT},
		{SLICE("421 too slow\r\n"), SMTP_TRANSIENT},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct smtp_client client;
		struct slice out, go = SLICE("250 ok\r\n250 ok\r\n354 go\r\n");

		begin_one(&client);
		say_all(&client);
		smtp_client_input(&client, go);
		smtp_client_output(&client, &out);
		smtp_client_sent(&client, 3);
		smtp_client_input(&client, cases[i].reply);
		ck_assert(smtp_client_is_done(&client));
		ck_assert(!smtp_client_result(&client)->reusable);
		ck_assert_int_eq(smtp_client_result(&client)->recipients[0].verdict,
				 cases[i].verdict);
		smtp_client_free(&client);
	}
}
END_TEST

START_TEST(does_not_use_a_connection_again_with_half_a_command_on_it)
{
	struct smtp_client client;
	struct slice out, answers = SLICE("550 no\r\n550 no\r\n550 no\r\n");

	begin_one(&client);
	smtp_client_output(&client, &out);
	smtp_client_sent(&client, 10);
	smtp_client_input(&client, answers);
	ck_assert(smtp_client_is_done(&client));
	ck_assert(!smtp_client_result(&client)->reusable);
	ck_assert(!smtp_client_output(&client, &out));
	smtp_client_free(&client);
}
END_TEST

START_TEST(restarts_the_clock_at_whole_replies_only)
{
	static const struct slice reply = SLICE("250-first\r\n250 last\r\n");
	struct smtp_client client;

	begin_one(&client);
	say_all(&client);
	for (size_t i = 0; i < reply.n; i++)
		ck_assert_int_eq(smtp_client_input(&client, slice_make(reply.p + i, 1)),
				 i + 1 == reply.n);
	smtp_client_free(&client);
}
END_TEST

START_TEST(tells_in_which_phase_it_waits)
{
	static const struct {
		struct slice reply;
		enum smtp_phase phase;
	} steps[] = {
		{SLICE("250 ok\r\n"), SMTP_RCPT},
		{SLICE("250 ok\r\n"), SMTP_DATA},
		{SLICE("354 go\r\n"), SMTP_BODY},
	};
	struct smtp_client client;

	begin_one(&client);
	say_all(&client);
	ck_assert_int_eq(smtp_client_phase(&client), SMTP_MAIL);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		smtp_client_input(&client, steps[i].reply);
		ck_assert_int_eq(smtp_client_phase(&client), steps[i].phase);
	}
	say_all(&client);
	ck_assert_int_eq(smtp_client_phase(&client), SMTP_END);
	smtp_client_input(&client, steps[0].reply);
	ck_assert_int_eq(smtp_client_phase(&client), SMTP_IDLE);
	smtp_client_quit(&client);
	ck_assert_int_eq(smtp_client_phase(&client), SMTP_QUIT);
	say_all(&client);
	smtp_client_lost(&client, "closed");
	ck_assert_int_eq(smtp_client_phase(&client), SMTP_CLOSED);
	smtp_client_free(&client);
}
END_TEST

START_TEST(takes_a_thousand_recipients_in_bounded_writes)
{
	static struct slice recipients[1000];
	struct smtp_envelope envelope = {.sender = SLICE("s@y"),
					 .recipients = recipients,
					 .count = 1000,
					 .size = 7};
	struct smtp_features features = {.pipelining = true};
	struct smtp_client client;
	struct slice out, ok = SLICE("250 2.1.5 ok\r\n"), go = SLICE("354 go\r\n");

	for (unsigned i = 0; i < 1000; i++)
		recipients[i] = slice_text("somebody.with.a.long.name@department.example.org");
	smtp_client_init(&client, &features);
	smtp_client_begin(&client, &envelope, &message, 1);
	while (smtp_client_output(&client, &out)) {
		ck_assert_uint_lt(out.n, 20000);
		smtp_client_sent(&client, out.n);
	}
	for (unsigned i = 0; i < 1001; i++)
		smtp_client_input(&client, ok);
	smtp_client_input(&client, go);
	say_all(&client);
	smtp_client_input(&client, ok);
	ck_assert(smtp_client_is_done(&client));
	for (unsigned i = 0; i < 1000; i++)
		ck_assert_int_eq(smtp_client_result(&client)->recipients[i].verdict,
				 SMTP_DELIVERED);
	smtp_client_free(&client);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("smtp/client moments");
	TCase *t = tcase_create("moments");

	tcase_add_test(t, commits_with_the_last_byte_and_not_before);
	tcase_add_test(t, takes_an_early_refusal_but_no_early_consent);
	tcase_add_test(t, does_not_use_a_connection_again_with_half_a_command_on_it);
	tcase_add_test(t, restarts_the_clock_at_whole_replies_only);
	tcase_add_test(t, tells_in_which_phase_it_waits);
	tcase_add_test(t, takes_a_thousand_recipients_in_bounded_writes);
	suite_add_tcase(s, t);
	return s;
}
