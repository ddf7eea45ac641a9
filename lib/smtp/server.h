/*
 * server.h: the server's side of a session (RFC 5321): bytes in, bytes out, and what a client asks.
 *
 * The machine knows the protocol: order, limits, framing, what may be pipelined. The caller has the
 * connection and TLS, and decides: who may log in, whom it takes mail from and for, where a message
 * goes. Whatever it decides may come later; the session waits, and takes no input meanwhile.
 *
 *     smtp_server_init(&server, &config); // the greeting is in the output
 *     for (;;) {
 *             write smtp_server_output, smtp_server_sent; when nothing is left of it and
 *             smtp_server_is_over: close
 *             read more into input
 *             while (smtp_server_next(&server, &input, &request))
 *                     ...deal with request, and smtp_server_answer those that await it...
 *     }
 *
 * Input that was not taken comes again with the next call. Answers are one line such as "550 5.1.1
 * nobody of that name"; a 2xx (354 for SMTP_ASK_BEGIN) says yes. Replies leave together when the
 * client pipelined (RFC 2920).
 *
 * Spoken: PIPELINING, SIZE, 8BITMIME, SMTPUTF8, DSN, ENHANCEDSTATUSCODES, CHUNKING; STARTTLS and
 * AUTH (PLAIN, LOGIN) when the configuration has them. Lines end with CR LF and with nothing else.
 */
#ifndef SMTP_SERVER_H
#define SMTP_SERVER_H

#include "smtp/command.h"
#include "smtp/data.h"
#include "smtp/sasl.h"

/* Borrowed as long as the session lasts. */
struct smtp_server_config {
	const char *hostname;
	uint64_t size_limit; /* bytes of a message; 0: none */
	unsigned recipients_max;
	unsigned errors_max; /* after which the session ends */
	bool starttls;       /* is there to offer */
	bool auth;           /* is there to offer: behind TLS, and elsewhere if auth_in_clear */
	bool auth_in_clear;
	bool auth_required; /* before MAIL */
	bool unasked;       /* a message may stand behind DATA before it is asked for */
};

enum smtp_request_type {
	SMTP_NO_REQUEST,
	SMTP_ASK_AUTH,  /* user, secret; awaits an answer */
	SMTP_ASK_MAIL,  /* mail; awaits an answer */
	SMTP_ASK_RCPT,  /* rcpt; awaits an answer */
	SMTP_ASK_BEGIN, /* a message begins; awaits an answer: 354, or why not */
	SMTP_CHUNK,     /* bytes: its next part */
	SMTP_ASK_END,   /* it is whole; awaits an answer: 250 when it is safe */
	SMTP_ABORT,     /* it will not become whole: forget it, the client was told why */
	SMTP_TLS,       /* once the output is sent: shake hands, then smtp_server_secured */
};

/* What the client wants. Texts are valid until the next call of smtp_server_next. */
struct smtp_request {
	enum smtp_request_type type;
	struct smtp_mail mail;
	struct smtp_rcpt rcpt;
	struct slice bytes;
	struct slice user, secret;
};

enum smtp_server_state {
	SMTP_STATE_COMMAND,
	SMTP_STATE_AUTH, /* a line of a SASL exchange */
	SMTP_STATE_DATA, /* a message, up to its dot */
	SMTP_STATE_BDAT, /* a chunk of one, counted */
	SMTP_STATE_SKIP, /* a chunk of one that was refused */
	SMTP_STATE_TLS,  /* SMTP_TLS was requested */
	SMTP_STATE_OVER,
};

struct smtp_server {
	const struct smtp_server_config *config;
	enum smtp_server_state state;
	enum smtp_request_type asked; /* what awaits an answer */
	struct buf out;
	size_t sent; /* of out */
	struct buf line;
	size_t behind;       /* bytes of input behind the line at hand */
	struct arena memory; /* of the command at hand */

	char helo[256]; /* what the client calls itself; empty before HELO and EHLO */
	bool secure;    /* TLS stands */
	bool logged_in; /* AUTH was answered with yes */
	struct smtp_sasl sasl;
	unsigned errors;

	/* The transaction. */
	bool has_sender;
	bool smtputf8;
	unsigned recipients;
	bool begun;          /* the caller has the beginning of a message */
	bool failed;         /* a chunk was refused: so is what follows of the message */
	bool aborted;        /* SMTP_ABORT is due */
	const char *refusal; /* to be said at the message's end */
	uint64_t size;       /* of the message, so far */
	struct smtp_data data;
	uint64_t chunk_left; /* BDAT: bytes to come */
	bool chunk_last;
};

void smtp_server_init(struct smtp_server *server, const struct smtp_server_config *config);
void smtp_server_free(struct smtp_server *server);

/* The next thing the client wants, out of the bytes at the front of *input, which are taken off.
 * False: more input is needed, or an answer, or the output has to be sent first, or the session is
 * over. */
bool smtp_server_next(struct smtp_server *server, struct slice *input,
		      struct smtp_request *request);

/* Answers what was asked last. Control characters in it become question marks. */
void smtp_server_answer(struct smtp_server *server, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* TLS stands: the session begins anew, with nothing remembered (RFC 3207 4.2). */
void smtp_server_secured(struct smtp_server *server);

/* Ends the session with a last reply: "421 4.4.2 idle for too long". Not while a whole message
 * awaits its answer. */
void smtp_server_end(struct smtp_server *server, const char *reply);

/* What is to be written; of it, n bytes are. As with smtp_client. */
bool smtp_server_output(const struct smtp_server *server, struct slice *out);
void smtp_server_sent(struct smtp_server *server, size_t n);

/* Nothing more is taken: close when the output is sent. */
bool smtp_server_is_over(const struct smtp_server *server);

#endif
