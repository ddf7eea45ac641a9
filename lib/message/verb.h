/*
 * verb.h: what an operator can do with a message: one table that the commands, the API and the
 * app's buttons read.
 */
#ifndef MESSAGE_VERB_H
#define MESSAGE_VERB_H

#include "base/err.h"
#include "message/status.h"

enum verb {
	VERB_HOLD,
	VERB_RELEASE,
	VERB_CANCEL,
	VERB_QUEUE,
	VERB_RETRY,
	VERB_SEND_NOW,
	VERB_DELETE,
};
#define VERB_COUNT 7

/* Where a verb leads. */
enum verb_target {
	VERB_TO_HELD,
	VERB_TO_CANCELLED,
	VERB_TO_QUEUE,   /* rendered if a whole `message` stands in the file, else queued */
	VERB_TO_NOWHERE, /* the file is removed */
};

struct verb_row {
	const char *name; /* "send-now": of the command, the API's path and the `event` */
	unsigned from;    /* states, a set of 1u << state */
	enum verb_target to;
	bool restarts; /* counts attempts anew, addresses all who were not served */
	bool at_once;  /* does not wait for a time that was set */
};

extern const struct verb_row verb_rows[VERB_COUNT];

/* Whether the verb applies to a message in that state. */
bool verb_applies(enum verb verb, enum state state);

/* VERB_COUNT for a word that is none. */
enum verb verb_from_name(struct slice name);

/* Whether an operator's reason can be kept with what he does: it is not longer than
 * VERB_REASON_MOST bytes, and holds no control character. Else false and err (65). */
#define VERB_REASON_MOST 500
bool verb_check_reason(struct slice reason, struct err *err);

#endif
