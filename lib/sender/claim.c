/* From the index into our hands, and back. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue/bell.h"
#include "queue/recover.h"
#include "queue/route.h"
#include "sender/internal.h"

#define CLAIMS_A_TURN 4
#define LEASE_RENEW_MS 15000
#define LAPSED_EVERY_MS 5000

#define NO_SPACE_MS 1000 /* how long nothing is claimed when verdicts could not be recorded */

/* --- taking in hand --- */

/* In a staging system that redirects, one address stands for all. */
static void address_mail(struct sender *sender, struct sender_try *try)
{
	const struct organization *org =
		conf_organization(sender->conf, slice_text(try->lane->org));

	try->mail.replies = try->pending;
	try->mail.n_replies = try->n_pending;
	if (!org || !org->guard.redirect_to)
		return;
	try->mail.replies = arena_alloc(&try->arena, sizeof *try->mail.replies);
	try->mail.replies->email = arena_slice(&try->arena, slice_text(org->guard.redirect_to));
	try->mail.n_replies = 1;
}

static struct attempt_reply *pending_recipients(struct sender_try *try)
{
	struct attempt_reply *replies =
		arena_alloc(&try->arena, (try->story.n_recipients + 1) * sizeof *replies);

	for (size_t i = 0; i < try->story.n_recipients; i++)
		if (story_is_pending(&try->story.recipients[i]))
			replies[try->n_pending++].email = try->story.recipients[i].email;
	return replies;
}

static void set_wire(struct sender_try *try)
{
	const struct entry *message = entry_last(&try->file.entries, ENTRY_MESSAGE);
	const struct entry *parts = entry_last(&try->file.entries, ENTRY_PARTS);
	struct entry_sum sum = {0};

	if (!message)
		message = entry_last(&try->file.entries, ENTRY_RAW);
	try->mail.wire[try->mail.n_wire++] = message->body;
	if (parts)
		try->mail.wire[try->mail.n_wire++] = parts->body;
	entry_sum_add(&sum, message->body);
	try->crc = sum.crc;
}

static void fill_mail(struct sender *sender, struct sender_try *try)
{
	try->n = try->story.n + 1;
	try->mail.id = try->file.id;
	try->mail.try = try;
	try->mail.story = &try->story;
	try->mail.arena = &try->arena;
	try->mail.sender = request_sender(try->story.request);
	try->pending = pending_recipients(try);
	address_mail(sender, try);
	set_wire(try);
}

/* Asked of the same rules that mailq-route asks, so that a message never goes to and fro between
 * us. */
static bool takes_fallback(struct sender *sender, const struct sender_try *try,
			   const struct connector *connector)
{
	const struct organization *org =
		conf_organization(sender->conf, slice_text(try->lane->org));

	if (!connector->fallback || !breaker_is_paused(&try->lane->breaker, clock_boot_ms()))
		return false;
	return queue_route(sender->queue, org, &try->file, &try->story).connector != connector;
}

/*
 * The connector is read anew before each try. Gone, or of another kind, or the message has expired:
 * back to mailq-route, with no attempt spent. A file whose contents say that it does not belong
 * here goes where they put it.
 */
static bool belongs_here(struct sender *sender, struct sender_try *try, struct place *elsewhere)
{
	const struct connector *connector = lane_connector(sender, try->lane);

	if (recover_place(&try->file, &try->story, elsewhere))
		return false;
	if (!try_has_expired(try) && connector &&
	    strcmp(connector->kind, sender->kind->name) == 0 &&
	    slice_is(try->story.connector_id, try->lane->connector_id) &&
	    !takes_fallback(sender, try, connector))
		return true;
	*elsewhere = place_make(try->lane->org, STATE_RENDERED, "");
	return false;
}

bool claim_send_back(struct sender *sender, struct sender_try *try, struct err *err)
{
	struct place rendered = place_make(try->lane->org, STATE_RENDERED, "");

	if (!spool_move(&try->file, &rendered, err))
		return false;
	batch_record(&sender->batch, &try->file, &try->story);
	batch_claim_done(&sender->batch, &try->item);
	return true;
}

