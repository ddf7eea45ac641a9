/*
 * reception.h: a message that comes over SMTP, from its envelope to its id: what a server of
 * smtp/server.h answers to what its clients ask.
 *
 *     struct reception reception;
 *     reception_init(&reception, &submit, &caller);
 *     SMTP_ASK_MAIL:  refusal = reception_mail(&reception, &by, &request.mail, &err);
 *     SMTP_ASK_RCPT:  refusal = reception_recipient(&reception, &request.rcpt, &err);
 *     SMTP_ASK_BEGIN: refusal = reception_begin(&reception, &err);
 *     SMTP_CHUNK:     reception_add(&reception, request.bytes);
 *     SMTP_ASK_END:   refusal = reception_end(&reception, id, &err);
 *                     // the id may be told after submit_commit and not before; then
 *                     reception_reset(&reception);
 *     SMTP_ABORT:     reception_reset(&reception);
 *
 * A refusal is NULL, for yes, or the two codes of a reply (RFC 5321 4.2, RFC 3463); the words for
 * it are in err:
 *
 *     smtp_server_answer(&server, "%s %s", refusal, err.text);
 *
 * Whose the message is, its X-Mailq- fields and its sender's domain decide, within what the client
 * may submit for; of what goes into .drop/, mailq-pickup decides it. No Received field is added, so
 * that what comes twice under one idempotency key is the same both times; a message that has too
 * many of them goes round in circles, and is refused.
 */
#ifndef QUEUE_RECEPTION_H
#define QUEUE_RECEPTION_H

#include "base/spill.h"
#include "message/name.h"
#include "queue/submit.h"
#include "smtp/command.h"

/* Who is at the other end. What that allows is looked up for each message. */
struct reception_by {
	enum {
		RECEPTION_ANYBODY, /* for all organizations */
		RECEPTION_USER,    /* as `submitters` says */
		RECEPTION_TOKEN,   /* for one organization */
	} kind;
	uid_t uid;
	char organization[NAME_MOST + 1];
};

struct reception {
	struct submit *submit;
	const struct submission_facts *caller;
	struct spill body;
	struct err failed; /* code 0: all of the body was kept */

	struct arena arena; /* of one message, until reception_reset */
	struct reception_by by;
	struct smtp_mail mail;
	struct slice *recipients;
	struct dsn_recipient *wishes; /* of those who have some */
	size_t n_recipients, n_wishes, room;
	unsigned max_recipients;
	uint64_t max_bytes;
};

/* Both are borrowed. Of the caller only user, domain and full_name count: they complete addresses
 * of the header that have no domain, and a From that is missing. */
void reception_init(struct reception *reception, struct submit *submit,
		    const struct submission_facts *caller);
void reception_free(struct reception *reception);

/* Also forgets what came before. */
const char *reception_mail(struct reception *reception, const struct reception_by *by,
			   const struct smtp_mail *mail, struct err *err);
const char *reception_recipient(struct reception *reception, const struct smtp_rcpt *rcpt,
				struct err *err);

/* Whether there is room for another message. */
const char *reception_begin(struct reception *reception, struct err *err);

/* What fails here is told at the end. */
void reception_add(struct reception *reception, struct slice bytes);
const char *reception_end(struct reception *reception, char id[ID_SIZE], struct err *err);

void reception_reset(struct reception *reception);

/* The codes for a failure of the queue's: 452 for want of room, 451, or 5xx where to try again is
 * no use. */
const char *reception_refusal(const struct err *err);

#endif
