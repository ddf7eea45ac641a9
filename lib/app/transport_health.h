/*
 * transport_health.h: how a connector is and what goes through it, in words, for its page and for
 * the list. Private to lib/app.
 */
#ifndef APP_TRANSPORT_HEALTH_H
#define APP_TRANSPORT_HEALTH_H

#include "app/page.h"

/* What a sentence about several connectors counts. */
enum transport_state {
	TRANSPORT_WORKS,
	TRANSPORT_UNUSED,
	TRANSPORT_SLOWED,
	TRANSPORT_PROBES,
	TRANSPORT_STOPPED, /* by hand */
	TRANSPORT_PAUSED,
	TRANSPORT_STATES
};

struct transport_health {
	enum transport_state state;
	bool is_slow;     /* though it works */
	const char *need; /* why a person has to look, since waiting does not help; NULL: no need */
};

/*
 * {"class", "word", "note": what is to be said of one that works, "said": by the remote, "since",
 * "by_hand", "trouble", "waiting", "waits": how many messages, "rate", "connections": of those that
 * it may have, "sent": the time, or null, "sent_ago"}
 */
struct transport_health transport_put_health(struct page *page, const char *key,
					     const char *organization,
					     const struct connector *connector);

/* What is routed to it and can go: as many as the list `waits=` has (filter.h). */
uint64_t transport_waiting(const struct page *page, const char *organization,
			   const struct connector *connector);

#endif
