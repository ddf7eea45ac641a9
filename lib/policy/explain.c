#include "policy/explain.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "policy/backoff.h"

struct teller {
	const struct explain_facts *facts; /* of a message; NULL: of a request */
	struct arena *arena;
	struct explanation *explanation;
};

static void say(struct teller *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct teller *t, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	assert(t->explanation->n < EXPLAIN_MOST);
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	t->explanation->at[t->explanation->n++] = arena_text(t->arena, text);
}

static const char *time_of(const struct teller *t, int64_t ms)
{
	return explain_time(ms, t->facts->now_ms, t->arena);
}

/* ": text", or nothing where there is none. */
static const char *because(const struct teller *t, struct slice text)
{
	return text.n ? arena_format(t->arena, ": %.*s", SLICE_ARGS(text)) : "";
}

/* --- where it is, and why --- */

/* The last entry that led to its state; NULL: it is where it was accepted. */
static const struct story_item *last_fact(const struct story *story)
{
	for (size_t i = story->n_items; i > 0; i--) {
		const struct story_item *item = &story->items[i - 1];
		if (item->kind == STORY_ATTEMPT ||
		    (item->kind == STORY_EVENT && item->event.to != STATE_NONE))
			return item;
	}
	return NULL;
}

static void say_event(struct teller *t, const char *what, const struct story_item *item)
{
	const struct event *event = &item->event;

	say(t, "%s %s by %.*s%s.", what, time_of(t, item->time_ms), SLICE_ARGS(event->by),
	    because(t, event->reason));
}

static void say_draft(struct teller *t)
{
	say(t, "A draft since %s: nothing happens to it before mailq-queue.",
	    time_of(t, t->facts->story->updated_ms));
}

static void say_queued(struct teller *t)
{
	const struct story *story = t->facts->story;

	if (story->due_ms > t->facts->now_ms)
		say(t, "It is scheduled for %s, and rendered then.", time_of(t, story->due_ms));
	else if (story->due_ms)
		say(t, "It was scheduled for %s, and waits to be rendered.",
		    time_of(t, story->due_ms));
	else
		say(t, "It waits to be rendered, since %s.", time_of(t, story->updated_ms));
}

static void say_rendered(struct teller *t)
{
	const struct story_item *fact = last_fact(t->facts->story);

	say(t, "It is rendered, and waits to be given to a connector.");
	if (fact && fact->kind == STORY_ATTEMPT && fact->attempt.result == ATTEMPT_UNTRIED)
		say(t, "It came back untried from %.*s at %s%s.",
		    SLICE_ARGS(fact->attempt.connector_id), time_of(t, fact->time_ms),
		    because(t, fact->attempt.error));
}

static void say_routed(struct teller *t)
{
	const struct explain_facts *facts = t->facts;

	if (facts->ready > 1)
		say(t, "It waits for its turn at %s, where %llu messages are ready.",
		    facts->connector.id, (unsigned long long)facts->ready);
	else
		say(t, "It waits for its turn at %s.", facts->connector.id);
}

static void say_sending(struct teller *t)
{
	if (t->facts->holder)
		say(t, "%s is sending it, and waits for the answer of %s.", t->facts->holder,
		    t->facts->connector.id);
	else
		say(t,
		    "No process holds its file: its sender has ended, and the next program that "
		    "works on the queue learns from the ledger what came of the try.");
}

static void say_deferred(struct teller *t)
{
	say(t, "It waits for its next try.");
}

static void say_held(struct teller *t)
{
	const struct story_item *fact = last_fact(t->facts->story);

	if (fact && fact->kind == STORY_EVENT)
		say_event(t, "Held at", fact);
	else if (fact)
		say(t,
		    "Held at %s: whether it arrived is not known, and %.*s holds such messages "
		    "(on_uncertain).",
		    time_of(t, fact->time_ms), SLICE_ARGS(fact->attempt.connector_id));
	say(t, "Nothing happens to it before mailq-release.");
}

static void say_sent(struct teller *t)
{
	const struct story *story = t->facts->story;
	const struct story_item *fact = last_fact(story);

	if (!fact || fact->kind != STORY_ATTEMPT)
		return say(t, "Sent.");
	say(t, "Sent at %s by %.*s.", time_of(t, fact->time_ms),
	    SLICE_ARGS(fact->attempt.connector_id));
	if (story->provider_message_id.n)
		say(t, "The remote calls it %.*s.", SLICE_ARGS(story->provider_message_id));
}

