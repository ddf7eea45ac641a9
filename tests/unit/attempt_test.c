#include "message/attempt.h"

#include <check.h>

static struct attempt_reply replies[] = {
	{SLICE("a@b"), VERDICT_DELIVERED, 250, SLICE("2.0.0"), SLICE("250 2.0.0 ok\r\n%request 9")},
	{SLICE("c@d"), VERDICT_TRANSIENT, 450, SLICE(""), SLICE("450 later")},
	{SLICE("e@f"), VERDICT_NONE, 0, SLICE(""), SLICE("")},
};

static const struct attempt full = {
	.n = 3,
	.spent = true,
	.connector_id = SLICE("conn_a"),
	.result = ATTEMPT_DEFERRED,
	.to = STATE_DEFERRED,
	.due_ms = 1795512600123,
	.provider_message_id = SLICE("<1@x>"),
	.error = SLICE("450 later"),
	.recipients = replies,
	.n_recipients = 3,
	.ms = 12,
};

static const char full_json[] =
	"{\"n\":3,\"spent\":true,\"connector_id\":\"conn_a\",\"result\":\"deferred\","
	"\"to\":\"deferred\",\"due\":\"2026-11-24T09:30:00.123Z\","
	"\"provider_message_id\":\"<1@x>\",\"error\":\"450 later\",\"ms\":12,\"recipients\":["
	"{\"email\":\"a@b\",\"verdict\":\"delivered\",\"code\":250,\"enhanced\":\"2.0.0\","
	"\"reply\":\"250 2.0.0 ok\\r\\n%request 9\"},"
	"{\"email\":\"c@d\",\"verdict\":\"transient\",\"code\":450,\"reply\":\"450 later\"},"
	"{\"email\":\"e@f\",\"verdict\":\"none\"}]}";

static const char least_json[] =
	"{\"n\":1,\"spent\":false,\"result\":\"untried\",\"to\":\"routed\","
	"\"ms\":0,\"recipients\":[]}";

START_TEST(writes_an_attempt_on_one_line)
{
	static const struct attempt least = {.n = 1, .result = ATTEMPT_UNTRIED, .to = STATE_ROUTED};
	struct buf out = {0};

	attempt_write(&(struct json_out){.buf = &out}, &full);
	ck_assert_str_eq(out.p, full_json);
	ck_assert_ptr_null(strchr(out.p, '\n'));
	buf_clear(&out);
	attempt_write(&(struct json_out){.buf = &out}, &least);
	ck_assert_str_eq(out.p, least_json);
	buf_free(&out);
}
END_TEST

static const char *const texts[] = {full_json, least_json};

START_TEST(reads_an_attempt_back)
{
	struct arena arena = {0};
	struct attempt attempt;
	struct err err = {0};
	struct buf out = {0};

	ck_assert(attempt_read(slice_text(texts[_i]), &arena, &attempt, &err));
	attempt_write(&(struct json_out){.buf = &out}, &attempt);
	ck_assert_str_eq(out.p, texts[_i]);
	buf_free(&out);
	arena_free(&arena);
}
END_TEST

START_TEST(cuts_what_a_server_says_between_characters)
{
	char words[ATTEMPT_TEXT_MOST + 10];
	struct attempt attempt = {.n = 1, .result = ATTEMPT_FAILED, .to = STATE_FAILED};
	struct arena arena = {0};
	struct err err = {0};
	struct buf out = {0};

	memset(words, 'x', sizeof words);
	memcpy(words + ATTEMPT_TEXT_MOST - 1, "é", 2);
	attempt.error = slice_make(words, sizeof words);
	attempt_write(&(struct json_out){.buf = &out}, &attempt);
	ck_assert(attempt_read(buf_slice(&out), &arena, &attempt, &err));
	ck_assert_uint_eq(attempt.error.n, ATTEMPT_TEXT_MOST - 1);
	buf_free(&out);
	arena_free(&arena);
}
END_TEST

/* clang-format off */

