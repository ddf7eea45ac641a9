#include "policy/route.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

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

struct route_choice route_choose(const struct organization *org, const struct route_facts *facts)
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
