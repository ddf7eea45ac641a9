#include "queue/verdict.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "queue/look.h"

/* Where it stands, as the file tells. */
bool verdict_look(struct queue *queue, const char *id, enum verdict_told *told, struct err *why,
		  struct err *err)
{
	struct look message;

	if (!look_open(queue, id, &message, err))
		return false;
	switch (message.file.place.state) {
	case STATE_SENT:
		*told = VERDICT_SENT;
		break;
	case STATE_FAILED:
	case STATE_CANCELLED:
		*told = VERDICT_REFUSED;
		break;
	case STATE_DEFERRED:
	case STATE_HELD:
		*told = VERDICT_DEFERRED;
		break;
	default:
		*told = VERDICT_NOT_YET;
	}
	*why = (struct err){0};
	if (message.story.last_error.n)
		err_set(why, 0, "%.*s", SLICE_ARGS(message.story.last_error));
	look_close(&message);
	return true;
}

/* A watch on the file itself, which stays when it is renamed. */
int verdict_watch(struct queue *queue, const char *id, int inotify)
{
	char path[PLACE_PATH_SIZE], link[64];
	struct place place;

	if (!spool_find(queue->spool, NULL, id, &place))
		return -1;
	place_path(&place, id, path);
	int fd = openat(spool_fd(queue->spool), path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	int watched = inotify_add_watch(inotify, link,
					IN_MODIFY | IN_MOVE_SELF | IN_ATTRIB | IN_DELETE_SELF);
	close(fd);
	return watched;
}

/* True when something happened to the file. */
static bool wait_for_change(int inotify, int64_t wait_ms)
{
	struct pollfd pollfd = {.fd = inotify, .events = POLLIN};
	char events[4096];

	if (poll(&pollfd, 1, (int)wait_ms) <= 0)
		return false;
	return read(inotify, events, sizeof events) > 0;
}

bool verdict_wait(struct queue *queue, const char *id, int64_t wait_ms, enum verdict_told *told,
		  struct err *why, struct err *err)
{
	int64_t until = clock_boot_ms() + wait_ms, left = wait_ms;
	int inotify = inotify_init1(IN_CLOEXEC);
	bool watched = false, ok;

	/* The watch comes before the look, so that no step falls between the two. A file that moved
	 * while it was looked for is looked for again, soon. */
	do {
		watched = watched || verdict_watch(queue, id, inotify) >= 0;
		ok = verdict_look(queue, id, told, why, err);
		if (!ok || *told != VERDICT_NOT_YET)
			break;
		wait_for_change(inotify, watched || left < 100 ? left : 100);
	} while ((left = until - clock_boot_ms()) > 0);
	if (inotify >= 0)
		close(inotify);
	return ok;
}
