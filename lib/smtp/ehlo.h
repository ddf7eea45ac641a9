/*
 * ehlo.h: what a server offers, out of the lines of its answer to EHLO (RFC 5321 4.1.1.1).
 *
 * Feed every line the server sends while the connection is opened, in order, each with or without
 * its line end: the greeting, EHLO's answer, STARTTLS's, EHLO's again, AUTH's. The last reply is
 * kept, so that it can be told when the connection fails. Of the offers only EHLO's lines count,
 * and a greeting or a "220" to STARTTLS makes all of it forgotten, as RFC 3207 4.2 demands: what
 * was said in the clear may have been said by somebody else.
 *
 * Life: `struct smtp_ehlo ehlo = {0};`; it owns no memory.
 */
#ifndef SMTP_EHLO_H
#define SMTP_EHLO_H

#include "smtp/reply.h"

enum smtp_auth {
	SMTP_AUTH_PLAIN = 1 << 0,
	SMTP_AUTH_LOGIN = 1 << 1,
	SMTP_AUTH_XOAUTH2 = 1 << 2,
	SMTP_AUTH_OAUTHBEARER = 1 << 3,
	SMTP_AUTH_CRAM_MD5 = 1 << 4,
};

struct smtp_features {
	bool pipelining;     /* RFC 2920 */
	bool size;           /* RFC 1870 */
	bool eight_bit;      /* 8BITMIME, RFC 6152 */
	bool smtputf8;       /* RFC 6531 */
	bool dsn;            /* RFC 3461 */
	bool chunking;       /* RFC 3030 */
	bool starttls;       /* RFC 3207 */
	bool enhanced_codes; /* RFC 2034 */
	uint64_t size_limit; /* bytes; 0: none given */
	unsigned auth;       /* enum smtp_auth, or-ed; RFC 4954 */
};

struct smtp_ehlo {
	struct smtp_features features;
	struct smtp_reply last; /* the last whole reply; before it, of code 0 and empty */
	struct smtp_reply_reader reader;
	bool inside; /* the line before was one of EHLO's, and more follow */
};

void smtp_ehlo_line(struct smtp_ehlo *ehlo, struct slice line);

#endif
