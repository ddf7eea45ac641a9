#include "app/steps.h"

#include <stdio.h>

#include "app/words.h"
#include "base/clock.h"

#define WAIT_MS 5000 /* a gap before an attempt that is worth a line */

struct teller {
	struct page *page;
	const struct look *look;
	int64_t last_ms; /* of the step before; 0: none */
	size_t item;     /* of the story, that the next entry is */
};

/* --- pieces of a step --- */

static void put_time(struct teller *teller, int64_t ms)
{
	struct arena *arena = teller->page->arena;
	struct json_out *out = &teller->page->out;
	char iso[CLOCK_TEXT_SIZE];
	const char *day = words_day(ms, arena), *small = "";

	if (!teller->last_ms || strcmp(day, words_day(teller->last_ms, arena)) != 0)
		small = day;
	else if (ms - teller->last_ms < WAIT_MS)
		small = arena_format(arena, "+%s", words_duration(ms - teller->last_ms, arena));
	clock_format(ms, iso);
	json_open(out, "time", '{');
	json_put_text(out, "iso", iso);
	json_put_text(out, "text", arena_format(arena, "%.8s", iso + 11));
	json_put_text(out, "ms", arena_format(arena, "%.4s", iso + 19));
	json_put_text(out, "small", small);
	json_close(out, '}');
}

/* Up to its text, which the caller puts into the array that is open. */
static void open_step(struct teller *teller, int64_t ms, const char *class, const char *title)
{
	struct json_out *out = &teller->page->out;
	bool waited = teller->last_ms && ms - teller->last_ms >= WAIT_MS;

	json_open(out, NULL, '{');
	json_put_text(out, "class", class);
	json_put_text(out, "title", title);
	json_put_text(out, "waited",
		      waited ? words_duration(ms - teller->last_ms, teller->page->arena) : NULL);
	put_time(teller, ms);
	json_open(out, "text", '[');
	teller->last_ms = ms;
}

static void close_step(struct teller *teller)
{
	json_close(&teller->page->out, ']');
	json_close(&teller->page->out, '}');
}

/* --- acceptance, rendering, routing --- */

static void tell_request(struct teller *teller, int64_t ms)
{
	const struct story *story = &teller->look->story;
	const struct request *request = story->request;
	struct arena *arena = teller->page->arena;
	struct json_out *out = &teller->page->out;
	const char *text =
		arena_format(arena, "%s, %s.", words_count(story->n_recipients, "recipient", arena),
			     words_size(story->size, arena));

	if (request->template_id.n)
		text = arena_format(arena, "%s Template %.*s.", text,
				    SLICE_ARGS(request->template_id));
	open_step(teller, ms, "dot", "Accepted");
	json_put_text(out, NULL, text);
	if (request->idempotency_key.n)
		json_put_text(out, NULL,
			      arena_format(arena, "Idempotency key %.*s.",
					   SLICE_ARGS(request->idempotency_key)));
	if (request->scheduled_ms)
		json_put_text(out, NULL,
			      arena_format(arena, "Scheduled for %s.",
					   words_moment(request->scheduled_ms, teller->page->now_ms,
							arena)));
	close_step(teller);
}

static void tell_message(struct teller *teller, const struct entry *entry)
{
	open_step(teller, entry->time_ms, "dot", "Rendered");
	json_put_text(&teller->page->out, NULL,
		      "Its bytes, Date and Message-ID never change from here on.");
	close_step(teller);
}

static void tell_purged(struct teller *teller, const struct entry *entry)
{
	open_step(teller, entry->time_ms, "cancelled", "Bodies purged");
	json_put_text(&teller->page->out, NULL, "What it said is gone; this story stays.");
	close_step(teller);
}

static void tell_route(struct teller *teller, const struct story_item *item)
{
	const struct route *route = &item->route;
	struct arena *arena = teller->page->arena;

	open_step(teller, item->time_ms, "dot",
		  arena_format(arena, "Routed to %.*s", SLICE_ARGS(route->connector_id)));
	json_put_text(&teller->page->out, NULL,
		      arena_format(arena, "Why: %s.", explain_reason(route->reason, arena)));
	close_step(teller);
}

