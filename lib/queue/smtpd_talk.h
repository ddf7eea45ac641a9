/*
 * smtpd_talk.h: one SMTP session over two descriptors, with whoever started this program: sendmail
 * -bs.
 *
 * The client is the local user who calls, so it needs no login, and gives what the command line
 * gives elsewhere: the envelope. The rest is as with any client of mailq-smtpd: smtpd_session.h.
 */
#ifndef QUEUE_SMTPD_TALK_H
#define QUEUE_SMTPD_TALK_H

#include "queue/submit.h"

/* Until the client quits or leaves, or is silent for too long. Of the caller user, domain and
 * full_name count; the domain is the name to greet with. False and err: the client cannot be
 * written to. */
bool smtpd_talk(struct submit *submit, const struct submission_facts *caller, int in, int out,
		struct err *err);

#endif
