#include "spool/place.h"

#include <check.h>
#include <stdio.h>

START_TEST(a_path_follows_from_organization_state_and_id)
{
	static const struct {
		enum state state;
		const char *kind, *path;
	} cases[] = {
		{STATE_QUEUED, "", "acme/queued/01jddxv7q8zkj3m5n6p7r8s9t0"},
		{STATE_ROUTED, "smtp", "acme/routed/smtp/01jddxv7q8zkj3m5n6p7r8s9t0"},
		{STATE_SENT, "", "acme/sent/2024-11-24/01jddxv7q8zkj3m5n6p7r8s9t0"},
	};
	char path[PLACE_PATH_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct place place = place_make("acme", cases[i].state, cases[i].kind);
		place_path(&place, "01jddxv7q8zkj3m5n6p7r8s9t0", path);
		ck_assert_str_eq(path, cases[i].path);
	}
}
END_TEST

/* A row of the manual's table: its first four columns; the fifth tells the crash case. */
static bool read_row(const char *line, char column[4][32])
{
	return sscanf(line, ".It %31s Ta %31s Ta %31s Ta %31s Ta", column[0], column[1], column[2],
		      column[3]) == 4 &&
	       column[0][0] != '(' && strcmp(column[0], "Sy") != 0;
}

static bool in_table(char column[4][32])
{
	for (size_t i = 0; i < place_transition_count; i++) {
		const struct transition *row = &place_transitions[i];
		if (strcmp(state_name(row->from), column[0]) == 0 &&
		    strcmp(state_name(row->to), column[1]) == 0 &&
		    strcmp(row->by, column[2]) == 0 && strcmp(row->durable, column[3]) == 0)
			return true;
	}
	return false;
}

START_TEST(the_manual_has_the_same_transitions)
{
	FILE *manual = fopen("man/mailq-spool.7", "r");
	char line[512], column[4][32];
	size_t rows = 0;

	ck_assert_ptr_nonnull(manual);
	while (fgets(line, sizeof line, manual))
		if (read_row(line, column)) {
			ck_assert_msg(in_table(column), "only in the manual: %s", line);
			rows++;
		}
	fclose(manual);
	ck_assert_uint_eq(rows, place_transition_count);
}
END_TEST

START_TEST(final_states_are_left_only_by_an_operator)
{
	for (size_t i = 0; i < place_transition_count; i++)
		if (state_is_final(place_transitions[i].from))
			ck_assert_str_eq(place_transitions[i].by, "verb");
	ck_assert(!place_may_move(STATE_SENT, STATE_QUEUED));
	ck_assert(place_may_move(STATE_SENDING, STATE_SENT));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("spool/place");
	TCase *t = tcase_create("place");

	tcase_add_test(t, a_path_follows_from_organization_state_and_id);
	tcase_add_test(t, the_manual_has_the_same_transitions);
	tcase_add_test(t, final_states_are_left_only_by_an_operator);
	suite_add_tcase(s, t);
	return s;
}