/* --- attempts --- */

static const struct {
	const char *word, *class;
} verdicts[] = {
	[VERDICT_NONE] = {"Not asked", "dot"},
	[VERDICT_DELIVERED] = {"Delivered", "sent"},
	[VERDICT_TRANSIENT] = {"Not now", "deferred"},
	[VERDICT_PERMANENT] = {"Refused", "failed"},
	[VERDICT_UNCERTAIN] = {"Uncertain", "uncertain"},
};

static const struct {
	const char *word, *class, *text;
} results[] = {
	[ATTEMPT_SENT] = {"sent", "sent", ""},
	[ATTEMPT_DEFERRED] = {"deferred", "deferred", ""},
	[ATTEMPT_FAILED] = {"failed", "failed", ""},
	[ATTEMPT_UNCERTAIN] = {"uncertain", "uncertain",
			       "The connection ended after the last byte had left and before an "
			       "answer came. It may have arrived, or not; nobody can tell from "
			       "here."},
	[ATTEMPT_UNTRIED] = {"not tried", "dot", "Nothing left this machine."},
};

static void put_verdicts(struct teller *teller, const struct attempt *attempt)
{
	struct json_out *out = &teller->page->out;

	json_open(out, "verdicts", '[');
	for (size_t i = 0; i < attempt->n_recipients && i < STEPS_RECIPIENTS; i++) {
		const struct attempt_reply *reply = &attempt->recipients[i];
		json_open(out, NULL, '{');
		json_put_slice(out, "email", reply->email);
		json_put_text(out, "word", verdicts[reply->verdict].word);
		json_put_text(out, "class", verdicts[reply->verdict].class);
		json_put_slice(out, "reply", reply->text);
		json_close(out, '}');
	}
	json_close(out, ']');
}

/* "480 more, 3 of them not delivered." */
static const char *more_of(const struct attempt *attempt, struct arena *arena)
{
	size_t more = 0, bad = 0;

	for (size_t i = STEPS_RECIPIENTS; i < attempt->n_recipients; i++) {
		more++;
		bad += attempt->recipients[i].verdict != VERDICT_DELIVERED;
	}
	if (more && !bad)
		return arena_format(arena, "%s more, all delivered.", words_number(more, arena));
	return more ? arena_format(arena, "%s more, %s of them not delivered.",
				   words_number(more, arena), words_number(bad, arena))
		    : NULL;
}

static const char *attempt_title(const struct attempt *attempt, struct arena *arena)
{
	const char *word = results[attempt->result].word;

	if (attempt->result == ATTEMPT_UNTRIED)
		return arena_format(arena, "Not tried with %.*s",
				    SLICE_ARGS(attempt->connector_id));
	return arena_format(arena, "Attempt %u: %s", attempt->n, word);
}

static void tell_attempt(struct teller *teller, const struct story_item *item)
{
	const struct attempt *attempt = &item->attempt;
	struct arena *arena = teller->page->arena;
	struct json_out *out = &teller->page->out;

	open_step(teller, item->time_ms, results[attempt->result].class,
		  attempt_title(attempt, arena));
	if (*results[attempt->result].text)
		json_put_text(out, NULL, results[attempt->result].text);
	if (attempt->ms && attempt->result != ATTEMPT_UNTRIED)
		json_put_text(out, NULL,
			      arena_format(arena, "Answered after %s, through %.*s.",
					   words_duration(attempt->ms, arena),
					   SLICE_ARGS(attempt->connector_id)));
	if (!attempt->spent)
		json_put_text(out, NULL, "No attempt was spent.");
	json_close(out, ']');
	if (!attempt->n_recipients)
		json_put_slice(out, "said", attempt->error);
	put_verdicts(teller, attempt);
	json_put_text(out, "more", more_of(attempt, arena));
	json_close(out, '}');
}

/* --- events --- */

/* clang-format off */
static const struct {
	const char *name, *title, *class;
} events[] = {
	{"hold",     "Held",                 "held"},
	{"release",  "Released",             "dot"},
	{"cancel",   "Cancelled",            "cancelled"},
	{"queue",    "Submitted",            "dot"},
	{"retry",    "Put back in the queue", "dot"},
	{"send-now", "Asked to be sent now", "dot"},
	{"dsn",      "Failure reported",     "dot"},
};
/* clang-format on */

