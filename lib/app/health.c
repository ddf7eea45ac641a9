#include "app/health.h"

#include <stdio.h>

#include "app/page_failed.h"
#include "app/rates.h"
#include "app/transport_health.h"
#include "app/words.h"
#include "queue/alarm.h"
#include "queue/explain.h"

#define FAILING 5 /* messages: fewer are no news */
#define HOUR_MS 3600000
#define OVERLOAD_LEAST 1000 /* messages that wait: fewer are soon gone */
#define OVERLOAD_MINUTES 5  /* for how long */
#define OVERLOAD_TIMES 1.25 /* as much in as out */
#define OLDEST_MS 600000    /* for how long work may wait, as mailq-status --check has it */

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

/* --- the sentence, piece by piece --- */

static void say(struct page *page, const char *text)
{
	json_open(&page->out, NULL, '{');
	json_put_text(&page->out, "text", text);
	json_close(&page->out, '}');
}

static void say_link(struct page *page, const char *text, const char *link)
{
	json_open(&page->out, NULL, '{');
	json_put_text(&page->out, "text", text);
	json_put_text(&page->out, "link", link);
	json_close(&page->out, '}');
}

/* A number leads to the list that it counts. */
static void say_count(struct page *page, const char *text, enum status status)
{
	say_link(page, text,
		 arena_format(page->arena, "%s/queue?status=%s", page->at, status_name(status)));
}

/* --- something is wrong --- */

static void say_alarm(struct page *page, const struct alarm *alarm)
{
	const char *text = words_sentence(alarm->text, page->now_ms, page->arena);

	say(page, arena_format(page->arena, "%c%s.",
			       text[0] >= 'a' && text[0] <= 'z' ? text[0] - 'a' + 'A' : text[0],
			       text + 1));
}

struct trouble {
	const char *organization;
	const struct connector *connector; /* NULL: none */
	struct explain_connector health;
	unsigned how_bad;
};

/* What has stopped by itself is worse than what is tried again or goes slower, and that is worse
 * than what somebody wants. */
static unsigned how_bad(const struct breaker *breaker, int64_t now_ms)
{
	if (breaker_is_stopped(breaker))
		return 1;
	if (!breaker->failures)
		return 0;
	return breaker_is_paused(breaker, now_ms) && breaker->why != BREAKER_THROTTLED ? 3 : 2;
}

static void look_for_trouble(struct page *page, const struct organization *org,
			     struct trouble *worst)
{
	for (size_t i = 0; i < org->connector_count; i++) {
		struct trouble trouble = {org->id, &org->connectors[i], {0}, 0};
		trouble.health = queue_explain_connector(page->context->queue, org->id,
							 trouble.connector->id, page->arena);
		trouble.how_bad = how_bad(&trouble.health.breaker, page->now_ms);
		if (trouble.how_bad > worst->how_bad)
			*worst = trouble;
	}
}

static bool find_trouble(struct page *page, struct trouble *trouble)
{
	const struct conf *conf = page->context->queue->conf;

	*trouble = (struct trouble){0};
	for (size_t i = 0; i < conf->organization_count; i++)
		if (!page->organization.n ||
		    slice_is(page->organization, conf->organizations[i].id))
			look_for_trouble(page, &conf->organizations[i], trouble);
	return trouble->connector;
}

static void say_what_waits_for(struct page *page, const struct connector *connector,
			       const char *organization, const char *at)
{
	uint64_t n = transport_waiting(page, organization, connector);

	if (!n)
		return;
	say(page, " ");
	say_link(page, words_messages(n, page->arena),
		 arena_format(page->arena, "%s/queue?waits=%s", at, connector->id));
	say(page, n == 1 ? " waits for it." : " wait for it.");
}

static bool say_trouble(struct page *page)
{
	struct arena *arena = page->arena;
	struct trouble trouble;

	if (!find_trouble(page, &trouble))
		return false;
	const char *at =
		arena_format(arena, "%s/%s", page_app(page->request), trouble.organization);
	const char *words = explain_health(&trouble.health, page->now_ms, arena);
	say(page, "Mail does not flow everywhere: ");
	say_link(page, trouble.connector->name,
		 arena_format(arena, "%s/transports/%s", at, trouble.connector->id));
	say(page, arena_format(arena, " is %s.", words_sentence(words, page->now_ms, arena)));
	say_what_waits_for(page, trouble.connector, trouble.organization, at);
	return true;
}

/* How many have failed in the last hour, as the page of failures counts them. */
static bool count_failed(struct page *page, struct index_page *found)
{
	struct index_query query = {.statuses = 1u << STATUS_FAILED,
				    .since_ms = page->now_ms - HOUR_MS,
				    .limit = FAILED_EXAMINED};
	struct err err = {0};

	if (page->organization.n) {
		query.organizations = &page->organization;
		query.organization_count = 1;
	}
	return index_list(page->context->queue->index, &query, page->arena, found, &err);
}

/* In the last hour, or since it is known: more came to nothing than arrived. */
static bool say_failing(struct page *page, const struct rates_line *hour)
{
	uint64_t failed = 0, sent = 0;
	struct index_page found;

	for (size_t i = 0; i < hour->n; i++) {
		failed += hour->at[i].failed;
		sent += hour->at[i].sent;
	}
	if (failed < FAILING || failed < sent || !count_failed(page, &found) ||
	    found.count < FAILING)
		return false;
	say(page, found.more ? "More fails than is sent: more than " : "More fails than is sent: ");
	say_link(page, words_messages(found.count, page->arena),
		 arena_format(page->arena, "%s/failed?since=1h", page->at));
	say(page, " failed in the last hour.");
	return true;
}

