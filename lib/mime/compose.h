/*
 * compose.h: a request made into an RFC 5322 message, CRLF throughout.
 *
 * Pure: the same request and identity give the same bytes, over every retry and every connector.
 * What is made is 7-bit and has no line over 998 bytes, whatever the strings hold; only an address
 * whose local part is not ASCII puts UTF-8 into the headers (RFC 6532). Bcc stands nowhere.
 *
 *     text/plain                                 body_text, or made from the HTML
 *     multipart/alternative(text, html)          body_html
 *     multipart/related(the above, inline…)      attachments shown in the HTML
 *     multipart/mixed(the above, attachment…)    other attachments
 *
 * With attachments, the message ends where the first attachment's part begins, and the `parts`
 * entry (mime/parts.h) goes on from there to the closing boundary: the wire is one behind the
 * other. The boundaries derive from the id, so either can be written without the other.
 */
#ifndef MIME_COMPOSE_H
#define MIME_COMPOSE_H

#include "base/buf.h"
#include "base/err.h"
#include "message/request.h"

/* What the message is called, and since when it exists. */
struct mime_identity {
	struct slice id;     /* the message's id */
	int64_t date_ms;     /* when it was accepted; Date, unless scheduled_at is given */
	struct slice domain; /* for Message-ID; empty: the sender's */
};

/*
 * Appends the message to *out. The caller has put in what comes from elsewhere: the organization's
 * `from`, the text that a template gave. EX_DATAERR when there is no `from`.
 */
bool mime_compose(const struct request *request, const struct mime_identity *identity,
		  struct buf *out, struct err *err);

#endif
