#include "app/page_transports.h"

#include "app/words.h"
#include "index/work.h"
#include "queue/health.h"

#define ANY_BYTES 1073741824 /* max_bytes of a rule that does not say it */

/* --- how one is --- */

/* clang-format off */
static const struct trouble {
	const char *class, *word;
} troubles[] = {
	[BREAKER_GOOD]          = {"sent",     ""},
	[BREAKER_UNREACHABLE]   = {"paused",   "it cannot be reached"},
	[BREAKER_CREDENTIALS]   = {"paused",   "credentials refused"},
	[BREAKER_THROTTLED]     = {"deferred", "too many requests"},
	[BREAKER_MISCONFIGURED] = {"paused",   "its configuration is wrong"},
	[BREAKER_BY_HAND]       = {"held",     "by hand"},
};
/* clang-format on */

/* What is routed to it and can go. */
static void put_waiting(struct page *page, const char *organization,
			const struct connector *connector)
{
	struct queue *queue = page->context->queue;
	char stage[INDEX_STAGE_SIZE], name[INDEX_LANE_SIZE];
	struct index_lane lane = {0};
	struct err ignored = {0};

	queue_send_stage(stage, connector->kind);
	index_lane_name(name, slice_text(organization), slice_text(connector->id));
	if (queue->index)
		index_lane_get(queue->index, stage, name, &lane, &ignored);
	if (!lane.ready)
		return;
	json_put_text(&page->out, "waiting", words_number(lane.ready, page->arena));
	json_put_text(&page->out, "waits",
		      arena_format(page->arena, "%s %s", words_messages(lane.ready, page->arena),
				   lane.ready == 1 ? "waits" : "wait"));
}

const char *transport_put_health(struct page *page, const char *key, const char *organization,
				 const struct connector *connector, bool *needs_you)
{
	const struct trouble *trouble;
	struct json_out *out = &page->out;
	const char *word = "Working", *class = "sent";
	struct health health;

	health_read(page->context->queue, organization, connector->id, &health);
	trouble = &troubles[health.breaker.why];
	if (breaker_is_stopped(&health.breaker)) {
		class = trouble->class;
		word = "Paused by hand";
	} else if (breaker_is_paused(&health.breaker, page->now_ms)) {
		class = trouble->class;
		word = arena_format(page->arena, "%s until %s: %s",
				    health.breaker.why == BREAKER_THROTTLED ? "Slowed" : "Paused",
				    words_moment(health.breaker.until_ms, page->now_ms,
						 page->arena),
				    trouble->word);
	} else if (breaker_is_probing(&health.breaker, page->now_ms)) {
		class = "sending";
		word = arena_format(page->arena, "Trying again, one connection first: %s",
				    trouble->word);
	}
	json_open(out, key, '{');
	json_put_text(out, "class", class);
	json_put_text(out, "word", word);
	put_waiting(page, organization, connector);
	json_put_bool(out, "by_hand", breaker_is_stopped(&health.breaker));
	json_put_bool(out, "trouble", health.breaker.failures > 0);
	json_put_text(out, "said", health.breaker.failures ? health.text : NULL);
	json_put_text(out, "since",
		      health.breaker.failures
			      ? words_moment(health.since_ms, page->now_ms, page->arena)
			      : NULL);
	json_close(out, '}');
	*needs_you = strcmp(class, "paused") == 0 || health.breaker.why == BREAKER_CREDENTIALS ||
		     health.breaker.why == BREAKER_MISCONFIGURED;
	return class;
}

/* --- the list --- */

struct tally {
	size_t n, working, paused, stopped, slowed, probing;
	const char *name, *at; /* the first that needs somebody */
};

static void count(struct tally *tally, const struct connector *connector, const char *class,
		  bool needs_you, const char *at)
{
	tally->n++;
	tally->working += strcmp(class, "sent") == 0;
	tally->slowed += strcmp(class, "deferred") == 0;
	tally->probing += strcmp(class, "sending") == 0;
	tally->stopped += strcmp(class, "held") == 0;
	tally->paused += strcmp(class, "paused") == 0;
	if (needs_you && !tally->name) {
		tally->name = connector->name;
		tally->at = at;
	}
}

static const char *rate_of(const struct connector *connector, struct arena *arena)
{
	if (connector->rate > 0)
		return arena_format(arena, "%g a second", connector->rate);
	return "no limit";
}

/* A kind's key that says where it sends to, so that two of a kind are told apart. */
static const char *place_of(const struct connector *connector)
{
	const char *host = connector_value(connector, "host");
	const char *domain = connector_value(connector, "domain");

	return host ? host : domain;
}

static void put_one(struct page *page, const struct organization *org,
		    const struct connector *connector, struct tally *tally)
{
	struct json_out *out = &page->out;
	bool needs_you;
	const char *at =
		arena_format(page->arena, "%s/%s/transports/%s", page->app, org->id, connector->id);

	json_open(out, NULL, '{');
	json_put_text(out, "id", connector->id);
	json_put_text(out, "org", org->id);
	json_put_text(out, "at", at);
	json_put_text(out, "name", connector->name);
	json_put_text(out, "kind", connector->kind);
	json_put_text(out, "place", place_of(connector));
	json_put_bool(out, "is_default", connector->is_default);
	json_put_bool(out, "managed", connector->managed);
	json_put_text(out, "rate", rate_of(connector, page->arena));
	json_put_int(out, "connections", connector->max_connections);
	json_put_text(out, "fallback", connector->fallback);
	const char *class = transport_put_health(page, "health", org->id, connector, &needs_you);
	count(tally, connector, class, needs_you, at);
	json_close(out, '}');
}

