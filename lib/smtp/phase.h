/*
 * phase.h: where a conversation stands, and how long to wait there (RFC 5321 4.5.3.2).
 */
#ifndef SMTP_PHASE_H
#define SMTP_PHASE_H

enum smtp_phase {
	SMTP_IDLE,    /* between transactions: nothing is expected */
	SMTP_CONNECT, /* waiting for the greeting */
	SMTP_EHLO,    /* for the reply to the command of this name, and so on */
	SMTP_STARTTLS,
	SMTP_AUTH,
	SMTP_RSET,
	SMTP_MAIL,
	SMTP_RCPT,
	SMTP_DATA,
	SMTP_BODY, /* for room to write the message into */
	SMTP_END,  /* for the reply to the dot: whose is the message now? */
	SMTP_QUIT,
	SMTP_CLOSED, /* nothing more comes or goes */
};

/* As a log line names it: "connect", "MAIL", "end of data". */
const char *smtp_phase_name(enum smtp_phase phase);

/* Seconds without progress after which the server counts as gone. */
unsigned smtp_phase_timeout_s(enum smtp_phase phase);

/* The same for a client that is told to wait most_s seconds at most for an answer, and for the one
 * to a whole message twice as long, as the RFC has it: who gives up on that one may send twice. */
unsigned smtp_phase_wait_s(enum smtp_phase phase, unsigned most_s);

#endif
