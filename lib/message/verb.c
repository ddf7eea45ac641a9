#include "message/verb.h"

#include "message/text.h"

enum {
	DRAFT = 1u << STATE_DRAFT,
	QUEUED = 1u << STATE_QUEUED,
	DEFERRED = 1u << STATE_DEFERRED,
	HELD = 1u << STATE_HELD,
	SENT = 1u << STATE_SENT,
	FAILED = 1u << STATE_FAILED,
	CANCELLED = 1u << STATE_CANCELLED,
	WAITING = QUEUED | 1u << STATE_RENDERED | 1u << STATE_ROUTED | DEFERRED,
};

/* In the order of enum verb. */
const struct verb_row verb_rows[VERB_COUNT] = {
	{"hold", DRAFT | WAITING, VERB_TO_HELD, false, false},
	{"release", HELD, VERB_TO_QUEUE, false, false},
	{"cancel", DRAFT | HELD | WAITING, VERB_TO_CANCELLED, false, false},
	{"queue", DRAFT, VERB_TO_QUEUE, false, false},
	{"retry", FAILED | DEFERRED, VERB_TO_QUEUE, true, true},
	{"send-now", DRAFT | QUEUED | DEFERRED | HELD, VERB_TO_QUEUE, false, true},
	{"delete", DRAFT | HELD | SENT | FAILED | CANCELLED, VERB_TO_NOWHERE, false, false},
};

bool verb_applies(enum verb verb, enum state state)
{
	return verb_rows[verb].from & (1u << state);
}

enum verb verb_from_name(struct slice name)
{
	for (enum verb verb = 0; verb < VERB_COUNT; verb++)
		if (slice_is(name, verb_rows[verb].name))
			return verb;
	return VERB_COUNT;
}

bool verb_check_reason(struct slice reason, struct err *err)
{
	size_t at = text_control(reason);

	if (at < reason.n)
		return err_set(err, EX_DATAERR, "a control character at byte %zu", at + 1);
	return reason.n <= VERB_REASON_MOST ||
	       err_set(err, EX_DATAERR, "longer than %d bytes", VERB_REASON_MOST);
}
