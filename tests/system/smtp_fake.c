/*
 * smtp_fake: an SMTP server on loopback that counts what it takes, and misbehaves when told to.
 *
 *     smtp_fake -l taken.log -f 'rcpt*2=451 4.3.0 later' -f 'end%10=take reset' &
 *
 * prints its port on standard output. Every message taken is one line of the log, there before the
 * 250 leaves: Message-ID, sender, recipients with commas, bytes, user; separated by tabs.
 *
 * A fault is PHASE=ACTION, PHASE*N=ACTION for the first N times, PHASE%N=ACTION for each Nth. The
 * first that fits decides. Phases: connect ehlo starttls auth mail rcpt data body end rset quit.
 * Actions:
 *
 *     a reply, such as 550 5.1.1 no   said instead of the usual one; 421 closes; \r\n begins a line
 *     silence, stall                  no answer until the client is gone; not even reading
 *     close, half-close, reset        FIN both ways, FIN of this side only, RST
 *     slow                            the usual answer, and all later ones, a byte a second
 *     garbage, endless                no SMTP at all; a line that does not end
 *     take ACTION                     at "end": the message counts as taken, then ACTION
 *
 * A recipient reject-550-anything@ or defer-451.4.7.1-anything@ is answered with that code.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/options.h"
#include "fake/fake.h"

static void *run_session(void *context)
{
	struct session *s = context;
	int on = 1;

	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	converse(s);
	flush(s);
	if (s->ssl) {
		SSL_shutdown(s->ssl);
		SSL_free(s->ssl);
	}
	close(s->fd);
	buf_free(&s->in);
	buf_free(&s->out);
	buf_free(&s->line);
	buf_free(&s->sender);
	buf_free(&s->recipients);
	buf_free(&s->user);
	free(s);
	return NULL;
}

static void load_tls(struct fake *fake, const char *pem)
{
	fake->tls = SSL_CTX_new(TLS_server_method());
	if (SSL_CTX_use_certificate_chain_file(fake->tls, pem) != 1 ||
	    SSL_CTX_use_PrivateKey_file(fake->tls, pem, SSL_FILETYPE_PEM) != 1) {
		ERR_print_errors_fp(stderr);
		exit(EX_NOINPUT);
	}
}

static int open_log(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0) {
		perror(path);
		exit(EX_CANTCREAT);
	}
	return fd;
}

static int listen_on(unsigned short port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&at, n) < 0 || listen(fd, 512) < 0) {
		perror("listen");
		exit(EX_UNAVAILABLE);
	}
	getsockname(fd, (struct sockaddr *)&at, &n);
	printf("%u\n", ntohs(at.sin_port));
	fflush(stdout);
	return fd;
}

static void serve(struct fake *fake, int listener)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		struct session *s = mem_zero(sizeof *s);
		pthread_t thread;
		s->fake = fake;
		s->fd = fd;
		s->number = atomic_fetch_add(&fake->sessions, 1) + 1;
		if (pthread_create(&thread, &attributes, run_session, s)) {
			close(fd);
			free(s);
		}
	}
}

static const struct usage usage = {
	.synopsis =
		"smtp_fake [-p port] [-l log] [-d directory] [-t transcript] [-o offers] "
		"[-u user:password] [-c pem] [-i] [-f fault ...]",
	.about = "Serves SMTP on loopback for tests: the port is printed, see the head of its "
		 "source.",
	.options = "p:l:d:t:o:u:c:if:",
};

int main(int argc, char **argv)
{
	static struct fake fake = {.offers = "PIPELINING,SIZE 26214400,8BITMIME,SMTPUTF8,DSN",
				   .log = -1,
				   .transcript = -1};
	struct options options = options_init(argc, argv, &usage);
	unsigned short port = 0;

	for (int c; (c = options_next(&options)) != -1;) {
		switch (c) {
		case 'p':
			port = (unsigned short)options_number(&options, 0, 65535);
			break;
		case 'l':
			fake.log = open_log(options.value);
			break;
		case 'd':
			fake.dir = options.value;
			break;
		case 't':
			fake.transcript = open_log(options.value);
			break;
		case 'o':
			fake.offers = options.value;
			break;
		case 'u':
			fake.login = options.value;
			break;
		case 'c':
			load_tls(&fake, options.value);
			break;
		case 'i':
			fake.implicit_tls = true;
			break;
		case 'f':
			add_fault(&fake, options.value);
			break;
		}
	}
	options_no_operands(&options);
	signal(SIGPIPE, SIG_IGN);
	serve(&fake, listen_on(port));
	return 0;
}
