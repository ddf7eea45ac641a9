#include "policy/guard.h"

#include <check.h>

static const struct {
	const char *address, *pattern;
	bool matches;
} cases[] = {
	{"alice@acme.example", "alice@acme.example", true},
	{"Alice@ACME.example", "alice@acme.example", true},
	{"alice@acme.example", "*@acme.example", true},
	{"alice@evil.example", "*@acme.example", false},
	{"alice@acme.example.evil.example", "*@acme.example", false},
	{"alice@mail.acme.example", "*@*.acme.example", true},
	{"alice@acme.example", "*@*.acme.example", false},
	{"alice+test@acme.example", "alice+*@acme.example", true},
	{"alice@acme.example", "", false},
	{"alice@acme.example", "*", true},
	{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*a*a*c", false},
};

START_TEST(patterns_match_whole_addresses)
{
	ck_assert_int_eq(guard_matches(slice_text(cases[_i].address), cases[_i].pattern),
			 cases[_i].matches);
}
END_TEST

START_TEST(one_recipient_outside_stops_the_message)
{
	static const char *const patterns[] = {"*@acme.example", "bob@globex.example"};
	struct guard guard = {.deliver_only_to = {.text = patterns, .count = 2}}, none = {0};
	struct slice addresses[] = {SLICE("a@acme.example"), SLICE("bob@globex.example"),
				    SLICE("eve@globex.example")};

	ck_assert_ptr_null(guard_stops(&guard, addresses, 2).p);
	ck_assert_ptr_eq(guard_stops(&guard, addresses, 3).p, addresses[2].p);
	ck_assert_ptr_null(guard_stops(&none, addresses, 3).p);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("policy/guard");
	TCase *t = tcase_create("guard");

	tcase_add_loop_test(t, patterns_match_whole_addresses, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, one_recipient_outside_stops_the_message);
	suite_add_tcase(s, t);
	return s;
}