/* What a person can do about it. */
static void say_retry(struct teller *t)
{
	const struct request *request = t->facts->story->request;

	if (t->facts->is_purged)
		say(t,
		    "Its bodies were purged, so nothing is left to be sent: it has to be "
		    "submitted anew.");
	else if (route_has_expired(request, t->facts->now_ms))
		say(t,
		    "It expired at %s, so mailq-retry would fail it again: it has to be submitted "
		    "anew.",
		    time_of(t, request->expires_ms));
	else if (!t->facts->story->has_message)
		say(t, "mailq-retry tries it again, and renders it with %s.",
		    request->template_id.p ? "its template as it is then" : "what was asked for");
	else
		say(t, "mailq-retry tries it again, for all recipients that were not served.");
}

static void say_failed(struct teller *t)
{
	const struct story_item *fact = last_fact(t->facts->story);

	if (fact && fact->kind == STORY_EVENT)
		say_event(t, "Failed at", fact);
	else if (fact)
		say(t, "Failed at %s by %.*s%s.", time_of(t, fact->time_ms),
		    SLICE_ARGS(fact->attempt.connector_id),
		    because(t, t->facts->story->last_error));
	if (fact && fact->kind == STORY_ATTEMPT && fact->attempt.result == ATTEMPT_UNCERTAIN)
		say(t, "It may have arrived all the same: a retry can make a second copy of it.");
	say_retry(t);
}

static void say_cancelled(struct teller *t)
{
	const struct story_item *fact = last_fact(t->facts->story);

	if (fact && fact->kind == STORY_EVENT)
		say_event(t, "Cancelled at", fact);
}

/* clang-format off */
static const struct {
	void (*say)(struct teller *t);
	bool is_live; /* more happens by itself */
} rows[STATE_COUNT] = {
	[STATE_DRAFT] = {say_draft, false},
	[STATE_QUEUED] = {say_queued, true},
	[STATE_RENDERED] = {say_rendered, true},
	[STATE_ROUTED] = {say_routed, true},
	[STATE_SENDING] = {say_sending, true},
	[STATE_DEFERRED] = {say_deferred, true},
	[STATE_HELD] = {say_held, false},
	[STATE_SENT] = {say_sent, false},
	[STATE_FAILED] = {say_failed, false},
	[STATE_CANCELLED] = {say_cancelled, false},
};
/* clang-format on */

/* --- its recipients --- */

static void say_recipients(struct teller *t)
{
	const struct story *story = t->facts->story;
	const struct story_recipient *pending = NULL;
	size_t failed = 0;

	for (size_t i = 0; i < story->n_recipients; i++) {
		const struct story_recipient *recipient = &story->recipients[i];
		failed += recipient->verdict == VERDICT_PERMANENT;
		if (!pending && story_is_pending(recipient))
			pending = recipient;
	}
	if (story->n_recipients < 2 || story->n == 0)
		return;
	say(t, "Of %zu recipients %zu had it delivered, %zu refused it for good and %zu %s open%s.",
	    story->n_recipients, story->n_recipients - story->n_pending - failed, failed,
	    story->n_pending, story->n_pending == 1 ? "is" : "are",
	    pending ? because(t, pending->email) : "");
	if (failed && rows[t->facts->state].is_live)
		say(t, "So it ends as failed, even if the others are all served.");
}

/* --- its connector --- */

static const struct story_item *last_route(const struct story *story)
{
	for (size_t i = story->n_items; i > 0; i--)
		if (story->items[i - 1].kind == STORY_ROUTE)
			return &story->items[i - 1];
	return NULL;
}

static void say_decision(struct teller *t)
{
	const struct route_decision *decision = &t->facts->decision;
	const char *reason = explain_reason(slice_text(decision->reason), t->arena);

	if (decision->to == STATE_ROUTED)
		say(t, "%smailq-route gives it to %s (%s): %s.",
		    t->facts->state == STATE_QUEUED ? "As far as can be told before that, " : "",
		    decision->connector->id, decision->connector->kind, reason);
	else
		say(t, "As the configuration is now, mailq-route %s it: %s.",
		    decision->to == STATE_HELD ? "holds" : "fails", reason);
}

