#include "policy/route.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#include "policy/guard.h"

/* "acme.example" is that domain, "*.acme.example" any below it. */
static bool domain_matches(struct slice domain, const char *pattern)
{
	if (strncmp(pattern, "*.", 2) != 0)
		return slice_is_nocase(domain, pattern);

	struct slice suffix = slice_text(pattern + 1);
	return domain.n > suffix.n &&
	       slice_equal_nocase(slice_after(domain, domain.n - suffix.n), suffix);
}

static bool one_domain_matches(struct slice domain, const struct text_list *patterns)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (domain_matches(domain, patterns->text[i]))
			return true;
	return false;
}

static bool all_recipients_match(const struct story *story, const struct text_list *patterns)
{
	for (size_t i = 0; patterns->count && i < story->n_recipients; i++)
		if (!one_domain_matches(address_domain(story->recipients[i].email), patterns))
			return false;
	return true;
}

static bool is_listed(struct slice text, const struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (slice_is(text, list->text[i]))
			return true;
	return list->count == 0;
}

static bool any_tag_listed(const struct request *request, const struct text_list *list)
{
	for (size_t i = 0; i < request->n_tags; i++)
		if (is_listed(request->tags[i], list))
			return true;
	return list->count == 0;
}

static bool rule_holds(const struct rule *rule, const struct route_facts *facts)
{
	const struct request *request = facts->story->request;

	return request->priority >= rule->min_priority && request->priority <= rule->max_priority &&
	       facts->bytes >= (uint64_t)rule->min_bytes &&
	       facts->bytes <= (uint64_t)rule->max_bytes &&
	       is_listed(request->template_id, &rule->templates) &&
	       any_tag_listed(request, &rule->tags) &&
	       all_recipients_match(facts->story, &rule->recipient_domains);
}

static struct route_choice choice(const struct connector *connector, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static struct route_choice choice(const struct connector *connector, const char *fmt, ...)
{
	struct route_choice choice = {.connector = connector};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(choice.reason, sizeof choice.reason, fmt, ap);
	va_end(ap);
	return choice;
}

static struct route_choice pick(const struct organization *org, const struct route_facts *facts)
{
	struct slice own = facts->story->request->connector_id;
	const struct connector *connector;

	if (own.p) {
		connector = organization_connector(org, own);
		return connector
			       ? choice(connector, "connector_id")
			       : choice(NULL, "connector_id: organization %s has no connector %.*s",
					org->id, SLICE_ARGS(own));
	}
	for (size_t i = 0; i < org->rule_count; i++) {
		const struct rule *rule = &org->rules[i];
		if (!rule_holds(rule, facts))
			continue;
		connector = organization_connector(org, slice_text(rule->connector));
		if (connector)
			return rule->name ? choice(connector, "rule %zu: %s", i + 1, rule->name)
					  : choice(connector, "rule %zu", i + 1);
	}
	connector = organization_default(org);
	return connector ? choice(connector, "default")
			 : choice(NULL, "organization %s has no default connector", org->id);
}

/* --- fallbacks --- */

static bool is_paused(const struct organization *org, const struct route_facts *facts,
		      const struct connector *connector)
{
	return facts->paused && facts->paused[connector - org->connectors];
}

/* How often this connector has put the message off, since its attempts were last counted anew. */
static unsigned refusals(const struct story *story, const char *connector)
{
	unsigned n = 0;

	for (size_t i = 0; i < story->n_items; i++) {
		const struct story_item *item = &story->items[i];
		if (item->kind == STORY_EVENT && item->event.restarts)
			n = 0;
		else if (item->kind == STORY_ATTEMPT && item->attempt.spent &&
			 item->attempt.result == ATTEMPT_DEFERRED)
			n += slice_is(item->attempt.connector_id, connector);
	}
	return n;
}

static bool is_in_doubt(const struct story *story)
{
	for (size_t i = story->n_items; i > 0; i--)
		if (story->items[i - 1].kind == STORY_ATTEMPT)
			return story->items[i - 1].attempt.result == ATTEMPT_UNCERTAIN;
	return false;
}

static bool will_do(const struct organization *org, const struct route_facts *facts,
		    const struct connector *connector)
{
	return !is_paused(org, facts, connector) &&
	       refusals(facts->story, connector->id) < org->settings.fallback_after;
}

struct route_choice route_choose(const struct organization *org, const struct route_facts *facts)
{
	struct route_choice picked = pick(org, facts);
	const struct connector *candidate = picked.connector;

	if (!candidate || !candidate->fallback || is_in_doubt(facts->story))
		return picked;
	for (size_t hops = 0; hops <= org->connector_count; hops++) {
		if (will_do(org, facts, candidate))
			return candidate == picked.connector
				       ? picked
				       : choice(candidate, "fallback: %s %s", picked.connector->id,
						is_paused(org, facts, picked.connector)
							? "is paused"
							: "has refused this message");
		if (!candidate->fallback ||
		    !(candidate = organization_connector(org, slice_text(candidate->fallback))))
			break;
	}
	return picked;
}

/* --- the decision --- */

static struct route_decision decision(enum state to, const struct connector *connector,
				      const char *reason)
{
	struct route_decision decision = {.to = to, .connector = connector};

	snprintf(decision.reason, sizeof decision.reason, "%s", reason);
	return decision;
}

/* The staging guard: a recipient that this system must not write to. */
static bool is_stopped(const struct organization *org, const struct story *story,
		       struct route_decision *held)
{
	for (size_t i = 0; i < story->n_recipients; i++) {
		struct slice stopped = guard_stops(&org->guard, &story->recipients[i].email, 1);
		if (!stopped.p)
			continue;
		*held = decision(STATE_HELD, NULL, "");
		snprintf(held->reason, sizeof held->reason, "deliver_only_to does not allow %.*s",
			 SLICE_ARGS(stopped));
		return true;
	}
	return false;
}

bool route_has_expired(const struct request *request, int64_t now_ms)
{
	return request->expires_ms && now_ms >= request->expires_ms;
}

struct route_decision route_decide(const struct organization *org, const struct route_facts *facts,
				   int64_t now_ms)
{
	struct route_decision held;

	if (route_has_expired(facts->story->request, now_ms))
		return decision(STATE_FAILED, NULL, "expired");
	if (!org)
		return decision(STATE_HELD, NULL,
				"the organization is gone from the configuration");
	if (is_stopped(org, facts->story, &held))
		return held;

	struct route_choice choice = route_choose(org, facts);
	return decision(choice.connector ? STATE_ROUTED : STATE_HELD, choice.connector,
			choice.reason);
}
