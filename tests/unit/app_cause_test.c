/*
 * Failed messages in groups: what counts as the same cause, and what it is called.
 */
#include "app/cause.h"

#include <check.h>

static struct arena arena;
static struct slice recipient = SLICE("a@dest.example");

static void forget(void)
{
	arena_free(&arena);
}

static struct index_record failed(const char *words)
{
	return (struct index_record){
		.status = STATUS_FAILED,
		.connector = slice_text("relay"),
		.last_error = slice_text(words),
		.recipients = &recipient,
		.recipient_count = 1,
		.updated_ms = 1000,
	};
}

static bool is_same(struct index_record a, struct index_record b, enum cause_by by)
{
	return cause_key(by, &a) == cause_key(by, &b);
}

START_TEST(addresses_numbers_and_ids_make_no_difference)
{
	ck_assert(is_same(failed("550 5.1.1 <a@b.example>: no such user (id 4F1C)"),
			  failed("550 5.1.1 <cc@d.example>: no such user (id 99AB0)"),
			  CAUSE_BY_CAUSE));
	ck_assert(!is_same(failed("550 5.1.1 No such user"), failed("550 5.7.1 No such user"),
			   CAUSE_BY_CAUSE));
	ck_assert(!is_same(failed("450 4.2.0 later"), failed("451 4.2.0 later"), CAUSE_BY_CAUSE));
}
END_TEST

START_TEST(a_cause_is_of_one_connector)
{
	struct index_record other = failed("550 5.1.1 No such user");

	other.connector = slice_text("office");
	ck_assert(!is_same(failed("550 5.1.1 No such user"), other, CAUSE_BY_CAUSE));
	ck_assert(is_same(failed("550 5.1.1 No such user"), other, CAUSE_BY_DOMAIN));
	ck_assert(!is_same(failed("550 5.1.1 No such user"), other, CAUSE_BY_CONNECTOR));
}
END_TEST

static const struct {
	const char *words, *name;
	enum cause_kind kind;
} names[] = {
	{"550 5.1.1 No such user here", "Mailbox does not exist", CAUSE_PERMANENT},
	{"451 4.3.2 System not accepting messages", "Busy, until all attempts were used",
	 CAUSE_TEMPORARY},
	{"552 5.3.4 Message size exceeds fixed limit", "Message is too large", CAUSE_PERMANENT},
	{"554 5.7.1 Refused by content policy", "Refused as unwanted", CAUSE_PERMANENT},
	{"403 {\"errors\":[]}", "Sender is not allowed", CAUSE_PERMANENT},
	{"429 Too Many Requests", "Told to slow down, until all attempts were used",
	 CAUSE_TEMPORARY},
	{"connect to relay: Connection refused", "Server could not be reached", CAUSE_TEMPORARY},
	{"550", "Refused by the server", CAUSE_PERMANENT},
	{"", "Could not be delivered", CAUSE_PERMANENT},
	{"55", "Could not be delivered", CAUSE_PERMANENT},
};

START_TEST(a_cause_has_a_name)
{
	struct causes causes = {.arena = &arena, .now_ms = 1000};
	struct index_record record = failed(names[_i].words);

	causes_add(&causes, &record);
	ck_assert_str_eq(causes.all[0].name, names[_i].name);
	ck_assert_int_eq(causes.all[0].kind, names[_i].kind);
}
END_TEST

START_TEST(what_was_not_rendered_is_the_templates_cause)
{
	struct causes causes = {.arena = &arena, .now_ms = 1000};
	struct index_record record = failed("tpl_receipt.body_html:12: 'x' is undefined");

	record.connector = (struct slice){0};
	record.template = slice_text("tpl_receipt");
	causes_add(&causes, &record);
	ck_assert_int_eq(causes.all[0].kind, CAUSE_TEMPLATE);
}
END_TEST

START_TEST(groups_are_counted_and_the_largest_is_first)
{
	struct causes causes = {.arena = &arena, .now_ms = 3600000 * 30};
	struct index_record one = failed("550 5.1.1 a"), two = failed("550 5.7.1 b");

	one.updated_ms = causes.now_ms - 1;
	two.updated_ms = causes.now_ms - 3600000;
	causes_add(&causes, &one);
	causes_add(&causes, &two);
	two.updated_ms = 0; /* longer ago than the hours go */
	causes_add(&causes, &two);
	causes_sort(&causes);
	ck_assert_uint_eq(causes.n, 2);
	ck_assert_uint_eq(causes.all[0].count, 2);
	ck_assert_int_eq(causes.all[0].first_ms, 0);
	ck_assert_uint_eq(causes.all[0].hours[22], 1);
	ck_assert_uint_eq(causes.all[1].hours[23], 1);
}
END_TEST

START_TEST(groups_are_bounded)
{
	struct causes causes = {.arena = &arena, .now_ms = 1000};
	char words[] = "refused because aa";

	for (int i = 0; i < CAUSE_GROUPS_MOST + 10; i++) {
		struct index_record record;
		words[16] = (char)('a' + i % 26);
		words[17] = (char)('a' + i / 26);
		record = failed(arena_text(&arena, words));
		causes_add(&causes, &record);
	}
	ck_assert_uint_eq(causes.n, CAUSE_GROUPS_MOST);
	ck_assert_uint_eq(causes.left_out, 10);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("app/cause");
	TCase *tc = tcase_create("groups");

	tcase_add_unchecked_fixture(tc, NULL, forget);
	tcase_add_test(tc, addresses_numbers_and_ids_make_no_difference);
	tcase_add_test(tc, a_cause_is_of_one_connector);
	tcase_add_loop_test(tc, a_cause_has_a_name, 0, sizeof names / sizeof *names);
	tcase_add_test(tc, what_was_not_rendered_is_the_templates_cause);
	tcase_add_test(tc, groups_are_counted_and_the_largest_is_first);
	tcase_add_test(tc, groups_are_bounded);
	suite_add_tcase(s, tc);
	return s;
}