static void say_route(struct teller *t)
{
	const struct explain_facts *facts = t->facts;
	const struct story_item *item = last_route(facts->story);

	if (facts->state == STATE_RENDERED || facts->state == STATE_DEFERRED ||
	    facts->state == STATE_QUEUED)
		return say_decision(t);
	if (item)
		say(t, "Its connector is %.*s (%.*s): %s.", SLICE_ARGS(item->route.connector_id),
		    SLICE_ARGS(item->route.kind), explain_reason(item->route.reason, t->arena));
	if (facts->state == STATE_ROUTED && !facts->is_connector_there)
		say(t,
		    "That is gone from the configuration, or of another kind: it goes back to "
		    "mailq-route, with no attempt spent.");
}

/* --- attempts --- */

static unsigned attempts_allowed(const struct explain_facts *facts)
{
	unsigned own = facts->story->request->max_attempts;

	return own ? own : facts->settings->max_attempts;
}

static const struct story_item *last_attempt(const struct story *story)
{
	for (size_t i = story->n_items; i > 0; i--)
		if (story->items[i - 1].kind == STORY_ATTEMPT)
			return &story->items[i - 1];
	return NULL;
}

static void say_attempts(struct teller *t)
{
	const struct story *story = t->facts->story;
	const struct story_item *item = last_attempt(story);
	unsigned allowed = attempts_allowed(t->facts);

	say(t, "%u of %u attempts made, %u left.", story->spent, allowed,
	    allowed > story->spent ? allowed - story->spent : 0);
	if (!item || item->attempt.result == ATTEMPT_UNTRIED)
		return;
	say(t, "The last try, at %s by %.*s: %s%s.", time_of(t, item->time_ms),
	    SLICE_ARGS(item->attempt.connector_id), attempt_result_name(item->attempt.result),
	    because(t, item->attempt.error));
	if (item->attempt.result == ATTEMPT_UNCERTAIN)
		say(t, "It may have arrived: until that is known no other connector is taken.");
}

/* --- what comes next --- */

/* A pause that ends before the message is due has nothing to do with it. */
static bool is_over_before(const struct explain_facts *facts)
{
	const struct breaker *breaker = &facts->connector.breaker;

	return (facts->state == STATE_QUEUED || facts->state == STATE_DEFERRED) &&
	       facts->story->due_ms > facts->now_ms && facts->story->due_ms > breaker->until_ms &&
	       !breaker_is_stopped(breaker);
}

/* All are taken; or the first one is being made, and others wait for how that goes. */
static bool waits_for_connection(const struct explain_facts *facts)
{
	return facts->state == STATE_ROUTED && facts->connections &&
	       (facts->connections >= facts->connections_most ||
		facts->next_turn_ms > facts->now_ms);
}

static void say_pause(struct teller *t)
{
	const struct explain_facts *facts = t->facts;
	const struct explain_connector *connector = &facts->connector;

	if (is_over_before(facts))
		return;
	if (connector->id && connector->breaker.failures)
		say(t, "%s is %s.", connector->id,
		    explain_health(connector, facts->now_ms, t->arena));
	if (connector->id && breaker_is_stopped(&connector->breaker))
		say(t,
		    "Nothing is tried by it before mailq-connector resume %s, and no attempt is "
		    "spent.",
		    connector->id);
	else if (connector->id && breaker_is_paused(&connector->breaker, facts->now_ms))
		say(t,
		    "Nothing is tried by it before, and no attempt is spent; then one connection "
		    "goes first. mailq-connector resume %s lets it go at once.",
		    connector->id);
	else if (waits_for_connection(facts))
		say(t,
		    "It waits for a connection: %u of at most %u (max_connections) are in use, or "
		    "being made.",
		    facts->connections, facts->connections_most);
	else if (facts->state == STATE_ROUTED && facts->next_turn_ms > facts->now_ms)
		say(t,
		    "The next turn there is at %s: its rate, or what it asked for, allows no "
		    "earlier one.",
		    time_of(t, facts->next_turn_ms));
}

/* How long the wait behind the attempt after this one can be. */
static void say_wait_after(struct teller *t)
{
	const struct settings *settings = t->facts->settings;
	unsigned attempts = t->facts->story->spent + 1;
	int64_t middle = backoff_delay_ms(attempts, settings->retry_backoff_seconds,
					  settings->retry_backoff_max_seconds, 0);
	char wait[CLOCK_SPAN_SIZE];

	clock_format_span(middle * 10 / 8, wait); /* with no random bits it is a fifth too short */
	say(t, "If %s attempt is put off, the one after it comes about %s later.",
	    t->facts->state == STATE_SENDING ? "this" : "the next", wait);
}

