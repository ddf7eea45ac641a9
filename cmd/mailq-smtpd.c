/*
 * mailq-smtpd: takes mail over SMTP, and says yes when it is on disk.
 *
 * One thread. What clients send is read in turns of the loop; messages that became whole meanwhile
 * are committed together, with one flush, and then their clients get their answers.
 *
 * Manual: man/mailq-smtpd.8.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/listen.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/notify.h"
#include "base/options.h"
#include "base/stream.h"
#include "queue/smtpd_session.h"
#include "smtp/phase.h"
#include "spool/owner.h"

static const struct usage usage = {
	.synopsis =
		"mailq-smtpd [-C file] [--listen address:port] [--listen-tls address:port]\n"
		"                   [--socket path]",
	.about = "Takes mail over SMTP. With none of the three it listens where mailq.yaml says; "
		 "the\n"
		 "first two may be given several times.",
	.long_options = (const struct option[]){{"listen", required_argument, NULL, 'l'},
						{"listen-tls", required_argument, NULL, 't'},
						{"socket", required_argument, NULL, 's'},
						{"follow", no_argument, NULL, 'f'},
						{0}},
};

#define DOORS_MOST 32
#define READ_BYTES 65536
#define ERRORS_MOST 20 /* of one client, until it has to go */

/* Turns of the loop that a whole message waits for others to share its flush, at most. */
#define GATHER_TURNS 8

#define LOOK_AGAIN_MS 5000 /* at the configuration, and to say that we live */
#define STOP_MS 10000      /* for clients to finish their messages */

struct server;

/* What is listened on, and what those who come in by it find. */
struct door {
	struct server *server;
	struct listener listener;
	struct smtp_server_config config;
	bool tls; /* from the first byte */
};

struct client {
	struct server *server;
	LIST_ENTRY(client) all;
	STAILQ_ENTRY(client) turn; /* with those who wait, or who go on */
	struct stream stream;
	struct loop_watch watch;
	int events; /* waited for */
	struct loop_timer patience;
	struct listen_peer peer;
	struct smtpd_session session;
	struct buf input; /* read and not yet taken */
};

STAILQ_HEAD(turns, client);

struct server {
	struct conf *conf;
	struct queue *queue;
	struct intake *intake;
	struct smtpd_hall hall;
	struct loop *loop;
	struct notify notify;
	struct stream_tls *tls; /* NULL: no certificate */
	char hostname[256];
	struct door doors[DOORS_MOST];
	size_t n_doors;
	LIST_HEAD(, client) clients;
	unsigned n_clients;
	struct turns waiting, going_on;
	bool busy;       /* something was read in this turn */
	char *socket;    /* its path; NULL: none */
	int64_t look_at; /* at the configuration */
	int64_t stop_at; /* 0: nobody wants us to */
	char bytes[READ_BYTES];
};

/* --- a client --- */

static void close_client(struct client *client)
{
	struct server *server = client->server;

	loop_unwatch(server->loop, &client->watch);
	loop_stop_timer(server->loop, &client->patience);
	stream_close(&client->stream);
	smtpd_session_free(&client->session);
	buf_free(&client->input);
	LIST_REMOVE(client, all);
	server->n_clients--;
	free(client);
}

static bool has_output(const struct client *client)
{
	struct slice out;

	return smtp_server_output(&client->session.smtp, &out);
}

static bool wants_input(const struct client *client)
{
	return !client->session.waits && !client->session.starts_tls && client->input.n == 0 &&
	       !smtp_server_is_over(&client->session.smtp);
}

static void be_patient(struct client *client)
{
	enum smtp_server_state state = client->session.smtp.state;
	bool in_message = state == SMTP_STATE_DATA || state == SMTP_STATE_BDAT;
	int64_t wait_s = smtp_phase_timeout_s(in_message ? SMTP_BODY : SMTP_IDLE);

	loop_start_timer(client->server->loop, &client->patience, clock_boot_ms() + 1000 * wait_s);
}

/* Writes what there is to say, as far as it goes. False: the connection is lost. */
static bool write_output(struct client *client)
{
	struct slice out;

	while (smtp_server_output(&client->session.smtp, &out)) {
		ssize_t n = stream_write(&client->stream, out.p, out.n);
		if (n == STREAM_WAIT)
			return true;
		if (n <= 0)
			return false;
		smtp_server_sent(&client->session.smtp, (size_t)n);
	}
	return true;
}

/* What came before, then what came now; what the session cannot take yet is kept. */
static void hand_over(struct client *client, struct slice fresh)
{
	bool kept = client->input.n > 0;

	if (kept)
		buf_add_slice(&client->input, fresh);
	struct slice rest = kept ? buf_slice(&client->input) : fresh;
	if (smtpd_session_obey(&client->session, &rest))
		be_patient(client);
	if (client->session.waits)
		STAILQ_INSERT_TAIL(&client->server->waiting, client, turn);
	if (kept)
		buf_drop(&client->input, client->input.n - rest.n);
	else
		buf_add_slice(&client->input, rest);
}

