/*
 * explain.h: why a message is where it is, in whole sentences.
 *
 * Pure: what is known comes in, sentences go out, and nothing is said that is not among the facts
 * or decided by the functions that the stages call themselves. Each sentence stands alone, in the
 * order in which an operator asks:
 *
 *     where it is and why · its recipients · its connector and the reason · attempts made and left
 *     · the connector's pause · the next try, and what happens then · in whose hands it is
 *
 * Times are in UTC with the distance from now: "2026-11-24T09:31:01Z (in 48 s)".
 */
#ifndef POLICY_EXPLAIN_H
#define POLICY_EXPLAIN_H

#include "policy/breaker.h"
#include "policy/route.h"

/* How a connector is, as its senders last found it. */
struct explain_connector {
	const char *id;
	struct breaker breaker; /* until_ms in wall-clock time */
	int64_t since_ms;
	const char *text; /* what the remote said, or what went wrong */
};

struct explain_facts {
	const struct story *story;
	enum state state;
	const struct organization *org;  /* NULL: gone from the configuration */
	const struct settings *settings; /* the organization's, or those of all */
	struct route_decision decision;  /* were it routed now */
	bool is_connector_there;         /* the one that it is routed to, and of the same kind */
	struct explain_connector connector;

	/* Where it is to be taken up next: "mailq-route"; NULL where nothing takes it up. */
	const char *stage;
	bool is_awaited;    /* some process of that stage runs */
	bool is_claimed;    /* one has claimed it */
	const char *holder; /* who has its file locked: "mailq-send-smtp (process 4711)"; or NULL */
	uint64_t ready;     /* messages that are ready where it waits; 0: not known */
	unsigned connections;      /* of its connector, in all; 0: none, or it has a rate */
	unsigned connections_most; /* max_connections */
	int64_t next_turn_ms;      /* when any of those goes next, if that is set; 0: it is not */
	bool is_short;             /* no room to record verdicts: senders take nothing */
	bool is_copy;              /* the spool is a copy that nobody adopted: nothing is sent */
	bool is_purged;            /* its bodies are gone: it cannot be sent again */
	int64_t now_ms;
};

#define EXPLAIN_MOST 20

struct explanation {
	const char *at[EXPLAIN_MOST]; /* the arena's */
	size_t n;
};

void explain_message(const struct explain_facts *facts, struct arena *arena,
		     struct explanation *explanation);

/* A request that was not accepted yet: whose it would be, and what mailq-route would do with it. */
struct explain_request_facts {
	const struct organization *org;
	bool is_named; /* by the message */
	struct slice sender_domain;
	struct route_decision decision;
	struct explain_connector connector; /* where it is routed */
	uint64_t bytes;                     /* that rules by size were asked with */
	int64_t now_ms;
};

void explain_request(const struct explain_request_facts *facts, struct arena *arena,
		     struct explanation *explanation);

/* "working"; "paused until ...; since ... it cannot be reached: connection refused" */
const char *explain_health(const struct explain_connector *connector, int64_t now_ms,
			   struct arena *arena);

/* "the organization's default", "rule 2: invoices": a route's reason, for people. */
const char *explain_reason(struct slice reason, struct arena *arena);

/* "2026-11-24T09:31:01Z (in 48 s)", "(3 min 5 s ago)" */
const char *explain_time(int64_t ms, int64_t now_ms, struct arena *arena);

#endif
