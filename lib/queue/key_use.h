/*
 * key_use.h: whether a message is the one that its idempotency key was used for before.
 *
 * Compared are the `request` entry's JSON, and length and CRC of what stands behind it; of a
 * message whose bodies were purged, what is left of the request. The caller holds the
 * organization's keys (spool/keys.h), so that the answer stays true while it acts on it.
 */
#ifndef QUEUE_KEY_USE_H
#define QUEUE_KEY_USE_H

#include "queue/content.h"
#include "spool/spool.h"

enum key_use {
	KEY_NEW,     /* for nothing: a key that names no message was never used */
	KEY_SAME,    /* for this message */
	KEY_OTHER,   /* for another one */
	KEY_UNKNOWN, /* it cannot be told, and err says why: it is not to be accepted twice */
};

/* The message that comes now. */
struct key_message {
	struct slice request; /* its `request` entry's JSON */
	const struct content *content;
};

/* The one that the key was used for, as long as it is not in its place. */
struct key_first {
	struct slice request;
	struct entry_sum content;
};

/* The first message of that id came in the same batch. */
enum key_use key_use_in_batch(const struct key_message *message, const char *id,
			      const struct key_first *first, struct err *err);

/* The first message of that id is in the spool, if anywhere: looked for again when it moves. */
enum key_use key_use_in_spool(const struct key_message *message, struct spool *spool,
			      const char *org, const char *id, struct err *err);

/* By errno, where the key, or its first message, was looked for in vain. */
enum key_use key_use_not_found(struct err *err);

#endif