/* What came in the clear behind STARTTLS is forgotten (CVE-2011-0411). */
static bool start_tls(struct client *client)
{
	struct err err = {0};

	client->session.starts_tls = false;
	buf_clear(&client->input);
	smtp_server_secured(&client->session.smtp);
	return stream_secure(&client->stream, client->server->tls, &err);
}

static void watch(struct client *client)
{
	const struct stream *stream = &client->stream;
	struct err err = {0};
	int events = 0;

	if (wants_input(client) || stream->wants_read)
		events |= LOOP_READ;
	if (stream->wants_write || (has_output(client) && !stream->wants_read))
		events |= LOOP_WRITE;
	if (events == client->events)
		return;
	client->events = events;
	if (!loop_change(client->server->loop, &client->watch, events, &err))
		err_exit(&err);
}

/* Hands over, answers, and again while answers make room for what was kept. False: all is said, or
 * the connection is lost. */
static bool go_as_far_as_can_be(struct client *client, struct slice fresh)
{
	struct smtpd_session *session = &client->session;
	size_t before;

	do {
		before = client->input.n;
		hand_over(client, fresh);
		fresh = (struct slice){0};
		if (client->server->stop_at)
			smtpd_session_hurry(session, "421 4.3.2 stopping, come back soon");
		if (!write_output(client))
			return false;
		if (session->starts_tls && !has_output(client) && !start_tls(client))
			return false;
	} while (client->input.n && client->input.n != before && !session->waits);
	return has_output(client) || !smtp_server_is_over(&session->smtp);
}

/* The client may be gone afterwards; one whose message waits is not. */
static void advance(struct client *client, struct slice fresh)
{
	if (go_as_far_as_can_be(client, fresh) || client->session.waits)
		watch(client);
	else
		close_client(client);
}

static void on_client(void *context, int events)
{
	struct client *client = context;
	struct server *server = client->server;
	struct slice fresh = {0};

	server->busy = true;
	if (client->session.waits) /* gone, perhaps: its message is not, and the answer comes now */
		return;
	if (wants_input(client)) {
		ssize_t n = stream_read(&client->stream, server->bytes, sizeof server->bytes);
		if (n == 0 || n == STREAM_BROKEN) {
			close_client(client);
			return;
		}
		fresh = slice_make(server->bytes, n > 0 ? (size_t)n : 0);
	} else if (events & LOOP_GONE) {
		close_client(client);
		return;
	}
	advance(client, fresh);
}

static void on_impatience(void *context)
{
	struct client *client = context;

	if (client->session.waits)
		return;
	if (!smtp_server_is_over(&client->session.smtp))
		smtp_server_end(&client->session.smtp, "421 4.4.2 idle for too long");
	write_output(client);
	close_client(client);
}

/* --- flushing --- */

/* What is whole goes to disk with one flush, and each client hears of its own message. */
static void commit(void *context)
{
	struct server *server = context;
	struct client *client;
	struct err err = {0};
	bool ok = intake_commit(server->intake, &err);

	while ((client = STAILQ_FIRST(&server->waiting))) {
		STAILQ_REMOVE_HEAD(&server->waiting, turn);
		smtpd_session_settle(&client->session, ok, &err);
		STAILQ_INSERT_TAIL(&server->going_on, client, turn);
	}
}

static void go_on(struct server *server)
{
	struct client *client;

	while ((client = STAILQ_FIRST(&server->going_on))) {
		STAILQ_REMOVE_HEAD(&server->going_on, turn);
		be_patient(client);
		advance(client, (struct slice){0});
	}
}

/* --- those who come --- */

static void let_in(struct door *door, int fd, const struct listen_peer *peer)
{
	struct server *server = door->server;
	struct client *client = mem_zero(sizeof *client);
	struct reception_by by = {.kind = peer->local ? RECEPTION_USER : RECEPTION_ANYBODY,
				  .uid = peer->uid};
	struct err err = {0};

	client->server = server;
	client->stream.fd = fd;
	client->peer = *peer;
	client->watch = (struct loop_watch){.fd = fd, .fn = on_client, .context = client};
	client->events = LOOP_READ;
	client->patience = (struct loop_timer){.fn = on_impatience, .context = client};
	smtpd_session_init(&client->session, &server->hall, &door->config, &by, client->peer.text);
	client->session.smtp.secure = door->tls;
	LIST_INSERT_HEAD(&server->clients, client, all);
	server->n_clients++;
	if ((door->tls && !stream_secure(&client->stream, server->tls, &err)) ||
	    !loop_watch(server->loop, &client->watch, client->events, &err)) {
		queue_log_failure(server->queue, "listen", NULL, &err);
		close_client(client);
		return;
	}
	be_patient(client);
	advance(client, (struct slice){0});
}

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

	server->busy = true;
	if (fd < 0) {
		io_err(&err, "accept");
		queue_log_failure(server->queue, "listen", NULL, &err);
	} else if (server->n_clients < server->conf->smtpd.max_sessions) {
		let_in(door, fd, peer);
	} else {
		turn_away(door, fd);
	}
}

/* --- listening --- */

