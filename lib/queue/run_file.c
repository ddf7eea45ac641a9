#include "queue/run_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"

bool run_file_write(const struct queue *queue, const char *name, struct slice text, struct err *err)
{
	char tmp[2 * PLACE_NAME_SIZE + 48];
	int dir = spool_fd(queue->spool);

	snprintf(tmp, sizeof tmp, "%s.%d", name, (int)getpid());
	int fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return io_err(err, "create %s", tmp);
	bool ok = io_write_all(fd, text, tmp, err) &&
		  (renameat(dir, tmp, dir, name) == 0 || io_err(err, "rename %s", name));
	if (!ok)
		unlinkat(dir, tmp, 0);
	close(fd);
	return ok;
}

bool run_file_read(const struct queue *queue, const char *name, struct buf *text, size_t most,
		   struct err *err)
{
	return io_read_file_at(spool_fd(queue->spool), name, text, most, err);
}
