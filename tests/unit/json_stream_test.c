#include "base/json_stream.h"

#include <check.h>

/* Records, each behind its line's number, as the stream gives them. */
static const struct {
	const char *input, *records;
} cases[] = {
	{								  "",				       ""},
	{							     " \n\n",				       ""},
	{							 "{\"a\":1}",			   "1:{\"a\":1}|"},
	{					    "{\"a\":1}\n{\"b\":2}\n",               "1:{\"a\":1}|2:{\"b\":2}|"},
	{						"{\"a\":1}{\"b\":2}",               "1:{\"a\":1}|1:{\"b\":2}|"},
	{			  "\n{\n \"a\": [1,\n  2]\n}\n\n{\"b\":2}\n", "2:{\n \"a\": [1,\n  2]\n}|7:{\"b\":2}|"},
	{					      "{\"a\":\"}\\\"{\"}\n",                  "1:{\"a\":\"}\\\"{\"}|"},
	{						 "oops\n{\"a\":1}\n",                  "1:oops\n|2:{\"a\":1}|"},
	{					      "{\"a\":\n{\"b\":2}\n",               "1:{\"a\":\n|2:{\"b\":2}|"},
	{					   "{\"a\":\"x\n{\"b\":2}\n",            "1:{\"a\":\"x\n|2:{\"b\":2}|"},
	{					  "[{\"a\":1},\n {\"b\":2}]",            "1:[{\"a\":1},\n {\"b\":2}]|"},
	{							  "{\"a\":1",			    "1:{\"a\":1|"},
	{						      "}\n{\"a\":1}",                       "1:}|2:{\"a\":1}|"},
	{"{\"long\":\"0123456789012345678901234567890123456789\"}\n{\"a\":1}",                       "1:!|2:{\"a\":1}|"},
};

static void collect(struct json_stream *stream, bool at_end, struct buf *out)
{
	struct json_record record;

	while (json_stream_next(stream, at_end, &record))
		buf_addf(out, "%d:%.*s%s|", (int)record.line, SLICE_ARGS(record.text),
			 record.too_long ? "!" : "");
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

Suite *suite(void)
{
	Suite *s = suite_create("base/json_stream");
	TCase *t = tcase_create("stream");

	tcase_add_loop_test(t, gives_each_object_with_its_line, 0, sizeof cases / sizeof *cases);
	suite_add_tcase(s, t);
	return s;
}
