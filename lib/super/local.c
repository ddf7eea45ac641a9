#include "super/local.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"

#define WORD_MOST 64
#define ANSWER_MOST 1048576
#define PATIENCE_MS 5000
#define CLIENTS_MOST 16
#define WORDS_A_TURN 64 /* of notify, so that a talkative stage does not keep us */

/* One who asks; no descriptor: the place is free. */
struct client {
	struct local *local;
	struct loop_watch watch;
	struct loop_timer patience;
	int64_t since_ms;
	char word[WORD_MOST];
	size_t n;
};

struct local {
	struct loop *loop;
	struct local_ears ears;
	char *control_path, *notify_path;
	struct loop_watch control, notify;
	struct client clients[CLIENTS_MOST];
};

/* --- addresses --- */

static bool set_address(struct sockaddr_un *address, const char *path, struct err *err)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof address->sun_path)
		return err_set(err, EX_CONFIG, "%s: too long for a socket (at most %zu bytes)",
			       path, sizeof address->sun_path - 1);
	strcpy(address->sun_path, path);
	return true;
}

static int listen_at(const char *path, int type, struct err *err)
{
	struct sockaddr_un address;

	if (!set_address(&address, path, err))
		return -1;
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		err_sys(err, EX_TEMPFAIL, "socket");
		return -1;
	}
	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && chmod(path, 0600) == 0 &&
	    (type != SOCK_STREAM || listen(fd, CLIENTS_MOST) == 0))
		return fd;
	io_err(err, "listen at %s", path);
	close(fd);
	return -1;
}

/* --- asking --- */

static int connect_to(const char *path, struct err *err)
{
	struct sockaddr_un address;
	struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};

	if (!set_address(&address, path, err))
		return -1;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		err_sys(err, EX_TEMPFAIL, "socket");
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	if (errno == EACCES)
		err_sys(err, EX_NOPERM, "ask the supervisor at %s", path);
	else
		err_set(err, EX_UNAVAILABLE, "no supervisor runs (%s: %s)", path, strerror(errno));
	close(fd);
	return -1;
}

bool local_ask(const char *spool, const char *word, struct buf *answer, struct err *err)
{
	char *path = mem_format("%s/%s", spool, LOCAL_CONTROL);
	char *line = mem_format("%s\n", word);
	int fd = connect_to(path, err);
	bool ok = fd >= 0 && io_write_all(fd, slice_text(line), path, err) &&
		  io_read_all(fd, answer, ANSWER_MOST, path, err);

	if (fd >= 0)
		close(fd);
	free(line);
	free(path);
	return ok;
}

bool local_tell(const char *spool, const char *word, struct err *err)
{
	struct buf text = {0};
	struct arena arena = {0};
	const struct json *answer = NULL;

	if (local_ask(spool, word, &text, err))
		answer = json_parse(buf_slice(&text), &arena, err);
	bool ok = json_get_bool(answer, "ok", false);
	if (answer && !ok)
		err_set(err, EX_CONFIG, "%.*s", SLICE_ARGS(json_get_text(answer, "error")));
	arena_free(&arena);
	buf_free(&text);
	return ok;
}

/* --- being asked --- */

static void drop(struct client *client)
{
	if (client->watch.fd < 0)
		return;
	loop_unwatch(client->local->loop, &client->watch);
	loop_stop_timer(client->local->loop, &client->patience);
	close(client->watch.fd);
	client->watch.fd = -1;
}

static void on_patience(void *context)
{
	drop(context);
}

