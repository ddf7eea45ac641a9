#include "queue/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY ".run/conn"

static int open_slot(const struct queue *queue, const char *org, const char *connector, unsigned n,
		     int flags)
{
	char path[2 * PLACE_NAME_SIZE + 32];

	snprintf(path, sizeof path, DIRECTORY "/%s.%s.%u", org, connector, n);
	return openat(spool_fd(queue->spool), path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int slots_take(const struct queue *queue, const char *org, const char *connector, unsigned most)
{
	if (mkdirat(spool_fd(queue->spool), DIRECTORY, 0700) < 0 && errno != EEXIST)
		return -1;
	for (unsigned i = 0; i < most; i++) {
		int fd = open_slot(queue, org, connector, i, O_RDWR | O_CREAT);
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return fd;
		close(fd);
	}
	return -1;
}

unsigned slots_taken(const struct queue *queue, const char *org, const char *connector,
		     unsigned most)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < most; i++) {
		int fd = open_slot(queue, org, connector, i, O_RDONLY);
		if (fd < 0)
			continue; /* never needed so far */
		taken += flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
		close(fd);
	}
	return taken;
}
