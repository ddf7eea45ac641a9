/*
 * submission.h: a whole message and the command line that it came with, as a request: who sends to
 * whom, what is asked of mailq, and what is to change in the header (RFC 6409, 8; sendmail(8)).
 *
 *     struct submission submission;
 *     if (submission_read(message, &facts, &arena, &submission, &err))
 *             submission.templated ? intake_add(...) : intake_add_raw(..., &submission.edit, ...)
 *
 * - Recipients are those of the command line and, with read_headers, those of To, Cc and Bcc; of
 *   the Resent- fields instead, where there are any. Whoever stands in To is in the request's `to`,
 *   in Cc `cc`, all others `bcc`.
 * - The envelope's sender is -f; else, of a message with Resent- recipients, Resent-From or
 *   user@domain; else From, else user@domain.
 * - An address without a domain gets the caller's, in the envelope and in the header. A missing
 *   From is added; Bcc and what only a server writes is dropped.
 * - X-Mailq-Template, -Context, -Org, -Tag (also several), -Priority, -Send-At, -Expires-At,
 *   -Idempotency-Key and -Transport are fields of the request, and leave the header; an unknown
 *   X-Mailq- field is an error.
 * - With X-Mailq-Template the message is a request for a template: of its header only the fields
 *   named here, Subject and Reply-To count, and its body has to be empty.
 *
 * Date and Message-ID are not looked at: queue/intake.h adds them. The request is checked as
 * request_read checks it. Pure; what is returned lives in the arena and the caller's strings.
 * Failures are EX_DATAERR and begin with the field: `To: "alice": ...`.
 */
#ifndef MIME_SUBMISSION_H
#define MIME_SUBMISSION_H

#include "message/request.h"
#include "mime/fit.h"

#define SUBMISSION_ADDRESSES_MOST 10000 /* in all fields of one name together */

struct submission_facts {
	struct slice domain;            /* the host's */
	struct slice user, full_name;   /* who calls; for a From that is added */
	struct slice sender;            /* -f; p == NULL: not given; "" or "<>": the null sender */
	const struct slice *recipients; /* of the command line: a list of addresses each */
	size_t n_recipients;
	bool read_headers; /* -t */
	struct dsn dsn;    /* -N, -R, -V, or what RCPT said */

	/* NULL, or who calls, in place of the above: asked only when it is needed, for the answer
	 * may come from a directory server. What it sets lives as long as the arena. */
	void (*find_user)(void *self, struct slice *user, struct slice *full_name);
	void *self;
};

struct submission {
	struct request *request;
	bool templated;        /* the request is all there is; else the message goes beside it */
	struct mime_edit edit; /* of the message */
};

/* What never goes on, whoever sends it: the hidden recipients, controls, and what only the last
 * server writes. For mime_edit. */
extern const char *const submission_dropped[];

bool submission_read(struct slice message, const struct submission_facts *facts,
		     struct arena *arena, struct submission *submission, struct err *err);

#endif
