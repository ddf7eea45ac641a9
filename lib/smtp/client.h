/*
 * client.h: mail transactions on an open SMTP connection (RFC 5321 3.3): bytes in, bytes out.
 *
 * The caller has the connection, its TLS and the clock; EHLO and AUTH are behind it. For each
 * message:
 *
 *     smtp_client_begin(&client, &envelope, parts, count);
 *     while (!smtp_client_is_done(&client))
 *         while (smtp_client_output(&client, &out)) -> write it -> smtp_client_sent(&client, n)
 *         bytes arrived         -> smtp_client_input(&client, bytes)
 *         nothing for too long  -> smtp_client_timeout(&client)
 *         closed, or an error   -> smtp_client_lost(&client, why)
 *     smtp_client_result(&client)->recipients[i].verdict ...
 *
 * Reading and writing go on side by side, whichever the connection is ready for. How long is too
 * long: smtp_phase_timeout_s(smtp_client_phase(&client)) since smtp_client_input or
 * smtp_client_sent last returned true, so that a server that sends a byte a second gains nothing.
 *
 * With PIPELINING (RFC 2920) the whole envelope and DATA leave in one write, otherwise command by
 * command. A transaction that ended early is cleared away with the next one's first command. Only
 * one transaction is under way at a time; any number may follow each other.
 *
 * What this server can never take (smtp_envelope_refused) is refused by smtp_client_begin, without
 * a byte leaving: permanent, with the reason as a reply of code 0.
 */
#ifndef SMTP_CLIENT_H
#define SMTP_CLIENT_H

#include "smtp/body.h"
#include "smtp/classify.h"
#include "smtp/envelope.h"

/* What became of one recipient. */
struct smtp_outcome {
	enum smtp_verdict verdict;
	struct smtp_reply reply; /* that says so; code 0: mailq's own words */
	enum smtp_phase phase;   /* where it was said */
};

/* What became of a transaction. Borrowed from the client, valid until its next transaction. */
struct smtp_result {
	struct smtp_outcome *recipients; /* in the envelope's order */
	unsigned count;
	bool untried;          /* all transient, for a reason that is not the message's: throttled,
				* credentials, or a connection that gave way before a word of answer */
	bool unreachable;      /* that connection was a new one: another would be no better */
	bool throttled;        /* slow down: nothing was delivered, and this is why */
	bool credentials;      /* the server does not accept who we are, and this is why */
	bool too_many;         /* delivered, but to some not yet, only because the others filled the
				* transaction: they can follow at once */
	bool committed;        /* the message's last byte left */
	bool reusable;         /* the connection is good for another transaction */
	struct slice queue_id; /* what the server calls the message; empty: not told */
};

struct smtp_client {
	struct smtp_features features;
	const struct smtp_envelope *envelope;
	const struct slice *parts;
	unsigned parts_count;

	struct smtp_reply_reader reader;
	struct buf commands;
	struct slice unsent; /* given out by smtp_client_output, not sent yet */
	struct smtp_body body;

	/* A transaction is a row of steps: RSET, MAIL, a RCPT each, DATA, the message. */
	unsigned written;  /* steps given out */
	unsigned answered; /* steps that await no reply any more */
	unsigned accepted; /* recipients, by their RCPT */
	unsigned too_many; /* recipients put off because of the others */
	bool busy;         /* in a transaction */
	bool stopped;      /* no further command leaves, only replies are awaited */
	bool streaming;    /* DATA was answered with 354 */
	bool refused;      /* MAIL was */
	bool dirty;        /* the server holds half a transaction: RSET comes first */
	bool heard;        /* the server answered something of this transaction */
	bool used;         /* it answered something of an earlier one, or of this */
	bool quitting;
	bool closed;

	struct arena memory; /* of the result */
	struct smtp_result result;
};

/* The connection is open and idle. */
void smtp_client_init(struct smtp_client *client, const struct smtp_features *features);
void smtp_client_free(struct smtp_client *client);

/* Begins a transaction; the one before is done and its result was reusable. The envelope and the
 * parts are borrowed until this one is done, which it may be at once. */
void smtp_client_begin(struct smtp_client *client, const struct smtp_envelope *envelope,
		       const struct slice *parts, unsigned count);

/* What is to be written now; the same bytes again until smtp_client_sent took note of them. False:
 * nothing, it is the server's turn. */
bool smtp_client_output(struct smtp_client *client, struct slice *out);

/* The first n bytes of the output are written. True: all of them, restart the clock. */
bool smtp_client_sent(struct smtp_client *client, size_t n);

/* What was read, all of it. True: a whole reply was among it, restart the clock. Call it between
 * transactions too: a server that speaks out of turn is not to be used again. */
bool smtp_client_input(struct smtp_client *client, struct slice bytes);

/* The connection ended, or the server was silent for too long; it is the caller's to close. */
void smtp_client_lost(struct smtp_client *client, const char *why);
void smtp_client_timeout(struct smtp_client *client);

/* Says QUIT, between transactions; done when the phase is SMTP_CLOSED. */
void smtp_client_quit(struct smtp_client *client);

enum smtp_phase smtp_client_phase(const struct smtp_client *client);
bool smtp_client_is_done(const struct smtp_client *client);
const struct smtp_result *smtp_client_result(const struct smtp_client *client);

#endif
