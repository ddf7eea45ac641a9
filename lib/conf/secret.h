/*
 * secret.h: secrets, written by reference and resolved only by who needs them.
 *
 * A value of a connector's config is `$ENV:NAME` (a variable of the environment), `$FILE:/path` (a
 * file's content without its trailing newline) or the value itself. Only a sender resolves it,
 * right before use:
 *
 *     struct buf password = {0};
 *     if (!connector_secret(connector, "password", &password, &err))
 *             ...
 *     secret_wipe(&password);
 *
 * A reference that leads nowhere, or to nothing, is EX_CONFIG; no message repeats a secret. The
 * memory of a resolved secret does not move, so that wiping it leaves no copy.
 */
#ifndef CONF_SECRET_H
#define CONF_SECRET_H

#include "base/buf.h"
#include "conf/conf.h"

#define SECRET_MOST 65536 /* bytes */

bool secret_is_reference(const char *value);

/* NAME of `$ENV:NAME`, or NULL: what a stage's environment must have. */
const char *secret_variable(const char *value);

/* Adds the secret to an empty buf. */
bool secret_resolve(const char *value, struct buf *secret, struct err *err);

/* A key's value, resolved; messages say the connector's file and line. An absent key leaves the buf
 * empty; a list is EX_CONFIG. */
bool connector_secret(const struct connector *connector, const char *key, struct buf *secret,
		      struct err *err);

/* Shorter ones stand in any text by chance: to blank them would tell them, and spoil the text. */
#define SECRET_BLANKED_LEAST 6

/* Writes '*' over the secret wherever it stands in a text: what a remote says may repeat it. */
void secret_blank(struct slice secret, char *text, size_t n);

/* Overwrites the memory and frees it. */
void secret_wipe(struct buf *secret);

/* This process holds secrets, from now on: it leaves no core (RLIMIT_CORE), and no library logs the
 * keys of its TLS (SSLKEYLOGFILE). Called before there are threads. What it starts inherits both.
 * PR_SET_DUMPABLE would do more, but hide from our own user who holds a lock (base/lock.h). */
void secret_shield_process(void);

/*
 * True when every reference in the connector's config would resolve, in this process or in one that
 * is given the variables of more (an array like environ, or NULL) besides.
 */
bool connector_check_secrets(const struct connector *connector, const char *const *more,
			     struct err *err);

#endif
