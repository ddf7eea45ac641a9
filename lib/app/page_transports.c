#include "app/page_transports.h"

#include "app/transport_health.h"
#include "app/words.h"

#define ANY_BYTES 1073741824 /* max_bytes of a rule that does not say it */

/* --- the list --- */

struct tally {
	size_t n, slow, of[TRANSPORT_STATES];
	const char *name, *at, *need; /* the first that needs somebody */
};

static void count(struct tally *tally, const struct connector *connector,
		  const struct transport_health *health, const char *at)
{
	tally->n++;
	tally->slow += health->is_slow;
	tally->of[health->state]++;
	if (health->need && !tally->name) {
		tally->name = connector->name;
		tally->at = at;
		tally->need = health->need;
	}
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
	json_put_text(out, "fallback", connector->fallback);
	struct transport_health health = transport_put_health(page, "health", org->id, connector);
	count(tally, connector, &health, at);
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

	add_part(&text, tally->of[TRANSPORT_WORKS], "works", "work");
	if (tally->slow)
		buf_addf(&text, ", %s slowly",
			 tally->slow == tally->of[TRANSPORT_WORKS]
				 ? tally->slow == 1 ? "but" : "all of them"
				 : arena_format(page->arena, "%zu of them", tally->slow));
	add_part(&text, tally->of[TRANSPORT_SLOWED], "is slowed", "are slowed");
	add_part(&text, tally->of[TRANSPORT_PROBES], "is trying again", "are trying again");
	add_part(&text, tally->of[TRANSPORT_STOPPED], "is paused by hand", "are paused by hand");
	add_part(&text, tally->of[TRANSPORT_PAUSED], "is paused", "are paused");
	add_part(&text, tally->of[TRANSPORT_UNUSED], "was never used", "were never used");
	json_put_text(&page->out, "sentence",
		      !tally->n ? NULL
				: arena_format(page->arena, "%s: %.*s.",
					       words_count(tally->n, "connector", page->arena),
					       (int)text.n, text.p));
	json_put_text(&page->out, "needy", tally->name);
	json_put_text(&page->out, "needy_at", tally->at);
	json_put_text(&page->out, "needy_for", tally->need);
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
