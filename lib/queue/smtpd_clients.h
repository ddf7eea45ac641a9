/*
 * smtpd_clients.h: the clients of mailq-smtpd: their connections, and the flush that they share.
 *
 *     clients_open(&clients, &submit, loop, tls, hostname);
 *     clients_let_in(&clients, fd, &peer, &config, tls, is_tls);   // for each who comes
 *     for (;;) {
 *             loop_step(...)              // clients are heard, and answered as far as can be
 *             clients_flush(&clients);    // those whose messages became whole get their answers
 *     }
 *     clients_hurry(&clients);            // who is between two messages goes, now and later
 *     clients_close(&clients);
 *
 * What a client says is taken in as it comes; what is not to be taken yet, because the client's own
 * answer is outstanding, is kept, and nothing more is read from it. A client that is silent for
 * longer than smtp/phase.h grants is told so and left.
 */
#ifndef QUEUE_SMTPD_CLIENTS_H
#define QUEUE_SMTPD_CLIENTS_H

#include <sys/queue.h>

#include "base/listen.h"
#include "base/stream.h"
#include "queue/smtpd_session.h"

struct client;
LIST_HEAD(client_list, client);
STAILQ_HEAD(client_turns, client);

struct clients {
	struct smtpd_desk desk;
	struct loop *loop;
	struct stream_tls *tls; /* NULL: no certificate */
	struct client_list all;
	unsigned count;
	struct client_list talking;   /* heard since the last flush, in the midst of a message */
	struct client_turns waiting;  /* for the flush */
	struct client_turns going_on; /* after it */
	bool busy;                    /* some were heard since it was last set to false */
	bool hurrying;
	char *bytes; /* what was read last */
};

/* Everything is borrowed until clients_close. */
void clients_open(struct clients *clients, struct submit *submit, struct loop *loop,
		  struct stream_tls *tls, const char *hostname);
void clients_close(struct clients *clients);

/* The descriptor is the client's from now on; config as for smtp_server_init. is_tls: it begins
 * with TLS. */
void clients_let_in(struct clients *clients, int fd, const struct listen_peer *peer,
		    const struct smtp_server_config *config, bool is_tls);

/* Whether some client's message is whole and in the intake. */
bool clients_wait(const struct clients *clients);

/* Whether others are about to join them: heard since the last flush, and in the midst of theirs. */
bool clients_talk(const struct clients *clients);

/* Commits the intake and answers who waits for it. */
void clients_flush(struct clients *clients);

void clients_hurry(struct clients *clients);

#endif
