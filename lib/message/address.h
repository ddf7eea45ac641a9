/*
 * address.h: mailbox addresses (RFC 5322, 3.4; limits of RFC 5321, 4.5.3.1; UTF-8 by RFC 6532).
 *
 * One strict parser for everything that becomes an envelope or a header. Taken: `a@b`, `Name
 * <a@b>`, `"Name, with signs" <a@b>`; comments are skipped. Refused: control characters wherever
 * they hide, source routes, domain literals, a quoted part before the '@' (a classic of addresses
 * that two parsers read differently), more than 64 bytes before it, 255 behind it, 254 in all.
 *
 * `email` is what goes into the envelope: an international domain stands in it as A-labels (RFC
 * 5890). A local part outside ASCII stays as it is, and needs a server that knows SMTPUTF8.
 * `name` is the display name, unquoted, in UTF-8, spaces made single; empty when there is none.
 *
 * Results point into the text where they can, else into the arena. Failures: EX_DATAERR, and the
 * text says what is wrong with which address.
 */
#ifndef MESSAGE_ADDRESS_H
#define MESSAGE_ADDRESS_H

#include "base/arena.h"
#include "base/err.h"

#define ADDRESS_MOST 254
#define ADDRESS_LOCAL_MOST 64
#define ADDRESS_DOMAIN_MOST 255

struct address {
	struct slice name;
	struct slice email;
};

struct address_list {
	struct address *at;
	size_t n;
};

/* One address with or without a name. */
bool address_parse(struct slice text, struct arena *arena, struct address *address,
		   struct err *err);

/* One address without a name and without `<>`: what stands in an envelope. */
bool address_parse_email(struct slice text, struct arena *arena, struct slice *email,
			 struct err *err);

/*
 * A header's list: `a@b, Name <c@d>, Group: e@f, g@h;`. Groups are dissolved; empty places between
 * commas are skipped. An empty list is no failure.
 */
bool address_list_parse(struct slice text, struct arena *arena, struct address_list *list,
			struct err *err);

/* What stands behind and before the last '@'; an empty slice when there is none. */
struct slice address_domain(struct slice email);
struct slice address_local(struct slice email);

/* The same mailbox: domains alike in both cases, local parts byte by byte. */
bool address_equal(struct slice a, struct slice b);

/* The one of that mailbox, or NULL. */
const struct address *address_list_find(const struct address_list *list, struct slice email);

/*
 * A domain as A-labels, in the arena only when it was not ASCII. Letters are made lower case and
 * the ideographic full stop a dot; what only a full table of Unicode could decide (combining marks,
 * compatibility forms) is refused, and has to be given as A-labels.
 */
bool address_domain_ascii(struct slice domain, struct arena *arena, struct slice *ascii,
			  struct err *err);

#endif
