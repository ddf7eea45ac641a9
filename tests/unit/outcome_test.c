#include "policy/outcome.h"

#include <check.h>

#define DOUBT ATTEMPT_UNCERTAIN

/* Of a message that may be tried twice; the try is its first, unless it is said otherwise. */
static const struct {
	const char *name;
	struct outcome_facts facts;
	enum attempt_result result;
	enum state to;
	bool spent;
} cases[] = {
	{"all delivered", {.delivered = 2}, ATTEMPT_SENT, STATE_SENT, true},
	{"one is refused", {.delivered = 1, .permanent = 1}, ATTEMPT_FAILED, STATE_FAILED, true},
	{"one is put off",
	 {.transient = 1, .permanent = 1},
	 ATTEMPT_DEFERRED,
	 STATE_DEFERRED,
	 true},
	{"put off the last time", {.transient = 1, .spent = 1}, ATTEMPT_FAILED, STATE_FAILED, true},
	{"it expires first", {.transient = 1, .expires_ms = 2}, ATTEMPT_FAILED, STATE_FAILED, true},
	{"too many recipients",
	 {.transient = 1, .overflow = true, .spent = 1},
	 ATTEMPT_DEFERRED,
	 STATE_RENDERED,
	 false},
	{"in doubt", {.uncertain = 1}, DOUBT, STATE_DEFERRED, true},
	{"in doubt the last time", {.uncertain = 1, .spent = 1}, DOUBT, STATE_FAILED, true},
	{"in doubt, to be held",
	 {.uncertain = 1, .on_uncertain = UNCERTAIN_HOLD},
	 DOUBT,
	 STATE_HELD,
	 true},
	{"others were refused before",
	 {.delivered = 1, .failed_before = true},
	 ATTEMPT_SENT,
	 STATE_FAILED,
	 true},
	{"throttled",
	 {.transient = 1, .untried = true, .again = true},
	 ATTEMPT_UNTRIED,
	 STATE_RENDERED,
	 false},
	{"the remote went away",
	 {.transient = 1, .untried = true, .unreachable = true},
	 ATTEMPT_UNTRIED,
	 STATE_RENDERED,
	 false},
	{"went away at the same message",
	 {.transient = 1, .untried = true, .unreachable = true, .again = true},
	 ATTEMPT_DEFERRED,
	 STATE_DEFERRED,
	 true},
	{"... which nobody answered",
	 {.unanswered = 1, .untried = true, .unreachable = true, .again = true},
	 ATTEMPT_DEFERRED,
	 STATE_DEFERRED,
	 true},
	{"no word about one",
	 {.delivered = 1, .unanswered = 1},
	 ATTEMPT_DEFERRED,
	 STATE_DEFERRED,
	 true},
};

START_TEST(a_try_comes_to)
{
	struct outcome_facts facts = cases[_i].facts;

	facts.max_attempts = 2;
	facts.backoff_s = facts.backoff_max_s = 60;
	facts.now_ms = 1;
	struct outcome outcome = outcome_of(&facts);
	ck_assert_msg(outcome.result == cases[_i].result && outcome.to == cases[_i].to &&
			      outcome.spent == cases[_i].spent,
		      "%s: result %d, to %s, spent %d", cases[_i].name, outcome.result,
		      state_name(outcome.to), outcome.spent);
	ck_assert_msg((outcome.due_ms > 0) == (outcome.to == STATE_DEFERRED), "%s: due %lld",
		      cases[_i].name, (long long)outcome.due_ms);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("policy/outcome");
	TCase *t = tcase_create("outcome");

	tcase_add_loop_test(t, a_try_comes_to, 0, sizeof cases / sizeof *cases);
	suite_add_tcase(s, t);
	return s;
}
