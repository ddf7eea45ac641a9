#include "base/stream.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* What OpenSSL says last is the cause. */
static bool tls_err(struct err *err, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);

	err_set(err, EX_CONFIG, "%s: %s", what, reason ? reason : "unknown error of TLS");
	ERR_clear_error();
	return false;
}

/* What tells one state of a file from the next. */
struct stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec written;
};

struct stream_tls {
	SSL_CTX *ctx;
	struct stamp certificate, key; /* as they were looked at last */
};

static struct stamp stamp_of(const char *path)
{
	struct stamp stamp = {0};
	struct stat st;

	if (stat(path, &st) == 0) {
		stamp.dev = st.st_dev;
		stamp.ino = st.st_ino;
		stamp.size = st.st_size;
		stamp.written = st.st_mtim;
	}
	return stamp;
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->written.tv_sec == b->written.tv_sec && a->written.tv_nsec == b->written.tv_nsec;
}

static bool set_up(SSL_CTX *ctx, const char *certificate, const char *key, struct err *err)
{
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1)
		return tls_err(err, certificate);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return tls_err(err, key);
	return true;
}

static bool load(struct stream_tls *tls, const char *certificate, const char *key, struct err *err)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx)
		return tls_err(err, "TLS");
	if (!set_up(ctx, certificate, key, err)) {
		SSL_CTX_free(ctx);
		return false;
	}
	SSL_CTX_free(tls->ctx); /* streams that began with it hold it as long as they last */
	tls->ctx = ctx;
	return true;
}

/* The stamps are taken before the files are read: what changes meanwhile is seen the next time. */
bool stream_tls_refresh(struct stream_tls *tls, const char *certificate, const char *key,
			struct err *err)
{
	struct stamp now = stamp_of(certificate), now_key = stamp_of(key ? key : certificate);

	if (same_stamp(&now, &tls->certificate) && same_stamp(&now_key, &tls->key))
		return true;
	tls->certificate = now;
	tls->key = now_key;
	return load(tls, certificate, key ? key : certificate, err);
}

struct stream_tls *stream_tls_open(const char *certificate, const char *key, struct err *err)
{
	struct stream_tls *tls = mem_zero(sizeof *tls);

	tls->certificate = stamp_of(certificate);
	tls->key = stamp_of(key ? key : certificate);
	if (load(tls, certificate, key ? key : certificate, err))
		return tls;
	stream_tls_close(tls);
	return NULL;
}

void stream_tls_close(struct stream_tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->ctx);
	free(tls);
}

bool stream_secure(struct stream *stream, struct stream_tls *tls, struct err *err)
{
	assert(!stream->ssl);

	stream->ssl = SSL_new(tls->ctx);
	if (!stream->ssl || SSL_set_fd(stream->ssl, stream->fd) != 1)
		return tls_err(err, "TLS");
	SSL_set_accept_state(stream->ssl);
	return true;
}

static ssize_t plain(struct stream *stream, ssize_t n)
{
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EINTR)
		return STREAM_WAIT;
	stream->broken = true;
	return STREAM_BROKEN;
}

/* What SSL_read and SSL_write answered. */
static ssize_t secured(struct stream *stream, int n)
{
	int why = n > 0 ? SSL_ERROR_NONE : SSL_get_error(stream->ssl, n);

	stream->wants_read = why == SSL_ERROR_WANT_READ;
	stream->wants_write = why == SSL_ERROR_WANT_WRITE;
	ERR_clear_error();
	if (why == SSL_ERROR_NONE)
		return n;
	if (stream->wants_read || stream->wants_write)
		return STREAM_WAIT;
	if (why == SSL_ERROR_ZERO_RETURN)
		return 0;
	stream->broken = true;
	return STREAM_BROKEN;
}

ssize_t stream_read(struct stream *stream, void *bytes, size_t room)
{
	if (!stream->ssl)
		return plain(stream, recv(stream->fd, bytes, room, 0));
	return secured(stream, SSL_read(stream->ssl, bytes, room > INT_MAX ? INT_MAX : (int)room));
}

ssize_t stream_write(struct stream *stream, const void *bytes, size_t n)
{
	if (!stream->ssl)
		return plain(stream, send(stream->fd, bytes, n, MSG_NOSIGNAL));
	return secured(stream, SSL_write(stream->ssl, bytes, n > INT_MAX ? INT_MAX : (int)n));
}

void stream_close(struct stream *stream)
{
	if (stream->ssl && !stream->broken)
		SSL_shutdown(stream->ssl);
	SSL_free(stream->ssl);
	ERR_clear_error();
	close(stream->fd);
	*stream = (struct stream){.fd = -1};
}