static void set_limits(struct server *server)
{
	struct request_limits limits = intake_limits(server->conf);

	for (size_t i = 0; i < server->n_doors; i++) {
		server->doors[i].config.size_limit = limits.max_message_bytes;
		server->doors[i].config.recipients_max = limits.max_recipients;
	}
}

static struct door *add_door(struct server *server, int fd)
{
	struct door *door = &server->doors[server->n_doors++];

	*door = (struct door){
		.server = server,
		.listener = {                    .fd = fd,           .fn = on_caller, .context = door},
		.config = {.hostname = server->hostname, .errors_max = ERRORS_MOST                },
	};
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
	door->tls = tls;
	door->config.starttls = server->tls && !tls;
	door->config.auth = true;
	door->config.auth_in_clear = loopback;
	door->config.auth_required = !loopback || !server->conf->smtpd.trust_loopback;
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
		return err_set(err, EX_CONFIG, "nothing to listen on");
	set_limits(server);
	return true;
}

static void close_doors(struct server *server)
{
	for (size_t i = 0; i < server->n_doors; i++)
		listener_stop(&server->doors[i].listener);
	server->n_doors = 0;
}

/* --- running --- */

/* No message is in the intake: what was taken points into the configuration. */
static void reload(struct server *server)
{
	struct err err = {0};
	struct conf *fresh;

	if (clock_boot_ms() < server->look_at)
		return;
	server->look_at = clock_boot_ms() + LOOK_AGAIN_MS;
	if (!conf_changed(server->conf))
		return;
	if (!(fresh = conf_load(server->conf->file, &err))) {
		queue_log_failure(server->queue, "reload", NULL, &err);
		return;
	}
	conf_free(server->conf);
	server->conf = fresh;
	server->queue->conf = fresh;
	set_limits(server);
}

static void on_signal(void *context, int signo)
{
	struct server *server = context;
	(void)signo;

	if (server->stop_at)
		return;
	server->stop_at = clock_boot_ms() + STOP_MS;
	close_doors(server);
	for (struct client *client = LIST_FIRST(&server->clients), *next; client; client = next) {
		next = LIST_NEXT(client, all);
		if (!client->session.waits)
			advance(client, (struct slice){0});
	}
}

/* Some turns without waiting, as long as clients are heard: more messages may become whole. */
static bool gather(struct server *server, struct err *err)
{
	for (unsigned turns = 0; server->busy && turns < GATHER_TURNS; turns++) {
		server->busy = false;
		if (!loop_step(server->loop, 0, err))
			return false;
	}
	return true;
}

static bool is_done(const struct server *server)
{
	return server->stop_at &&
	       (LIST_EMPTY(&server->clients) || clock_boot_ms() >= server->stop_at);
}

static bool run(struct server *server, struct err *err)
{
	while (!is_done(server)) {
		notify_alive(&server->notify);
		server->busy = false;
		if (!loop_step(server->loop, server->stop_at ? STOP_MS / 100 : LOOK_AGAIN_MS,
			       err) ||
		    (!STAILQ_EMPTY(&server->waiting) && !gather(server, err)))
			return false;
		if (!STAILQ_EMPTY(&server->waiting))
			commit(server);
		go_on(server);
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
	    !spool_become_owner(server->conf->spool, err) ||
	    !(server->queue = queue_open(server->conf, QUEUE_ACCEPT, err)) ||
	    !(server->intake = intake_open(server->queue, err)))
		return false;
	server->hall = (struct smtpd_hall){.queue = server->queue,
					   .intake = server->intake,
					   .hostname = server->hostname,
					   .commit = commit,
					   .context = server};
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
	for (struct client *client; (client = LIST_FIRST(&server->clients));)
		close_client(client);
	close_doors(server);
	if (server->socket)
		unlink(server->socket);
	free(server->socket);
	loop_close(server->loop);
	notify_close(&server->notify);
	intake_close(server->intake);
	queue_close(server->queue);
	stream_tls_close(server->tls);
	conf_free(server->conf);
	free(server);
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	const char *listen[DOORS_MOST], *listen_tls[DOORS_MOST];
	struct smtpd given = {.listen = {.text = listen}, .listen_tls = {.text = listen_tls}};
	struct server *server = mem_zero(sizeof *server);
	struct err err = {0};

	for (int c; (c = options_next(&options)) != -1;) {
		if (given.listen.count + given.listen_tls.count >= DOORS_MOST)
			options_misuse("too many addresses");
		if (c == 'l')
			listen[given.listen.count++] = options.value;
		else if (c == 't')
			listen_tls[given.listen_tls.count++] = options.value;
		else if (c == 's')
			given.socket = options.value;
	}
	options_no_operands(&options);
	if (!(server->conf = conf_load(options.conf_path, &err)))
		err_exit(&err);

	struct smtpd smtpd = server->conf->smtpd;
	if (given.listen.count || given.listen_tls.count || given.socket) {
		smtpd.listen = given.listen;
		smtpd.listen_tls = given.listen_tls;
		smtpd.socket = given.socket;
	}
	STAILQ_INIT(&server->waiting);
	STAILQ_INIT(&server->going_on);
	if (!start(server, &smtpd, &err) || !run(server, &err))
		err_exit(&err);
	stop(server);
	return 0;
}
