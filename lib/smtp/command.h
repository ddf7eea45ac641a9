/*
 * command.h: what the arguments of MAIL and RCPT say (RFC 5321 4.1.1.2 and 4.1.1.3).
 *
 * Known parameters: SIZE, BODY, SMTPUTF8, RET, ENVID, NOTIFY, ORCPT; AUTH is taken and forgotten.
 * Addresses go through the one strict parser of message/address.h.
 *
 * Both return NULL, or the reply that refuses the command, and then *mail or *rcpt says nothing.
 * Texts point into the arguments or into memory.
 */
#ifndef SMTP_COMMAND_H
#define SMTP_COMMAND_H

#include "base/arena.h"
#include "smtp/envelope.h"

struct smtp_mail {
	struct slice sender; /* empty: the null sender */
	uint64_t size;       /* as announced; 0: it was not */
	bool eight_bit;
	bool smtputf8;
	enum dsn_ret ret;
	struct slice envid; /* decoded */
};

struct smtp_rcpt {
	struct slice recipient;
	unsigned notify;    /* enum dsn_notify, or-ed; 0: not given */
	struct slice orcpt; /* type, semicolon, address, decoded */
};

/* Arguments: all behind "MAIL ". */
const char *smtp_mail_parse(struct slice arguments, struct arena *memory, struct smtp_mail *mail);

/* smtputf8: whether MAIL asked for it, without which an address is ASCII. */
const char *smtp_rcpt_parse(struct slice arguments, bool smtputf8, struct arena *memory,
			    struct smtp_rcpt *rcpt);

#endif
