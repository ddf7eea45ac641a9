/*
 * envelope.h: who sends to whom, and the commands that say so (RFC 5321 4.1.1.2 and 4.1.1.3).
 *
 * Parameters are added where the server offers their extension: SIZE (RFC 1870), BODY=8BITMIME
 * (RFC 6152), SMTPUTF8 (RFC 6531), RET, ENVID, NOTIFY and ORCPT (RFC 3461); a server without DSN
 * takes the mail without those.
 */
#ifndef SMTP_ENVELOPE_H
#define SMTP_ENVELOPE_H

#include "base/arena.h"
#include "base/buf.h"
#include "message/dsn.h"
#include "smtp/ehlo.h"
#include "smtp/reply.h"

/* What a recipient wants to hear (RFC 3461 4.1, 4.2). */
struct smtp_wish {
	unsigned notify;    /* enum dsn_notify, or-ed; 0: as the server likes */
	struct slice orcpt; /* type, semicolon, address; empty: none */
};

/* Addresses are without angle brackets, their domains ASCII (A-labels) unless SMTPUTF8 is meant. */
struct smtp_envelope {
	struct slice sender; /* empty: the null sender */
	const struct slice *recipients;
	unsigned count; /* at least 1 */
	uint64_t size;  /* of the message, in bytes */
	bool eight_bit; /* the message has bytes over 127 */
	bool smtputf8;  /* its header needs it; addresses that do are seen by themselves */
	const struct smtp_wish *wishes; /* one for each recipient; NULL: none of any */
	enum dsn_ret ret;
	struct slice envid; /* empty: none */
};

/* Adds one command with its line end to out. */
void smtp_envelope_mail(const struct smtp_envelope *envelope, const struct smtp_features *features,
			struct buf *out);
void smtp_envelope_rcpt(const struct smtp_envelope *envelope, const struct smtp_features *features,
			unsigned recipient, struct buf *out);

/*
 * What can be known before a byte is sent: that this server cannot take the message at all (it is
 * larger than its SIZE, or 8-bit or SMTPUTF8 where it offers neither), or not for this recipient
 * (an address that needs SMTPUTF8, or one that would break the command). True, and *why is a
 * permanent reply of code 0, its text static or in memory.
 */
bool smtp_envelope_refused(const struct smtp_envelope *envelope,
			   const struct smtp_features *features, struct arena *memory,
			   struct smtp_reply *why);
bool smtp_recipient_refused(struct slice address, const struct smtp_features *features,
			    struct smtp_reply *why);

#endif
