#include "base/hex.h"

#include <check.h>

static const struct {
	const char *text;
	int byte;
} pairs[] = {
	{"00", 0}, {"ff", 255}, {"Fa", 250}, {"7f00", 127}, {"", -1},
	{"7", -1}, {"g0", -1},  {"0g", -1},  {"0:", -1},    {"@0", -1},
};

START_TEST(reads_a_byte_of_two_digits_in_either_case)
{
	ck_assert_int_eq(hex_byte(slice_text(pairs[_i].text)), pairs[_i].byte);
}
END_TEST

START_TEST(every_byte_comes_back)
{
	char text[3];

	for (int i = 0; i < 256; i++) {
		hex_write(&(const unsigned char){(unsigned char)i}, 1, text);
		ck_assert_int_eq(hex_byte(slice_text(text)), i);
	}
	ck_assert_str_eq(text, "ff");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/hex");
	TCase *t = tcase_create("hex");

	tcase_add_loop_test(t, reads_a_byte_of_two_digits_in_either_case, 0,
			    sizeof pairs / sizeof *pairs);
	tcase_add_test(t, every_byte_comes_back);
	suite_add_tcase(s, t);
	return s;
}
