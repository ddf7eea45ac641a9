#include "conf/literal.h"

#include <check.h>

/* A literal, and the JSON that says the same. */
/* clang-format off */
static const struct {
	const char *literal, *json;
} good[] = {
	{"{'api_key': '$ENV:API_KEY'}", "{\"api_key\":\"$ENV:API_KEY\"}"},
	{" { \"a\" : 1 ,\n'b':-2.5e3,} ", "{\"a\":1,\"b\":-2.5e3}"},
	{"{}", "{}"},
	{"[]", "[]"},
	{"()", "[]"},
	{"(1)", "1"},
	{"(1,)", "[1]"},
	{"[1, 'two', [True, False, None],]", "[1,\"two\",[true,false,null]]"},
	{"{'t': (25, 587,), 'u': ('x')}", "{\"t\":[25,587],\"u\":\"x\"}"},
	{"'it''s'", "\"its\""},
	{"'a' \"b\"\n u'c'", "\"abc\""},
	{"'tab\\t quote\\' back\\\\ hex\\x41 \\u00e9 \\U0001F600'",
	 "\"tab\\t quote' back\\\\ hexA \xc3\xa9 \xf0\x9f\x98\x80\""},
	{"r'raw\\d'", "\"raw\\\\d\""},
	{"'unknown \\d'", "\"unknown \\\\d\""},
	{"'''two\n'lines'\n'''", "\"two\\n'lines'\\n\""},
	{"'con\\\ntinued'", "\"continued\""},
	{"True", "true"},
};

static const struct {
	const char *literal, *said;
} bad[] = {
	{"", "character 1: not a literal"},
	{"{'a': os.getenv('X')}", "character 7: not a literal"},
	{"[ref('x')]", "character 2: not a literal"},
	{"{'a': 1 + 1}", "character 9: a comma or a bracket is missing"},
	{"{a: 1}", "character 2: a key must be text"},
	{"{1: 1}", "character 2: a key must be text"},
	{"{'a': 1, 'a': 2}", "character 13: this key stands twice"},
	{"{'a' 1}", "character 6: a colon is missing"},
	{"{'a': 1", "character 8: a comma or a bracket is missing"},
	{"'open", "character 6: the text does not end"},
	{"'two\nlines'", "character 5: the text does not end"},
	{"'\\x4g'", "character 4: not a hexadecimal digit"},
	{"'\\ud800'", "character 8: no such character"},
	{"'\\101'", "character 4: octal escapes are not read"},
	{"007", "character 1: not a number"},
	{"1 2", "character 3: something stands behind the literal"},
	{"TrueOrNot", "character 1: not a literal"},
	{"'\xff'", "character 4: not UTF-8"},
};
/* clang-format on */

START_TEST(reads_literals_as_json)
{
	struct arena arena = {0};
	struct buf buf = {0};
	struct err err = {0};
	struct json_out out = {.buf = &buf};
	const struct json *value = literal_parse(slice_text(good[_i].literal), &arena, &err);

	ck_assert_msg(value != NULL, "%s", err.text);
	json_put_value(&out, (struct slice){0}, value);
	ck_assert_str_eq(buf.p, good[_i].json);
	buf_free(&buf);
	arena_free(&arena);
}
END_TEST

START_TEST(refuses_what_is_no_literal)
{
	struct arena arena = {0};
	struct err err = {0};

	ck_assert_ptr_null(literal_parse(slice_text(bad[_i].literal), &arena, &err));
	ck_assert_str_eq(err.text, bad[_i].said);
	ck_assert_int_eq(err.code, EX_DATAERR);
	arena_free(&arena);
}
END_TEST

START_TEST(nesting_has_an_end)
{
	struct arena arena = {0};
	struct err err = {0};
	char deep[10000];

	memset(deep, '[', sizeof deep);
	ck_assert_ptr_null(literal_parse(slice_make(deep, sizeof deep), &arena, &err));
	ck_assert_str_eq(err.text, "character 34: nested too deep");
	arena_free(&arena);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("conf/literal");
	TCase *t = tcase_create("literal");

	tcase_add_loop_test(t, reads_literals_as_json, 0, sizeof good / sizeof *good);
	tcase_add_loop_test(t, refuses_what_is_no_literal, 0, sizeof bad / sizeof *bad);
	tcase_add_test(t, nesting_has_an_end);
	suite_add_tcase(s, t);
	return s;
}
