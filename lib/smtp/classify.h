/*
 * classify.h: what a reply means for a recipient and for the connector.
 */
#ifndef SMTP_CLASSIFY_H
#define SMTP_CLASSIFY_H

#include "smtp/phase.h"
#include "smtp/reply.h"

enum smtp_verdict {
	SMTP_PENDING,   /* nothing is known yet */
	SMTP_DELIVERED, /* taken over by the server */
	SMTP_TRANSIENT, /* not now: worth another try */
	SMTP_PERMANENT, /* not ever */
	SMTP_UNCERTAIN, /* sent in whole, the answer was lost: it may have arrived */
};

struct smtp_class {
	enum smtp_verdict verdict;
	bool throttle; /* the server asks this sender to slow down; says nothing of the message */
	bool credentials; /* the server does not accept who we are; says nothing of the message */
	bool too_many;    /* of recipients in one transaction: the rest may follow in another */
};

/* What a whole reply to the command of this phase means. Before MAIL no refusal is the message's
 * fault, so there it is never permanent. Never pending or uncertain. */
struct smtp_class smtp_classify(enum smtp_phase phase, const struct smtp_reply *reply);

#endif
