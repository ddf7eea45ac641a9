/*
 * smtp_session.h: one SMTP session with whoever started this program: sendmail -bs.
 *
 * The client is the local user who calls, so it needs no login, and gives what the command line
 * gives elsewhere: the envelope. Each message is read as mime/submission.h says, and answered with
 * 250 and its id when it is durable.
 */
#ifndef QUEUE_SMTP_SESSION_H
#define QUEUE_SMTP_SESSION_H

#include "queue/submit.h"

struct smtp_session_options {
	int in, out;
	struct slice user, domain, full_name; /* as in submission_facts */
	const char *hostname;
	int64_t idle_ms; /* for how long the client may say nothing */
};

/* Until the client quits or leaves. False and err: it cannot be written to. */
bool smtp_session_run(struct submit *submit, const struct smtp_session_options *options,
		      struct err *err);

#endif
