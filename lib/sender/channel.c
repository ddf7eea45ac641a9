/* Channels of lanes: how many are open, who sends next, what comes back. */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue/slots.h"
#include "sender/internal.h"

#define CHANNELS_MOST 256 /* of one process */
#define IDLE_MS 20000

static bool open_channel(struct sender *sender, struct sender_lane *lane,
			 const struct connector *connector)
{
	int slot = slots_take(sender->queue, lane->org, lane->connector_id,
			      connector->max_connections);

	if (slot < 0)
		return false;

	struct sender_channel_state *state = mem_zero(sizeof *state);
	struct sender_channel *channel = mem_zero(sender->kind->channel_size);
	*channel = (struct sender_channel){.sender = sender,
					   .lane = lane,
					   .connector = connector,
					   .state = state};
	state->channel = channel;
	state->slot = slot;
	TAILQ_INIT(&state->next);
	TAILQ_INSERT_TAIL(&lane->channels, state, link);
	lane->n_channels++;
	lane->n_connecting++;
	sender->n_channels++;
	sender->kind->open(channel);
	return true;
}

static void free_channel(struct sender *sender, struct sender_lane *lane,
			 struct sender_channel_state *state)
{
	sender->kind->close(state->channel);
	TAILQ_REMOVE(&lane->channels, state, link);
	lane->n_channels--;
	sender->n_channels--;
	close(state->slot);
	free(state->channel);
	free(state);
}

static bool is_idle(const struct sender_channel_state *state)
{
	return state->phase == CHANNEL_READY && !state->channel->mail && !state->n_next;
}

/* Room for one more channel: that which has been idle for longest goes. Else organizations that
 * write seldom would keep all of them, each for IDLE_MS. */
static bool make_room(struct sender *sender)
{
	struct sender_lane *lane;
	struct sender_channel_state *state, *oldest = NULL;

	if (sender->n_channels < CHANNELS_MOST)
		return true;
	TAILQ_FOREACH (lane, &sender->lanes, link)
		TAILQ_FOREACH (state, &lane->channels, link)
			if (is_idle(state) && !lane->n_hand &&
			    (!oldest || state->idle_since < oldest->idle_since))
				oldest = state;
	if (oldest)
		free_channel(sender, oldest->channel->lane, oldest);
	return oldest != NULL;
}

static void count_ready(const struct sender_lane *lane, unsigned *ready, unsigned *idle)
{
	const struct sender_channel_state *state;

	*ready = *idle = 0;
	TAILQ_FOREACH (state, &lane->channels, link) {
		*ready += state->phase == CHANNEL_READY;
		*idle += state->phase == CHANNEL_READY && !state->channel->mail;
	}
}

static void open_for_lane(struct sender *sender, struct sender_lane *lane, int64_t now_ms)
{
	const struct connector *connector = lane_connector(sender, lane);
	unsigned ready, idle;

	if (!connector || breaker_is_paused(&lane->breaker, now_ms))
		return;
	/* One connection goes first, so that a server that is away, of many organizations maybe,
	 * takes no more than that; the others follow when it is good. */
	count_ready(lane, &ready, &idle);
	unsigned most = lane->breaker.failures || !ready ? 1 : connector->max_connections;

	for (unsigned there = idle + lane->n_connecting;
	     there < lane->n_hand && lane->n_channels < most; there++)
		if (!make_room(sender) || !open_channel(sender, lane, connector)) {
			lane->crowded = lane->n_channels == 0;
			return;
		}
}

void channels_open(struct sender *sender)
{
	struct sender_lane *lane;
	int64_t now_ms = clock_boot_ms();

	TAILQ_FOREACH (lane, &sender->lanes, link)
		if (lane->n_hand)
			open_for_lane(sender, lane, now_ms);
}

struct sender_channel_state *channel_for(const struct sender_lane *lane)
{
	struct sender_channel_state *state, *best = NULL;

	TAILQ_FOREACH (state, &lane->channels, link) {
		unsigned load = state->n_next + (state->channel->mail != NULL);
		if (state->phase != CHANNEL_READY || load > CHANNEL_AHEAD)
			continue;
		if (!best || load < best->n_next + (best->channel->mail != NULL))
			best = state;
	}
	return best;
}

static void add_answered(struct sender *sender, struct sender_try *try, int64_t now_ms)
{
	if (sender->n_answered++ == 0)
		sender->answered_at = now_ms;
	TAILQ_INSERT_TAIL(&sender->answered, try, link);
}

static struct sender_try *take_next(struct sender_channel_state *state)
{
	struct sender_try *try = TAILQ_FIRST(&state->next);

	if (try) {
		TAILQ_REMOVE(&state->next, try, link);
		state->n_next--;
	}
	return try;
}

