#include "message/status.h"

#include <check.h>

#include "message/name.h"

static const struct {
	enum state state;
	const char *name, *status, *public_name;
	bool is_final;
} states[] = {
	{STATE_DRAFT, "draft", "draft", "draft", false},
	{STATE_QUEUED, "queued", "ready", "queued", false},
	{STATE_RENDERED, "rendered", "ready", "queued", false},
	{STATE_ROUTED, "routed", "ready", "queued", false},
	{STATE_SENDING, "sending", "sending", "sending", false},
	{STATE_DEFERRED, "deferred", "deferred", "queued", false},
	{STATE_HELD, "held", "held", "queued", false},
	{STATE_SENT, "sent", "sent", "sent", true},
	{STATE_FAILED, "failed", "failed", "failed", true},
	{STATE_CANCELLED, "cancelled", "cancelled", "cancelled", true},
};

START_TEST(each_state_has_a_name_and_a_status)
{
	enum state state = states[_i].state;

	ck_assert_int_eq(state, _i + 1);
	ck_assert_str_eq(state_name(state), states[_i].name);
	ck_assert_int_eq(state_from_name(slice_text(states[_i].name)), state);
	ck_assert_str_eq(status_name(state_status(state)), states[_i].status);
	ck_assert_str_eq(status_public_name(state_status(state)), states[_i].public_name);
	ck_assert_int_eq(state_is_final(state), states[_i].is_final);
	ck_assert_int_eq(state_has_day(state), states[_i].is_final);
}
END_TEST

START_TEST(what_is_no_state_is_none)
{
	ck_assert_int_eq(state_from_name(slice_text("")), STATE_NONE);
	ck_assert_int_eq(state_from_name(slice_text("Queued")), STATE_NONE);
	ck_assert_int_eq(state_from_name(slice_text("routed/smtp")), STATE_NONE);
	ck_assert_str_eq(state_name(STATE_NONE), "");
}
END_TEST

static const struct {
	const char *word;
	unsigned set;
} words[] = {
	{"queued", 1u << STATUS_READY | 1u << STATUS_DEFERRED | 1u << STATUS_HELD},
	{"ready", 1u << STATUS_READY},
	{"held", 1u << STATUS_HELD},
	{"sent", 1u << STATUS_SENT},
	{"rendered", 0},
	{"", 0},
};

START_TEST(a_word_means_a_set_of_statuses)
{
	ck_assert_uint_eq(status_set(slice_text(words[_i].word)), words[_i].set);
}
END_TEST

static const struct {
	const char *name;
	bool valid;
} names[] = {
	{"acme", true},
	{"tpl_welcome", true},
	{"7.eleven-x", true},
	{"a..b", true}, /* one file name, that leads nowhere */
	{"a23456789012345678901234567890123456789012345678901234567890123", true},
	{"a234567890123456789012345678901234567890123456789012345678901234", false},
	{"", false},
	{".", false},
	{"..", false},
	{"../x", false},
	{"a/b", false},
	{"-C", false},
	{"_x", false},
	{"Acme", false},
	{"a b", false},
	{"caf\xc3\xa9", false},
};

START_TEST(names_are_plain)
{
	ck_assert_int_eq(name_valid(slice_text(names[_i].name)), names[_i].valid);
}
END_TEST

START_TEST(a_nul_is_in_no_name)
{
	ck_assert(!name_valid(slice_make("a\0b", 3)));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("message/status");
	TCase *t = tcase_create("status");

	tcase_add_loop_test(t, each_state_has_a_name_and_a_status, 0,
			    sizeof states / sizeof *states);
	tcase_add_test(t, what_is_no_state_is_none);
	tcase_add_loop_test(t, a_word_means_a_set_of_statuses, 0, sizeof words / sizeof *words);
	suite_add_tcase(s, t);

	t = tcase_create("name");
	tcase_add_loop_test(t, names_are_plain, 0, sizeof names / sizeof *names);
	tcase_add_test(t, a_nul_is_in_no_name);
	suite_add_tcase(s, t);
	return s;
}