/* What a stage has decided: of those that it fails, what it could not do. */
static const char *stage_title(const struct event *event)
{
	static const struct {
		const char *name, *failed;
	} stages[] = {
		{"render", "Could not be rendered"},
		{"route", "Could not be routed"},
		{"pickup", "Refused"},
	};

	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
		if (slice_is(event->name, stages[i].name) && event->to == STATE_FAILED)
			return slice_is(event->reason, "expired") ? "Expired" : stages[i].failed;
		else if (slice_is(event->name, stages[i].name) && event->to == STATE_HELD)
			return "Held";
	return NULL;
}

static void tell_event(struct teller *teller, const struct story_item *item)
{
	const struct event *event = &item->event;
	struct arena *arena = teller->page->arena;
	const char *title = arena_slice(arena, event->name).p;
	const char *class = words_status_class(event->to == STATE_NONE ? STATUS_READY
								       : state_status(event->to));

	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		if (slice_is(event->name, events[i].name)) {
			title = events[i].title;
			class = events[i].class;
		}
	if (stage_title(event))
		title = stage_title(event);
	if (event->by.n && event->to != STATE_FAILED)
		title = arena_format(arena, "%s by %.*s", title, SLICE_ARGS(event->by));
	open_step(teller, item->time_ms, class, title);
	if (event->reason.n)
		json_put_text(&teller->page->out, NULL,
			      arena_format(arena, "“%.*s”", SLICE_ARGS(event->reason)));
	close_step(teller);
}

/* --- all of them --- */

static void tell_item(struct teller *teller)
{
	const struct story *story = &teller->look->story;

	if (teller->item == story->n_items)
		return;
	const struct story_item *item = &story->items[teller->item++];
	if (item->kind == STORY_ROUTE)
		tell_route(teller, item);
	else if (item->kind == STORY_ATTEMPT)
		tell_attempt(teller, item);
	else
		tell_event(teller, item);
}

static bool is_item(struct slice name)
{
	return slice_is(name, ENTRY_ROUTE) || slice_is(name, ENTRY_ATTEMPT) ||
	       slice_is(name, ENTRY_EVENT);
}

static void tell_entries(struct teller *teller)
{
	const struct entry_list *entries = &teller->look->file.entries;
	bool accepted = false;

	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->at[i];
		if (is_item(entry->name)) {
			tell_item(teller);
		} else if (slice_is(entry->name, ENTRY_MESSAGE)) {
			tell_message(teller, entry);
		} else if (slice_is(entry->name, ENTRY_PURGED)) {
			tell_purged(teller, entry);
		} else if (slice_is(entry->name, ENTRY_REQUEST) && !accepted) {
			tell_request(teller, entry->time_ms);
			accepted = true;
		}
	}
}

static void tell_next(struct teller *teller, const struct explanation *explanation)
{
	struct json_out *out = &teller->page->out;
	int64_t next_ms =
		story_next_attempt_ms(&teller->look->story, teller->look->file.place.state);

	json_open(out, NULL, '{');
	json_put_bool(out, "next", true);
	json_put_text(out, "class", words_status_class(teller->look->status));
	json_put_text(out, "title", "Next");
	if (next_ms > teller->page->now_ms)
		words_put_time(out, "time", next_ms, teller->page->now_ms, teller->page->arena);
	json_open(out, "text", '[');
	for (size_t i = 1; i < explanation->n; i++)
		json_put_text(out, NULL,
			      words_sentence(explanation->at[i], teller->page->now_ms,
					     teller->page->arena));
	json_close(out, ']');
	json_close(out, '}');
}

void steps_put(struct page *page, const char *key, const struct look *look,
	       const struct explanation *explanation)
{
	struct teller teller = {.page = page, .look = look};

	json_open(&page->out, key, '[');
	tell_entries(&teller);
	if (!state_is_final(look->file.place.state))
		tell_next(&teller, explanation);
	json_close(&page->out, ']');
}
