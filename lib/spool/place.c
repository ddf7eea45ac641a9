#include "spool/place.h"

#include <stdio.h>

#include "base/clock.h"

const struct transition place_transitions[] = {
	{STATE_QUEUED, STATE_RENDERED, "mailq-render", "none"},
	{STATE_QUEUED, STATE_FAILED, "mailq-render", "none"},
	{STATE_QUEUED, STATE_HELD, "mailq-render", "none"},
	{STATE_RENDERED, STATE_ROUTED, "mailq-route", "none"},
	{STATE_RENDERED, STATE_FAILED, "mailq-route", "none"},
	{STATE_RENDERED, STATE_HELD, "mailq-route", "none"},
	{STATE_RENDERED, STATE_QUEUED, "mailq-route", "none"},
	{STATE_DEFERRED, STATE_ROUTED, "mailq-route", "none"},
	{STATE_DEFERRED, STATE_FAILED, "mailq-route", "none"},
	{STATE_DEFERRED, STATE_HELD, "mailq-route", "none"},
	{STATE_DEFERRED, STATE_QUEUED, "mailq-route", "none"},
	{STATE_ROUTED, STATE_SENDING, "mailq-send-KIND", "none"},
	{STATE_ROUTED, STATE_RENDERED, "mailq-send-KIND", "none"},
	{STATE_ROUTED, STATE_QUEUED, "mailq-send-KIND", "none"},
	{STATE_SENDING, STATE_SENT, "mailq-send-KIND", "ledger"},
	{STATE_SENDING, STATE_DEFERRED, "mailq-send-KIND", "ledger"},
	{STATE_SENDING, STATE_FAILED, "mailq-send-KIND", "ledger"},
	{STATE_SENDING, STATE_HELD, "mailq-send-KIND", "ledger"},
	{STATE_SENDING, STATE_ROUTED, "mailq-send-KIND", "ledger"},
	{STATE_SENDING, STATE_RENDERED, "mailq-send-KIND", "ledger"},
	{STATE_SENDING, STATE_QUEUED, "recovery", "none"},
	{STATE_QUEUED, STATE_SENT, "replay", "ledger"},
	{STATE_QUEUED, STATE_DEFERRED, "replay", "ledger"},
	{STATE_RENDERED, STATE_SENT, "replay", "ledger"},
	{STATE_RENDERED, STATE_DEFERRED, "replay", "ledger"},
	{STATE_ROUTED, STATE_SENT, "replay", "ledger"},
	{STATE_ROUTED, STATE_DEFERRED, "replay", "ledger"},
	{STATE_ROUTED, STATE_FAILED, "replay", "ledger"},
	{STATE_ROUTED, STATE_HELD, "replay", "ledger"},
	{STATE_DEFERRED, STATE_SENT, "replay", "ledger"},
	{STATE_DRAFT, STATE_QUEUED, "verb", "fsync"},
	{STATE_DRAFT, STATE_HELD, "verb", "fsync"},
	{STATE_DRAFT, STATE_CANCELLED, "verb", "fsync"},
	{STATE_QUEUED, STATE_HELD, "verb", "fsync"},
	{STATE_QUEUED, STATE_CANCELLED, "verb", "fsync"},
	{STATE_RENDERED, STATE_HELD, "verb", "fsync"},
	{STATE_RENDERED, STATE_CANCELLED, "verb", "fsync"},
	{STATE_ROUTED, STATE_HELD, "verb", "fsync"},
	{STATE_ROUTED, STATE_CANCELLED, "verb", "fsync"},
	{STATE_DEFERRED, STATE_HELD, "verb", "fsync"},
	{STATE_DEFERRED, STATE_CANCELLED, "verb", "fsync"},
	{STATE_DEFERRED, STATE_RENDERED, "verb", "fsync"},
	{STATE_HELD, STATE_CANCELLED, "verb", "fsync"},
	{STATE_HELD, STATE_QUEUED, "verb", "fsync"},
	{STATE_HELD, STATE_RENDERED, "verb", "fsync"},
	{STATE_FAILED, STATE_QUEUED, "verb", "fsync"},
	{STATE_FAILED, STATE_RENDERED, "verb", "fsync"},
};

const size_t place_transition_count = sizeof place_transitions / sizeof *place_transitions;

bool place_may_move(enum state from, enum state to)
{
	for (size_t i = 0; i < place_transition_count; i++)
		if (place_transitions[i].from == from && place_transitions[i].to == to)
			return true;
	return false;
}

struct place place_make(const char *org, enum state state, const char *kind)
{
	struct place place = {.state = state};

	snprintf(place.org, sizeof place.org, "%s", org);
	if (state == STATE_ROUTED)
		snprintf(place.kind, sizeof place.kind, "%s", kind);
	return place;
}

bool place_equal(const struct place *a, const struct place *b)
{
	return a->state == b->state && strcmp(a->org, b->org) == 0 && strcmp(a->kind, b->kind) == 0;
}

void place_dir(const struct place *place, const char *id, char path[PLACE_PATH_SIZE])
{
	char day[CLOCK_DAY_SIZE] = "";
	const char *below = place->kind;

	if (state_has_day(place->state)) {
		clock_format_day(id_time_ms(id), day);
		below = day;
	}
	snprintf(path, PLACE_PATH_SIZE, "%s/%s%s%s", place->org, state_name(place->state),
		 *below ? "/" : "", below);
}

void place_path(const struct place *place, const char *id, char path[PLACE_PATH_SIZE])
{
	place_dir(place, id, path);

	size_t used = strlen(path);
	snprintf(path + used, PLACE_PATH_SIZE - used, "/%s", id);
}
