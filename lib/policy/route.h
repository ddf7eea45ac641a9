/*
 * route.h: which connector a message takes.
 *
 * In this order: the message's own connector_id; the first rule of the organization that holds; its
 * default connector. Pure: the caller brings the facts.
 */
#ifndef POLICY_ROUTE_H
#define POLICY_ROUTE_H

#include "conf/conf.h"
#include "message/story.h"

/* What routing may look at. */
struct route_facts {
	const struct story
		*story; /* recipients, tags, template, priority, the request's connector_id */
	uint64_t bytes; /* of the rendered message with its parts */
};

struct route_choice {
	const struct connector *connector; /* NULL: there is none, and `reason` says why */
	char reason[128];                  /* "default", "connector_id", "rule 2: invoices" */
};

struct route_choice route_choose(const struct organization *org, const struct route_facts *facts);

#endif
