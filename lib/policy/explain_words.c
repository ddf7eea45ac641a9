/* The words that stand alone: where a program says one of them without the whole explanation. */
#include "base/clock.h"
#include "policy/explain.h"

const char *explain_time(int64_t ms, int64_t now_ms, struct arena *arena)
{
	char text[CLOCK_TEXT_SIZE], age[CLOCK_SPAN_SIZE];
	bool is_past = ms <= now_ms;

	clock_format(ms, text);
	clock_format_span(is_past ? now_ms - ms : ms - now_ms, age);
	return arena_format(arena, is_past ? "%.19sZ (%s ago)" : "%.19sZ (in %s)", text, age);
}

const char *explain_reason(struct slice reason, struct arena *arena)
{
	if (slice_is(reason, "default"))
		return "the organization's default";
	if (slice_is(reason, "connector_id"))
		return "the message asks for it";
	return arena_slice(arena, reason).p;
}

static const char *why_words(enum breaker_why why)
{
	static const char *const words[] = {
		[BREAKER_GOOD] = "nothing is wrong",
		[BREAKER_UNREACHABLE] = "cannot be reached",
		[BREAKER_CREDENTIALS] = "does not accept our credentials",
		[BREAKER_THROTTLED] = "asks us to slow down",
		[BREAKER_MISCONFIGURED] = "is not configured right",
		[BREAKER_BY_HAND] = "is paused",
	};

	return words[why];
}

const char *explain_health(const struct explain_connector *connector, int64_t now_ms,
			   struct arena *arena)
{
	const struct breaker *breaker = &connector->breaker;
	const char *text = "", *pause;

	if (!breaker->failures)
		return "working";
	if (*connector->text)
		text = arena_format(arena, ": %s", connector->text);
	if (breaker_is_stopped(breaker))
		return arena_format(arena, "paused by hand since %s%s%s",
				    explain_time(connector->since_ms, now_ms, arena),
				    *connector->text ? ", by " : "", connector->text);
	if (breaker_is_paused(breaker, now_ms))
		pause = arena_format(arena, "paused until %s",
				     explain_time(breaker->until_ms, now_ms, arena));
	else
		pause = "to be tried again by one connection";
	return arena_format(arena, "%s; since %s it %s%s", pause,
			    explain_time(connector->since_ms, now_ms, arena),
			    why_words(breaker->why), text);
}
