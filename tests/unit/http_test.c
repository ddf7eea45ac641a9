#include "sender/http.h"

#include <check.h>
#include <stdlib.h>

static struct http_body body;
static struct buf got;

static void read_in_rooms_of(size_t room)
{
	char *bytes = malloc(room);
	size_t n;

	buf_clear(&got);
	while ((n = http_body_read(&body, bytes, room))) {
		ck_assert_uint_le(n, room);
		buf_add(&got, bytes, n);
	}
	free(bytes);
}

static void write_example(void)
{
	http_body_content(&body, HTTP_AS_IS, slice_text("first "));
	buf_add_text(&body.text, "{\"joined\":\"");
	http_body_content(&body, HTTP_JOINED, slice_text("\r\nSGVs\r\nbG8=\r\n"));
	buf_add_text(&body.text, "\",\"nothing\":\"");
	http_body_content(&body, HTTP_ENCODED, slice_text(""));
	http_body_content(&body, HTTP_JOINED, slice_text(" \t\r\n"));
	buf_add_text(&body.text, "\",\"encoded\":\"");
	http_body_content(&body, HTTP_ENCODED, slice_text("Hello, all"));
	buf_add_text(&body.text, "\",\"for URLs\":\"");
	http_body_content(&body, HTTP_URL_ENCODED, slice_text("\xff\xfe\xfd\xfb\xf0"));
	buf_add_text(&body.text, "\"}");
	http_body_content(&body, HTTP_AS_IS, slice_text(" last"));
}

static const char example[] =
	"first {\"joined\":\"SGVsbG8=\",\"nothing\":\"\",\"encoded\":"
	"\"SGVsbG8sIGFsbA==\",\"for URLs\":\"__79-_A=\"} last";

START_TEST(reads_the_same_in_rooms_of_any_size)
{
	write_example();
	read_in_rooms_of((size_t)_i);
	ck_assert_str_eq(got.p, example);
	ck_assert_uint_eq(http_body_size(&body), sizeof example - 1);
}
END_TEST

START_TEST(reads_once_more_after_a_rewind)
{
	write_example();
	read_in_rooms_of(7);
	http_body_rewind(&body);
	read_in_rooms_of(64);
	ck_assert_str_eq(got.p, example);
}
END_TEST

START_TEST(begins_anew_when_cleared)
{
	write_example();
	read_in_rooms_of(20);
	http_body_clear(&body);
	ck_assert_uint_eq(http_body_size(&body), 0);
	buf_add_text(&body.text, "other");
	read_in_rooms_of(20);
	ck_assert_str_eq(got.p, "other");
}
END_TEST

static const struct {
	long status;
	bool has_retry_after;
	enum http_meaning meaning;
} answers[] = {
	{200, false, HTTP_ACCEPTED},      {202, false, HTTP_ACCEPTED},
	{301, false, HTTP_MISCONFIGURED}, {304, false, HTTP_MISCONFIGURED},
	{400, false, HTTP_REFUSED},       {400, true, HTTP_REFUSED},
	{401, false, HTTP_CREDENTIALS},   {403, true, HTTP_CREDENTIALS},
	{404, false, HTTP_MISCONFIGURED}, {408, false, HTTP_TRANSIENT},
	{405, false, HTTP_MISCONFIGURED}, {406, false, HTTP_MISCONFIGURED},
	{415, false, HTTP_MISCONFIGURED}, {402, false, HTTP_CREDENTIALS},
	{413, false, HTTP_REFUSED},       {422, false, HTTP_REFUSED},
	{429, false, HTTP_THROTTLED},     {429, true, HTTP_THROTTLED},
	{500, false, HTTP_TRANSIENT},     {502, false, HTTP_TRANSIENT},
	{503, false, HTTP_TRANSIENT},     {503, true, HTTP_THROTTLED},
	{504, false, HTTP_UNCERTAIN},     {599, false, HTTP_TRANSIENT},
};

#define NOON INT64_C(1700049600000) /* Wed, 15 Nov 2023 12:00:00 GMT */

static const struct {
	const char *retry_after;
	int64_t wait_ms;
} waits[] = {
	{"", 0},
	{"0", 0},
	{"120", 120000},
	{"999999", 86400000},
	{"-5", 0},
	{"1e99", 0},
	{"soon", 0},
	{"Wed, 15 Nov 2023 12:01:30 GMT", 90000},
	{"Wed, 15 Nov 2023 11:59:59 GMT", 0},
	{"Fri, 15 Dec 2023 12:00:00 GMT", 86400000},
};

START_TEST(waits_as_long_as_it_is_told)
{
	ck_assert_int_eq(http_wait_ms(slice_text(waits[_i].retry_after), NOON), waits[_i].wait_ms);
}
END_TEST

START_TEST(knows_what_a_status_means)
{
	ck_assert_int_eq(http_meaning_of(answers[_i].status, answers[_i].has_retry_after),
			 answers[_i].meaning);
}
END_TEST

static void forget(void)
{
	http_body_free(&body);
	buf_free(&got);
}

Suite *suite(void)
{
	Suite *suite = suite_create("http");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, NULL, forget);
	tcase_add_loop_test(tcase, reads_the_same_in_rooms_of_any_size, HTTP_BODY_ROOM_LEAST, 100);
	tcase_add_test(tcase, reads_once_more_after_a_rewind);
	tcase_add_test(tcase, begins_anew_when_cleared);
	tcase_add_loop_test(tcase, knows_what_a_status_means, 0, sizeof answers / sizeof *answers);
	tcase_add_loop_test(tcase, waits_as_long_as_it_is_told, 0, sizeof waits / sizeof *waits);
	suite_add_tcase(suite, tcase);
	return suite;
}