/* The answer is far smaller than a socket's buffer, so that one call takes it whole. */
static void answer(struct client *client, struct slice word)
{
	struct buf text = {0};

	client->local->ears.asked(client->local->ears.context, word, &text);
	buf_add_char(&text, '\n');
	send(client->watch.fd, text.p, text.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	buf_free(&text);
}

static void on_word(void *context, int events)
{
	struct client *client = context;
	ssize_t n = recv(client->watch.fd, client->word + client->n, WORD_MOST - client->n, 0);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		client->n += (size_t)n;
	struct slice word = slice_make(client->word, client->n);
	size_t end = slice_find(word, '\n');
	if (end < word.n)
		answer(client, slice_first(word, end));
	else if (n > 0 && word.n < WORD_MOST)
		return;
	drop(client);
}

/* A free place, or that of whoever has been silent longest. */
static struct client *make_room(struct local *local)
{
	struct client *oldest = &local->clients[0];

	for (struct client *c = local->clients; c < local->clients + CLIENTS_MOST; c++) {
		if (c->watch.fd < 0)
			return c;
		if (c->since_ms < oldest->since_ms)
			oldest = c;
	}
	drop(oldest);
	return oldest;
}

static void on_client(void *context, int events)
{
	struct local *local = context;
	struct err err;
	int fd = accept4(local->control.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	struct client *client = make_room(local);
	*client = (struct client){
		.local = local,
		.watch = {.fd = fd, .fn = on_word, .context = client},
		.patience = {.fn = on_patience, .context = client},
		.since_ms = clock_boot_ms(),
	};
	loop_start_timer(local->loop, &client->patience, client->since_ms + PATIENCE_MS);
	if (!loop_watch(local->loop, &client->watch, LOOP_READ, &err))
		drop(client);
}

/* --- hearing --- */

/* Who sent the next datagram: the kernel says so. False when there is none; 0: nobody we know. */
static bool next_speaker(int fd, pid_t *pid)
{
	char text[256];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = {.iov_base = text, .iov_len = sizeof text};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof control.bytes};
	struct ucred who;

	if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) < 0)
		return false;
	*pid = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
			memcpy(&who, CMSG_DATA(c), sizeof who);
			*pid = who.pid;
		}
	return true;
}

static void on_notify(void *context, int events)
{
	struct local *local = context;
	pid_t pid;

	(void)events;
	for (int n = 0; n < WORDS_A_TURN && next_speaker(local->notify.fd, &pid); n++)
		if (pid > 0)
			local->ears.alive(local->ears.context, pid);
}

struct local *local_open(struct loop *loop, const char *spool, struct local_ears ears,
			 struct err *err)
{
	struct local *local = mem_zero(sizeof *local);
	int yes = 1;

	*local = (struct local){
		.loop = loop,
		.ears = ears,
		.control_path = mem_format("%s/%s", spool, LOCAL_CONTROL),
		.notify_path = mem_format("%s/%s", spool, LOCAL_NOTIFY),
		.control = {.fd = -1, .fn = on_client, .context = local},
		.notify = {.fd = -1, .fn = on_notify, .context = local},
	};
	for (size_t i = 0; i < CLIENTS_MOST; i++)
		local->clients[i].watch.fd = -1;
	local->control.fd = listen_at(local->control_path, SOCK_STREAM, err);
	if (local->control.fd < 0)
		goto failed;
	local->notify.fd = listen_at(local->notify_path, SOCK_DGRAM, err);
	if (local->notify.fd < 0)
		goto failed;
	if (setsockopt(local->notify.fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) < 0) {
		err_sys(err, EX_OSERR, "SO_PASSCRED");
		goto failed;
	}
	if (loop_watch(loop, &local->control, LOOP_READ, err) &&
	    loop_watch(loop, &local->notify, LOOP_READ, err))
		return local;
failed:
	local_close(local);
	return NULL;
}

static void stop_listening(struct local *local, struct loop_watch *watch, const char *path)
{
	if (watch->fd < 0)
		return;
	loop_unwatch(local->loop, watch);
	close(watch->fd);
	unlink(path);
}

void local_close(struct local *local)
{
	if (!local)
		return;
	for (size_t i = 0; i < CLIENTS_MOST; i++)
		drop(&local->clients[i]);
	stop_listening(local, &local->control, local->control_path);
	stop_listening(local, &local->notify, local->notify_path);
	free(local->control_path);
	free(local->notify_path);
	free(local);
}
