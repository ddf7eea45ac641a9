#include "app/health.h"

#include <stdio.h>

#include "app/rates.h"
#include "app/words.h"
#include "queue/alarm.h"
#include "queue/explain.h"

#define FAILING 5        /* messages: fewer are no news */
#define OLDEST_MS 600000 /* for how long work may wait, as mailq-status --check has it */

bool health_counts(struct page *page, struct look_counts *sum, struct err *err)
{
	struct look_counts *counts;
	size_t n;

	*sum = (struct look_counts){.organization = page->organization};
	if (!page->context->queue->index)
		return err_set(err, EX_UNAVAILABLE, "the index cannot be opened");
	if (!look_counts(page->context->queue, page->organization, page->arena, &counts, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		int64_t oldest = counts[i].oldest_ready_ms;
		for (enum status status = 0; status < STATUS_COUNT; status++)
			sum->count[status] += counts[i].count[status];
		if (oldest && (!sum->oldest_ready_ms || oldest < sum->oldest_ready_ms))
			sum->oldest_ready_ms = oldest;
	}
	return true;
}

/* --- the sentence --- */

struct sentence {
	const char *text;
	const char *link, *link_text; /* NULL: none */
	const char *rest;             /* behind the link */
};

/* "x" where there is one, "2 x" where there are more. */
static const char *plural(size_t n, const char *what, struct arena *arena)
{
	return arena_format(arena, "%s %s%s", words_number(n, arena), what, n == 1 ? "" : "s");
}

static size_t count_connectors(const struct page *page)
{
	const struct conf *conf = page->context->queue->conf;
	size_t n = 0;

	for (size_t i = 0; i < conf->organization_count; i++)
		if (!page->organization.n ||
		    slice_is(page->organization, conf->organizations[i].id))
			n += conf->organizations[i].connector_count;
	return n;
}

static void say_first_day(struct page *page, struct sentence *sentence)
{
	size_t n = count_connectors(page);

	sentence->text =
		n ? arena_format(page->arena, "Nothing has been sent yet. %s %s ready.",
				 plural(n, "connector", page->arena), n == 1 ? "is" : "are")
		  : "Nothing has been sent yet, and nothing can be: there is no connector.";
	if (!n) {
		sentence->link = arena_format(page->arena, "%s/transports", page->at);
		sentence->link_text = "Create one";
	}
}

/* The first connector that something is wrong with: paused, or tried again after a pause. */
static const struct connector *find_trouble(struct page *page, struct explain_connector *health)
{
	struct queue *queue = page->context->queue;
	const struct conf *conf = queue->conf;

	for (size_t i = 0; i < conf->organization_count; i++) {
		const struct organization *org = &conf->organizations[i];
		if (page->organization.n && !slice_is(page->organization, org->id))
			continue;
		for (size_t c = 0; c < org->connector_count; c++) {
			*health = queue_explain_connector(queue, org->id, org->connectors[c].id,
							  page->arena);
			if (health->breaker.failures)
				return &org->connectors[c];
		}
	}
	return NULL;
}

static void say_trouble(struct page *page, const struct connector *connector,
			const struct explain_connector *health, struct sentence *sentence)
{
	const char *words = explain_health(health, page->now_ms, page->arena);

	sentence->text =
		arena_format(page->arena, "Mail does not flow everywhere: %s is %s.",
			     connector->name, words_sentence(words, page->now_ms, page->arena));
	sentence->link = arena_format(page->arena, "%s/transports", page->at);
	sentence->link_text = "Transports";
}

static void say_alarm(struct page *page, const struct alarm *alarm, struct sentence *sentence)
{
	const char *text = words_sentence(alarm->text, page->now_ms, page->arena);

	sentence->text =
		arena_format(page->arena, "%c%s.",
			     text[0] >= 'a' && text[0] <= 'z' ? text[0] - 'a' + 'A' : text[0],
			     text + 1);
}

/* "text 12 messages rest", where the number leads to the list that it counts. */
static void say_number(struct page *page, enum status status, uint64_t n, const char *text,
		       const char *rest, struct sentence *sentence)
{
	sentence->text = text;
	sentence->link =
		arena_format(page->arena, "%s/queue?status=%s", page->at, status_name(status));
	sentence->link_text = words_messages(n, page->arena);
	sentence->rest = rest;
}

static void say_flow(struct page *page, const struct look_counts *counts, struct sentence *sentence)
{
	uint64_t ready = counts->count[STATUS_READY], deferred = counts->count[STATUS_DEFERRED];
	uint64_t held = counts->count[STATUS_HELD], failed = counts->count[STATUS_FAILED];

	if (ready && counts->oldest_ready_ms)
		say_number(page, STATUS_READY, ready, "Mail is flowing.",
			   arena_format(page->arena, " %s ready, the oldest for %s.",
					ready == 1 ? "is" : "are",
					words_duration(page->now_ms - counts->oldest_ready_ms,
						       page->arena)),
			   sentence);
	else if (deferred)
		say_number(page, STATUS_DEFERRED, deferred,
			   "Nothing waits but what was refused for now:",
			   ", each tried again at its time.", sentence);
	else if (held)
		say_number(page, STATUS_HELD, held,
			   "Nothing waits but what is held:", ", until someone releases them.",
			   sentence);
	else if (failed)
		say_number(page, STATUS_FAILED, failed, "Nothing waits, but",
			   " failed and will stay so until someone retries them.", sentence);
	else
		sentence->text = "Nothing waits: all that was accepted has its verdict.";
}

/* In the last hour, or since the server knows: more came to nothing than arrived. */
static bool say_failing(struct page *page, struct sentence *sentence)
{
	struct rates_line line;
	uint64_t failed = 0, sent = 0;

	rates_read(page->context->rates, RATES_HOUR, page->organization, &line);
	for (size_t i = 0; i < line.n; i++) {
		failed += line.at[i].failed;
		sent += line.at[i].sent;
	}
	if (failed < FAILING || failed < sent)
		return false;
	sentence->text = "More fails than is sent:";
	sentence->link = arena_format(page->arena, "%s/failed?since=1h", page->at);
	sentence->link_text = words_messages(failed, page->arena);
	sentence->rest = arena_format(page->arena, " failed in the last %s, %s %s sent.",
				      words_duration(line.end_ms - line.from_ms, page->arena),
				      words_number(sent, page->arena), sent == 1 ? "was" : "were");
	return true;
}

void health_put(struct page *page, const char *key, const struct look_counts *counts)
{
	struct alarms alarms = {.arena = page->arena};
	struct sentence sentence = {0};
	struct explain_connector health;
	const struct connector *trouble = find_trouble(page, &health);

	queue_alarms(page->context->queue, page->organization, OLDEST_MS, &alarms);
	if (alarms.first && strcmp(alarms.first->what, "paused") != 0)
		say_alarm(page, alarms.first, &sentence);
	else if (trouble)
		say_trouble(page, trouble, &health, &sentence);
	else if (!look_count(counts, ~0u))
		say_first_day(page, &sentence);
	else if (!say_failing(page, &sentence))
		say_flow(page, counts, &sentence);
	json_open(&page->out, key, '{');
	json_put_text(&page->out, "text", sentence.text);
	json_put_text(&page->out, "link", sentence.link);
	json_put_text(&page->out, "link_text", sentence.link_text);
	json_put_text(&page->out, "rest", sentence.rest ? sentence.rest : ".");
	json_close(&page->out, '}');
}
