#include "base/json_stream.h"

#include <check.h>
#include <stdlib.h>

/* Records, each behind its line's number, as the stream gives them. */
static const struct {
	const char *input, *records;
} cases[] = {
	{"", ""},
	{" \n\n", ""},
	{"{\"a\":1}", "1:{\"a\":1}|"},
	{"{\"a\":1}\n{\"b\":2}\n", "1:{\"a\":1}|2:{\"b\":2}|"},
	{"{\"a\":1}{\"b\":2}", "1:{\"a\":1}|1:{\"b\":2}|"},
	{"\n{\n \"a\": [1,\n  2]\n}\n\n{\"b\":2}\n", "2:{\n \"a\": [1,\n  2]\n}|7:{\"b\":2}|"},
	{"{\"a\":\"}\\\"{\"}\n", "1:{\"a\":\"}\\\"{\"}|"},
	{"oops\n{\"a\":1}\n", "1:oops\n|2:{\"a\":1}|"},
	{"{\"a\":\n{\"b\":2}\n", "1:{\"a\":\n|2:{\"b\":2}|"},
	{"{\"a\":\"x\n{\"b\":2}\n", "1:{\"a\":\"x\n|2:{\"b\":2}|"},
	{"[{\"a\":1},\n {\"b\":2}]", "1:[{\"a\":1},\n {\"b\":2}]|"},
	{"{\"a\":1", "1:{\"a\":1|"},
	{"}\n{\"a\":1}", "1:}|2:{\"a\":1}|"},
	{"{\"long\":\"0123456789012345678901234567890123456789\"}\n{\"a\":1}", "1:!|2:{\"a\":1}|"},
};

static void collect(struct json_stream *stream, bool at_end, struct buf *out)
{
	struct json_record record;

	while (json_stream_next(stream, at_end, &record))
		buf_addf(out, "%d:%.*s%s|", (int)record.line, (int)record.n,
			 record.n ? record.text : "", record.too_long ? "!" : "");
}

/* However the input is cut into reads, the records are the same. */
START_TEST(gives_each_object_with_its_line)
{
	size_t length = strlen(cases[_i].input);

	for (size_t step = 1; step <= length + 1; step++) {
		struct json_stream stream = json_stream_init(40);
		struct buf out = {0};
		for (size_t at = 0; at < length; at += step) {
			size_t n = length - at < step ? length - at : step;
			json_stream_add(&stream, slice_make(cases[_i].input + at, n));
			collect(&stream, false, &out);
		}
		collect(&stream, true, &out);
		ck_assert_str_eq(out.p ? out.p : "", cases[_i].records);
		buf_free(&out);
		json_stream_free(&stream);
	}
}
END_TEST

/* What is longer than a process should hold goes through a file, and comes out the same. */
START_TEST(gives_what_is_large_like_the_rest)
{
	struct buf text = {0}, input = {0};
	struct json_record record;
	unsigned n = 0;

	buf_add_text(&text, "{\"a\":\"");
	while (text.n < 3 * SPILL_MEMORY)
		buf_addf(&text, "%zu}\\\"{,", text.n);
	buf_add_text(&text, "\"}");
	for (int i = 0; i < 3; i++) {
		buf_add_slice(&input, buf_slice(&text));
		buf_add_text(&input, "\n{}\n");
	}
	struct json_stream stream = json_stream_init(text.n);
	for (struct slice rest = buf_slice(&input); rest.n; rest = slice_after(rest, 100003)) {
		json_stream_add(&stream, slice_first(rest, 100003));
		while (json_stream_next(&stream, rest.n <= 100003, &record)) {
			ck_assert(!record.too_long);
			ck_assert_uint_eq(record.line, n + 1);
			ck_assert_int_eq(record.large, n % 2 == 0);
			ck_assert(slice_equal(slice_make(record.text, record.n),
					      n % 2 ? slice_text("{}") : buf_slice(&text)));
			n++;
		}
		ck_assert(stream.bytes.n <= 2 * SPILL_MEMORY + 100003);
	}
	ck_assert_uint_eq(n, 6);
	json_stream_free(&stream);
	buf_free(&text);
	buf_free(&input);
}
END_TEST

START_TEST(says_when_a_large_one_cannot_be_held)
{
	struct json_stream stream = json_stream_init(10 * SPILL_MEMORY);
	struct json_record record;
	struct buf text = {0};

	setenv("TMPDIR", "/nowhere", 1);
	while (text.n < 2 * SPILL_MEMORY)
		buf_add_text(&text, "[\"0123456789\",");
	json_stream_add(&stream, buf_slice(&text));
	ck_assert(!json_stream_next(&stream, false, &record));
	ck_assert_str_eq(stream.failed.text,
			 "temporary file in /nowhere: No such file or directory");
	json_stream_free(&stream);
	buf_free(&text);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/json_stream");
	TCase *t = tcase_create("stream");

	tcase_add_loop_test(t, gives_each_object_with_its_line, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, gives_what_is_large_like_the_rest);
	tcase_add_test(t, says_when_a_large_one_cannot_be_held);
	suite_add_tcase(s, t);
	return s;
}
