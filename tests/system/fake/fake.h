/*
 * fake.h: what the files of smtp_fake share: one server, and its sessions, a thread each.
 */
#ifndef FAKE_H
#define FAKE_H

#include <openssl/ssl.h>
#include <stdatomic.h>

#include "base/buf.h"

#define FAULTS_MAX 16

enum phase {
	CONNECT,
	EHLO,
	STARTTLS,
	AUTH,
	MAIL,
	RCPT,
	DATA,
	BODY,
	END,
	RSET,
	QUIT,
};

struct fault {
	enum phase phase;
	unsigned first, every; /* 0: not bounded so */
	atomic_uint seen;
	const char *action;
};

struct fake {
	struct fault faults[FAULTS_MAX];
	unsigned fault_count;
	const char *offers;  /* EHLO keywords, separated by commas */
	const char *login;   /* USER:PASSWORD, or NULL */
	const char *dir;     /* messages are kept here, or NULL */
	int log, transcript; /* descriptors, or -1 */
	bool implicit_tls;
	SSL_CTX *tls;
	atomic_uint sessions, messages;
};

struct session {
	struct fake *fake;
	unsigned number;
	int fd;
	SSL *ssl;
	bool slow; /* a byte a second */
	bool over;
	struct buf in, out, line, sender, recipients, user;
	bool has_sender;
	unsigned accepted; /* recipients */
};

/* wire.c: bytes, with or without TLS. What is said leaves before anything is heard, or by flush.
 * hear and hear_line (into s->line) are false at the connection's end. */
void say(struct session *s, struct slice bytes);
void flush(struct session *s);
void finish(struct session *s); /* flush, and over */
bool write_now(struct session *s, struct slice bytes);
bool hear(struct session *s);
bool hear_line(struct session *s);
void start_tls(struct session *s);

/* fault.c: what the command line wants done at a phase now, or NULL. */
void add_fault(struct fake *fake, const char *text);
const char *fault_at(struct fake *fake, enum phase phase);

/* Does the action; `usual` is the reply without it. True: it was a reply that lets things go on.
 * answer does the same with what is due at the phase. */
bool perform(struct session *s, const char *action, const char *usual);
bool answer(struct session *s, enum phase phase, const char *usual);

/* Says a reply, "\r\n" in it spelled out. 421 ends the session. The code. */
int reply(struct session *s, const char *text);

/* session.c: from the greeting to the end. */
void converse(struct session *s);

#endif
