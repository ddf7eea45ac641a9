#include "spool/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "spool/internal.h"

#define LOCK_WAIT_MS 10000
#define LOCK_ROUND_MS 1

static int open_keys(struct spool *spool, const char *org, struct err *err)
{
	char path[PLACE_PATH_SIZE], inside[PLACE_PATH_SIZE + 2];

	snprintf(path, sizeof path, "%s/keys", org);
	snprintf(inside, sizeof inside, "%s/.", path);
	int fd = spool_openat(spool, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0 && errno == ENOENT && spool_make_parents(spool, inside, true, err))
		fd = spool_openat(spool, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		io_err(err, "open %s", path);
	return fd;
}

struct keys *keys_lock(struct spool *spool, const char *org, struct err *err)
{
	int64_t deadline = clock_boot_ms() + LOCK_WAIT_MS;
	int fd = open_keys(spool, org, err);

	if (fd < 0)
		return NULL;
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (clock_boot_ms() > deadline) {
			err_set(err, EX_TEMPFAIL, "the keys of %s are in use", org);
			close(fd);
			return NULL;
		}
		poll(NULL, 0, LOCK_ROUND_MS);
	}

	struct keys *keys = mem_zero(sizeof *keys);
	keys->fd = fd;
	snprintf(keys->org, sizeof keys->org, "%s", org);
	return keys;
}

void keys_unlock(struct keys *keys)
{
	if (!keys)
		return;
	close(keys->fd);
	free(keys);
}

bool keys_find(const struct keys *keys, const char hex[SHA256_HEX_SIZE], char id[ID_SIZE])
{
	char target[ID_SIZE + 1];
	ssize_t n = readlinkat(keys->fd, hex, target, sizeof target);

	if (n < 0)
		return false;
	errno = ENOENT;
	if (n != ID_LENGTH || !id_valid(slice_make(target, ID_LENGTH)))
		return false;
	memcpy(id, target, ID_LENGTH);
	id[ID_LENGTH] = '\0';
	return true;
}

bool keys_put(const struct keys *keys, const char hex[SHA256_HEX_SIZE], const char *id,
	      struct err *err)
{
	if (symlinkat(id, keys->fd, hex) == 0)
		return true;
	if (errno == EEXIST && unlinkat(keys->fd, hex, 0) == 0 && symlinkat(id, keys->fd, hex) == 0)
		return true;
	return io_err(err, "link %s/keys/%s", keys->org, hex);
}

void keys_remove(const struct keys *keys, const char hex[SHA256_HEX_SIZE])
{
	unlinkat(keys->fd, hex, 0);
}

bool keys_sync(const struct keys *keys, struct err *err)
{
	return fsync(keys->fd) == 0 || io_err(err, "fsync %s/keys", keys->org);
}
