#include "smtp/reply.h"

#include <check.h>
#include <stdlib.h>

/* What the server sends, and all replies in it, each printed and ended by a bar. */
static const struct {
	const char *bytes, *replies;
} whole[] = {
	{"250 ok\r\n", "250 ok|"},
	{"250\r\n", "250 |"},
	{"250 ok\n", "250 ok|"},
	{"250-first\r\n250-second\r\n250 third\r\n", "250 first second third|"},
	{"250 ok\r\n550 no\r\n354 go\r\n", "250 ok|550 no|354 go|"},
	{"550 5.1.1 no such user\r\n", "550 5.1.1 no such user|"},
	{"550-5.1.1 no such\r\n550 5.1.1 user\r\n", "550 5.1.1 no such user|"},
	{"550 5.1.1\r\n", "550 5.1.1 |"},
	{"550 5.1.1no\r\n", "550 5.1.1no|"},
	{"550 3.1.1 no\r\n", "550 3.1.1 no|"},
	{"550 5.1000.1 no\r\n", "550 5.1000.1 no|"},
	{"250-5.1 x\r\n250 y\r\n", "250 5.1 x y|"},
	{"450 4.7.123 slow\r\n", "450 4.7.123 slow|"},
	{"250 a\tb\033[2Jc\r\rd\r\n", "250 a b?[2Jc??d|"},
	{"250 gr\303\274n \302\233 \377\r\n", "250 gr\303\274n ? ?|"},
	{"250 ok\r\nHTTP/1 400\033\r\n250 ok\r\n", "250 ok|not an SMTP reply: HTTP/1 400?|"},
	{"\r\n", "not an SMTP reply: |"},
	{"25 ok\r\n", "not an SMTP reply: 25 ok|"},
	{"150 ok\r\n", "not an SMTP reply: 150 ok|"},
	{"650 ok\r\n", "not an SMTP reply: 650 ok|"},
	{"250ok\r\n", "not an SMTP reply: 250ok|"},
	{"250-yes\r\n550 no\r\n", "a reply of two minds: 550 no|"},
};

/* Feeds at most `most` bytes at a time. */
static char *read_all(struct slice bytes, size_t most)
{
	struct smtp_reply_reader reader = {0};
	enum smtp_read read = SMTP_READ_MORE;
	struct smtp_reply reply;
	struct buf got = {0};

	while (bytes.n && read != SMTP_READ_BAD) {
		struct slice some = slice_first(bytes, most);
		bytes = slice_after(bytes, most);
		while ((read = smtp_reply_read(&reader, &some, &reply)) != SMTP_READ_MORE) {
			smtp_reply_print(&reply, &got);
			buf_add_char(&got, '|');
			if (read == SMTP_READ_BAD)
				break;
		}
	}
	return buf_take(&got);
}

START_TEST(reads_whole_replies_however_they_arrive)
{
	for (size_t most = 1; most < 100; most++) {
		char *got = read_all(slice_text(whole[_i].bytes), most);
		ck_assert_str_eq(got, whole[_i].replies);
		free(got);
	}
}
END_TEST

START_TEST(keeps_code_and_enhanced_code_as_numbers)
{
	struct smtp_reply_reader reader = {0};
	struct slice input = SLICE("451 4.7.500 Server busy\r\n");
	struct smtp_reply reply;

	ck_assert_int_eq(smtp_reply_read(&reader, &input, &reply), SMTP_READ_REPLY);
	ck_assert_int_eq(reply.code, 451);
	ck_assert_int_eq(reply.enhanced.class, 4);
	ck_assert_int_eq(reply.enhanced.subject, 7);
	ck_assert_int_eq(reply.enhanced.detail, 500);
	ck_assert(slice_is(reply.text, "Server busy"));
	ck_assert_uint_eq(input.n, 0);
}
END_TEST

START_TEST(refuses_a_line_that_does_not_end)
{
	struct buf endless = {0};

	buf_add_text(&endless, "250 ");
	while (endless.n < 1000000)
		buf_add_char(&endless, 'x');
	char *got = read_all(buf_slice(&endless), 1000);
	ck_assert_ptr_nonnull(strstr(got, "a reply line without an end: 250 xxx"));
	ck_assert_uint_lt(strlen(got), 200);
	free(got);
	buf_free(&endless);
}
END_TEST

