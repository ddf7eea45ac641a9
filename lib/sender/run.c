/* The delivery loop: one turn after another. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/mem.h"
#include "base/options.h"
#include "queue/bell.h"
#include "queue/recover.h"
#include "sender/internal.h"
#include "spool/instance.h"

#define LOOK_AGAIN_MS 10000
#define ITEMS_MOST 1200
#define STOP_WAIT_MS 30000

/* Verdicts are gathered for one flush and one transaction: so many, or for so long, unless a
 * channel has nothing left to send meanwhile. */
#define GATHER_MOST 25
#define GATHER_MS 5

/* --- a turn --- */

static void leave_hand(struct sender *sender, struct sender_lane *lane, struct sender_try *try)
{
	TAILQ_REMOVE(&lane->hand, try, link);
	lane->n_hand--;
	sender->n_hand--;
}

/* To a channel, and into the ledger. What expired while it waited for one goes back. */
static bool assign_one(struct sender *sender, struct sender_channel_state *state,
		       struct sender_try *try, struct err *err)
{
	bool expired = try_has_expired(try);

	if (!(expired ? claim_send_back : attempt_start)(sender, try, err))
		return false;
	leave_hand(sender, try->lane, try);
	if (expired) {
		try_free(try);
		return true;
	}
	sender->n_out++;
	TAILQ_INSERT_TAIL(&state->next, try, link);
	state->n_next++;
	return true;
}

/* A lane's messages to its channels, as far as these take them. */
static bool assign(struct sender *sender, struct sender_lane *lane, struct err *err)
{
	struct sender_channel_state *state;
	struct sender_try *try;
	bool moved = false;

	while ((try = TAILQ_FIRST(&lane->hand)) && (state = channel_for(lane))) {
		if (!assign_one(sender, state, try, err))
			return false;
		moved = true;
	}
	if (!lane->n_hand)
		lane->waits_since = 0;
	else if (moved || !lane->waits_since)
		lane->waits_since = clock_boot_ms();
	return true;
}

static bool assign_all(struct sender *sender, struct err *err)
{
	struct sender_lane *lane;

	TAILQ_FOREACH (lane, &sender->lanes, link)
		if (lane->n_hand && !assign(sender, lane, err))
			return false;
	return true;
}

static void send_assigned(struct sender *sender)
{
	struct sender_lane *lane;
	struct sender_channel_state *state;

	TAILQ_FOREACH (lane, &sender->lanes, link)
		TAILQ_FOREACH (state, &lane->channels, link)
			channel_send_next(state);
}

static void record_answers(struct sender *sender)
{
	struct sender_try *try;

	sender->n_answered = 0;
	sender->starved = false;
	while ((try = TAILQ_FIRST(&sender->answered))) {
		TAILQ_REMOVE(&sender->answered, try, link);
		attempt_record(sender, try);
		TAILQ_INSERT_TAIL(&sender->settled, try, link);
	}
}

static void apply_settled(struct sender *sender)
{
	struct sender_try *try;

	while ((try = TAILQ_FIRST(&sender->settled))) {
		TAILQ_REMOVE(&sender->settled, try, link);
		sender->n_out--;
		attempt_apply(sender, try);
	}
}

/*
 * Everything that came up since the last turn, in the order of the guarantee: tries and verdicts
 * into the ledger, one flush, and only then do bytes leave and messages move. An error ends the
 * process: what the ledger has is replayed by the next.
 */
static bool turn(struct sender *sender, struct err *err)
{
	if (!claim_turn(sender, err))
		return false;
	/* Those first that have been idle for too long, so that no message counts on one. */
	channels_close(sender, false);
	channels_open(sender);
	record_answers(sender);
	if (!assign_all(sender, err))
		return false;
	if (sender->ledger && !ledger_flush(sender->ledger, err))
		return false;
	send_assigned(sender);
	apply_settled(sender);
	if (sender->ledger && ledger_wants_checkpoint(sender->ledger, clock_boot_ms()))
		return ledger_checkpoint(sender->ledger, err);
	return true;
}

/* --- between turns --- */

