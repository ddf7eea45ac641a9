#include "spool/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "spool/internal.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

/* --- opening --- */

/* Those whose behaviour at a power cut was measured; tmpfs is for tests. */
static bool check_file_system(const struct spool *spool, struct err *err)
{
	struct statfs fs;

	if (fstatfs(spool->fd, &fs) < 0)
		return io_err(err, "statfs %s", spool->path);
	switch ((unsigned long)fs.f_type) {
	case EXT4_SUPER_MAGIC:
	case XFS_SUPER_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case TMPFS_MAGIC:
		return true;
	case NFS_SUPER_MAGIC:
		return err_set(err, EX_CONFIG, "%s: the spool cannot be on NFS", spool->path);
	default:
		return err_set(err, EX_CONFIG, "%s: the spool must be on ext4, XFS or btrfs",
			       spool->path);
	}
}

static bool make_own_directories(const struct spool *spool, struct err *err)
{
	static const char *const names[] = {".tmp", ".ledger", ".index", ".run", ".bad"};
	struct stat root, own;

	if (fstat(spool->fd, &root) < 0)
		return io_err(err, "stat %s", spool->path);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (fstatat(spool->fd, names[i], &own, AT_SYMLINK_NOFOLLOW) < 0) {
			if (errno != ENOENT ||
			    (mkdirat(spool->fd, names[i], 0700) < 0 && errno != EEXIST) ||
			    fstatat(spool->fd, names[i], &own, AT_SYMLINK_NOFOLLOW) < 0)
				return io_err(err, "mkdir %s/%s", spool->path, names[i]);
		}
		if (!S_ISDIR(own.st_mode) || own.st_dev != root.st_dev)
			return err_set(err, EX_CONFIG, "%s/%s: not a directory of this device",
				       spool->path, names[i]);
	}
	return true;
}

struct spool *spool_open(const struct spool_options *options, struct err *err)
{
	struct spool *spool = mem_zero(sizeof *spool);

	spool->path = mem_text(options->path);
	spool->min_free_bytes = options->min_free_bytes;
	spool->read_only = options->read_only;
	spool->fd = open(options->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (spool->fd < 0)
		io_err(err, "spool %s", options->path);
	else if (check_file_system(spool, err) &&
		 (options->read_only || make_own_directories(spool, err)))
		return spool;
	spool_close(spool);
	return NULL;
}

void spool_close(struct spool *spool)
{
	if (!spool)
		return;
	if (spool->fd >= 0)
		close(spool->fd);
	free(spool->path);
	free(spool);
}

int spool_fd(const struct spool *spool)
{
	return spool->fd;
}

const char *spool_path(const struct spool *spool)
{
	return spool->path;
}

/* --- room --- */

static bool free_bytes(const struct spool *spool, uint64_t *bytes, uint64_t *inodes)
{
	struct statvfs fs;

	if (fstatvfs(spool->fd, &fs) < 0)
		return false;
	*bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	*inodes = fs.f_files ? fs.f_favail : UINT64_MAX; /* btrfs counts none */
	return true;
}

bool spool_has_room(const struct spool *spool, struct err *err)
{
	uint64_t bytes, inodes;

	if (!free_bytes(spool, &bytes, &inodes))
		return io_err(err, "statvfs %s", spool->path);
	if (bytes < spool->min_free_bytes)
		return err_set(err, EX_TEMPFAIL,
			       "%s: only %llu MiB left, min_free_bytes is %llu MiB", spool->path,
			       (unsigned long long)bytes >> 20,
			       (unsigned long long)spool->min_free_bytes >> 20);
	if (inodes < 1000)
		return err_set(err, EX_TEMPFAIL, "%s: no inodes left", spool->path);
	return true;
}

bool spool_can_record(const struct spool *spool)
{
	uint64_t bytes, inodes;

	return free_bytes(spool, &bytes, &inodes) && bytes >= spool->min_free_bytes / 2;
}

/* --- shared by the room --- */

int spool_openat(const struct spool *spool, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC | O_NOFOLLOW),
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	do
		fd = syscall(SYS_openat2, spool->fd, path, &how, sizeof how);
	while (fd < 0 && errno == EINTR);
	return (int)fd;
}

DIR *spool_opendir(const struct spool *spool, const char *path)
{
	int fd = spool_openat(spool, path, O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int error = errno;

	if (!dir && fd >= 0)
		close(fd);
	errno = error;
	return dir;
}

bool spool_sync_dir(const struct spool *spool, const char *path, struct err *err)
{
	int fd = spool_openat(spool, path, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return io_err(err, "open %s", path);
	bool ok = fsync(fd) == 0;
	if (!ok)
		io_err(err, "fsync %s", path);
	close(fd);
	return ok;
}

bool spool_make_parents(const struct spool *spool, const char *path, bool sync, struct err *err)
{
	char part[PLACE_PATH_SIZE], above[PLACE_PATH_SIZE] = ".";

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
		if (mkdirat(spool->fd, part, 0700) < 0 && errno != EEXIST)
			return io_err(err, "mkdir %s", part);
		if (sync && !spool_sync_dir(spool, above, err))
			return false;
		memcpy(above, part, sizeof above);
	}
	return true;
}

static bool rename_once(const struct spool *spool, const char *from, const char *to)
{
	return renameat2(spool->fd, from, spool->fd, to, RENAME_NOREPLACE) == 0;
}

bool spool_rename(const struct spool *spool, const char *from, const char *to, bool sync_parents,
		  struct err *err)
{
	if (rename_once(spool, from, to))
		return true;
	if (errno == ENOENT) {
		if (!spool_make_parents(spool, to, sync_parents, err))
			return false;
		if (rename_once(spool, from, to))
			return true;
	}
	return io_err(err, "rename %s to %s", from, to);
}

bool spool_write_pieces(int fd, const struct slice *pieces, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct slice rest = pieces[i];
		while (rest.n) {
			ssize_t n = write(fd, rest.p, rest.n);
			if (n < 0 && errno == EINTR)
				continue;
			if (n <= 0)
				return false;
			rest = slice_after(rest, (size_t)n);
		}
	}
	return true;
}
