#include "base/json.h"

#include <check.h>

static const char *read_back(const char *source, bool in_place)
{
	static struct buf out, copy;
	struct arena arena = {0};
	struct err err = {0};
	const struct json *value;

	buf_clear(&out);
	buf_clear(&copy);
	buf_add_text(&copy, source);
	value = in_place ? json_parse_in_place(copy.p, copy.n, &arena, &err)
			 : json_parse(slice_text(source), &arena, &err);
	if (value)
		json_put_value(&(struct json_out){.buf = &out}, slice_make(NULL, 0), value);
	else
		buf_addf(&out, "! %s", err.text);
	arena_free(&arena);
	return out.p;
}

static const struct {
	const char *source, *result;
} cases[] = {
	{"{}", "{}"},
	{" [ 1 , -2.5e+3 , true , false , null , \"x\" ] ", "[1,-2.5e+3,true,false,null,\"x\"]"},
	{"{\"a\":{\"b\":[{}]}}", "{\"a\":{\"b\":[{}]}}"},
	{"\"\\u00e9 \\ud83d\\ude00 \\/ \\n\"", "\"é 😀 / \\n\""},
	{"[\"\\u00e9\\u00e9\",{\"\\/a\":\"\\\\\"}]", "[\"éé\",{\"/a\":\"\\\\\"}]"},
	{"\"\\u009b\\u2028\"", "\"\\u009b\\u2028\""},
	{"123456789012345678901234567890", "123456789012345678901234567890"},
	{"", "! byte 1: ends too early"},
	{"{\"a\":1,\"a\":2}", "! byte 14: a name stands twice in this object"},
	{"{\"a\":1} x", "! byte 9: something stands behind the value"},
	{"[1,]", "! byte 4: not a JSON value"},
	{"[01]", "! byte 3: no ',' or ']'"},
	{"[1.]", "! byte 4: a number ends in its point"},
	{"\"a\\u0000\"", "! byte 9: U+0000 in text"},
	{"\"\\ud800x\"", "! byte 8: half a surrogate pair"},
	{"\"\\udc00\"", "! byte 8: half a surrogate pair"},
	{"\"a\tb\"", "! byte 3: a control character in text"},
	{"\"\\\tb\"", "! byte 4: an escape that JSON does not have"},
	{"\"\xc0\xaf\"", "! byte 2: not UTF-8"},
	{"\"open", "! byte 6: text without an end"},
	{"\"open\\", "! byte 6: text without an end"},
	{"\"open\\\"", "! byte 6: text without an end"},
	{"nul", "! byte 1: not a JSON value"},
	{"{\"a\" 1}", "! byte 6: no ':' after a name"},
	{"{1:2}", "! byte 2: a member has no name"},
};

START_TEST(reads_what_json_has_and_refuses_the_rest)
{
	ck_assert_str_eq(read_back(cases[_i].source, false), cases[_i].result);
	ck_assert_str_eq(read_back(cases[_i].source, true), cases[_i].result);
}
END_TEST

START_TEST(refuses_to_nest_without_end)
{
	static char deep[10001];

	memset(deep, '[', 10000);
	ck_assert_str_eq(read_back(deep, false), "! byte 66: nested too deep");
}
END_TEST

START_TEST(finds_twins_among_many_names)
{
	struct buf many = {0};

	buf_add_text(&many, "{\"k7\":0");
	for (int i = 0; i < 40; i++)
		buf_addf(&many, ",\"k%d\":0", i);
	buf_add_text(&many, "}");
	ck_assert_ptr_nonnull(strstr(read_back(many.p, false), "stands twice"));
	buf_free(&many);
}
END_TEST

START_TEST(writes_nothing_that_moves_a_terminal)
{
	struct buf out = {0};
	struct json_out json = {.buf = &out};

	json_put_slice(&json, NULL, slice_text("\x1b[2J\x7f\xff\r\n"));
	ck_assert_str_eq(out.p, "\"\\u001b[2J\\u007f\xef\xbf\xbd\\r\\n\"");
	buf_free(&out);
}
END_TEST

START_TEST(writes_nothing_that_the_reader_refuses)
{
	struct buf out = {0};
	struct json_out json = {.buf = &out};
	struct arena arena = {0};
	struct err err = {0};

	json_put_slice(&json, NULL, slice_make("a\0b", 3));
	const struct json *read = json_parse(buf_slice(&out), &arena, &err);
	ck_assert_msg(read != NULL, "%s", err.text);
	ck_assert(slice_is(read->text,
			   "a\xef\xbf\xbd"
			   "b"));
	arena_free(&arena);
	buf_free(&out);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/json");
	TCase *t = tcase_create("json");

	tcase_add_loop_test(t, reads_what_json_has_and_refuses_the_rest, 0,
			    sizeof cases / sizeof *cases);
	tcase_add_test(t, refuses_to_nest_without_end);
	tcase_add_test(t, finds_twins_among_many_names);
	tcase_add_test(t, writes_nothing_that_moves_a_terminal);
	tcase_add_test(t, writes_nothing_that_the_reader_refuses);
	suite_add_tcase(s, t);
	return s;
}