static void add_part(struct buf *text, size_t n, const char *one, const char *many)
{
	if (n)
		buf_addf(text, "%s%zu %s", text->n ? ", " : "", n, n == 1 ? one : many);
}

static void put_sentence(struct page *page, const struct tally *tally)
{
	struct buf text = {0};

	add_part(&text, tally->working, "works", "work");
	add_part(&text, tally->slowed, "is slowed", "are slowed");
	add_part(&text, tally->probing, "is trying again", "are trying again");
	add_part(&text, tally->stopped, "is paused by hand", "are paused by hand");
	add_part(&text, tally->paused, "is paused", "are paused");
	json_put_text(&page->out, "sentence",
		      !tally->n ? NULL
				: arena_format(page->arena, "%zu connector%s: %.*s.", tally->n,
					       tally->n == 1 ? "" : "s", (int)text.n, text.p));
	json_put_text(&page->out, "needy", tally->name);
	json_put_text(&page->out, "needy_at", tally->at);
	buf_free(&text);
}

/* --- how a message finds its connector --- */

static void add_condition(struct buf *text, const char *what, struct text_list list)
{
	for (size_t i = 0; i < list.count; i++) {
		buf_add_text(text, i ? " or " : text->n ? ", and " : "");
		buf_addf(text, "%s%s", i ? "" : what, list.text[i]);
	}
}

static void put_rule(struct page *page, const struct organization *org, const struct rule *rule)
{
	const struct connector *to = organization_connector(org, slice_text(rule->connector));
	struct buf text = {0};

	add_condition(&text, "all recipients are at ", rule->recipient_domains);
	add_condition(&text, "a tag is ", rule->tags);
	add_condition(&text, "the template is ", rule->templates);
	if (rule->min_priority > -10 || rule->max_priority < 10)
		buf_addf(&text, "%sthe priority is %d to %d", text.n ? ", and " : "",
			 rule->min_priority, rule->max_priority);
	if (rule->min_bytes > 0)
		buf_addf(&text, "%sit has %s or more", text.n ? ", and " : "",
			 words_size((uint64_t)rule->min_bytes, page->arena));
	if (rule->max_bytes < ANY_BYTES)
		buf_addf(&text, "%sit has %s at most", text.n ? ", and " : "",
			 words_size((uint64_t)rule->max_bytes, page->arena));
	json_open(&page->out, NULL, '{');
	json_put_text(&page->out, "name", rule->name);
	json_put_slice(&page->out, "when", buf_slice(&text));
	json_put_text(&page->out, "to", to ? to->name : rule->connector);
	json_close(&page->out, '}');
	buf_free(&text);
}

static void put_choice(struct page *page, const struct organization *org)
{
	const struct connector *standard = organization_default(org);

	json_open(&page->out, NULL, '{');
	json_put_text(&page->out, "org", org->name);
	json_open(&page->out, "rules", '[');
	for (size_t i = 0; i < org->rule_count; i++)
		put_rule(page, org, &org->rules[i]);
	json_close(&page->out, ']');
	json_put_text(&page->out, "standard", standard ? standard->name : NULL);
	json_put_int(&page->out, "after", org->settings.fallback_after);
	json_close(&page->out, '}');
}

static bool is_shown(const struct page *page, const struct organization *org)
{
	return !page->organization.n || slice_is(page->organization, org->id);
}

static void put_all(struct page *page)
{
	const struct conf *conf = page->context->queue->conf;
	struct tally tally = {0};

	json_open(&page->out, "connectors", '[');
	for (size_t i = 0; i < conf->organization_count; i++) {
		const struct organization *org = &conf->organizations[i];
		for (size_t c = 0; is_shown(page, org) && c < org->connector_count; c++)
			put_one(page, org, &org->connectors[c], &tally);
	}
	json_close(&page->out, ']');
	json_open(&page->out, "choices", '[');
	for (size_t i = 0; i < conf->organization_count; i++)
		if (is_shown(page, &conf->organizations[i]))
			put_choice(page, &conf->organizations[i]);
	json_close(&page->out, ']');
	put_sentence(page, &tally);
}

/* Where the configuration is wrong, what is in force is shown, and that it is. */
void transports_show(struct http_request *request)
{
	struct app *app = request->context;
	struct page page;
	struct err err = {0};
	bool fresh = app_reload(app, &err);

	if (!page_begin(&page, request, "transports"))
		return;
	json_put_text(&page.out, "title", "Transports");
	json_put_bool(&page.out, "live", true);
	json_put_text(&page.out, "wrong", fresh ? NULL : err.text);
	put_all(&page);
	page_render(&page, 200, "transports.html");
}
