/*
 * token.h: OAuth 2 access tokens (RFC 6749), kept for all workers in the `secrets` directory of the
 * configuration, so that one is asked for once in its life.
 *
 *     if (!token_read(channel, credentials, &token, &err))        // EX_NOINPUT: there is none
 *             if ((lock = token_lock(channel, &err)) >= 0)
 *                     ... token_read once more, ask the remote, token_write, close(lock)
 *             else if (err.code == EX_TEMPFAIL)
 *                     ... somebody else is asking: look again soon
 *     token_wipe(&token);
 *
 * A token is of the credentials that it was got with: a hash of them stands beside it, and one of
 * other credentials is none. With it stands the refresh token that the remote gave in place of the
 * configured one, if it did. Files are <organization>:<connector>.token, mode 0600, and their time
 * of modification is when the access token ends: so it can be told without reading them. A trial of
 * a connector that is not saved uses and keeps one that is of its credentials, and never writes
 * over another's.
 */
#ifndef SENDER_TOKEN_H
#define SENDER_TOKEN_H

#include "base/buf.h"
#include "sender/sender.h"

struct token {
	struct buf access;
	struct buf refresh; /* empty: the configured one still counts */
	int64_t expires_ms; /* wall clock */
};

#define TOKEN_MARGIN_MS 60000 /* one that ends sooner is not used any more */

/* True also for one that has ended: its refresh token counts. */
bool token_read(const struct sender_channel *channel, struct slice credentials, struct token *token,
		struct err *err);

bool token_is_good(const struct token *token);

/* A descriptor whose end (close) lets go, or -1. EX_TEMPFAIL: somebody else has it. */
int token_lock(const struct sender_channel *channel, struct err *err);

/* Flushed: a refresh token that was replaced is not good any more. */
bool token_write(const struct sender_channel *channel, struct slice credentials,
		 const struct token *token, struct err *err);

void token_wipe(struct token *token);

#endif
