/*
 * smtpd_session.h: a client's SMTP session: smtp/server.h and queue/reception.h joined, still
 * without a socket. Around it, smtpd_clients.h has the sockets of a server of many, and
 * smtpd_talk.h the two descriptors of sendmail -bs.
 *
 *     smtpd_session_init(&session, &desk, &config, &by, "127.0.0.1:40312");
 *     for (;;) {
 *             write session.smtp's output
 *             read more into input
 *             smtpd_session_obey(&session, &input);  // stops where it has to wait; the rest stays
 *             if (session.waits)               // and others with it: their messages are whole
 *                     ok = submit_commit(...), smtpd_session_settle(&session, ok, &err);
 *             if (session.starts_tls)          // once the output is sent
 *                     ...
 *     }
 *     smtpd_session_free(&session);
 *
 * What is accepted and what is refused is logged, with who wanted it, where there is a log.
 */
#ifndef QUEUE_SMTPD_SESSION_H
#define QUEUE_SMTPD_SESSION_H

#include "queue/reception.h"
#include "smtp/server.h"

/* What the sessions of a server have in common. */
struct smtpd_desk {
	struct submit *submit;
	struct submission_facts caller; /* as for reception_init */
	struct log *log;                /* NULL: none */
	/* Commits what is in the intake and settles those who wait for it: it has no room for one
	 * more, or has another organization's keys. NULL: nobody waits but who just asked. */
	void (*commit)(void *context);
	void *context;
};

struct smtpd_session {
	const struct smtpd_desk *desk;
	struct smtp_server smtp;
	struct reception reception;
	struct reception_by by;
	const char *peer; /* for the log */
	char login[16];   /* a token's id; empty: not logged in */
	char id[ID_SIZE]; /* of the message that waits */
	bool waits;       /* for the flush */
	bool starts_tls;
};

/* config and peer are borrowed as long as the session lasts. */
void smtpd_session_init(struct smtpd_session *session, const struct smtpd_desk *desk,
			const struct smtp_server_config *config, const struct reception_by *by,
			const char *peer);
void smtpd_session_free(struct smtpd_session *session);

/* Takes off *input what can be dealt with now. True when that was a whole command, or bytes of a
 * message: when the client went on, and its patience may begin anew. */
bool smtpd_session_obey(struct smtpd_session *session, struct slice *input);

/* After submit_commit: what it said, and why. */
void smtpd_session_settle(struct smtpd_session *session, bool ok, const struct err *err);

/* For how long it may be silent now. */
int64_t smtpd_session_patience_ms(const struct smtpd_session *session);

/* Ends it, with this reply, if it is between two messages. */
void smtpd_session_hurry(struct smtpd_session *session, const char *reply);

#endif
