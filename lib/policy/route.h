/*
 * route.h: which connector a message takes, or why it takes none.
 *
 * In this order: the message's own connector_id; the first rule of the organization that holds; its
 * default connector. Then the fallbacks of that one: the first that is neither paused nor has
 * refused this message fallback_after times; the one picked, if there is no such. While it is not
 * known what became of the last try, no other connector is taken. Pure: the caller brings the
 * facts.
 */
#ifndef POLICY_ROUTE_H
#define POLICY_ROUTE_H

#include "conf/conf.h"
#include "message/story.h"

/* What routing may look at. */
struct route_facts {
	const struct story *story; /* recipients, tags, template, priority, attempts */
	uint64_t bytes;            /* of the rendered message with its parts */
	const bool *paused;        /* for each connector of the organization; NULL: none is */
};

struct route_choice {
	const struct connector *connector; /* NULL: there is none, and `reason` says why */
	char reason[128];                  /* "default", "connector_id", "rule 2: invoices" */
};

struct route_choice route_choose(const struct organization *org, const struct route_facts *facts);

/* What becomes of a message that is to be routed: what mailq-route does, and what mailq-explain and
 * the dry run say that it would do. */
struct route_decision {
	enum state to;                     /* STATE_ROUTED, STATE_HELD or STATE_FAILED */
	const struct connector *connector; /* where it is routed */
	char reason[ADDRESS_MOST + 64];    /* as of the choice; why it is held; "expired" */
};

/* org: NULL when it is gone from the configuration. */
struct route_decision route_decide(const struct organization *org, const struct route_facts *facts,
				   int64_t now_ms);

/* Past its expires_at nothing is tried any more. */
bool route_has_expired(const struct request *request, int64_t now_ms);

#endif