static const struct {
	const char *json, *error; /* NULL: fine */
} attempts[] = {
	{"{\"n\":1,\"result\":\"sent\",\"to\":\"sent\",\"newer\":{\"x\":1}}", NULL},
	{"{\"n\":1,\"result\":\"sent\",\"to\":\"sent\"", "byte 35: no ',' or '}'"},
	{"[1]", "must be an object"},
	{"{\"result\":\"sent\",\"to\":\"sent\"}", "n: missing"},
	{"{\"n\":1,\"result\":\"sent\"}", "to: missing"},
	{"{\"n\":1,\"to\":\"sent\"}", "result: missing or unknown"},
	{"{\"n\":1,\"result\":\"\",\"to\":\"sent\"}", "result: missing or unknown"},
	{"{\"n\":1,\"result\":\"sent\",\"to\":\"gone\"}", "to: no state"},
	{"{\"n\":\"1\",\"result\":\"sent\",\"to\":\"sent\"}", "n: must be a number, not a string"},
	{"{\"n\":4294967296,\"result\":\"sent\",\"to\":\"sent\"}", "n: out of range"},
	{"{\"n\":-1,\"result\":\"sent\",\"to\":\"sent\"}", "n: out of range"},
	{"{\"n\":1,\"result\":\"sent\",\"to\":\"sent\",\"due\":\"now\"}", "due: no time"},
	{"{\"n\":1,\"result\":\"sent\",\"to\":\"sent\",\"recipients\":[{\"email\":\"a\"}]}",
	 "recipients[0]: verdict: missing or unknown"},
	{"{\"n\":1,\"result\":\"sent\",\"to\":\"sent\",\"recipients\":[7]}",
	 "recipients[0]: must be an object"},
};

/* clang-format on */

START_TEST(refuses_what_is_no_attempt)
{
	struct arena arena = {0};
	struct attempt attempt;
	struct err err = {0};

	bool ok = attempt_read(slice_text(attempts[_i].json), &arena, &attempt, &err);
	ck_assert_int_eq(ok, attempts[_i].error == NULL);
	if (!ok)
		ck_assert_str_eq(err.text, attempts[_i].error);
	arena_free(&arena);
}
END_TEST

START_TEST(routes_and_events_come_back)
{
	static const struct route route = {SLICE("conn_a"), SLICE("smtp"), SLICE("default")};
	static const struct event event = {.name = SLICE("retry"),
					   .to = STATE_RENDERED,
					   .due_ms = 1000,
					   .by = SLICE("uid 0"),
					   .reason = SLICE("fixed"),
					   .restarts = true};
	struct arena arena = {0};
	struct err err = {0};
	struct buf out = {0};
	struct route route_back;
	struct event event_back;

	route_write(&(struct json_out){.buf = &out}, &route);
	ck_assert_str_eq(out.p,
			 "{\"connector_id\":\"conn_a\",\"kind\":\"smtp\",\"reason\":\"default\"}");
	ck_assert(route_read(buf_slice(&out), &arena, &route_back, &err));
	ck_assert(slice_is(route_back.kind, "smtp"));

	buf_clear(&out);
	event_write(&(struct json_out){.buf = &out}, &event);
	ck_assert_str_eq(out.p,
			 "{\"name\":\"retry\",\"to\":\"rendered\","
			 "\"due\":\"1970-01-01T00:00:01.000Z\",\"by\":\"uid 0\","
			 "\"reason\":\"fixed\",\"restarts\":true}");
	ck_assert(event_read(buf_slice(&out), &arena, &event_back, &err));
	ck_assert(event_back.restarts && event_back.to == STATE_RENDERED &&
		  event_back.due_ms == 1000);
	ck_assert(!event_read(slice_text("{\"to\":\"gone\"}"), &arena, &event_back, &err));
	ck_assert(!route_read(slice_text("{\"kind\":1}"), &arena, &route_back, &err));
	buf_free(&out);
	arena_free(&arena);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("message/attempt");
	TCase *t = tcase_create("attempt");

	tcase_add_test(t, writes_an_attempt_on_one_line);
	tcase_add_loop_test(t, reads_an_attempt_back, 0, sizeof texts / sizeof *texts);
	tcase_add_test(t, cuts_what_a_server_says_between_characters);
	tcase_add_loop_test(t, refuses_what_is_no_attempt, 0, sizeof attempts / sizeof *attempts);
	tcase_add_test(t, routes_and_events_come_back);
	suite_add_tcase(s, t);
	return s;
}
