/*
 * attempt.h: the entries that tell what happened to a message: `attempt`, `route` and `event`.
 *
 * One writer and one reader of each. A reader skips keys that it does not know, so a newer release
 * may add some; it refuses a value of another type (EX_DATAERR). What it returns points into the
 * JSON or the arena. Texts in a remote server's words are cut at ATTEMPT_TEXT_MOST bytes when
 * written.
 *
 *     {"n":1,"spent":true,"connector_id":"conn_a","result":"deferred","to":"deferred",
 *      "due":"2026-11-24T09:31:00.000Z","error":"450 4.2.0 try later","ms":12,
 *      "recipients":[{"email":"a@b","verdict":"transient","code":450,"enhanced":"4.2.0",
 *                     "reply":"450 4.2.0 try later"}]}
 *     {"connector_id":"conn_a","kind":"smtp","reason":"default"}
 *     {"name":"retry","to":"rendered","by":"uid 1000","reason":"fixed","restarts":true}
 */
#ifndef MESSAGE_ATTEMPT_H
#define MESSAGE_ATTEMPT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "message/status.h"

#define ATTEMPT_TEXT_MOST 512

enum verdict {
	VERDICT_NONE, /* not asked yet */
	VERDICT_DELIVERED,
	VERDICT_TRANSIENT,
	VERDICT_PERMANENT,
	VERDICT_UNCERTAIN,
};

enum attempt_result {
	ATTEMPT_SENT = 1,  /* all recipients that were pending are delivered */
	ATTEMPT_DEFERRED,  /* some are to be tried again */
	ATTEMPT_FAILED,    /* some will never be, and no more tries are due */
	ATTEMPT_UNCERTAIN, /* it may have arrived: the answer was lost */
	ATTEMPT_UNTRIED,   /* it never went: unreachable, throttled */
};

/* What the remote said about one recipient. */
struct attempt_reply {
	struct slice email;
	enum verdict verdict;
	unsigned code;         /* SMTP's or HTTP's; 0: none */
	struct slice enhanced; /* RFC 3463, "4.2.0"; empty: none */
	struct slice text;     /* the remote's own words */
};

struct attempt {
	unsigned n; /* from 1, over the message's whole life */
	bool spent; /* counts towards max_attempts */
	struct slice connector_id;
	enum attempt_result result;
	enum state to;                    /* where the message goes with it */
	int64_t due_ms;                   /* when the next try is due; 0: none */
	struct slice provider_message_id; /* empty: none */
	struct slice error;               /* one line; empty when all went well */
	struct attempt_reply *recipients; /* those that this attempt addressed */
	size_t n_recipients;
	uint32_t ms;  /* how long it took */
	uint32_t crc; /* of the bytes that were to go; a later rendering must be the same. 0: not
			 told */
};

/* The connector that was picked, and by which rule. */
struct route {
	struct slice connector_id;
	struct slice kind;
	struct slice reason;
};

/* What an operator or a provider's webhook said. */
struct event {
	struct slice name;   /* "hold", "retry", "cancel" */
	enum state to;       /* STATE_NONE when it moves nothing */
	int64_t due_ms;      /* from when on it is ready there; 0: at once */
	struct slice by;     /* who */
	struct slice reason; /* empty: none was given */
	bool restarts;       /* counts spent attempts anew and addresses all not delivered */
};

const char *verdict_name(enum verdict verdict);
const char *attempt_result_name(enum attempt_result result);

/* The value: {...}; the writers that end in _members leave the braces to the caller. */
void attempt_write(struct json_out *out, const struct attempt *attempt);
void route_write(struct json_out *out, const struct route *route);
void event_write(struct json_out *out, const struct event *event);

void attempt_write_members(struct json_out *out, const struct attempt *attempt);
void route_write_members(struct json_out *out, const struct route *route);
void event_write_members(struct json_out *out, const struct event *event);

bool attempt_read(struct slice json, struct arena *arena, struct attempt *attempt, struct err *err);
bool route_read(struct slice json, struct arena *arena, struct route *route, struct err *err);
bool event_read(struct slice json, struct arena *arena, struct event *event, struct err *err);

#endif