/* --- what waits --- */

/* clang-format off */
static const struct waiting {
	enum status status;
	const char *one, *more;
} waitings[] = {
	{STATUS_READY,    " waits for its time", " wait for their time"}, /* scheduled, all of it */
	{STATUS_SENDING,  " is being sent",      " are being sent"},
	{STATUS_DEFERRED, " was refused for now and is tried again at its time",
	                  " were refused for now and are tried again, each at its time"},
	{STATUS_HELD,     " is held until someone releases it",
	                  " are held until someone releases them"},
};
/* clang-format on */
#define WAITINGS (sizeof waitings / sizeof *waitings)

static const char *words_of(struct page *page, const struct waiting *waiting,
			    const struct look_counts *counts)
{
	bool one = counts->count[waiting->status] == 1;

	if (waiting->status != STATUS_READY || !counts->oldest_ready_ms)
		return one ? waiting->one : waiting->more;
	return arena_format(page->arena, "%s for %s",
			    one ? " has been ready" : " are ready, the oldest",
			    words_duration(page->now_ms - counts->oldest_ready_ms, page->arena));
}

/* "12 messages are ready, the oldest for 4 s, 3 are being sent, and 1 is held ..." */
static void say_what_waits(struct page *page, const struct look_counts *counts)
{
	size_t left = 0, said = 0;

	for (size_t i = 0; i < WAITINGS; i++)
		left += counts->count[waitings[i].status] > 0;
	for (size_t i = 0; i < WAITINGS; i++) {
		uint64_t n = counts->count[waitings[i].status];
		if (!n)
			continue;
		if (said)
			say(page, left == 1 ? ", and " : ", ");
		say_count(page,
			  said ? words_number(n, page->arena) : words_messages(n, page->arena),
			  waitings[i].status);
		say(page, words_of(page, &waitings[i], counts));
		said++;
		left--;
	}
	say(page, ".");
}

/* For some minutes more came in than went out, and what waits is more than came in one. */
static bool say_overload(struct page *page, const struct rates_line *hour,
			 const struct look_counts *counts)
{
	uint64_t waiting = counts->count[STATUS_READY] + counts->count[STATUS_DEFERRED];
	double in, out; /* a minute */

	if (!rates_flow(hour, OVERLOAD_MINUTES, &in, &out) || waiting < OVERLOAD_LEAST ||
	    (double)waiting < in || in <= OVERLOAD_TIMES * out)
		return false;
	say(page, arena_format(page->arena,
			       "More comes in than goes out: %s a minute, and %s. All of it is "
			       "safe on disk: ",
			       words_number((uint64_t)(in + 0.5), page->arena),
			       words_number((uint64_t)(out + 0.5), page->arena)));
	say_what_waits(page, counts);
	return true;
}

static void say_flow(struct page *page, const struct look_counts *counts)
{
	uint64_t failed = counts->count[STATUS_FAILED];

	if (look_count(counts, status_set(slice_text("queued")) | 1u << STATUS_SENDING)) {
		bool flows = counts->oldest_ready_ms || counts->count[STATUS_SENDING];
		say(page, flows ? "Mail is flowing: " : "Nothing is on its way: ");
		say_what_waits(page, counts);
	} else if (failed) {
		say(page, "Nothing waits, but ");
		say_count(page, words_messages(failed, page->arena), STATUS_FAILED);
		say(page, failed == 1 ? " failed and will stay so until someone retries it."
				      : " failed and will stay so until someone retries them.");
	} else {
		say(page, "Nothing waits: all that was accepted has its verdict.");
	}
}

/* --- nothing was ever sent --- */

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

static void say_first_day(struct page *page)
{
	size_t n = count_connectors(page);

	say(page, n ? arena_format(page->arena, "Nothing has been sent yet. %s %s ready.",
				   words_count(n, "connector", page->arena), n == 1 ? "is" : "are")
		    : "Nothing has been sent yet, and nothing can be: there is no connector. ");
	if (!n) {
		say_link(page, "Create one", arena_format(page->arena, "%s/transports", page->at));
		say(page, ".");
	}
}

/* --- worst first --- */

static void say_how_it_is(struct page *page, const struct look_counts *counts)
{
	struct alarms alarms = {.arena = page->arena};
	struct rates_line *hour = arena_alloc(page->arena, sizeof *hour);

	queue_alarms(page->context->queue, page->organization, OLDEST_MS, &alarms);
	rates_read(page->context->rates, RATES_HOUR, page->organization, hour);
	if (alarms.first && strcmp(alarms.first->what, "paused") != 0)
		say_alarm(page, alarms.first);
	else if (say_trouble(page))
		return;
	else if (!look_count(counts, ~0u))
		say_first_day(page);
	else if (!say_failing(page, hour) && !say_overload(page, hour, counts))
		say_flow(page, counts);
}

void health_put(struct page *page, const char *key, const struct look_counts *counts)
{
	json_open(&page->out, key, '[');
	say_how_it_is(page, counts);
	json_close(&page->out, ']');
}
