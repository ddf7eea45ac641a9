#include "base/stream.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

/* struct stream_tls is an SSL_CTX; callers need not see OpenSSL's headers. */
static SSL_CTX *context_of(struct stream_tls *tls)
{
	return (SSL_CTX *)tls;
}

/* What OpenSSL says last is the cause. */
static bool tls_err(struct err *err, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);

	err_set(err, EX_CONFIG, "%s: %s", what, reason ? reason : "unknown error of TLS");
	ERR_clear_error();
	return false;
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

struct stream_tls *stream_tls_open(const char *certificate, const char *key, struct err *err)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx) {
		tls_err(err, "TLS");
		return NULL;
	}
	if (set_up(ctx, certificate, key ? key : certificate, err))
		return (struct stream_tls *)ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

void stream_tls_close(struct stream_tls *tls)
{
	SSL_CTX_free(context_of(tls));
}

bool stream_secure(struct stream *stream, struct stream_tls *tls, struct err *err)
{
	assert(!stream->ssl);

	stream->ssl = SSL_new(context_of(tls));
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
