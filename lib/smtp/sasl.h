/*
 * sasl.h: the server's side of AUTH PLAIN (RFC 4616) and AUTH LOGIN, framed by RFC 4954.
 *
 *     step = smtp_sasl_begin(&sasl, arguments, &reply);
 *     while (step == SMTP_SASL_MORE)
 *             say reply; step = smtp_sasl_line(&sasl, line, &reply);
 *     SMTP_SASL_DONE: sasl.user and sasl.secret are to be judged; SMTP_SASL_BAD: say reply
 *     smtp_sasl_wipe(&sasl)
 *
 * Replies are static text. A user who wants to act as another one is refused.
 */
#ifndef SMTP_SASL_H
#define SMTP_SASL_H

#include "base/buf.h"

enum smtp_sasl_step {
	SMTP_SASL_MORE,
	SMTP_SASL_DONE,
	SMTP_SASL_BAD,
};

struct smtp_sasl {
	bool login;    /* the mechanism is LOGIN, not PLAIN */
	bool has_user; /* LOGIN: the secret comes next */
	struct buf user, secret;
};

/* Arguments: all behind "AUTH ". */
enum smtp_sasl_step smtp_sasl_begin(struct smtp_sasl *sasl, struct slice arguments,
				    const char **reply);
enum smtp_sasl_step smtp_sasl_line(struct smtp_sasl *sasl, struct slice line, const char **reply);

/* Forgets both and their memory, leaving no trace there. */
void smtp_sasl_wipe(struct smtp_sasl *sasl);

#endif
