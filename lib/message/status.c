#include "message/status.h"

#include <assert.h>

/* In the order of the enums. */
/* clang-format off */
static const struct {
	const char *name;
	enum status status;
	bool is_final;
} states[STATE_COUNT] = {
	{"",          STATUS_DRAFT,     false},
	{"draft",     STATUS_DRAFT,     false},
	{"queued",    STATUS_READY,     false},
	{"rendered",  STATUS_READY,     false},
	{"routed",    STATUS_READY,     false},
	{"sending",   STATUS_SENDING,   false},
	{"deferred",  STATUS_DEFERRED,  false},
	{"held",      STATUS_HELD,      false},
	{"sent",      STATUS_SENT,      true},
	{"failed",    STATUS_FAILED,    true},
	{"cancelled", STATUS_CANCELLED, true},
};
/* clang-format on */

/* clang-format off */
static const struct {
	const char *name, *public_name;
} statuses[STATUS_COUNT] = {
	{"draft",     "draft"},
	{"ready",     "queued"},
	{"deferred",  "queued"},
	{"held",      "queued"},
	{"sending",   "sending"},
	{"sent",      "sent"},
	{"failed",    "failed"},
	{"cancelled", "cancelled"},
};
/* clang-format on */

const char *state_name(enum state state)
{
	assert(state < STATE_COUNT);
	return states[state].name;
}

enum state state_from_name(struct slice name)
{
	for (enum state state = STATE_DRAFT; state < STATE_COUNT; state++)
		if (slice_is(name, states[state].name))
			return state;
	return STATE_NONE;
}

enum status state_status(enum state state)
{
	assert(state > STATE_NONE && state < STATE_COUNT);
	return states[state].status;
}

bool state_is_final(enum state state)
{
	assert(state < STATE_COUNT);
	return states[state].is_final;
}

bool state_has_day(enum state state)
{
	/* Only where messages stay do directories grow without end. */
	return state_is_final(state);
}

const char *status_name(enum status status)
{
	assert(status < STATUS_COUNT);
	return statuses[status].name;
}

const char *status_public_name(enum status status)
{
	assert(status < STATUS_COUNT);
	return statuses[status].public_name;
}

unsigned status_set(struct slice word)
{
	unsigned set = 0;

	for (enum status status = 0; status < STATUS_COUNT; status++)
		if (slice_is(word, statuses[status].name) ||
		    slice_is(word, statuses[status].public_name))
			set |= 1u << status;
	return set;
}