START_TEST(takes_a_line_of_the_greatest_length)
{
	struct buf line = {0};

	buf_add_text(&line, "250 ");
	while (line.n < SMTP_REPLY_LINE_MAX - 2)
		buf_add_char(&line, 'x');
	buf_add_text(&line, "\r\n");
	char *got = read_all(buf_slice(&line), 1000);
	ck_assert_uint_eq(strlen(got), strlen("250 |") + SMTP_REPLY_TEXT_MAX);
	free(got);
	buf_free(&line);
}
END_TEST

START_TEST(refuses_a_reply_that_does_not_end)
{
	struct buf lines = {0};

	for (int i = 0; i < SMTP_REPLY_LINES_MAX; i++)
		buf_add_text(&lines, "250-more and more\r\n");
	buf_add_text(&lines, "250 last\r\n");
	char *got = read_all(buf_slice(&lines), 1000);
	ck_assert_str_eq(got, "a reply of too many lines: 250 last|");
	free(got);
	buf_free(&lines);
}
END_TEST

START_TEST(stays_broken_once_it_is)
{
	struct smtp_reply_reader reader = {0};
	struct slice input = SLICE("what?\r\n250 ok\r\n");
	struct smtp_reply reply;

	ck_assert_int_eq(smtp_reply_read(&reader, &input, &reply), SMTP_READ_BAD);
	ck_assert_int_eq(smtp_reply_read(&reader, &input, &reply), SMTP_READ_BAD);
	ck_assert_int_eq(reply.code, 0);
}
END_TEST

static const struct {
	const char *line, *id;
} queue_ids[] = {
	{"250 2.0.0 Ok: queued as 4Wxyz12AbCzQ", "4Wxyz12AbCzQ"},
	{"250 2.0.0 from MTA(smtp:[::1]:10025): 250 2.0.0 Ok: queued as ABC.", "ABC"},
	{"250 OK id=1tFabc-00000001AbC-2xYz", "1tFabc-00000001AbC-2xYz"},
	{"250 2.0.0 4AO9U0aB012345 Message accepted for delivery", "4AO9U0aB012345"},
	{"250 2.0.0 7b3a3b4c Message accepted for delivery", "7b3a3b4c"},
	{"250 Ok 010201899f2a-1b2c-000000", "010201899f2a-1b2c-000000"},
	{"250 2.0.0 Ok", ""},
	{"250 ok 1700000000 qp 12345", ""},
	{"250 Message accepted for delivery", ""},
	{"250 queued as ", ""},
	{"250", ""},
};

START_TEST(finds_the_name_the_server_gave)
{
	struct smtp_reply_reader reader = {0};
	struct smtp_reply reply;
	struct slice input = slice_text(queue_ids[_i].line), end = SLICE("\r\n");

	smtp_reply_read(&reader, &input, &reply);
	ck_assert_int_eq(smtp_reply_read(&reader, &end, &reply), SMTP_READ_REPLY);

	struct slice id = smtp_reply_queue_id(&reply);
	ck_assert_msg(slice_is(id, queue_ids[_i].id), "%s: '%.*s'", queue_ids[_i].line,
		      SLICE_ARGS(id));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("smtp/reply");
	TCase *t = tcase_create("reply");

	tcase_add_loop_test(t, reads_whole_replies_however_they_arrive, 0,
			    sizeof whole / sizeof *whole);
	tcase_add_test(t, keeps_code_and_enhanced_code_as_numbers);
	tcase_add_test(t, refuses_a_line_that_does_not_end);
	tcase_add_test(t, takes_a_line_of_the_greatest_length);
	tcase_add_test(t, refuses_a_reply_that_does_not_end);
	tcase_add_test(t, stays_broken_once_it_is);
	tcase_add_loop_test(t, finds_the_name_the_server_gave, 0,
			    sizeof queue_ids / sizeof *queue_ids);
	suite_add_tcase(s, t);
	return s;
}