static void say_if_put_off(struct teller *t)
{
	if (t->facts->story->spent + 1 < attempts_allowed(t->facts))
		say_wait_after(t);
	else
		say(t, "%s attempt is the last: what it does not deliver has failed.",
		    t->facts->state == STATE_SENDING ? "This" : "The next");
}

static void say_next(struct teller *t)
{
	const struct explain_facts *facts = t->facts;
	const struct story *story = facts->story;
	const struct request *request = story->request;
	bool has_expired = route_has_expired(request, facts->now_ms);

	if (facts->state == STATE_DEFERRED)
		say(t,
		    story->due_ms > facts->now_ms ? "The next try is due at %s."
						  : "The next try has been due since %s.",
		    time_of(t, story->due_ms));
	if (!has_expired || facts->state == STATE_SENDING)
		say_if_put_off(t);
	if (has_expired)
		say(t, "It expired at %s: whoever takes it up next fails it.",
		    time_of(t, request->expires_ms));
	else if (request->expires_ms)
		say(t, "It expires at %s: after that it is tried no more, and has failed.",
		    time_of(t, request->expires_ms));
}

/* --- in whose hands it is --- */

static void say_hands(struct teller *t)
{
	const struct explain_facts *facts = t->facts;

	if (facts->holder && facts->state != STATE_SENDING)
		say(t, "%s has it in hand at this moment.", facts->holder);
	else if (facts->is_claimed && facts->state != STATE_SENDING)
		say(t, "%s has claimed it.", facts->stage);
	if (!rows[facts->state].is_live)
		return;
	if (facts->stage && !facts->is_awaited)
		say(t, "No %s is running: start mailq-supervise, or run %s by hand.", facts->stage,
		    facts->stage);
	if (facts->is_copy)
		say(t,
		    "The spool is a copy of another: nothing is sent before mailq-supervise "
		    "--adopt.");
	if (facts->is_short)
		say(t, "The disk has no room to record verdicts: nothing is sent before it has.");
}

void explain_message(const struct explain_facts *facts, struct arena *arena,
		     struct explanation *explanation)
{
	*explanation = (struct explanation){0};
	struct teller teller = {facts, arena, explanation};

	rows[facts->state].say(&teller);
	say_recipients(&teller);
	if (facts->state != STATE_DRAFT && facts->state != STATE_CANCELLED)
		say_route(&teller);
	if (rows[facts->state].is_live) {
		say_attempts(&teller);
		say_pause(&teller);
		say_next(&teller);
	}
	say_hands(&teller);
}

/* --- a request --- */

static void say_organization(struct teller *t, const struct explain_request_facts *facts)
{
	const struct organization *org = facts->org;

	if (facts->is_named)
		return say(t, "Its organization is %s: the message names it.", org->id);
	for (size_t i = 0; i < org->domains.count; i++)
		if (slice_is_nocase(facts->sender_domain, org->domains.text[i]))
			return say(t, "Its organization is %s: it has the sender's domain, %s.",
				   org->id, org->domains.text[i]);
	say(t, "Its organization is %s: nothing names another.", org->id);
}

static bool has_rule_by_size(const struct organization *org)
{
	for (size_t i = 0; i < org->rule_count; i++)
		if (org->rules[i].min_bytes > 0 || org->rules[i].max_bytes < INT64_MAX)
			return true;
	return false;
}

void explain_request(const struct explain_request_facts *facts, struct arena *arena,
		     struct explanation *explanation)
{
	const struct route_decision *decision = &facts->decision;
	const char *reason = explain_reason(slice_text(decision->reason), arena);

	*explanation = (struct explanation){0};
	struct teller teller = {NULL, arena, explanation};
	say_organization(&teller, facts);
	if (decision->to != STATE_ROUTED)
		return say(&teller, "It would %s: %s.",
			   decision->to == STATE_HELD ? "be held" : "fail", reason);
	say(&teller, "Its connector would be %s (%s): %s.", decision->connector->id,
	    decision->connector->kind, reason);
	if (has_rule_by_size(facts->org))
		say(&teller,
		    "Rules by size were asked with the request's %llu bytes; those of the "
		    "rendered message count.",
		    (unsigned long long)facts->bytes);
	if (facts->connector.breaker.failures)
		say(&teller, "%s is %s.", decision->connector->id,
		    explain_health(&facts->connector, facts->now_ms, arena));
	if (facts->org->guard.redirect_to)
		say(&teller, "It would go to %s instead of its recipients (redirect_to).",
		    facts->org->guard.redirect_to);
}
