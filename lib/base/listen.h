/*
 * listen.h: sockets that wait for callers, and who has called.
 *
 * Descriptors are non-blocking and close-on-exec. Follows ip(7), ipv6(7) and unix(7).
 */
#ifndef BASE_LISTEN_H
#define BASE_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/loop.h"

/* "127.0.0.1:25", "[::1]:25"; no names. -1 and err: EX_CONFIG for text that is no address, else as
 * io_err. *loopback: it can be reached from this machine only. */
int listen_tcp(const char *address, bool *loopback, struct err *err);

/*
 * A Unix socket with that mode. One that nobody listens on any more is replaced; one in use, or a
 * file of another kind, is an error (EX_UNAVAILABLE).
 */
int listen_unix(const char *path, mode_t mode, struct err *err);

#define LISTEN_PEER_SIZE 64

struct listen_peer {
	char text[LISTEN_PEER_SIZE]; /* "127.0.0.1:40312", "uid 33", for the log */
	bool local;                  /* came over a Unix socket, so that uid is known */
	uid_t uid;
};

/*
 * A socket's place in a loop: each caller is handed over with its descriptor. Where descriptors are
 * short, callers wait in the kernel's queue for a second; fd is -1 then, and errno says why.
 */
struct listener {
	int fd;
	void (*fn)(void *context, int fd, const struct listen_peer *peer);
	void *context;
	struct loop *loop; /* private, as what follows */
	struct loop_watch watch;
	struct loop_timer pause;
};

bool listener_start(struct listener *listener, struct loop *loop, struct err *err);

/* Also closes the socket. */
void listener_stop(struct listener *listener);

#endif
