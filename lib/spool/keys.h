/*
 * keys.h: idempotency keys: `<org>/keys/<sha256 of the key>` is a symbolic link to a message's id.
 *
 * Whoever accepts a message with a key holds the organization's keys from the look-up until the
 * message is durable, so that of several callers with one key one accepts and the others find its
 * id:
 *
 *     keys = keys_lock(spool, "acme", &err);
 *     if (keys_find(keys, hex, id) && spool_find(spool, "acme", id, &place))
 *             ...                          // the same message again
 *     else
 *             keys_put(keys, hex, new_id, &err), accept, flush;
 *     keys_sync(keys, &err);
 *     keys_unlock(keys);
 *
 * A link that names nothing (its acceptor died before the flush, or the message was purged) is
 * replaced.
 */
#ifndef SPOOL_KEYS_H
#define SPOOL_KEYS_H

#include "base/sha256.h"
#include "spool/spool.h"

struct keys {
	int fd; /* the directory, locked */
	char org[PLACE_NAME_SIZE];
};

/* Waits up to 10 s for other acceptors. NULL and err (75). */
struct keys *keys_lock(struct spool *spool, const char *org, struct err *err);
void keys_unlock(struct keys *keys);

/* False: errno is ENOENT where there is none, or none that names an id. */
bool keys_find(const struct keys *keys, const char hex[SHA256_HEX_SIZE], char id[ID_SIZE]);

/* In place of what stands there. */
bool keys_put(const struct keys *keys, const char hex[SHA256_HEX_SIZE], const char *id,
	      struct err *err);

void keys_remove(const struct keys *keys, const char hex[SHA256_HEX_SIZE]);

/* Makes the links durable. */
bool keys_sync(const struct keys *keys, struct err *err);

#endif
