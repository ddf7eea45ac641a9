#include "policy/outcome.h"

#include "policy/backoff.h"

/* Something is still open: another try, unless the attempts or the time are up. */
static struct outcome again(const struct outcome_facts *facts, enum attempt_result result)
{
	struct outcome outcome = {.result = result, .to = STATE_DEFERRED, .spent = true};
	unsigned spent = facts->spent + 1;

	outcome.due_ms = facts->now_ms + backoff_delay_ms(spent, facts->backoff_s,
							  facts->backoff_max_s, facts->random);
	if (spent >= facts->max_attempts ||
	    (facts->expires_ms && outcome.due_ms >= facts->expires_ms)) {
		outcome.to = STATE_FAILED;
		outcome.due_ms = 0;
		if (result == ATTEMPT_DEFERRED)
			outcome.result = ATTEMPT_FAILED;
	}
	return outcome;
}

struct outcome outcome_of(const struct outcome_facts *facts)
{
	/* A message at which the remote goes away each time has to make room for others. */
	if (facts->untried && !(facts->unreachable && facts->again))
		return (struct outcome){.result = ATTEMPT_UNTRIED, .to = STATE_RENDERED};
	if (facts->uncertain && facts->on_uncertain == UNCERTAIN_HOLD)
		return (struct outcome){.result = ATTEMPT_UNCERTAIN,
					.to = STATE_HELD,
					.spent = true};
	if (facts->uncertain)
		return again(facts, ATTEMPT_UNCERTAIN);
	if (facts->overflow)
		return (struct outcome){.result = ATTEMPT_DEFERRED, .to = STATE_RENDERED};
	if (facts->transient || facts->untried || facts->unanswered)
		return again(facts, ATTEMPT_DEFERRED);
	if (facts->permanent || facts->failed_before)
		return (struct outcome){.result = facts->permanent ? ATTEMPT_FAILED : ATTEMPT_SENT,
					.to = STATE_FAILED,
					.spent = true};
	return (struct outcome){.result = ATTEMPT_SENT, .to = STATE_SENT, .spent = true};
}
