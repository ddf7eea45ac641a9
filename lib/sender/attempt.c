/* A try and its verdict: as the ledger has them, as the message gets them. */
#include <stdlib.h>

#include "base/clock.h"
#include "policy/outcome.h"
#include "sender/internal.h"

/* Spreads retries: ids end in random characters, and each try of one has a number of its own. */
static uint32_t spread(const struct sender_try *try)
{
	struct entry_sum sum = {0};

	entry_sum_add(&sum, slice_text(try->file.id));
	return sum.crc ^ try->n * 2654435761u;
}

static bool failed_before(const struct story *story)
{
	for (size_t i = 0; i < story->n_recipients; i++)
		if (story->recipients[i].verdict == VERDICT_PERMANENT)
			return true;
	return false;
}

static bool untried_before(const struct story *story)
{
	for (size_t i = story->n_items; i > 0; i--)
		if (story->items[i - 1].kind == STORY_ATTEMPT)
			return story->items[i - 1].attempt.result == ATTEMPT_UNTRIED;
	return false;
}

/* What was said about the address that everything is redirected to is said about all. */
static void spread_reply(struct sender_try *try)
{
	struct attempt_reply said = *try->mail.replies;

	if (try->mail.replies == try->pending)
		return;
	if (said.text.n)
		said.text = slice_text(arena_format(&try->arena, "redirected to %.*s: %.*s",
						    SLICE_ARGS(said.email), SLICE_ARGS(said.text)));
	for (size_t i = 0; i < try->n_pending; i++) {
		struct slice email = try->pending[i].email;
		try->pending[i] = said;
		try->pending[i].email = email;
	}
}

static void count_verdicts(const struct sender_try *try, struct outcome_facts *facts)
{
	for (size_t i = 0; i < try->n_pending; i++) {
		facts->delivered += try->pending[i].verdict == VERDICT_DELIVERED;
		facts->transient += try->pending[i].verdict == VERDICT_TRANSIENT;
		facts->permanent += try->pending[i].verdict == VERDICT_PERMANENT;
		facts->uncertain += try->pending[i].verdict == VERDICT_UNCERTAIN;
		facts->unanswered += try->pending[i].verdict == VERDICT_NONE;
	}
}

static struct outcome decide(struct sender *sender, const struct sender_try *try, int64_t now_ms)
{
	const struct organization *org =
		conf_organization(sender->conf, slice_text(try->lane->org));
	const struct connector *connector = lane_connector(sender, try->lane);
	const struct settings *settings = org ? &org->settings : &sender->conf->settings;
	const struct request *request = try->story.request;
	struct outcome_facts facts = {
		.failed_before = failed_before(&try->story),
		.untried = try->answered && try->answer.untried,
		.unreachable = try->answered && try->answer.unreachable,
		.again = untried_before(&try->story),
		.overflow = try->answered && try->answer.overflow,
		.spent = try->story.spent,
		.max_attempts =
			request->max_attempts ? request->max_attempts : settings->max_attempts,
		.backoff_s = settings->retry_backoff_seconds,
		.backoff_max_s = settings->retry_backoff_max_seconds,
		.on_uncertain = connector ? connector->on_uncertain : UNCERTAIN_RETRY,
		.now_ms = now_ms,
		.expires_ms = request->expires_ms,
		.random = spread(try),
	};

	if (try->answered)
		count_verdicts(try, &facts);
	else
		facts.uncertain = (unsigned)try->n_pending;
	return outcome_of(&facts);
}

/* What speaks for the attempt as a whole: what was said of the first recipient that was not served,
 * or else of the first. NULL: nothing was said of any. */
static const struct attempt_reply *telling_reply(const struct sender_try *try)
{
	for (size_t i = 0; i < try->n_pending; i++)
		if (try->pending[i].verdict != VERDICT_DELIVERED)
			return &try->pending[i];
	return try->n_pending ? try->pending : NULL;
}

static struct slice error_text(const struct sender_try *try)
{
	const struct attempt_reply *reply = telling_reply(try);

	if (try->answer.error.n)
		return try->answer.error;
	return reply && reply->verdict != VERDICT_DELIVERED ? reply->text : slice_make(NULL, 0);
}

