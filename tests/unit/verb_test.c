#include "message/verb.h"

#include <check.h>

#include "spool/place.h"

/* Where a verb may lead a message: the spool's table must have every one of these moves. */
static void check_moves(enum verb verb, enum state from)
{
	static const enum state targets[][2] = {
		[VERB_TO_HELD] = {STATE_HELD, STATE_HELD},
		[VERB_TO_CANCELLED] = {STATE_CANCELLED, STATE_CANCELLED},
		[VERB_TO_QUEUE] = {STATE_QUEUED, STATE_RENDERED},
	};

	for (int i = 0; i < 2; i++) {
		enum state to = targets[verb_rows[verb].to][i];
		/* neither a draft nor what is queued holds a rendered message */
		if (to == STATE_RENDERED && (from == STATE_DRAFT || from == STATE_QUEUED))
			continue;
		ck_assert_msg(from == to || place_may_move(from, to), "%s: %s to %s",
			      verb_rows[verb].name, state_name(from), state_name(to));
	}
}

START_TEST(every_move_of_a_verb_is_one_of_the_spool)
{
	for (enum verb verb = 0; verb < VERB_COUNT; verb++)
		for (enum state state = STATE_DRAFT; state < STATE_COUNT; state++)
			if (verb_applies(verb, state) && verb_rows[verb].to != VERB_TO_NOWHERE)
				check_moves(verb, state);
}
END_TEST

START_TEST(nothing_is_done_to_what_a_sender_has)
{
	for (enum verb verb = 0; verb < VERB_COUNT; verb++)
		ck_assert(!verb_applies(verb, STATE_SENDING));
}
END_TEST

START_TEST(what_may_still_be_sent_is_not_deleted)
{
	for (enum state state = STATE_QUEUED; state <= STATE_DEFERRED; state++)
		ck_assert(!verb_applies(VERB_DELETE, state));
}
END_TEST

START_TEST(names_lead_to_verbs)
{
	for (enum verb verb = 0; verb < VERB_COUNT; verb++)
		ck_assert_int_eq(verb_from_name(slice_text(verb_rows[verb].name)), verb);
	ck_assert_int_eq(verb_from_name(slice_text("explode")), VERB_COUNT);
}
END_TEST

START_TEST(a_reason_is_one_line_of_some_length)
{
	char text[VERB_REASON_MOST + 2] = "";
	struct err err;

	ck_assert(verb_check_reason((struct slice){0}, &err));
	ck_assert(verb_check_reason(slice_text("wrong price, \xe2\x82\xac 5"), &err));
	memset(text, 'x', VERB_REASON_MOST);
	ck_assert(verb_check_reason(slice_text(text), &err));
	text[VERB_REASON_MOST] = 'x';
	ck_assert(!verb_check_reason(slice_text(text), &err));
	ck_assert_int_eq(err.code, EX_DATAERR);
	ck_assert(!verb_check_reason(slice_text("one\ntwo"), &err));
	ck_assert(!verb_check_reason(slice_text("\x1b[2J"), &err));
	ck_assert(!verb_check_reason(slice_text("\xc2\x9b"), &err)); /* C1 */
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("message/verb");
	TCase *t = tcase_create("verb");

	tcase_add_test(t, every_move_of_a_verb_is_one_of_the_spool);
	tcase_add_test(t, nothing_is_done_to_what_a_sender_has);
	tcase_add_test(t, what_may_still_be_sent_is_not_deleted);
	tcase_add_test(t, names_lead_to_verbs);
	tcase_add_test(t, a_reason_is_one_line_of_some_length);
	suite_add_tcase(s, t);
	return s;
}
