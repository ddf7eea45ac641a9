/*
 * envelope.h: who sends to whom, and the commands that say so (RFC 5321 4.1.1.2 and 4.1.1.3).
 *
 * Parameters are added where the server offers their extension: SIZE (RFC 1870), BODY=8BITMIME
 * (RFC 6152), SMTPUTF8 (RFC 6531), RET, ENVID and NOTIFY (RFC 3461); a server without DSN takes the
 * mail without those.
 */
#ifndef SMTP_ENVELOPE_H
#define SMTP_ENVELOPE_H

#include "base/arena.h"
#include "base/buf.h"
#include "smtp/ehlo.h"
#include "smtp/reply.h"

/* RFC 3461 4.1. NEVER stands alone. */
enum smtp_notify {
	SMTP_NOTIFY_NEVER = 1 << 0,
	SMTP_NOTIFY_SUCCESS = 1 << 1,
	SMTP_NOTIFY_FAILURE = 1 << 2,
	SMTP_NOTIFY_DELAY = 1 << 3,
};

/* RFC 3461 4.3. */
enum smtp_ret {
	SMTP_RET_NONE,
	SMTP_RET_FULL,
	SMTP_RET_HDRS,
};

#define SMTP_ENVID_MAX 100 /* RFC 3461 4.4 */

/* The bit of "SUCCESS" and the others; 0: no such word. */
unsigned smtp_notify_named(struct slice word);

/* Addresses are without angle brackets, their domains ASCII (A-labels) unless SMTPUTF8 is meant. */
struct smtp_envelope {
	struct slice sender; /* empty: the null sender */
	const struct slice *recipients;
	unsigned count;  /* at least 1 */
	uint64_t size;   /* of the message, in bytes */
	bool eight_bit;  /* the message has bytes over 127 */
	bool smtputf8;   /* its header needs it; addresses that do are seen by themselves */
	unsigned notify; /* enum smtp_notify, or-ed; 0: as the server likes */
	enum smtp_ret ret;
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