/* The `attempt` entry; before the answer, the one that stands if none is ever known. */
static char *attempt_json(struct sender *sender, struct sender_try *try, int64_t now_ms)
{
	spread_reply(try);

	struct outcome outcome = decide(sender, try, now_ms);
	struct buf text = {0};
	struct json_out out = {.buf = &text};
	struct attempt attempt = {
		.n = try->n,
		.spent = outcome.spent,
		.connector_id = slice_text(try->lane->connector_id),
		.result = outcome.result,
		.to = outcome.to,
		.due_ms = outcome.due_ms,
		.recipients = try->pending,
		.n_recipients = try->n_pending,
		.crc = try->crc,
	};

	if (try->answered) {
		attempt.provider_message_id = try->answer.provider_message_id;
		attempt.error = error_text(try);
		attempt.ms = (uint32_t)(clock_boot_ms() - try->mail.begun_ms);
	} else {
		attempt.error = slice_text("interrupted: whether it arrived is not known");
	}
	attempt_write(&out, &attempt);
	try->to = outcome.to;
	try->result = outcome.result;
	return buf_take(&text);
}

static bool open_ledger(struct sender *sender, struct err *err)
{
	if (!sender->ledger)
		sender->ledger = ledger_open(sender->queue->spool, sender->kind->name, err);
	return sender->ledger != NULL;
}

bool attempt_start(struct sender *sender, struct sender_try *try, struct err *err)
{
	struct place sending = place_make(try->lane->org, STATE_SENDING, "");
	int64_t now_ms = clock_now_ms();

	if (!open_ledger(sender, err) || !spool_move(&try->file, &sending, err))
		return false;
	for (size_t i = 0; i < try->mail.n_replies; i++)
		try->mail.replies[i].verdict = VERDICT_UNCERTAIN;

	char *uncertain = attempt_json(sender, try, now_ms);
	struct ledger_line line = {.org = try->lane->org,
				   .id = try->file.id,
				   .n = try->n,
				   .time_ms = now_ms,
				   .attempt = slice_text(uncertain)};
	ledger_try(sender->ledger, &line);
	free(uncertain);
	return true;
}

void attempt_record(struct sender *sender, struct sender_try *try)
{
	try->attempt_ms = clock_now_ms();
	try->attempt = attempt_json(sender, try, try->attempt_ms);

	struct ledger_line line = {.org = try->lane->org,
				   .id = try->file.id,
				   .n = try->n,
				   .time_ms = try->attempt_ms,
				   .attempt = slice_text(try->attempt)};
	ledger_attempt(sender->ledger, &line);
}

static void log_attempt(struct sender *sender, const struct sender_try *try)
{
	struct log *log = &sender->queue->log;
	const struct attempt_reply *reply = telling_reply(try);

	log_begin(log, "attempt");
	log_text(log, "id", try->file.id);
	log_text(log, "org", try->lane->org);
	log_text(log, "connector", try->lane->connector_id);
	log_text(log, "result", attempt_result_name(try->result));
	log_int(log, "n", try->n);
	log_text(log, "to", state_name(try->to));
	if (reply && reply->code)
		log_int(log, "code", reply->code);
	if (try->to != STATE_SENT)
		log_slice(log, "error", error_text(try));
	log_int(log, "ms", clock_boot_ms() - try->mail.begun_ms);
	log_end(log);
}

void attempt_apply(struct sender *sender, struct sender_try *try)
{
	struct place to = place_make(try->lane->org, try->to, "");
	struct err err = {0};

	if (!spool_append(&try->file, ENTRY_ATTEMPT, try->attempt_ms, slice_text(try->attempt),
			  &err) ||
	    !spool_move(&try->file, &to, &err)) {
		/* The ledger has it, and keeps it for the replay by whoever comes next. */
		queue_log_failure(sender->queue, "settle", try->file.id, &err);
		ledger_keep(sender->ledger);
		sender->stuck = err;
	} else if (!batch_settled(&sender->batch, &try->file, &err)) {
		queue_log_failure(sender->queue, "settle", try->file.id, &err);
	} else {
		log_attempt(sender, try);
	}
	batch_claim_done(&sender->batch, &try->item);
	try_free(try);
}
