/*
 * mailq-httpd: the queue over HTTP.
 *
 * One thread, in which handlers run one after another: the queue and its index have one user here.
 *
 * Manual: man/mailq-httpd.8.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/app.h"
#include "app/starting.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/listen.h"
#include "base/mem.h"
#include "base/notify.h"
#include "base/options.h"
#include "spool/owner.h"

static const struct usage usage = {
	.synopsis = "mailq-httpd [-C file] [--follow] [--listen address:port ...] [--socket path]",
	.about = "Serves the HTTP API and the Email app, on TCP addresses, a Unix socket, or both: "
		 "those\ngiven, or those of the configuration.",
	.long_options = (const struct option[]){{"follow", no_argument, NULL, 'f'},
						{"listen", required_argument, NULL, 'l'},
						{"socket", required_argument, NULL, 's'},
						{0}},
};

#define LOOK_AGAIN_MS 5000 /* at the configuration, and to say that we live */
#define STARTING_LOOK_MS 250
#define STOP_MS 10000 /* for requests that are under way */
#define LISTEN_MOST 7
#define PEM_BYTES 1048576

struct daemon {
	struct app app;
	struct http_service service;
	struct http_server *server;
	struct loop *loop;
	struct notify notify;
	const char *listen[LISTEN_MOST]; /* as given */
	size_t listen_count;
	char *socket;    /* NULL: none */
	int64_t look_at; /* at the configuration */
	int64_t stop_at; /* 0: nobody wants us to */
};

static bool read_pem(const char *path, struct buf *text, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, EX_CONFIG, "%s", path);
	bool ok = io_read_all(fd, text, PEM_BYTES, path, err);
	close(fd);
	return ok;
}

/* A token in the clear stays on this machine; a proxy that speaks TLS may bring others. */
static bool open_tcp(struct daemon *daemon, const char *address, const struct http_tls *tls,
		     struct err *err)
{
	bool loopback;
	int fd = listen_tcp(address, &loopback, err);

	if (fd < 0)
		return false;
	if (loopback || tls)
		return http_server_listen(daemon->server, fd, tls, err);
	close(fd);
	return err_set(err, EX_CONFIG,
		       "listen on %s: not a loopback address: this takes a certificate", address);
}

static bool open_addresses(struct daemon *daemon, struct err *err)
{
	const struct httpd *httpd = &daemon->app.conf->httpd;
	const char *const *addresses = daemon->listen_count ? daemon->listen : httpd->listen.text;
	size_t n = daemon->listen_count ? daemon->listen_count : httpd->listen.count;
	struct buf certificates = {0}, key = {0};
	bool ok = true;

	if (daemon->socket && !daemon->listen_count)
		n = 0; /* the command line has said all */
	if (n && httpd->certificate)
		ok = read_pem(httpd->certificate, &certificates, err) &&
		     read_pem(httpd->key ? httpd->key : httpd->certificate, &key, err);
	struct http_tls tls = {.certificates = certificates.p, .key = key.p};
	for (size_t i = 0; i < n && ok; i++)
		ok = open_tcp(daemon, addresses[i], httpd->certificate ? &tls : NULL, err);
	if (key.p)
		explicit_bzero(key.p, key.n);
	buf_free(&key);
	buf_free(&certificates);
	return ok;
}

/* Anybody may connect: the kernel, or a token, says who it is. */
static bool open_socket(struct daemon *daemon, struct err *err)
{
	int fd = listen_unix(daemon->socket, 0666, err);

	return fd >= 0 && http_server_listen(daemon->server, fd, NULL, err);
}

static bool open_doors(struct daemon *daemon, struct err *err)
{
	const struct httpd *httpd = &daemon->app.conf->httpd;

	if (!open_addresses(daemon, err))
		return false;
	if (!daemon->socket && !daemon->listen_count && httpd->socket)
		daemon->socket = mem_text(httpd->socket);
	if (daemon->socket)
		return open_socket(daemon, err);
	return daemon->listen_count || httpd->listen.count ||
	       err_set(err, EX_CONFIG,
		       "nothing to listen on: name an address or a socket, here or as httpd in "
		       "mailq.yaml");
}

