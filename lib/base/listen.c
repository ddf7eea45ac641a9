#include "base/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"

#define PAUSE_MS 1000

#define SOCKET_FLAGS (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)

static struct addrinfo *parse(const char *address, struct err *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *found = NULL;
	char host[64] = "";
	const char *colon = strrchr(address, ':');
	size_t n = colon ? (size_t)(colon - address) : 0;

	if (n >= 2 && address[0] == '[' && address[n - 1] == ']')
		snprintf(host, sizeof host, "%.*s", (int)n - 2, address + 1);
	else if (n && !memchr(address, ':', n))
		snprintf(host, sizeof host, "%.*s", (int)n, address);
	if (!*host || !colon[1] || getaddrinfo(host, colon + 1, &hints, &found) != 0) {
		err_set(err, EX_CONFIG, "'%s' is no address and port", address);
		return NULL;
	}
	return found;
}

static bool is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const void *)address;
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	}
	const struct sockaddr_in6 *v6 = (const void *)address;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

int listen_tcp(const char *address, bool *loopback, struct err *err)
{
	const int on = 1;
	struct addrinfo *found = parse(address, err);

	if (!found)
		return -1;
	*loopback = is_loopback(found->ai_addr);
	int fd = socket(found->ai_family, SOCKET_FLAGS, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    (found->ai_family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0) ||
	    bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, SOMAXCONN) < 0) {
		io_err(err, "listen on %s", address);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

/* --- Unix sockets --- */

/* A name that a dead server left. A live one answers, and keeps it. */
static bool clear_path(const char *path, const struct sockaddr_un *address, struct err *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT || io_err(err, "%s", path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, EX_UNAVAILABLE, "%s: is there, and no socket", path);
	int fd = socket(AF_UNIX, SOCKET_FLAGS, 0);
	if (fd < 0)
		return io_err(err, "a socket");
	bool answers =
		connect(fd, (const void *)address, sizeof *address) == 0 || errno != ECONNREFUSED;
	close(fd);
	if (answers)
		return err_set(err, EX_UNAVAILABLE, "%s: another process listens there", path);
	return unlink(path) == 0 || io_err(err, "%s", path);
}

int listen_unix(const char *path, mode_t mode, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof address.sun_path) {
		err_set(err, EX_CONFIG, "%s: too long for a socket", path);
		return -1;
	}
	strcpy(address.sun_path, path);
	if (!clear_path(path, &address, err))
		return -1;
	int fd = socket(AF_UNIX, SOCKET_FLAGS, 0);
	if (fd >= 0 && bind(fd, (const void *)&address, sizeof address) == 0 &&
	    chmod(path, mode) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	io_err(err, "listen on %s", path);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* --- callers --- */

static void name_peer(const struct sockaddr_storage *address, socklen_t n, struct listen_peer *peer)
{
	char host[48], port[8];

	if (getnameinfo((const void *)address, n, host, sizeof host, port, sizeof port,
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(peer->text, sizeof peer->text, "unknown");
	else
		snprintf(peer->text, sizeof peer->text, strchr(host, ':') ? "[%s]:%s" : "%s:%s",
			 host, port);
}

static bool identify(int fd, struct listen_peer *peer)
{
	struct ucred caller;
	socklen_t n = sizeof caller;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &caller, &n) < 0)
		return false;
	peer->local = true;
	peer->uid = caller.uid;
	snprintf(peer->text, sizeof peer->text, "uid %u", caller.uid);
	return true;
}

static int accept_next(int fd, struct listen_peer *peer)
{
	struct sockaddr_storage address;
	socklen_t n = sizeof address;
	const int on = 1;
	int caller = accept4(fd, (void *)&address, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

	*peer = (struct listen_peer){0};
	if (caller < 0)
		return -1;
	if (address.ss_family == AF_UNIX) {
		if (identify(caller, peer))
			return caller;
		close(caller);
		return -1;
	}
	setsockopt(caller, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	name_peer(&address, n, peer);
	return caller;
}

/* --- in a loop --- */

static void on_pause_over(void *context)
{
	struct listener *listener = context;
	struct err err = {0};

	if (!loop_change(listener->loop, &listener->watch, LOOP_READ, &err))
		err_exit(&err);
}

static bool is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

static void on_caller(void *context, int events)
{
	struct listener *listener = context;
	struct listen_peer peer;
	struct err err = {0};
	(void)events;

	int fd = accept_next(listener->fd, &peer);
	if (fd < 0 && !is_shortage(errno))
		return; /* it went away while it waited */
	int why = errno;
	if (fd < 0) {
		if (!loop_change(listener->loop, &listener->watch, 0, &err))
			err_exit(&err);
		loop_start_timer(listener->loop, &listener->pause, clock_boot_ms() + PAUSE_MS);
		errno = why;
	}
	listener->fn(listener->context, fd, &peer);
}

bool listener_start(struct listener *listener, struct loop *loop, struct err *err)
{
	listener->loop = loop;
	listener->watch =
		(struct loop_watch){.fd = listener->fd, .fn = on_caller, .context = listener};
	listener->pause = (struct loop_timer){.fn = on_pause_over, .context = listener};
	return loop_watch(loop, &listener->watch, LOOP_READ, err);
}

void listener_stop(struct listener *listener)
{
	if (listener->loop) {
		loop_stop_timer(listener->loop, &listener->pause);
		loop_unwatch(listener->loop, &listener->watch);
	}
	close(listener->fd);
}