/* How long the next turn can wait for more verdicts. */
static int64_t gather_ms(const struct sender *sender)
{
	if (sender->starved || sender->n_answered >= GATHER_MOST ||
	    sender->n_answered == sender->n_out)
		return 0;
	int64_t left = sender->answered_at + GATHER_MS - clock_boot_ms();
	return left > 0 ? left : 0;
}

static bool gather(struct sender *sender, struct err *err)
{
	int64_t wait;

	while (sender->n_answered && (wait = gather_ms(sender)) > 0)
		if (!loop_step(sender->loop, wait, err) || !gather(sender, err))
			return false;
	return true;
}

static bool is_busy(const struct sender *sender)
{
	return sender->n_out || sender->n_hand || !TAILQ_EMPTY(&sender->answered);
}

static bool has_news(const struct sender *sender)
{
	return !TAILQ_EMPTY(&sender->answered) || sender->batch.n_claims || sender->batch.n_records;
}

/* How long nothing is to be done unless something happens. */
static int64_t wait_ms(const struct sender *sender)
{
	int64_t now_ms = clock_boot_ms();

	if (has_news(sender))
		return 0;
	int64_t until = claim_next_turn(sender, now_ms, now_ms + LOOK_AGAIN_MS);
	if (is_busy(sender) && sender->renew_at < until)
		until = sender->renew_at;
	/* A checkpoint takes milliseconds, which no message has to wait for that comes later. */
	if (sender->ledger && ledger_checkpoint_at(sender->ledger) < until)
		until = ledger_checkpoint_at(sender->ledger);
	return until > now_ms ? until - now_ms : 0;
}

static void reload(struct sender *sender)
{
	struct err err = {0};
	struct conf *fresh;

	if (!conf_changed(sender->conf))
		return;
	if (!(fresh = conf_load(sender->conf->file, &err))) {
		queue_log_reload(sender->queue, &err);
		return;
	}
	conf_free(sender->conf);
	sender->conf = fresh;
	sender->queue->conf = fresh;
	sender->rates_told = false;
	lanes_edited(sender);
}

static bool finished(const struct sender *sender)
{
	if (is_busy(sender) || has_news(sender))
		return sender->stop && clock_boot_ms() > sender->stop_by;
	if (sender->stop)
		return true;
	int64_t now_ms = clock_boot_ms();
	return !sender->follow && sender->next_turn_ms > now_ms && sender->lapsed_at > now_ms;
}

/* Takes nothing more; ends once what is in hand is settled, at the latest after STOP_WAIT_MS. */
static void stop(struct sender *sender)
{
	sender->stop = true;
	sender->stop_by = clock_boot_ms() + STOP_WAIT_MS;
}

static bool run(struct sender *sender, struct err *err)
{
	notify_tell(&sender->notify, "READY=1");
	for (;;) {
		notify_alive(&sender->notify);
		if (!turn(sender, err))
			return false;
		if (sender->stuck.code && !sender->stop)
			stop(sender);
		if (finished(sender)) {
			*err = sender->stuck;
			return err->code == 0;
		}
		int64_t wait = wait_ms(sender);
		if (!loop_step(sender->loop, wait, err) || !gather(sender, err))
			return false;
		if (wait > 0)
			reload(sender);
	}
}

/* --- named messages --- */

static bool take_named(struct sender *sender, const char *id, struct err *err)
{
	struct index_item item = {.state = STATE_ROUTED};
	struct index_claim claim = {.items = &item, .count = 1};
	struct spool_file file;
	struct story story;
	struct place place;

	if (!id_valid(slice_text(id)) || !spool_find(sender->queue->spool, NULL, id, &place))
		return err_set(err, EX_NOINPUT, "no such message");
	if (place.state != STATE_ROUTED || strcmp(place.kind, sender->kind->name) != 0)
		return err_set(err, EX_DATAERR, "is %s: nothing to send by %s",
			       state_name(place.state), sender->kind->name);
	if (!spool_peek(sender->queue->spool, &place, id, &file, err))
		return false;
	bool ok = story_read(file.entries.at, file.entries.count, &file.arena, &story, err);
	if (ok) {
		snprintf(item.id, sizeof item.id, "%s", id);
		index_lane_name(item.lane, slice_text(place.org), story.connector_id);
		claim_take(sender, &claim);
	}
	spool_release(&file);
	return ok;
}