static bool prepare(struct sender *sender, struct sender_try *try, struct err *err)
{
	struct place elsewhere;

	if (try->file.entries.tail == ENTRY_TAIL_DAMAGED ||
	    !story_read(try->file.entries.at, try->file.entries.count, &try->arena, &try->story,
			err))
		return recover_condemn(&sender->batch, &try->file, err) && false;
	if (belongs_here(sender, try, &elsewhere)) {
		fill_mail(sender, try);
		return true;
	}
	if (spool_move(&try->file, &elsewhere, err))
		batch_record(&sender->batch, &try->file, &try->story);
	return false;
}

/* An item whose file is not where the index says, or in other hands: who has it knows about it. */
static void item_missed(struct sender *sender, const struct index_item *item, const char *org,
			const struct err *err)
{
	if (err->code == EX_TEMPFAIL)
		return; /* the lease lapses, and somebody looks again */
	if (err->code == EX_NOINPUT)
		queue_recover_one(sender->queue, org, item->id);
	else if (err->code)
		queue_log_failure(sender->queue, sender->stage, item->id, err);
	batch_claim_done(&sender->batch, item);
}

static void take_one(struct sender *sender, struct sender_lane *lane, const struct index_item *item)
{
	struct sender_try *try = mem_zero(sizeof *try);
	struct place place = place_make(lane->org, STATE_ROUTED, sender->kind->name);
	struct err err = {0};

	try->lane = lane;
	try->item = *item;
	try->file.fd = -1;
	if (spool_take(sender->queue->spool, &place, item->id, &try->file, &err) &&
	    prepare(sender, try, &err)) {
		TAILQ_INSERT_TAIL(&lane->hand, try, link);
		lane->n_hand++;
		sender->n_hand++;
		if (breaker_is_paused(&lane->breaker, clock_boot_ms()))
			lane->blocked = lane->breaker_changed = true;
		return;
	}
	item_missed(sender, item, lane->org, &err);
	try_free(try);
}

void claim_take(struct sender *sender, const struct index_claim *claim)
{
	lanes_hear_pauses(sender);
	for (unsigned i = 0; i < claim->count; i++) {
		struct sender_lane *lane = lane_get(sender, claim->items[i].lane);
		lane_hear(sender, lane);
		take_one(sender, lane, &claim->items[i]);
	}
}

/* --- the transaction of a turn --- */

static void renew_leases(struct sender *sender, struct index_txn *txn, int64_t now_ms)
{
	struct sender_lane *lane;
	struct sender_channel_state *state;
	struct sender_try *try;

	if (now_ms < sender->renew_at)
		return;
	sender->renew_at = now_ms + LEASE_RENEW_MS;
	sender->rates_told = false; /* an index that was made anew has forgotten them */
	TAILQ_FOREACH (lane, &sender->lanes, link) {
		TAILQ_FOREACH (try, &lane->hand, link)
			index_renew(txn, sender->stage, &try->item, now_ms);
		TAILQ_FOREACH (state, &lane->channels, link) {
			if (state->channel->mail)
				index_renew(txn, sender->stage, &state->channel->mail->try->item,
					    now_ms);
			TAILQ_FOREACH (try, &state->next, link)
				index_renew(txn, sender->stage, &try->item, now_ms);
		}
	}
}

/* Each claim is of one lane; several a turn, so that many small lanes keep all channels busy. */
static unsigned take_more(struct sender *sender, struct index_txn *txn, int64_t now_ms)
{
	unsigned taken = 0, batch = lane_batch(sender);
	struct index_claim claim = {0};

	sender->more = false;
	for (int i = 0; i < CLAIMS_A_TURN && sender->n_hand + taken + batch <= SENDER_HAND_MOST;
	     i++) {
		claim.items = sender->items + taken;
		index_take(txn, sender->stage, now_ms, batch, &claim);
		sender->next_turn_ms = claim.next_ms;
		if (!claim.count)
			return taken;
		taken += claim.count;
		sender->more = claim.more;
		if (taken + sender->n_hand >= 2 * batch && !claim.more)
			break;
	}
	return taken;
}

static bool nothing_to_tell(const struct sender *sender, int64_t now_ms)
{
	return sender->batch.n_claims + sender->batch.n_records + sender->batch.n_works == 0 &&
	       now_ms < sender->renew_at && !news_is_due(sender, now_ms);
}

static bool may_claim(const struct sender *sender)
{
	return !sender->stop && sender->n_hand + lane_batch(sender) <= SENDER_HAND_MOST;
}

