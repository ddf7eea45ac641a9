/*
 * dsn.h: a delivery status notification: what did not arrive, to whom, and why.
 *
 * A multipart/report of RFC 6522 with the three parts of RFC 3464: words for people,
 * message/delivery-status with a group for each recipient that was not served, and the headers of
 * the message that failed. An address outside ASCII, and such headers, are written as RFC 6533 has
 * them.
 *
 * Pure: one message that failed gives the same bytes whenever it is asked, so that an idempotency
 * key finds the second notification to be the first.
 */
#ifndef MIME_DSN_H
#define MIME_DSN_H

#include "base/buf.h"
#include "message/story.h"

struct mime_dsn {
	struct slice id;           /* of the message that failed */
	const struct story *story; /* its */
	struct slice header;       /* its header fields; empty: it was never rendered */
	struct slice domain;       /* of the reporting system, and of the sender "mailer-daemon@" */
	struct slice to;           /* whom it is for */
};

/* Whether a notification names this recipient of the story: it was not served, and the sender wants
 * to hear of it (message/dsn.h). */
bool mime_dsn_names(const struct story *story, const struct story_recipient *recipient);

/* Lines end in CRLF. */
void mime_dsn_compose(const struct mime_dsn *dsn, struct buf *out);

#endif
