/* Lanes: what their connectors are good for, and what of them we have in hand. */
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue/health.h"
#include "queue/pause.h"
#include "sender/internal.h"

#define TICK_MS 20   /* a file system's clock: so long another change may have the same time */
#define HEAR_MS 1000 /* by so much a pause has to end earlier than we knew */

const struct connector *lane_connector(const struct sender *sender, const struct sender_lane *lane)
{
	const struct organization *org = conf_organization(sender->conf, slice_text(lane->org));

	return org ? organization_connector(org, slice_text(lane->connector_id)) : NULL;
}

static void adopt(struct sender_lane *lane, const struct health *health)
{
	lane->breaker = health->breaker;
	if (lane->breaker.failures && !breaker_is_stopped(&lane->breaker))
		lane->breaker.until_ms += clock_boot_ms() - clock_now_ms();
}

static bool was_edited_since(const struct connector *connector, const struct health *health)
{
	struct stat st;

	return connector && stat(connector->file, &st) == 0 &&
	       (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000 > health->since_ms;
}

/* What an earlier process, or another worker, has found out; unless the connector was edited since.
 */
static void remember(struct sender *sender, struct sender_lane *lane)
{
	struct health health;

	health_read(sender->queue, lane->org, lane->connector_id, &health);
	if (breaker_is_stopped(&health.breaker) ||
	    !was_edited_since(lane_connector(sender, lane), &health))
		adopt(lane, &health);
}

struct sender_lane *lane_get(struct sender *sender, const char *name)
{
	struct sender_lane *lane;

	TAILQ_FOREACH (lane, &sender->lanes, link)
		if (strcmp(lane->name, name) == 0)
			break;
	if (lane) {
		/* the lanes in use stand in front, so that looking one up is short */
		TAILQ_REMOVE(&sender->lanes, lane, link);
		TAILQ_INSERT_HEAD(&sender->lanes, lane, link);
		return lane;
	}

	struct slice org = index_lane_organization(name);
	lane = mem_zero(sizeof *lane);
	snprintf(lane->name, sizeof lane->name, "%s", name);
	snprintf(lane->org, sizeof lane->org, "%.*s", SLICE_ARGS(org));
	snprintf(lane->connector_id, sizeof lane->connector_id, "%s",
		 name[org.n] ? name + org.n + 1 : "");
	TAILQ_INIT(&lane->hand);
	TAILQ_INIT(&lane->channels);
	TAILQ_INSERT_HEAD(&sender->lanes, lane, link);
	remember(sender, lane);
	return lane;
}

/* --- good and bad times --- */

static void tell_health(struct sender *sender, const struct sender_lane *lane, const char *text)
{
	struct health health = {.breaker = lane->breaker, .since_ms = clock_now_ms()};
	struct health before;

	health_read(sender->queue, lane->org, lane->connector_id, &before);
	if (before.breaker.failures)
		health.since_ms = before.since_ms;
	health.breaker.until_ms += clock_now_ms() - clock_boot_ms();
	snprintf(health.text, sizeof health.text, "%s", text);
	health_write(sender->queue, lane->org, lane->connector_id, &health);
}

static void log_connector(struct sender *sender, const struct sender_lane *lane, const char *text)
{
	struct log *log = &sender->queue->log;

	log_begin(log, "connector");
	log_text(log, "org", lane->org);
	log_text(log, "connector", lane->connector_id);
	log_text(log, "result", breaker_why_name(lane->breaker.why));
	if (lane->breaker.failures) {
		log_text(log, "error", text);
		log_int(log, "pause_ms", lane->breaker.until_ms - clock_boot_ms());
	}
	log_end(log);
}

/* Many connections may fail of one cause: the first decides. */
void lane_failed(struct sender *sender, struct sender_lane *lane, enum breaker_why why,
		 int64_t retry_after_ms, const char *text)
{
	const struct connector *connector = lane_connector(sender, lane);
	int64_t now_ms = clock_boot_ms();
	struct breaker_facts facts = {
		.why = why,
		.pause_s = connector ? connector->pause_seconds : 1,
		.retry_after_ms = retry_after_ms,
		.now_ms = now_ms,
		.random = (uint32_t)(uintptr_t)lane ^ (uint32_t)now_ms,
	};

	if (breaker_is_paused(&lane->breaker, now_ms))
		return;
	breaker_fail(&lane->breaker, &facts);
	lane->breaker_changed = true;
	tell_health(sender, lane, text);
	log_connector(sender, lane, text);
}

/* Not at each change of the configuration: a password that is wrong is not to be tried again
 * because another file was edited. */
static void forgive_edited(struct sender *sender, struct sender_lane *lane)
{
	struct health health;

	if (lane->breaker.why != BREAKER_MISCONFIGURED && lane->breaker.why != BREAKER_CREDENTIALS)
		return;
	health_read_found(sender->queue, lane->org, lane->connector_id, &health);
	if (was_edited_since(lane_connector(sender, lane), &health))
		lane_worked(sender, lane);
}

void lanes_edited(struct sender *sender)
{
	struct sender_lane *lane;
	struct sender_channel_state *state;

	TAILQ_FOREACH (lane, &sender->lanes, link) {
		TAILQ_FOREACH (state, &lane->channels, link)
			state->channel->connector = lane_connector(sender, lane);
		forgive_edited(sender, lane);
	}
}

void lane_worked(struct sender *sender, struct sender_lane *lane)
{
	if (breaker_is_stopped(&lane->breaker) || !breaker_succeed(&lane->breaker, clock_boot_ms()))
		return;
	lane->breaker_changed = true;
	tell_health(sender, lane, "");
	log_connector(sender, lane, "");
}

void lane_hear(struct sender *sender, struct sender_lane *lane)
{
	struct sender_lane heard = {0};
	struct health health;

	if (!breaker_is_paused(&lane->breaker, clock_boot_ms()))
		return;
	health_read(sender->queue, lane->org, lane->connector_id, &health);
	adopt(&heard, &health);
	if (heard.breaker.failures && heard.breaker.until_ms > lane->breaker.until_ms - HEAR_MS)
		return;
	lane->breaker = heard.breaker;
	lane->breaker_changed = true;
}

static void hear_pause(struct sender *sender, struct sender_lane *lane)
{
	struct pause pause;
	bool stopped = pause_read(sender->queue, lane->org, lane->connector_id, &pause);

	if (stopped && !breaker_is_stopped(&lane->breaker)) {
		breaker_stop(&lane->breaker);
		lane->breaker_changed = true;
	} else if (!stopped && breaker_is_stopped(&lane->breaker)) {
		lane_hear(sender, lane);
	}
}

void lanes_hear_pauses(struct sender *sender)
{
	struct sender_lane *lane;
	struct stat st = {0};

	if (fstatat(spool_fd(sender->queue->spool), QUEUE_PAUSES, &st, 0) < 0 ||
	    (st.st_mtim.tv_sec == sender->pauses_seen.tv_sec &&
	     st.st_mtim.tv_nsec == sender->pauses_seen.tv_nsec))
		return;
	int64_t age_ms = clock_now_ms() - (st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000);
	sender->pauses_seen = age_ms > TICK_MS ? st.st_mtim : (struct timespec){0};
	TAILQ_FOREACH (lane, &sender->lanes, link)
		hear_pause(sender, lane);
}

/* --- the hand --- */

unsigned lane_batch(const struct sender *sender)
{
	unsigned size = sender->conf->settings.queue_batch_size;

	return size > SENDER_HAND_MOST / 2 ? SENDER_HAND_MOST / 2 : size;
}

void lane_give_back(struct sender *sender, struct sender_lane *lane, struct index_txn *txn)
{
	struct sender_try *try, *next;

	for (try = TAILQ_FIRST(&lane->hand); try; try = next) {
		next = TAILQ_NEXT(try, link);
		index_unclaim(txn, sender->stage, &try->item);
		try_free(try);
	}
	sender->n_hand -= lane->n_hand;
	lane->n_hand = 0;
	TAILQ_INIT(&lane->hand);
}
