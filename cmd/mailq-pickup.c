/*
 * mailq-pickup: takes what other users left in .drop/ into the queue.
 *
 * Manual: man/mailq-pickup.8.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/notify.h"
#include "base/options.h"
#include "queue/pickup.h"
#include "spool/owner.h"

#define LOOK_AGAIN_MS 10000

static const struct usage usage = {
	.synopsis = "mailq-pickup [-C file] [--follow]",
	.about = "Takes the messages that other users left in .drop/ into the queue.",
	.long_options = (const struct option[]){{"follow", no_argument, NULL, 'f'}, {0}},
};

struct follower {
	struct conf *conf;
	struct queue *queue;
	struct loop *loop;
	struct loop_watch arrivals; /* renames into .drop/ */
	struct notify notify;
	bool stop;
};

static void on_arrival(void *context, int events)
{
	struct follower *follower = context;
	char names[4096];

	(void)events;
	while (read(follower->arrivals.fd, names, sizeof names) > 0)
		;
}

static void on_signal(void *context, int signo)
{
	struct follower *follower = context;

	(void)signo;
	follower->stop = true;
}

/* .drop/ may be made, or made anew, while we run: what follows a look tries again. */
static void watch_drop(struct follower *follower)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/.drop", spool_path(follower->queue->spool));
	inotify_add_watch(follower->arrivals.fd, path, IN_MOVED_TO | IN_ONLYDIR);
}

static void reload(struct follower *follower)
{
	struct err err = {0};
	struct conf *fresh;

	if (!conf_changed(follower->conf))
		return;
	if (!(fresh = conf_load(follower->conf->file, &err))) {
		queue_log_reload(follower->queue, &err);
		return;
	}
	conf_free(follower->conf);
	follower->conf = fresh;
	follower->queue->conf = fresh;
}

static bool start(struct follower *follower, struct err *err)
{
	follower->arrivals = (struct loop_watch){.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC),
						 .fn = on_arrival,
						 .context = follower};
	follower->loop = loop_open(err);
	return follower->loop && loop_watch(follower->loop, &follower->arrivals, LOOP_READ, err) &&
	       loop_signal(follower->loop, SIGTERM, on_signal, follower, err) &&
	       loop_signal(follower->loop, SIGINT, on_signal, follower, err);
}

/* A failure is one of the moment (no room, a disk that hangs): the files wait, and so do we. */
static bool follow(struct follower *follower, struct err *err)
{
	if (!start(follower, err))
		return false;
	follower->notify = notify_open();
	notify_tell(&follower->notify, "READY=1");
	while (!follower->stop) {
		struct err why = {0};
		notify_alive(&follower->notify);
		watch_drop(follower);
		if (!pickup_run(follower->queue, &why))
			queue_log_failure(follower->queue, "pickup", NULL, &why);
		if (!loop_step(follower->loop, LOOK_AGAIN_MS, err))
			return false;
		reload(follower);
	}
	return true;
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct follower follower = {.arrivals = {.fd = -1}, .notify = {.fd = -1}};
	struct err err = {0};
	bool follows = false;

	while (options_next(&options) != -1)
		follows = true;
	options_no_operands(&options);
	bool ok = (follower.conf = conf_load(options.conf_path, &err)) &&
		  spool_make_drop(follower.conf->spool, &err) &&
		  spool_become_owner(follower.conf->spool, &err) &&
		  (follower.queue = queue_open(follower.conf, QUEUE_ACCEPT, &err)) &&
		  (follows ? follow(&follower, &err) : pickup_run(follower.queue, &err));

	loop_close(follower.loop);
	if (follower.arrivals.fd >= 0)
		close(follower.arrivals.fd);
	notify_close(&follower.notify);
	queue_close(follower.queue);
	conf_free(follower.conf);
	if (!ok)
		err_exit(&err);
	return 0;
}
