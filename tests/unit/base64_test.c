#include "base/base64.h"

#include <check.h>

static const struct {
	const char *bytes, *text;
} pairs[] = {
	{"", ""},
	{"f", "Zg=="},
	{"fo", "Zm8="},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg=="},
	{"fooba", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy"},
	{"\xff\xfe\xfd\xfb\xf0", "//79+/A="},
};

START_TEST(goes_both_ways)
{
	struct buf out = {0};
	uint64_t size;

	base64_encode(slice_text(pairs[_i].bytes), &out);
	ck_assert_str_eq(out.p, pairs[_i].text);
	buf_clear(&out);
	ck_assert(base64_decode(slice_text(pairs[_i].text), &out));
	ck_assert_str_eq(out.p, pairs[_i].bytes);
	ck_assert(base64_size(slice_text(pairs[_i].text), &size));
	ck_assert_uint_eq(size, strlen(pairs[_i].bytes));
	buf_free(&out);
}
END_TEST

START_TEST(goes_into_a_url)
{
	struct buf out = {0};

	buf_add_text(&out, "raw=+/");
	base64_encode_url(slice_text("\xff\xfe\xfd\xfb\xf0"), &out);
	ck_assert_str_eq(out.p, "raw=+/__79-_A=");
	buf_free(&out);
}
END_TEST

static const struct {
	const char *text;
	int64_t size; /* less than 0: refused at byte -1 - size */
} texts[] = {
	{"Zm9v\r\nYmFy\r\n", 6},
	{" Z m\t8 = ", 2},
	{"Zm9", -1 - 3}, /* no padding */
	{"Z", -1 - 1},
	{"Z===", -1 - 3},
	{"Zg=", -1 - 3},
	{"Zg==Zg==", -1 - 4}, /* two in one */
	{"Zm9v=", -1 - 5},
	{"Zm-_", -1 - 2}, /* the URL's alphabet */
	{"data:;base64,Zm9v", -1 - 4},
	{"Zm9v\x80", -1 - 4},
};

START_TEST(counts_or_says_where_it_stops)
{
	uint64_t size;
	bool ok = base64_size(slice_text(texts[_i].text), &size);

	ck_assert_int_eq(ok, texts[_i].size >= 0);
	ck_assert_int_eq(ok ? (int64_t)size : -1 - (int64_t)size, texts[_i].size);
}
END_TEST

START_TEST(appends_nothing_of_what_is_wrong)
{
	struct buf out = {0};

	buf_add_text(&out, "before");
	ck_assert(!base64_decode(slice_text("Zm9v!"), &out));
	ck_assert_str_eq(out.p, "before");
	buf_free(&out);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/base64");
	TCase *t = tcase_create("base64");

	tcase_add_loop_test(t, goes_both_ways, 0, sizeof pairs / sizeof *pairs);
	tcase_add_loop_test(t, counts_or_says_where_it_stops, 0, sizeof texts / sizeof *texts);
	tcase_add_test(t, goes_into_a_url);
	tcase_add_test(t, appends_nothing_of_what_is_wrong);
	suite_add_tcase(s, t);
	return s;
}
