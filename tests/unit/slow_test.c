#include "policy/slow.h"

#include <check.h>

static const struct {
	uint32_t took_ms[6];
	size_t n;
	unsigned timeout_s;
	uint32_t half_ms;
	bool is_slow;
} cases[] = {
	{{0}, 0, 300, 0, false},
	{{9000, 9000, 9000, 9000}, 4, 300, 0, false}, /* too few */
	{{9000, 1, 9000, 1, 9000}, 5, 300, 9000, true},
	{{9000, 1, 9000, 1, 1}, 5, 300, 1, false},
	{{9000, 1, 9000, 1, 1, 9000}, 6, 300, 9000, true}, /* just half */
	{{3000, 3000, 3000, 3000, 3000}, 5, 300, 3000, false},
	{{3001, 3001, 3001, 3001, 3001}, 5, 300, 3001, true},
	{{3001, 3001, 3001, 3001, 3001}, 5, 0, 3001, true},
	{{1001, 1001, 1001, 1001, 1001}, 5, 10, 1001, true}, /* a tenth of the timeout */
	{{1000, 1000, 1000, 1000, 1000}, 5, 10, 1000, false},
	{{UINT32_MAX, UINT32_MAX, UINT32_MAX, 0, 0}, 5, UINT32_MAX, UINT32_MAX, true},
};

START_TEST(half_of_the_attempts_decide)
{
	uint32_t half_ms;

	ck_assert(slow_is(cases[_i].took_ms, cases[_i].n, cases[_i].timeout_s, &half_ms) ==
		  cases[_i].is_slow);
	ck_assert_uint_eq(half_ms, cases[_i].half_ms);
}
END_TEST

START_TEST(more_than_there_is_room_for_are_left_out)
{
	uint32_t many[2 * SLOW_ATTEMPTS_MOST] = {0}, half_ms;

	for (size_t i = SLOW_ATTEMPTS_MOST; i < 2 * SLOW_ATTEMPTS_MOST; i++)
		many[i] = 9000;
	ck_assert(!slow_is(many, 2 * SLOW_ATTEMPTS_MOST, 300, &half_ms));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("policy/slow");
	TCase *t = tcase_create("slow");

	tcase_add_loop_test(t, half_of_the_attempts_decide, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, more_than_there_is_room_for_are_left_out);
	suite_add_tcase(s, t);
	return s;
}