/* What had a channel and was not sent was never tried, though the ledger has its try. */
static void answer_untried(struct sender *sender, struct sender_try *try, const char *why)
{
	try->answered = true;
	try->mail.begun_ms = clock_boot_ms();
	try->answer = (struct sender_answer){.untried = true, .error = slice_text(why)};
	sender_reply_all(&try->mail, VERDICT_NONE, 0, slice_text(why));
	add_answered(sender, try, try->mail.begun_ms);
}

void channel_send_next(struct sender_channel_state *state)
{
	struct sender_channel *channel = state->channel;
	struct sender_try *try;

	if (channel->mail || state->phase != CHANNEL_READY)
		return;
	while ((try = take_next(state)) && try_has_expired(try))
		answer_untried(channel->sender, try, "it expired before its turn");
	if (!try)
		return;
	try->mail.begun_ms = clock_boot_ms();
	channel->mail = &try->mail;
	channel->connector = lane_connector(channel->sender, channel->lane);
	channel->sender->kind->send(channel, &try->mail);
}

void channels_close(struct sender *sender, bool all)
{
	struct sender_lane *lane;
	struct sender_channel_state *state, *next;
	struct sender_try *try;
	int64_t now_ms = clock_boot_ms();

	TAILQ_FOREACH (lane, &sender->lanes, link)
		for (state = TAILQ_FIRST(&lane->channels); state; state = next) {
			next = TAILQ_NEXT(state, link);
			bool idle = is_idle(state) && now_ms - state->idle_since > IDLE_MS;
			while (state->phase == CHANNEL_GONE && (try = take_next(state)))
				answer_untried(sender, try, "the connection ended before its turn");
			if (all || idle || state->phase == CHANNEL_GONE)
				free_channel(sender, lane, state);
		}
}

/* --- what a kind says --- */

static void on_up(struct sender_channel *channel)
{
	channel->state->phase = CHANNEL_READY;
	channel->state->idle_since = clock_boot_ms();
	channel->lane->n_connecting--;
	/* A failure is over only when a message was answered: some servers take connections, and
	 * then none of the mail. */
}

static enum breaker_why why_of(enum sender_failure failure)
{
	static const enum breaker_why whys[] = {
		[SENDER_UNREACHABLE] = BREAKER_UNREACHABLE,
		[SENDER_CREDENTIALS] = BREAKER_CREDENTIALS,
		[SENDER_THROTTLED] = BREAKER_THROTTLED,
		[SENDER_MISCONFIGURED] = BREAKER_MISCONFIGURED,
		[SENDER_CLOSED] = BREAKER_GOOD,
	};

	return whys[failure];
}

static void on_down(struct sender_channel *channel, enum sender_failure why, const char *text)
{
	if (channel->state->phase == CHANNEL_CONNECTING)
		channel->lane->n_connecting--;
	channel->state->phase = CHANNEL_GONE;
	if (why != SENDER_CLOSED)
		lane_failed(channel->sender, channel->lane, why_of(why), 0, text);
}

/* The words that made us pause, ended by a NUL. */
static const char *reason_of(struct sender_try *try)
{
	struct slice text = try->answer.error;

	if (!text.n && try->mail.n_replies)
		text = try->mail.replies->text;
	return arena_slice(&try->arena, text).p;
}

static void on_done(struct sender_channel *channel, const struct sender_answer *answer)
{
	struct sender *sender = channel->sender;
	struct sender_try *try = channel->mail->try;

	channel->mail = NULL;
	try->answered = true;
	try->answer = *answer;
	try->answer.error = arena_slice(&try->arena, answer->error);
	try->answer.provider_message_id = arena_slice(&try->arena, answer->provider_message_id);
	channel->state->idle_since = clock_boot_ms();
	add_answered(sender, try, channel->state->idle_since);
	if (!answer->reusable || answer->throttled || answer->credentials)
		channel->state->phase = CHANNEL_GONE;
	channel->lane->throttled += answer->throttled;
	if (answer->throttled)
		lane_failed(sender, channel->lane, BREAKER_THROTTLED, answer->retry_after_ms,
			    reason_of(try));
	else if (answer->credentials)
		lane_failed(sender, channel->lane, BREAKER_CREDENTIALS, 0, reason_of(try));
	else if (answer->unreachable)
		lane_failed(sender, channel->lane, BREAKER_UNREACHABLE, 0, reason_of(try));
	else if (!answer->untried && answer->reusable)
		lane_worked(sender, channel->lane);
	channel_send_next(channel->state);
	sender->starved |= channel->mail == NULL;
}

const struct sender_ears channel_ears = {on_up, on_down, on_done};
