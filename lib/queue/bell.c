#include "queue/bell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "index/work.h"

static void bell_path(char path[], size_t size, const char *stage)
{
	snprintf(path, size, ".run/bell.%s", stage);
}

int bell_open(struct spool *spool, const char *stage, struct err *err)
{
	char path[INDEX_STAGE_SIZE + 16];

	bell_path(path, sizeof path, stage);
	if (mkfifoat(spool_fd(spool), path, 0600) < 0 && errno != EEXIST) {
		io_err(err, "mkfifo %s", path);
		return -1;
	}
	/* For writing too, so that the last ringer's leaving is not an end of file. */
	int fd = openat(spool_fd(spool), path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		io_err(err, "open %s", path);
	return fd;
}

void bell_clear(int fd)
{
	char rings[512];

	while (read(fd, rings, sizeof rings) > 0)
		;
}

/* The ringer's end; -1 where nobody listens. */
static int open_to_ring(struct spool *spool, const char *stage)
{
	char path[INDEX_STAGE_SIZE + 16];

	bell_path(path, sizeof path, stage);
	return openat(spool_fd(spool), path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
}

void bell_ring(struct spool *spool, const char *stage)
{
	int fd = open_to_ring(spool, stage);

	if (fd < 0)
		return;
	if (write(fd, "!", 1) < 0) {
		/* full: it rings already */
	}
	close(fd);
}

bool bell_is_heard(struct spool *spool, const char *stage)
{
	int fd = open_to_ring(spool, stage);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}
