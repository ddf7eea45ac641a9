/*
 * status.h: where a message is (its state: the directory) and what users are told (its status).
 *
 *     state      draft  queued rendered routed deferred held  sending  sent  failed  cancelled
 *     status     draft  ready  ready    ready  deferred held  sending  sent  failed  cancelled
 *     public     draft  queued queued   queued queued queued  sending  sent  failed  cancelled
 */
#ifndef MESSAGE_STATUS_H
#define MESSAGE_STATUS_H

#include "base/slice.h"

enum state {
	STATE_NONE, /* leads nowhere: a zeroed struct */
	STATE_DRAFT,
	STATE_QUEUED,
	STATE_RENDERED,
	STATE_ROUTED, /* routed/<kind> */
	STATE_SENDING,
	STATE_DEFERRED,
	STATE_HELD,
	STATE_SENT,      /* sent/<day>: the UTC day in the id */
	STATE_FAILED,    /* failed/<day> */
	STATE_CANCELLED, /* cancelled/<day> */
};
#define STATE_COUNT 11

enum status {
	STATUS_DRAFT,
	STATUS_READY,
	STATUS_DEFERRED,
	STATUS_HELD,
	STATUS_SENDING,
	STATUS_SENT,
	STATUS_FAILED,
	STATUS_CANCELLED,
};
#define STATUS_COUNT 8

/* "queued": the name of the directory; "" for STATE_NONE. STATE_NONE for what is no state's name.
 */
const char *state_name(enum state state);
enum state state_from_name(struct slice name);

enum status state_status(enum state state); /* not of STATE_NONE */
bool state_is_final(enum state state);      /* sent, failed, cancelled: nothing happens by itself */
bool state_has_day(enum state state);       /* the directory is split by day */

const char *status_name(enum status status);        /* "ready" */
const char *status_public_name(enum status status); /* "queued" */

/*
 * The statuses that a user's word means, as a set of 1u << status: "ready" means one, "queued"
 * three. 0 for a word that is none.
 */
unsigned status_set(struct slice word);

#endif