static int run_ids(struct sender *sender, const struct options *options, struct err *err)
{
	struct ids ids = ids_open(options);

	sender->stop = true; /* takes nothing but these */
	sender->stop_by = INT64_MAX;
	for (const char *id; (id = ids_next(&ids));) {
		struct err one = {0};
		ids_report(&ids, take_named(sender, id, &one), &one);
	}
	run(sender, err);
	return ids_close(&ids);
}

/* --- start and end --- */

static void on_bell(void *context, int events)
{
	struct sender *sender = context;

	(void)events;
	bell_clear(sender->bell.fd);
	lanes_hear_pauses(sender);
}

static void on_signal(void *context, int signo)
{
	struct sender *sender = context;

	(void)signo;
	stop(sender);
}

/* Each message in hand is a descriptor, and so is each connection. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static bool start(struct sender *sender, const char *conf_path, struct err *err)
{
	allow_descriptors();
	if (!(sender->conf = conf_load(conf_path, err)) ||
	    !(sender->queue = queue_open(sender->conf, QUEUE_WORK, err)) ||
	    !instance_check(sender->queue->spool, err) || !(sender->loop = loop_open(err)))
		return false;
	sender->notify = notify_open();
	queue_send_stage(sender->stage, sender->kind->name);
	queue_recover_stage(sender->queue, sender->stage);
	batch_begin(&sender->batch, sender->queue, sender->stage);
	sender->bell = (struct loop_watch){
		.fd = bell_open(sender->queue->spool, sender->stage, err),
		.fn = on_bell,
		.context = sender,
	};
	return sender->bell.fd >= 0 && loop_watch(sender->loop, &sender->bell, LOOP_READ, err) &&
	       loop_signal(sender->loop, SIGTERM, on_signal, sender, err) &&
	       loop_signal(sender->loop, SIGINT, on_signal, sender, err);
}

/* What was claimed and not tried goes back at once, not when its lease lapses. */
static void give_all_back(struct sender *sender)
{
	struct sender_lane *lane;
	struct err err = {0};
	struct index_txn *txn = index_begin(sender->queue->index, INDEX_WAIT_WORK, &err);

	if (!txn)
		return;
	batch_enter(&sender->batch, txn);
	TAILQ_FOREACH (lane, &sender->lanes, link)
		lane_give_back(sender, lane, txn);
	index_commit(txn, &err);
}

static void end(struct sender *sender)
{
	struct sender_lane *lane;

	if (sender->queue && sender->queue->index)
		give_all_back(sender);
	channels_close(sender, true);
	while ((lane = TAILQ_FIRST(&sender->lanes))) {
		TAILQ_REMOVE(&sender->lanes, lane, link);
		free(lane);
	}
	if (sender->net)
		sender->net_close(sender->net);
	ledger_close(sender->ledger);
	batch_free(&sender->batch);
	if (sender->bell.fd >= 0)
		close(sender->bell.fd);
	loop_close(sender->loop);
	notify_close(&sender->notify);
	queue_close(sender->queue);
	conf_free(sender->conf);
	free(sender->items);
}

static int serve(struct sender *sender, const struct options *options)
{
	struct err err = {0};
	int code = 0;

	sender->items = mem_array(ITEMS_MOST, sizeof *sender->items);
	TAILQ_INIT(&sender->lanes);
	TAILQ_INIT(&sender->answered);
	TAILQ_INIT(&sender->settled);
	if (start(sender, options->conf_path, &err)) {
		if (*options->operands)
			code = run_ids(sender, options, &err);
		else
			run(sender, &err);
	}
	end(sender);
	if (err.code)
		err_exit(&err);
	return code;
}

int sender_serve(const struct sender_kind *kind, const struct options *options, bool follow)
{
	struct sender sender = {.kind = kind,
				.ears = &channel_ears,
				.follow = follow,
				.bell = {.fd = -1},
				.notify = {.fd = -1}};

	return serve(&sender, options);
}
