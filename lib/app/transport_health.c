#include "app/transport_health.h"

#include "app/words.h"
#include "index/work.h"
#include "queue/health.h"
#include "queue/traffic.h"

#define RATE_LEAST 0.05 /* attempts a second; less is told as none */

/* clang-format off */
static const struct trouble {
	const char *word;
	const char *need;
} troubles[] = {
	[BREAKER_GOOD]          = {"",                           NULL},
	[BREAKER_UNREACHABLE]   = {"it cannot be reached",       NULL},
	[BREAKER_CREDENTIALS]   = {"credentials refused",        "its credentials are refused"},
	[BREAKER_THROTTLED]     = {"too many requests",          NULL},
	[BREAKER_MISCONFIGURED] = {"its configuration is wrong", "its configuration is wrong"},
	[BREAKER_BY_HAND]       = {"by hand",                    NULL},
};

static const char *const classes[TRANSPORT_STATES] = {
	[TRANSPORT_WORKS]   = "sent",
	[TRANSPORT_UNUSED]  = "queued",
	[TRANSPORT_SLOWED]  = "deferred",
	[TRANSPORT_PROBES]  = "sending",
	[TRANSPORT_STOPPED] = "held",
	[TRANSPORT_PAUSED]  = "paused",
};
/* clang-format on */

/* --- which of them it is --- */

static enum transport_state state_of(const struct breaker *breaker, const struct traffic *traffic,
				     int64_t now_ms)
{
	if (breaker_is_stopped(breaker))
		return TRANSPORT_STOPPED;
	if (breaker_is_paused(breaker, now_ms))
		return breaker->why == BREAKER_THROTTLED ? TRANSPORT_SLOWED : TRANSPORT_PAUSED;
	if (breaker_is_probing(breaker, now_ms))
		return TRANSPORT_PROBES;
	return traffic->is_known && !traffic->tried_ms ? TRANSPORT_UNUSED : TRANSPORT_WORKS;
}

static const char *word_of(const struct page *page, enum transport_state state,
			   const struct breaker *breaker)
{
	const char *why = troubles[breaker->why].word;

	switch (state) {
	case TRANSPORT_UNUSED:
		return "Never used";
	case TRANSPORT_STOPPED:
		return "Paused by hand";
	case TRANSPORT_SLOWED:
	case TRANSPORT_PAUSED:
		return arena_format(page->arena, "%s until %s: %s",
				    state == TRANSPORT_SLOWED ? "Slowed" : "Paused",
				    words_moment(breaker->until_ms, page->now_ms, page->arena),
				    why);
	case TRANSPORT_PROBES:
		return arena_format(page->arena, "Trying again, one connection first: %s", why);
	default:
		return "Working";
	}
}

/* Unreachable is a need only while it is paused: what is tried again may be good already. */
static const char *need_of(enum transport_state state, enum breaker_why why)
{
	if (state == TRANSPORT_PAUSED && why == BREAKER_UNREACHABLE)
		return troubles[why].word;
	return troubles[why].need;
}

/* --- its parts --- */

uint64_t transport_waiting(const struct page *page, const char *organization,
			   const struct connector *connector)
{
	struct queue *queue = page->context->queue;
	char stage[INDEX_STAGE_SIZE], name[INDEX_LANE_SIZE];
	struct index_lane lane = {0};
	struct err ignored = {0};

	queue_send_stage(stage, connector->kind);
	index_lane_name(name, slice_text(organization), slice_text(connector->id));
	if (queue->index)
		index_lane_get(queue->index, stage, name, &lane, &ignored);
	return lane.ready;
}

static void put_waiting(struct page *page, const char *organization,
			const struct connector *connector)
{
	uint64_t n = transport_waiting(page, organization, connector);

	if (!n)
		return;
	json_put_text(&page->out, "waiting", words_number(n, page->arena));
	json_put_text(&page->out, "waits",
		      arena_format(page->arena, "%s %s", words_messages(n, page->arena),
				   n == 1 ? "waits" : "wait"));
}

static void put_rate(struct page *page, const struct connector *connector,
		     const struct traffic *traffic)
{
	struct arena *arena = page->arena;
	const char *now = words_rate(traffic->rate, arena), *text;

	if (connector->rate > 0 && traffic->is_known)
		text = arena_format(arena, "%s of %g a second", now, connector->rate);
	else if (connector->rate > 0)
		text = arena_format(arena, "at most %g a second", connector->rate);
	else if (traffic->rate >= RATE_LEAST)
		text = arena_format(arena, "%s a second", now);
	else
		text = "no limit";
	json_put_text(&page->out, "rate", text);
	json_put_text(&page->out, "connections",
		      arena_format(arena, "%u of %s", traffic->connections,
				   words_count((uint64_t)connector->max_connections, "connection",
					       arena)));
}

static void put_traffic(struct page *page, const struct connector *connector,
			const struct traffic *traffic)
{
	struct json_out *out = &page->out;

	put_rate(page, connector, traffic);
	json_put_bool(out, "is_known", traffic->is_known);
	words_put_time(out, "sent", traffic->sent_ms, page->now_ms, page->arena);
	if (traffic->sent_ms)
		json_put_text(out, "sent_ago",
			      words_distance(traffic->sent_ms, page->now_ms, page->arena));
}

static const char *note_of(struct page *page, const struct traffic *traffic)
{
	return arena_format(page->arena, "slow: half of its last %zu attempts took %s or more",
			    traffic->n, words_duration(traffic->half_ms, page->arena));
}

static void put_trouble(struct page *page, const struct health *health)
{
	bool any = health->breaker.failures > 0;

	json_put_bool(&page->out, "by_hand", breaker_is_stopped(&health->breaker));
	json_put_bool(&page->out, "trouble", any);
	json_put_text(&page->out, "said", any ? health->text : NULL);
	json_put_text(&page->out, "since",
		      any ? words_moment(health->since_ms, page->now_ms, page->arena) : NULL);
}

struct transport_health transport_put_health(struct page *page, const char *key,
					     const char *organization,
					     const struct connector *connector)
{
	struct queue *queue = page->context->queue;
	struct json_out *out = &page->out;
	struct transport_health result = {0};
	struct traffic traffic;
	struct health health;

	health_read(queue, organization, connector->id, &health);
	traffic_read(queue, organization, connector, page->now_ms, &traffic);
	result.state = state_of(&health.breaker, &traffic, page->now_ms);
	result.is_slow = result.state == TRANSPORT_WORKS && traffic.is_slow;
	result.need = need_of(result.state, health.breaker.why);
	json_open(out, key, '{');
	json_put_text(out, "class", classes[result.state]);
	json_put_text(out, "word", word_of(page, result.state, &health.breaker));
	json_put_text(out, "note", result.is_slow ? note_of(page, &traffic) : NULL);
	put_trouble(page, &health);
	put_waiting(page, organization, connector);
	put_traffic(page, connector, &traffic);
	json_close(out, '}');
	return result;
}
