#include "conf/yaml_write.h"

#include <check.h>

#include "conf/yaml_json.h"

/* A text, and how it stands behind its key. */
/* clang-format off */
static const struct {
	const char *text, *written;
} texts[] = {
	{"", "\"\""},
	{"The office relay", "The office relay"},
	{"$ENV:NAME", "$ENV:NAME"},
	{"https://a.example/b?c=d", "https://a.example/b?c=d"},
	{"Hello, {{ org.name }}!", "Hello, {{ org.name }}!"},
	{"M\xc3\xbcller", "M\xc3\xbcller"},
	{"587", "\"587\""},
	{"true", "\"true\""},
	{"No", "\"No\""},
	{"~", "\"~\""},
	{"- a", "\"- a\""},
	{"{{ a }}", "\"{{ a }}\""},
	{" a", "\" a\""},
	{"a ", "\"a \""},
	{"a: b", "\"a: b\""},
	{"a:", "\"a:\""},
	{"a #b", "\"a #b\""},
	{"a\\b\"c", "\"a\\\\b\\\"c\""},
	{"a\tb", "\"a\\tb\""},
	{"a\rb\nc", "\"a\\x0db\\nc\""},
	{"\xc2\x85\xe2\x80\xa8\xef\xbb\xbf", "\"\\x85\\u2028\\ufeff\""},
	{"\n", "\"\\n\""},
	{"one\ntwo", "|-\n  one\n  two"},
	{"one\ntwo\n", "|\n  one\n  two"},
	{"one\n\n\n", "|+\n  one\n\n"},
	{"  one\n#two\n", "|2\n    one\n  #two"},
	{"\none: x\n", "|2\n\n  one: x"},
};
/* clang-format on */

START_TEST(text_stands_as_plainly_as_it_can_and_reads_back)
{
	struct arena arena = {0};
	struct buf buf = {0};
	struct err err = {0};
	const char *written = arena_format(&arena, "key: %s\nnext: x\n", texts[_i].written);

	yaml_put_text(&buf, 0, "key", slice_text(texts[_i].text));
	yaml_put_text(&buf, 0, "next", slice_text("x"));
	ck_assert_str_eq(buf.p, written);

	const struct yaml *root = yaml_parse(buf_slice(&buf), "x", &arena, &err);
	ck_assert_msg(root != NULL, "%s", err.text);
	ck_assert_str_eq(yaml_get(root, "key")->text.p, texts[_i].text);
	ck_assert(!yaml_is_null(yaml_get(root, "key")));
	buf_free(&buf);
	arena_free(&arena);
}
END_TEST

/* What json_put_value writes of it has to come back. */
static const char *const values[] = {
	"\"text\"",
	"\"587\"",
	"\"true\"",
	"\"\"",
	"587",
	"-1.5e3",
	"true",
	"null",
	"{}",
	"[]",
	"{\"a\":{},\"b\":[],\"c\":\"one\\ntwo\\n\",\"d e: #\":null}",
	"[\"a\",1,null,\"- b\",{\"c\":[1,{\"d\":\"\"}],\"e: f\":\"g\\nh\"},[[]]]",
	"[\"\\u2028\",{\"\\u2028\":\"\\u2028\"}]",
};

START_TEST(values_read_back_as_they_were)
{
	struct arena arena = {0};
	struct buf yaml = {0}, back = {0};
	struct json_out out = {.buf = &back};
	struct err err = {0};

	yaml_put_value(&yaml, 0, "key", json_parse(slice_text(values[_i]), &arena, &err));
	yaml_put_text(&yaml, 0, "next", slice_text("x"));
	const struct yaml *root = yaml_parse(buf_slice(&yaml), "x", &arena, &err);
	ck_assert_msg(root != NULL, "%s", err.text);
	json_put_value(&out, (struct slice){0}, yaml_to_json(yaml_get(root, "key"), &arena));
	ck_assert_str_eq(back.p, values[_i]);
	ck_assert_str_eq(yaml_get(root, "next")->text.p, "x");
	buf_free(&yaml);
	buf_free(&back);
	arena_free(&arena);
}
END_TEST

START_TEST(maps_and_lists_stand_below_their_keys)
{
	struct arena arena = {0};
	struct buf buf = {0};
	struct err err;

	yaml_put_map(&buf, 0, "config");
	yaml_put_plain(&buf, 1, "port", "25");
	yaml_put_text(&buf, 1, "a: b", slice_text("two\nlines\n"));
	yaml_put_value(&buf, 1, "command",
		       json_parse(slice_text("[\"/usr/bin/relay\", \"-f\"]"), &arena, &err));
	ck_assert_str_eq(buf.p,
			 "config:\n"
			 "  port: 25\n"
			 "  \"a: b\": |\n"
			 "    two\n"
			 "    lines\n"
			 "  command:\n"
			 "    - /usr/bin/relay\n"
			 "    - \"-f\"\n");
	buf_free(&buf);
	arena_free(&arena);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("conf/yaml_write");
	TCase *t = tcase_create("write");

	tcase_add_loop_test(t, text_stands_as_plainly_as_it_can_and_reads_back, 0,
			    sizeof texts / sizeof *texts);
	tcase_add_test(t, maps_and_lists_stand_below_their_keys);
	tcase_add_loop_test(t, values_read_back_as_they_were, 0, sizeof values / sizeof *values);
	suite_add_tcase(s, t);
	return s;
}
