#include "smtp/classify.h"

#include <check.h>
#include <stdlib.h>

static const struct {
	enum smtp_phase phase;
	const char *line;
	enum smtp_verdict verdict;
	const char *effect;
} cases[] = {
	{SMTP_END, "250 2.0.0 Ok", SMTP_DELIVERED, ""},
	{SMTP_RCPT, "251 will forward to", SMTP_DELIVERED, ""},
	{SMTP_RCPT, "550 5.1.1 no such mailbox", SMTP_PERMANENT, ""},
	{SMTP_RCPT, "550 5.7.1 relay denied", SMTP_PERMANENT, ""},
	{SMTP_MAIL, "552 5.3.4 message too big", SMTP_PERMANENT, ""},
	{SMTP_END, "554 5.7.1 spam", SMTP_PERMANENT, ""},
	{SMTP_RCPT, "450 4.2.0 greylisted", SMTP_TRANSIENT, ""},
	{SMTP_RCPT, "450 4.7.1 greylisted", SMTP_TRANSIENT, "throttle"},
	{SMTP_END, "451 4.7.500 slow down", SMTP_TRANSIENT, "throttle"},
	{SMTP_END, "451 4.3.0 trouble", SMTP_TRANSIENT, ""},
	{SMTP_END, "452 4.3.1 no room", SMTP_TRANSIENT, ""},
	{SMTP_MAIL, "452 4.7.28 too fast", SMTP_TRANSIENT, "throttle"},
	{SMTP_MAIL, "454 4.7.0 too many", SMTP_TRANSIENT, "throttle"},
	{SMTP_MAIL, "454 Throttling failure: daily quota", SMTP_TRANSIENT, "throttle"},
	{SMTP_END, "454 Throttling failure: rate", SMTP_TRANSIENT, "throttle"},
	{SMTP_RCPT, "454 4.3.0 trouble", SMTP_TRANSIENT, ""},
	{SMTP_AUTH, "454 not now", SMTP_TRANSIENT, ""},
	{SMTP_STARTTLS, "454 no TLS for now", SMTP_TRANSIENT, ""},
	{SMTP_END, "550 5.4.5 daily quota", SMTP_TRANSIENT, "throttle"},
	{SMTP_CONNECT, "421 4.3.2 later", SMTP_TRANSIENT, "throttle"},
	{SMTP_DATA, "421 ", SMTP_TRANSIENT, "throttle"},
	{SMTP_RCPT, "452 4.5.3 too many rcpts", SMTP_TRANSIENT, "too many"},
	{SMTP_RCPT, "452 too many", SMTP_TRANSIENT, "too many"},
	{SMTP_RCPT, "552 too many", SMTP_TRANSIENT, "too many"},
	{SMTP_RCPT, "552 5.2.2 mailbox is full", SMTP_PERMANENT, ""},
	{SMTP_END, "552 too large", SMTP_PERMANENT, ""},
	{SMTP_MAIL, "530 5.7.0 log in first", SMTP_TRANSIENT, "credentials"},
	{SMTP_AUTH, "535 5.7.8 wrong user", SMTP_TRANSIENT, "credentials"},
	{SMTP_AUTH, "534 5.7.9 use an app key", SMTP_TRANSIENT, "credentials"},
	{SMTP_AUTH, "550 not for you", SMTP_TRANSIENT, "credentials"},
	{SMTP_AUTH, "454 4.7.0 not now", SMTP_TRANSIENT, "throttle"},
	{SMTP_CONNECT, "554 no service", SMTP_TRANSIENT, ""},
	{SMTP_EHLO, "550 who are you?", SMTP_TRANSIENT, ""},
	{SMTP_MAIL, "550 who are you?", SMTP_PERMANENT, ""},
	{SMTP_RCPT, "354 what?", SMTP_TRANSIENT, ""},
};

static struct smtp_reply parse(const char *line)
{
	struct slice text = slice_text(line);
	struct smtp_reply reply = {.code = atoi(line)};

	text = slice_after(text, 4);
	reply.enhanced = smtp_enhanced_take(&text);
	reply.text = text;
	return reply;
}

START_TEST(gives_each_reply_its_meaning)
{
	struct smtp_reply reply = parse(cases[_i].line);
	struct smtp_class class = smtp_classify(cases[_i].phase, &reply);

	ck_assert_int_eq(class.verdict, cases[_i].verdict);
	ck_assert_str_eq(class.throttle      ? "throttle"
			 : class.credentials ? "credentials"
			 : class.too_many    ? "too many"
					     : "",
			 cases[_i].effect);
}
END_TEST

START_TEST(gives_every_code_some_meaning)
{
	for (int code = 200; code < 600; code++) {
		struct smtp_reply reply = {.code = code};
		for (enum smtp_phase phase = SMTP_IDLE; phase <= SMTP_CLOSED; phase++) {
			enum smtp_verdict verdict = smtp_classify(phase, &reply).verdict;
			ck_assert_int_ne(verdict, SMTP_PENDING);
			ck_assert_int_ne(verdict, SMTP_UNCERTAIN);
			ck_assert_int_eq(verdict == SMTP_DELIVERED, code < 300);
		}
	}
}
END_TEST

START_TEST(waits_as_long_as_the_standard_says)
{
	ck_assert_uint_eq(smtp_phase_timeout_s(SMTP_CONNECT), 300);
	ck_assert_uint_eq(smtp_phase_timeout_s(SMTP_MAIL), 300);
	ck_assert_uint_eq(smtp_phase_timeout_s(SMTP_RCPT), 300);
	ck_assert_uint_eq(smtp_phase_timeout_s(SMTP_DATA), 120);
	ck_assert_uint_eq(smtp_phase_timeout_s(SMTP_BODY), 180);
	ck_assert_uint_eq(smtp_phase_timeout_s(SMTP_END), 600);

	ck_assert_uint_eq(smtp_phase_wait_s(SMTP_MAIL, 60), 60);
	ck_assert_uint_eq(smtp_phase_wait_s(SMTP_DATA, 300), 120);
	ck_assert_uint_eq(smtp_phase_wait_s(SMTP_END, 60), 120);
	ck_assert_uint_eq(smtp_phase_wait_s(SMTP_END, 300), 600);
	ck_assert_uint_eq(smtp_phase_wait_s(SMTP_END, 3600), 600);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("smtp/classify");
	TCase *t = tcase_create("classify");

	tcase_add_loop_test(t, gives_each_reply_its_meaning, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, gives_every_code_some_meaning);
	tcase_add_test(t, waits_as_long_as_the_standard_says);
	suite_add_tcase(s, t);
	return s;
}
