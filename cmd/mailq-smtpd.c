/*
 * mailq-smtpd: takes mail over SMTP, and says yes when it is on disk.
 *
 * One thread. What clients send is read in turns of the loop; messages that became whole meanwhile
 * are committed together, with one flush, and then their clients get their answers.
 *
 * Manual: man/mailq-smtpd.8.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/notify.h"
#include "base/options.h"
#include "queue/smtpd_clients.h"
#include "spool/owner.h"

static const struct usage usage = {
	.synopsis =
		"mailq-smtpd [-C file] [--follow] [--listen address:port]\n"
		"                   [--listen-tls address:port] [--socket path]",
	.about = "Takes mail over SMTP. With none of the last three it listens where mailq.yaml "
		 "says;\n"
		 "the first two of them may be given several times.",
	.long_options = (const struct option[]){{"listen", required_argument, NULL, 'l'},
						{"listen-tls", required_argument, NULL, 't'},
						{"socket", required_argument, NULL, 's'},
						{"follow", no_argument, NULL, 'f'},
						{0}},
};

#define DOORS_MOST 32
#define ERRORS_MOST 20 /* of one client, until it has to go */

/* How long a whole message waits for others to share its flush: in all, and in silence. */
#define GATHER_MS 3
#define SILENCE_MS 1

#define LOOK_AGAIN_MS 5000 /* at the configuration, and to say that we live */
#define STOP_MS 10000      /* for clients to finish their messages */

struct server;

/* What is listened on, and what those who come in by it find. */
struct door {
	struct server *server;
	struct listener listener;
	struct smtp_server_config config;
	bool tcp, loopback;
	bool tls; /* from the first byte */
};

struct server {
	struct submit submit; /* the queue, and never .drop/ */
	struct loop *loop;
	struct notify notify;
	struct stream_tls *tls; /* NULL: no certificate */
	char hostname[256];
	struct door doors[DOORS_MOST];
	size_t n_doors;
	struct clients clients;
	char *socket;    /* its path; NULL: none */
	int64_t look_at; /* at the configuration */
	int64_t stop_at; /* 0: nobody wants us to */
};

/* --- who comes --- */

static void turn_away(const struct door *door, int fd)
{
	static const char reply[] = "421 4.3.2 too many sessions\r\n";
	struct stream stream = {.fd = fd};

	if (!door->tls)
		stream_write(&stream, reply, sizeof reply - 1);
	stream_close(&stream);
}

static void on_caller(void *context, int fd, const struct listen_peer *peer)
{
	struct door *door = context;
	struct server *server = door->server;
	struct err err = {0};

	server->clients.busy = true;
	if (fd < 0) {
		io_err(&err, "accept");
		queue_log_failure(server->submit.queue, "listen", NULL, &err);
	} else if (server->clients.count < server->submit.conf->smtpd.max_sessions) {
		clients_let_in(&server->clients, fd, peer, &door->config, door->tls);
	} else {
		turn_away(door, fd);
	}
}

/* --- listening --- */

/* What the configuration says about those who come in. */
static void set_terms(struct server *server)
{
	struct request_limits limits = intake_limits(server->submit.conf);

	for (size_t i = 0; i < server->n_doors; i++) {
		struct door *door = &server->doors[i];
		door->config.size_limit = limits.max_message_bytes;
		door->config.recipients_max = limits.max_recipients;
		door->config.auth_required =
			door->tcp && !(door->loopback && server->submit.conf->smtpd.trust_loopback);
	}
}

static struct door *add_door(struct server *server, int fd)
{
	struct door *door = &server->doors[server->n_doors++];

	*door = (struct door){.server = server};
	door->listener = (struct listener){.fd = fd, .fn = on_caller, .context = door};
	door->config.hostname = server->hostname;
	door->config.errors_max = ERRORS_MOST;
	return door;
}

