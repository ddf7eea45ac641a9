/*
 * oauth.h: an OAuth 2 access token for a channel: the one that is kept (sender/token.h), else a new
 * one, which one channel asks the remote for while the others wait.
 *
 *     static const struct oauth_plan plan = {.token_url = "https://...", .ready = send_message,
 *                                            .failed = refuse, ...};
 *     oauth_open(&kind->oauth, channel, &plan);
 *     oauth_get(&kind->oauth);            // calls ready or failed, once, maybe before it returns
 *     ... oauth->token.access goes into the request, or into AUTH ...
 *     oauth_reject(&kind->oauth);         // the remote did not take it: the next one is another
 *     oauth_close(&kind->oauth);
 *
 * What a token is got with stands in the connector's config:
 *
 *     refresh_token, client_id, client_secret     RFC 6749, 6
 *     service_account, and whose mailbox          RFC 7523: a claim signed with its key (jwt.h)
 *     client_id, client_secret, scope             RFC 6749, 4.4: in its own name
 *
 * token_url and scope there go before the plan's. The channel's connector may change between calls;
 * a token is of the credentials that it was got with.
 */
#ifndef SENDER_OAUTH_H
#define SENDER_OAUTH_H

#include "sender/http.h"
#include "sender/token.h"

struct oauth;

struct oauth_plan {
	const char *token_url;   /* NULL: token_url is required */
	const char *claim_scope; /* what a service account asks for */
	const char *mailbox_key; /* the config key whose value is its subject */
	void (*ready)(struct oauth *oauth);
	void (*failed)(struct oauth *oauth, const struct http_verdict *why);
};

struct oauth {
	const struct oauth_plan *plan;
	struct sender_channel *channel; /* whose it is */
	void *context;                  /* the caller's */
	struct token token;

	/* Private: the request for a token, on a channel that nobody else knows. */
	struct http http;
	struct sender_mail mail;
	struct arena arena;
	struct loop_timer look_again;
	int64_t give_up_ms;     /* boot time: until when somebody else may ask for a token */
	int lock;               /* held while we ask; -1 */
	int64_t skew_ms;        /* the remote's clock less ours, once a claim was refused */
	bool corrected;         /* this time: a claim by their clock is not made a third time */
	struct buf rejected;    /* the token that was not taken */
	struct buf credentials; /* what the token is got with, as one text */
};

void oauth_open(struct oauth *oauth, struct sender_channel *channel, const struct oauth_plan *plan,
		void *context);
void oauth_close(struct oauth *oauth);

void oauth_get(struct oauth *oauth);

/* True when the connector says what a token can be got with. */
bool oauth_is_configured(const struct connector *connector);

/* The token is not asked for by this channel again. False: another was rejected already. */
bool oauth_reject(struct oauth *oauth);

/* Whatever was rejected belongs to an earlier message. */
void oauth_forget_rejected(struct oauth *oauth);

#endif
