/*
 * What the index is to learn of the lanes we serve, all of it by their turns: pauses, rates, hands
 * that are full, connections that are all taken.
 */
#include "index/meter.h"
#include "sender/internal.h"

#define PARK_MS 1000
#define CROWDED_MS 100 /* how long nothing is claimed */

/* A hand that no channel has taken anything from for so long is given back, and the lane gets no
 * turn for a while: other lanes need the room. */
#define STUCK_MS 500
#define STUCK_PAUSE_MS 10000

/* In microseconds a message, as the index has it. */
static uint32_t pace_of(const struct connector *connector)
{
	double us = connector && connector->rate > 0 ? 1e6 / connector->rate : 0;

	return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

/* A turn at once. With a rate, after what the last claim may have taken: a second's messages, or
 * one. */
static int64_t next_turn(const struct connector *connector, int64_t now_ms)
{
	uint32_t pace_us = pace_of(connector);

	if (!pace_us)
		return now_ms;
	return now_ms + (pace_us > 1000000 ? pace_us / 1000 : 1000);
}

/* The rates of all our connectors, so that the first claim keeps to them. */
static void tell_rates(struct sender *sender, struct index_txn *txn)
{
	char lane[INDEX_LANE_SIZE];

	for (size_t i = 0; i < sender->conf->organization_count; i++) {
		const struct organization *org = &sender->conf->organizations[i];
		for (size_t j = 0; j < org->connector_count; j++) {
			const struct connector *connector = &org->connectors[j];
			if (strcmp(connector->kind, sender->kind->name) != 0)
				continue;
			index_lane_name(lane, slice_text(org->id), slice_text(connector->id));
			index_lane_pace(txn, sender->stage, lane, pace_of(connector));
		}
	}
	sender->rates_told = true;
}

/* A paused lane gets no turn, so its backlog costs nobody a look; unless there is a fallback, to
 * which its messages go on by way of mailq-route: until one comes that has to wait. */
static void tell_breaker(struct sender *sender, struct sender_lane *lane, struct index_txn *txn,
			 int64_t now_ms)
{
	const struct connector *connector = lane_connector(sender, lane);
	bool paused = breaker_is_paused(&lane->breaker, now_ms);

	if (paused)
		lane_give_back(sender, lane, txn);
	lane->blocked &= paused;
	if (paused && (lane->blocked || !connector || !connector->fallback))
		index_lane_turn(txn, sender->stage, lane->name, lane->breaker.until_ms);
	else
		index_lane_turn(txn, sender->stage, lane->name, next_turn(connector, now_ms));
	lane->breaker_changed = lane->stuck = lane->crowded = false;
	lane->parked_until = lane->waits_since = 0;
}

/* For the workers that have the connections to take, at once: nothing of it was sent. */
static void tell_crowded(struct sender *sender, struct sender_lane *lane, struct index_txn *txn,
			 int64_t now_ms)
{
	lane_give_back(sender, lane, txn);
	index_lane_turn(txn, sender->stage, lane->name, now_ms);
	lane->crowded = false;
	lane->waits_since = 0;
	sender->claim_at = sender->next_turn_ms = now_ms + CROWDED_MS;
	sender->gave_back = true;
}

static void tell_stuck(struct sender *sender, struct sender_lane *lane, struct index_txn *txn,
		       int64_t now_ms)
{
	lane_give_back(sender, lane, txn);
	index_lane_delay(txn, sender->stage, lane->name, now_ms + STUCK_PAUSE_MS);
	lane->stuck = true;
	lane->parked_until = 0;
}

/* A channel is free again, or the hand has room. */
static void tell_free(struct sender *sender, struct sender_lane *lane, struct index_txn *txn,
		      int64_t now_ms)
{
	index_lane_turn(txn, sender->stage, lane->name,
			next_turn(lane_connector(sender, lane), now_ms));
	lane->stuck = false;
	lane->parked_until = lane->waits_since = 0;
}

static void tell_parked(struct sender *sender, struct sender_lane *lane, struct index_txn *txn,
			int64_t now_ms)
{
	lane->parked_until = now_ms + PARK_MS;
	index_lane_delay(txn, sender->stage, lane->name, lane->parked_until);
}

static void count_throttled(struct sender_lane *lane, struct index_txn *txn)
{
	if (lane->throttled)
		index_count_throttled(txn, slice_text(lane->org), slice_text(lane->connector_id),
				      lane->throttled);
	lane->throttled = 0;
}

/* --- which of these it is --- */

typedef void tell_fn(struct sender *sender, struct sender_lane *lane, struct index_txn *txn,
		     int64_t now_ms);

static int64_t waits_until(const struct sender_lane *lane)
{
	return lane->waits_since ? lane->waits_since + STUCK_MS : INT64_MAX;
}

/* What the index is to learn of a lane; NULL: nothing. (One that was started by hand waits for its
 * channels: there is no later.) */
static tell_fn *news_of(const struct sender *sender, const struct sender_lane *lane, int64_t now_ms)
{
	unsigned enough = 2 * lane_batch(sender);

	if (lane->breaker_changed)
		return tell_breaker;
	if (sender->follow && lane->crowded)
		return tell_crowded;
	if (sender->follow && lane->n_hand && now_ms >= waits_until(lane))
		return tell_stuck;
	if (lane->stuck && (lane->n_channels == 0 || channel_for(lane)))
		return tell_free;
	if (lane->n_hand >= enough && now_ms >= lane->parked_until)
		return tell_parked;
	if (lane->parked_until && lane->n_hand < enough / 2)
		return tell_free;
	return NULL;
}

void news_tell(struct sender *sender, struct index_txn *txn, int64_t now_ms)
{
	struct sender_lane *lane;
	tell_fn *tell;

	if (!sender->rates_told)
		tell_rates(sender, txn);
	TAILQ_FOREACH (lane, &sender->lanes, link) {
		if ((tell = news_of(sender, lane, now_ms)))
			tell(sender, lane, txn, now_ms);
		count_throttled(lane, txn);
	}
}

bool news_is_due(const struct sender *sender, int64_t now_ms)
{
	const struct sender_lane *lane;

	TAILQ_FOREACH (lane, &sender->lanes, link)
		if (lane->throttled || news_of(sender, lane, now_ms))
			return true;
	return !sender->rates_told;
}

int64_t news_next_ms(const struct sender *sender, int64_t now_ms, int64_t until_ms)
{
	const struct sender_lane *lane;

	if (news_is_due(sender, now_ms))
		return now_ms;
	TAILQ_FOREACH (lane, &sender->lanes, link) {
		if (sender->follow && lane->n_hand && waits_until(lane) < until_ms)
			until_ms = waits_until(lane);
		if (lane->parked_until > now_ms && lane->parked_until < until_ms)
			until_ms = lane->parked_until;
	}
	return until_ms;
}