static bool open_tcp(struct server *server, const char *address, bool tls, struct err *err)
{
	bool loopback;
	int fd = listen_tcp(address, &loopback, err);

	if (fd < 0)
		return false;
	if (!server->tls && (tls || !loopback)) {
		close(fd);
		return err_set(err, EX_CONFIG, "listen on %s: this needs a certificate", address);
	}
	struct door *door = add_door(server, fd);
	door->tcp = true;
	door->loopback = loopback;
	door->tls = tls;
	door->config.starttls = server->tls && !tls;
	door->config.auth = true;
	door->config.auth_in_clear = loopback;
	return true;
}

/* Anybody may connect: the kernel says who it is. */
static bool open_socket(struct server *server, const char *path, struct err *err)
{
	int fd = listen_unix(path, 0666, err);

	if (fd < 0)
		return false;
	add_door(server, fd);
	server->socket = mem_text(path);
	return true;
}

static bool open_doors(struct server *server, const struct smtpd *smtpd, struct err *err)
{
	if (smtpd->listen.count + smtpd->listen_tls.count >= DOORS_MOST)
		return err_set(err, EX_CONFIG, "more than %d addresses", DOORS_MOST);
	if (smtpd->certificate &&
	    !(server->tls = stream_tls_open(smtpd->certificate, smtpd->key, err)))
		return false;
	for (size_t i = 0; i < smtpd->listen.count; i++)
		if (!open_tcp(server, smtpd->listen.text[i], false, err))
			return false;
	for (size_t i = 0; i < smtpd->listen_tls.count; i++)
		if (!open_tcp(server, smtpd->listen_tls.text[i], true, err))
			return false;
	if (smtpd->socket && !open_socket(server, smtpd->socket, err))
		return false;
	if (server->n_doors == 0)
		return err_set(
			err, EX_CONFIG,
			"nothing to listen on: name an address or a socket, here or as smtpd in "
			"mailq.yaml");
	set_terms(server);
	return true;
}

static void close_doors(struct server *server)
{
	for (size_t i = 0; i < server->n_doors; i++)
		listener_stop(&server->doors[i].listener);
	server->n_doors = 0;
}

/* --- running --- */

static void reload_conf(struct server *server)
{
	struct err err = {0};
	struct conf *fresh;

	if (!conf_changed(server->submit.conf))
		return;
	if (!(fresh = conf_load(server->submit.conf->file, &err))) {
		queue_log_reload(server->submit.queue, &err);
		return;
	}
	conf_free(server->submit.conf);
	server->submit.conf = fresh;
	server->submit.queue->conf = fresh;
	set_terms(server);
}

/* A renewed certificate changes no configuration. */
static void reload_certificate(struct server *server)
{
	const struct smtpd *smtpd = &server->submit.conf->smtpd;
	struct err err = {0};

	if (server->tls && smtpd->certificate &&
	    !stream_tls_refresh(server->tls, smtpd->certificate, smtpd->key, &err))
		queue_log_reload(server->submit.queue, &err);
}

/* Not while a message is in the intake, which may point into the configuration. */
static void reload(struct server *server)
{
	if (clock_boot_ms() < server->look_at || clients_wait(&server->clients))
		return;
	server->look_at = clock_boot_ms() + LOOK_AGAIN_MS;
	reload_conf(server);
	reload_certificate(server);
}

static void on_signal(void *context, int signo)
{
	struct server *server = context;
	(void)signo;

	if (server->stop_at)
		return;
	server->stop_at = clock_boot_ms() + STOP_MS;
	close_doors(server);
	clients_hurry(&server->clients);
}

/* More turns, as long as other clients are heard in the midst of their messages, which may be whole
 * in a moment. Where there are none nobody waits. */
static bool gather(struct server *server, struct err *err)
{
	int64_t until_ms = clock_boot_ms() + GATHER_MS;

	server->clients.busy = true;
	while (clients_talk(&server->clients) && server->clients.busy &&
	       clock_boot_ms() < until_ms) {
		server->clients.busy = false;
		if (!loop_step(server->loop, SILENCE_MS, err))
			return false;
	}
	return true;
}