static bool wants_more(struct sender *sender, int64_t now_ms)
{
	if (!may_claim(sender) || now_ms < sender->claim_at)
		return false;
	if (spool_can_record(sender->queue->spool))
		return true;
	sender->claim_at = now_ms + NO_SPACE_MS;
	if (!sender->follow)
		err_set(&sender->stuck, EX_TEMPFAIL,
			"%s: too little space is left to record what is sent", sender->conf->spool);
	return false;
}

int64_t claim_next_turn(const struct sender *sender, int64_t now_ms, int64_t until_ms)
{
	int64_t turn_ms = sender->more ? now_ms : sender->next_turn_ms;

	if (turn_ms < sender->claim_at)
		turn_ms = sender->claim_at;
	if (may_claim(sender) && turn_ms < until_ms)
		until_ms = turn_ms;
	if (sender->lapsed_at < until_ms)
		until_ms = sender->lapsed_at;
	return news_next_ms(sender, now_ms, until_ms);
}

static struct sender_try *find_in(const struct sender_tries *tries, const char *id)
{
	struct sender_try *try;

	TAILQ_FOREACH (try, tries, link)
		if (strcmp(try->item.id, id) == 0)
			return try;
	return NULL;
}

/* A message that is with us: in a hand, on a channel, or answered. */
static struct sender_try *find_ours(const struct sender *sender, const char *id)
{
	struct sender_try *found = find_in(&sender->answered, id);
	const struct sender_lane *lane;
	const struct sender_channel_state *state;

	TAILQ_FOREACH (lane, &sender->lanes, link) {
		found = found ? found : find_in(&lane->hand, id);
		TAILQ_FOREACH (state, &lane->channels, link) {
			const struct sender_mail *mail = state->channel->mail;
			found = found ? found : find_in(&state->next, id);
			if (mail && strcmp(mail->try->item.id, id) == 0)
				found = mail->try;
		}
	}
	return found;
}

/* Of the lapsed claims, those of messages that are with us: ours from before we slept, or a dead
 * sender's, after whose death the message was made ready once more. They become our claims, or
 * nobody would settle them. */
static void adopt_ours(struct sender *sender, struct index_claim *claim)
{
	unsigned others = 0;

	for (unsigned i = 0; i < claim->count; i++) {
		struct sender_try *try = find_ours(sender, claim->items[i].id);
		if (try) {
			batch_claim_done(&sender->batch, &try->item);
			try->item = claim->items[i];
		} else {
			claim->items[others++] = claim->items[i];
		}
	}
	claim->count = others;
}

static void recover_lapsed(struct sender *sender, int64_t now_ms)
{
	struct index_claim claim = {.items = sender->items};
	struct err err = {0};

	if (now_ms < sender->lapsed_at)
		return;
	bool ok = index_lapsed(sender->queue->index, sender->stage, now_ms, lane_batch(sender),
			       &claim, &err);
	/* a full batch: more may have lapsed with it, so the next turn looks again */
	sender->lapsed_at = claim.count < lane_batch(sender) ? now_ms + LAPSED_EVERY_MS : now_ms;
	if (!ok)
		return;
	adopt_ours(sender, &claim);
	if (claim.count > 0)
		queue_recover_claims(sender->queue, sender->stage, &claim);
}

bool claim_turn(struct sender *sender, struct err *err)
{
	int64_t now_ms = clock_boot_ms();
	struct index_claim claim = {.items = sender->items};

	recover_lapsed(sender, now_ms);
	if (nothing_to_tell(sender, now_ms)) {
		if (!wants_more(sender, now_ms))
			return true;
		if (!index_claim(sender->queue->index, sender->stage, now_ms, lane_batch(sender),
				 &claim, err))
			return false;
		sender->next_turn_ms = claim.next_ms;
		sender->more = claim.more;
		claim_take(sender, &claim);
		return true;
	}

	struct index_txn *txn = index_begin(sender->queue->index, INDEX_WAIT_WORK, err);
	if (!txn)
		return false;
	batch_enter(&sender->batch, txn);
	renew_leases(sender, txn, now_ms);
	news_tell(sender, txn, now_ms);
	claim.count = wants_more(sender, now_ms) ? take_more(sender, txn, now_ms) : 0;
	if (!index_commit(txn, err))
		return false;
	batch_ring(&sender->batch);
	if (sender->gave_back)
		bell_ring(sender->queue->spool, sender->stage);
	sender->gave_back = false;
	batch_begin(&sender->batch, sender->queue, sender->stage);
	claim_take(sender, &claim);
	return true;
}
