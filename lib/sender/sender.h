/*
 * sender.h: what a kind of transport is, and the one delivery loop that all kinds share.
 *
 * A kind is one program, cmd/mailq-send-KIND.c. It says how a connection is opened, how a message
 * is sent on it and what the answer means; everything else is the loop's: claims, the ledger,
 * limits, retries, the index, the log.
 *
 *     static const struct sender_kind smtp = {.name = "smtp", .open = ..., .send = ..., ...};
 *
 *     int main(int argc, char **argv)
 *     {
 *             return sender_main(argc, argv, &smtp);
 *     }
 *
 * A channel is one connection to a connector's remote (or, where there is none, a place to work).
 * It carries one message at a time:
 *
 *     loop                          kind
 *     open(channel)          ->     sender_up(channel), or sender_down(channel, why, text)
 *     send(channel, mail)    ->     fills in mail->replies, then sender_done(channel, &answer)
 *     close(channel)         ->     frees what it holds
 *
 * The kind may answer within the call or later, from a callback of the loop. When a connection
 * breaks, the kind answers for the message on it first (sender_done), with reusable false; while
 * idle, sender_down. The loop then calls close.
 *
 * Before send is called, the try stands in the ledger, flushed. So a kind keeps no record of its
 * own.
 */
#ifndef SENDER_SENDER_H
#define SENDER_SENDER_H

#include "base/loop.h"
#include "conf/conf.h"
#include "message/attempt.h"
#include "message/story.h"

struct sender;
struct sender_lane;

/* One key of a connector's config, for --describe, the checker and the app's form. */
struct sender_key {
	const char *name;
	const char *type; /* "string", "integer", "choice", "path", "command", "url", "proxy",
			     "address", "host" */
	bool required, secret;
	const char *standard; /* the default, or NULL */
	const char *values;   /* of a choice: "none starttls tls" */
	const char *not_with; /* "security none": a key and its value that would send this one in
				 the clear; but for the host 127.0.0.1 */
	unsigned most;        /* of an integer, which is at least 1 then; 0: any */
	const char *help;
};

/* A message on its way. */
struct sender_mail {
	const char *id;
	struct slice sender; /* the envelope's; empty: the null sender */
	/* one for each recipient of this try; the kind fills them in */
	struct attempt_reply *replies;
	size_t n_replies;
	struct slice wire[2]; /* the RFC 5322 message is these, one after the other */
	unsigned n_wire;
	const struct story *story;
	struct arena *arena;    /* lives as long as the mail: for texts of replies */
	int64_t begun_ms;       /* boot time */
	struct sender_try *try; /* the loop's */
};

/* What a try came to, beside the verdicts. */
struct sender_answer {
	bool untried;           /* nothing left this machine: no attempt is spent */
	bool throttled;         /* the remote asks us to slow down; with untried */
	bool credentials;       /* the remote does not accept who we are; with untried */
	bool unreachable;       /* it fell silent, or went away, before a word; with untried */
	bool overflow;          /* the transient recipients were only too many for one go: they
				 * follow at once, and no attempt is spent */
	int64_t retry_after_ms; /* when throttled, how long; 0: not told */
	bool reusable;          /* the channel can carry another message */
	struct slice provider_message_id;
	struct slice error; /* why, where no reply of a recipient tells it */
};

enum sender_failure {
	SENDER_UNREACHABLE,
	SENDER_CREDENTIALS,
	SENDER_THROTTLED,
	SENDER_MISCONFIGURED,
	SENDER_CLOSED, /* an idle connection ended: nothing is wrong */
};

/* A kind's own channel begins with this. */
struct sender_channel {
	struct sender *sender;
	struct sender_lane *lane;
	const struct connector *connector;  /* as configured now, NULL when it is gone */
	struct sender_mail *mail;           /* the one on it, or NULL */
	struct sender_channel_state *state; /* the loop's */
};

struct sender_kind {
	const char *name;
	const char *title;             /* for people */
	const char *abilities;         /* mailq-transport(7) lists them; or NULL */
	const struct sender_key *keys; /* ended by one without a name */
	size_t channel_size;
	void (*open)(struct sender_channel *channel);
	void (*send)(struct sender_channel *channel, struct sender_mail *mail);
	void (*close)(struct sender_channel *channel);
	/* Of a kind with the ability "sign-in", where opening a channel does not show it yet: asks
	 * the remote whether we may send, as `send` does, with a mail of no message and one reply.
	 */
	void (*sign_in)(struct sender_channel *channel, struct sender_mail *mail);
};

#define SENDER_SIGN_IN "sign-in" /* it can be tried without a message */

int sender_main(int argc, char **argv, const struct sender_kind *kind);

void sender_up(struct sender_channel *channel);
void sender_down(struct sender_channel *channel, enum sender_failure why, const char *text);
void sender_done(struct sender_channel *channel, const struct sender_answer *answer);

/* The same verdict and words for every recipient of the mail. The text is copied. */
void sender_reply_all(struct sender_mail *mail, enum verdict verdict, unsigned code,
		      struct slice text);

/* What was read of the mail's wire need not stay in memory: for kinds that stream large messages,
 * now and then. The bytes stay good. */
void sender_release(const struct sender_mail *mail);

struct loop *sender_loop(struct sender *sender);

#endif