static bool is_done(const struct server *server)
{
	return server->stop_at &&
	       (server->clients.count == 0 || clock_boot_ms() >= server->stop_at);
}

/* A client may have sent its next message along with its last. */
static int64_t wait_ms(const struct server *server)
{
	if (clients_wait(&server->clients))
		return 0;
	return server->stop_at ? STOP_MS / 100 : LOOK_AGAIN_MS;
}

static bool run(struct server *server, struct err *err)
{
	while (!is_done(server)) {
		notify_alive(&server->notify);
		server->clients.busy = false;
		if (!loop_step(server->loop, wait_ms(server), err) ||
		    (clients_wait(&server->clients) && !gather(server, err)))
			return false;
		clients_flush(&server->clients);
		reload(server);
	}
	return true;
}

/* As many descriptors as we may have: each client has one, and each message of a batch. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static bool start(struct server *server, const struct smtpd *smtpd, struct err *err)
{
	gethostname(server->hostname, sizeof server->hostname - 1);
	raise_limit();
	if (!(server->loop = loop_open(err)) || !open_doors(server, smtpd, err) ||
	    !spool_become_owner(server->submit.conf->spool, err) ||
	    !(server->submit.queue = queue_open(server->submit.conf, QUEUE_ACCEPT, err)) ||
	    !(server->submit.intake = intake_open(server->submit.queue, err)))
		return false;
	clients_open(&server->clients, &server->submit, server->loop, server->tls,
		     server->hostname);
	for (size_t i = 0; i < server->n_doors; i++)
		if (!listener_start(&server->doors[i].listener, server->loop, err))
			return false;
	if (!loop_signal(server->loop, SIGTERM, on_signal, server, err) ||
	    !loop_signal(server->loop, SIGINT, on_signal, server, err))
		return false;
	server->notify = notify_open();
	notify_tell(&server->notify, "READY=1");
	return true;
}

static void stop(struct server *server)
{
	notify_tell(&server->notify, "STOPPING=1");
	clients_close(&server->clients);
	close_doors(server);
	if (server->socket)
		unlink(server->socket);
	free(server->socket);
	loop_close(server->loop);
	notify_close(&server->notify);
	submit_close(&server->submit);
	stream_tls_close(server->tls);
	free(server);
}

/* What is given to listen on takes the place of all that mailq.yaml says. */
struct given {
	const char *listen[DOORS_MOST], *listen_tls[DOORS_MOST];
	struct smtpd smtpd;
};

static void read_options(struct given *given, struct options *options)
{
	struct smtpd *smtpd = &given->smtpd;

	smtpd->listen.text = given->listen;
	smtpd->listen_tls.text = given->listen_tls;
	for (int c; (c = options_next(options)) != -1;) {
		if (smtpd->listen.count + smtpd->listen_tls.count >= DOORS_MOST)
			options_misuse("too many addresses");
		if (c == 'l')
			given->listen[smtpd->listen.count++] = options->value;
		else if (c == 't')
			given->listen_tls[smtpd->listen_tls.count++] = options->value;
		else if (c == 's')
			smtpd->socket = options->value;
	}
	options_no_operands(options);
}

static struct smtpd listens_on(const struct given *given, const struct conf *conf)
{
	struct smtpd smtpd = conf->smtpd;

	if (given->smtpd.listen.count || given->smtpd.listen_tls.count || given->smtpd.socket) {
		smtpd.listen = given->smtpd.listen;
		smtpd.listen_tls = given->smtpd.listen_tls;
		smtpd.socket = given->smtpd.socket;
	}
	return smtpd;
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct given given = {0};
	struct server *server = mem_zero(sizeof *server);
	struct err err = {0};

	read_options(&given, &options);
	if (!(server->submit.conf = conf_load(options.conf_path, &err)))
		err_exit(&err);
	struct smtpd smtpd = listens_on(&given, server->submit.conf);
	if (!start(server, &smtpd, &err) || !run(server, &err))
		err_exit(&err);
	stop(server);
	return 0;
}
