/*
 * outcome.h: what a try comes to: sent, tried again, given up, or nobody knows.
 *
 * Pure: the verdicts, the settings and the time come in, the decision goes out. The sender asks
 * twice: before a try, for what the ledger is to say if no answer is ever known (all pending
 * recipients uncertain), and after it.
 */
#ifndef POLICY_OUTCOME_H
#define POLICY_OUTCOME_H

#include "conf/conf.h"
#include "message/attempt.h"

struct outcome_facts {
	/* Of the recipients that this try addressed: */
	unsigned delivered, transient, permanent, uncertain;
	unsigned unanswered; /* no word about them, which is never a delivery */
	bool failed_before;  /* an earlier try was refused for good by some other recipient */
	bool overflow;       /* the transient ones were only too many for one transaction */
	bool untried;        /* nothing left: unreachable, throttled, credentials refused */
	bool unreachable;    /* with untried: the remote went away with this message at hand, */
	bool again;          /* and the try before this one was untried as well */
	unsigned spent;      /* attempts that counted, without this one */
	unsigned max_attempts;
	unsigned backoff_s, backoff_max_s;
	enum on_uncertain on_uncertain;
	int64_t now_ms;
	int64_t expires_ms; /* 0: never */
	uint32_t random;
};

struct outcome {
	enum attempt_result result;
	enum state to;
	bool spent;
	int64_t due_ms; /* where to is STATE_DEFERRED */
};

struct outcome outcome_of(const struct outcome_facts *facts);

#endif
