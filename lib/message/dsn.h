/*
 * dsn.h: what a sender wants to hear of its message's delivery, and by what names (RFC 3461): the
 * `dsn` of a request.
 *
 *     "dsn": {"notify": ["failure", "delay"], "ret": "hdrs", "envid": "job 7", "recipients":
 *             [{"email": "bo@b.example", "notify": ["never"], "orcpt": "rfc822;team@b.example"}]}
 *
 * A recipient's own words outweigh those for all. They are kept and sent on; of our own reports
 * (failures_to) they can forbid one.
 */
#ifndef MESSAGE_DSN_H
#define MESSAGE_DSN_H

#include "base/json.h"

/* RFC 3461 4.1. NEVER stands alone. */
enum dsn_notify {
	DSN_NEVER = 1 << 0,
	DSN_SUCCESS = 1 << 1,
	DSN_FAILURE = 1 << 2,
	DSN_DELAY = 1 << 3,
};

/* RFC 3461 4.3. */
enum dsn_ret {
	DSN_RET_NONE,
	DSN_RET_FULL,
	DSN_RET_HDRS,
};

#define DSN_ENVID_MOST 100 /* RFC 3461 4.4 */
#define DSN_ORCPT_MOST 500 /* 4.2 */

struct dsn_recipient {
	struct slice email;
	unsigned notify;    /* enum dsn_notify, or-ed; 0: as for all */
	struct slice orcpt; /* type, semicolon, address as it is, without xtext; empty: none */
};

struct dsn {
	unsigned notify; /* 0: as whoever delivers likes */
	enum dsn_ret ret;
	struct slice envid; /* empty: none */
	struct dsn_recipient *recipients;
	size_t n;
};

/* The bit of "SUCCESS" and the others, in any case; 0: no such word. */
unsigned dsn_notify_named(struct slice word);

/* Whether bits may stand together: some, and NEVER alone. */
bool dsn_notify_valid(unsigned notify);

/* "type;address", visible ASCII and spaces. */
bool dsn_orcpt_valid(struct slice orcpt);
bool dsn_envid_valid(struct slice envid);

/* What is wanted for this recipient; its email is as of the envelope. */
struct dsn_recipient dsn_for(const struct dsn *dsn, struct slice email);

/* Whether we may report that this recipient was not reached. */
bool dsn_wants_failure(const struct dsn *dsn, struct slice email);

/* As the member `dsn`; nothing where nothing is wanted. */
void dsn_write(struct json_out *out, const struct dsn *dsn);

#endif
