/*
 * stream.h: the server's end of a connection that never blocks, in the clear or behind TLS.
 *
 *     struct stream stream = {.fd = fd};
 *     stream_secure(&stream, tls, &err);      // now or later; reads and writes shake hands
 *     n = stream_read(&stream, bytes, room);
 *     stream_close(&stream);
 *
 * Level-triggered waiting on the descriptor (base/loop.h) is enough: after a read into at least
 * STREAM_RECORD bytes nothing is kept back. TLS is 1.2 or later, by OpenSSL.
 */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct stream_tls; /* a certificate and its key, for many streams */

/* PEM files; key NULL: in the certificate's file. NULL and err (EX_CONFIG). */
struct stream_tls *stream_tls_open(const char *certificate, const char *key, struct err *err);
void stream_tls_close(struct stream_tls *tls);

/* Reads them again where they are other files, or have changed, for the streams to come. False and
 * err, once for each change: what was read before stands. */
bool stream_tls_refresh(struct stream_tls *tls, const char *certificate, const char *key,
			struct err *err);

struct stream {
	int fd;
	struct ssl_st *ssl; /* NULL: in the clear */
	bool broken;        /* by what came before: TLS has no farewell to say */
	bool wants_write;   /* to go on reading, it first has to write, */
	bool wants_read;    /* or the other way round */
};

bool stream_secure(struct stream *stream, struct stream_tls *tls, struct err *err);

#define STREAM_RECORD 16384 /* bytes of TLS that come at once, at most */

enum {
	STREAM_WAIT = -1,   /* nothing to be had, or no room, for now: wants_ says whether to wait
			       for something else than what was asked for */
	STREAM_BROKEN = -2, /* it is lost */
};

/* Bytes read or written; 0 from a read: the end; or one of the two. */
ssize_t stream_read(struct stream *stream, void *bytes, size_t room);
ssize_t stream_write(struct stream *stream, const void *bytes, size_t n);

void stream_close(struct stream *stream);

#endif