static void on_signal(void *context, int signo)
{
	struct daemon *daemon = context;
	(void)signo;

	if (daemon->stop_at)
		return;
	daemon->stop_at = clock_boot_ms() + STOP_MS;
	http_server_quiesce(daemon->server);
	if (daemon->app.queue)
		app_stop(&daemon->app);
}

static bool turn(struct daemon *daemon, int64_t most_ms, struct err *err)
{
	notify_alive(&daemon->notify);
	return loop_step(daemon->loop, http_server_wait_ms(daemon->server, most_ms), err) &&
	       http_server_turn(daemon->server, err);
}

/* Whoever calls while the index is made anew is told so. */
static bool wait_for_index(struct daemon *daemon, struct err *err)
{
	struct starting starting = {.conf = daemon->app.conf, .loop = daemon->loop};
	bool ok = starting_open(&starting, &daemon->service, err);

	if (ok && starting_lasts(&starting, err))
		notify_tell(&daemon->notify, "READY=1");
	while (ok && !daemon->stop_at && starting_lasts(&starting, err))
		ok = turn(daemon, STARTING_LOOK_MS, err);
	starting_close(&starting);
	return ok && !err->code;
}

static bool open_queue(struct daemon *daemon, struct err *err)
{
	if (!(daemon->app.queue = queue_open(daemon->app.conf, QUEUE_WORK, err)))
		return false;
	daemon->app.queue->log_verbs = true;
	daemon->app.loop = daemon->loop;
	if (!app_open(&daemon->app, err))
		return false;
	daemon->service.context = &daemon->app;
	app_serve(&daemon->service);
	return true;
}

/* The sockets first: they may be where only root may make one. */
static bool start(struct daemon *daemon, struct err *err)
{
	if (!(daemon->loop = loop_open(err)))
		return false;
	daemon->server = http_server_open(&daemon->service, daemon->loop);
	daemon->notify = notify_open();
	signal(SIGPIPE, SIG_IGN);
	if (!open_doors(daemon, err) || !spool_become_owner(daemon->app.conf->spool, err) ||
	    !loop_signal(daemon->loop, SIGTERM, on_signal, daemon, err) ||
	    !loop_signal(daemon->loop, SIGINT, on_signal, daemon, err) ||
	    !wait_for_index(daemon, err))
		return false;
	if (daemon->stop_at)
		return true;
	if (!open_queue(daemon, err))
		return false;
	notify_tell(&daemon->notify, "READY=1");
	return true;
}

static void reload(struct daemon *daemon)
{
	struct err err = {0};

	if (clock_boot_ms() < daemon->look_at)
		return;
	daemon->look_at = clock_boot_ms() + LOOK_AGAIN_MS;
	if (!app_reload(&daemon->app, &err))
		queue_log_reload(daemon->app.queue, &err);
	app_serve(&daemon->service);
}

static bool is_done(const struct daemon *daemon)
{
	return daemon->stop_at &&
	       (http_server_is_idle(daemon->server) || clock_boot_ms() >= daemon->stop_at);
}

static bool run(struct daemon *daemon, struct err *err)
{
	while (!is_done(daemon)) {
		if (!turn(daemon, daemon->stop_at ? STOP_MS / 100 : LOOK_AGAIN_MS, err))
			return false;
		if (daemon->app.queue)
			reload(daemon);
	}
	return true;
}

static void stop(struct daemon *daemon)
{
	notify_tell(&daemon->notify, "STOPPING=1");
	http_server_close(daemon->server);
	if (daemon->socket)
		unlink(daemon->socket);
	free(daemon->socket);
	if (daemon->app.queue)
		app_close(&daemon->app);
	loop_close(daemon->loop);
	notify_close(&daemon->notify);
	queue_close(daemon->app.queue);
	conf_free(daemon->app.conf);
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct daemon daemon = {0};
	struct err err = {0};

	for (int c; (c = options_next(&options)) != -1;) {
		if (c == 'l' && daemon.listen_count == LISTEN_MOST)
			options_misuse("too many addresses");
		else if (c == 'l')
			daemon.listen[daemon.listen_count++] = options.value;
		else if (c == 's')
			daemon.socket = mem_text(options.value);
	}
	options_no_operands(&options);
	if (!(daemon.app.conf = conf_load(options.conf_path, &err)) || !start(&daemon, &err) ||
	    !run(&daemon, &err))
		err_exit(&err);
	stop(&daemon);
	return 0;
}
