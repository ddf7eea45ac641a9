#include "spool/drop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "spool/internal.h"

#define DROP ".drop"
#define DEAD_SECONDS 3600 /* a submitter's half of a file; it writes for a second or two */
#define NAME_ROOM (sizeof DROP + 256)

struct drop {
	int dir; /* .drop/ itself: it cannot be read, but searched */
	int fd;
	char id[ID_SIZE];
	char name[ID_SIZE + 1]; /* .<id>, until it is renamed */
	bool made, committed;
	sigset_t signals; /* as they were */
};

/* --- the submitter's side --- */

static bool has_room(int dir, uint64_t min_free_bytes, struct err *err)
{
	struct statvfs fs;

	if (fstatvfs(dir, &fs) < 0)
		return io_err(err, "statvfs " DROP);
	if ((uint64_t)fs.f_bavail * fs.f_frsize < min_free_bytes)
		return err_set(err, EX_TEMPFAIL, DROP ": no space left");
	return true;
}

/* For the pickup to read it, whatever the submitter's umask and group. */
static bool hand_to_group(struct drop *drop, struct err *err)
{
	struct stat st;

	if (fstat(drop->dir, &st) < 0 || fchown(drop->fd, (uid_t)-1, st.st_gid) < 0 ||
	    fchmod(drop->fd, 0440) < 0)
		return io_err(err, DROP "/%s", drop->name);
	return true;
}

static bool create(struct drop *drop, const char *path, struct err *err)
{
	drop->dir = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (drop->dir < 0)
		return err_sys(err, EX_NOPERM, "%s", path);
	drop->fd = openat(drop->dir, drop->name,
			  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0440);
	drop->made = drop->fd >= 0;
	return drop->made || io_err(err, "%s", path);
}

bool drop_exists(const char *spool)
{
	char *path = mem_format("%s/" DROP, spool);
	bool exists = access(path, X_OK) == 0;

	free(path);
	return exists;
}

struct drop *drop_open(const char *spool, uint64_t min_free_bytes, const char *id, struct err *err)
{
	struct drop *drop = mem_zero(sizeof *drop);
	char *path = mem_format("%s/" DROP, spool);
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &drop->signals);
	drop->dir = drop->fd = -1;
	snprintf(drop->id, sizeof drop->id, "%s", id);
	snprintf(drop->name, sizeof drop->name, ".%s", id);
	bool ok = create(drop, path, err) && has_room(drop->dir, min_free_bytes, err) &&
		  hand_to_group(drop, err);
	free(path);
	if (ok)
		return drop;
	drop_close(drop);
	return NULL;
}

bool drop_write(struct drop *drop, struct slice bytes, struct err *err)
{
	return io_write_all(drop->fd, bytes, drop->id, err);
}

bool drop_commit(struct drop *drop, struct err *err)
{
	if (renameat2(drop->dir, drop->name, drop->dir, drop->id, RENAME_NOREPLACE) < 0)
		return io_err(err, "rename %s", drop->name);
	memcpy(drop->name, drop->id, sizeof drop->id);
	if (fsync(drop->fd) < 0)
		return io_err(err, "fsync %s", drop->id);
	drop->committed = true;
	return true;
}

void drop_close(struct drop *drop)
{
	if (!drop)
		return;
	if (drop->made && !drop->committed)
		unlinkat(drop->dir, drop->name, 0);
	if (drop->fd >= 0)
		close(drop->fd);
	if (drop->dir >= 0)
		close(drop->dir);
	sigprocmask(SIG_SETMASK, &drop->signals, NULL);
	free(drop);
}

/* --- the other side --- */

static void sweep_half(int dir, const char *name, const struct stat *st)
{
	if (time(NULL) - st->st_ctime > DEAD_SECONDS)
		unlinkat(dir, name, 0);
}

bool drop_each(struct spool *spool, drop_callback *callback, void *context, struct err *err)
{
	DIR *dir = spool_opendir(spool, DROP);
	bool go_on = true;

	if (!dir)
		return errno == ENOENT || io_err(err, "%s/" DROP, spool->path);
	int fd = dirfd(dir);
	for (struct dirent *entry; go_on && (entry = readdir(dir));) {
		struct stat st;
		if (entry->d_type == DT_DIR ||
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(st.st_mode))
			continue;
		if (entry->d_name[0] != '.')
			go_on = callback(context, entry->d_name, st.st_uid);
		else
			sweep_half(fd, entry->d_name, &st);
	}
	closedir(dir);
	return true;
}

static void drop_path(const char *name, char path[NAME_ROOM])
{
	snprintf(path, NAME_ROOM, DROP "/%s", name);
}

bool drop_has(const struct spool *spool, const char *id)
{
	char path[NAME_ROOM];
	struct stat st;

	drop_path(id, path);
	return fstatat(spool_fd(spool), path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool copy(int fd, uint64_t size, struct drop_file *file, struct err *err)
{
	char *chunk = mem_array(1, 65536);
	uint64_t left = size;
	bool ok = true;

	while (ok && left) {
		ssize_t n = read(fd, chunk, left < 65536 ? left : 65536);
		if (n < 0)
			ok = io_err(err, "read");
		else if (n == 0)
			ok = err_set(err, EX_DATAERR, "it was cut off while it was read");
		else
			ok = spill_add(&file->bytes, slice_make(chunk, (size_t)n), err);
		left -= n > 0 ? (size_t)n : 0;
	}
	free(chunk);
	return ok;
}

bool drop_take(struct spool *spool, const char *name, uint64_t most, struct drop_file *file,
	       struct err *err)
{
	char path[NAME_ROOM];
	struct stat st;

	*file = (struct drop_file){0};
	drop_path(name, path);
	int fd = spool_openat(spool, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0 && (errno == ELOOP || errno == ENXIO))
		return err_set(err, EX_DATAERR, "not a regular file");
	if (fd < 0)
		return io_err(err, "%s", path);

	bool ok;
	if (fstat(fd, &st) < 0)
		ok = io_err(err, "stat %s", path);
	else if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		ok = err_set(err, EX_DATAERR, "not a regular file with one name");
	else if ((uint64_t)st.st_size > most)
		ok = err_set(err, EX_DATAERR, "larger than any message may be");
	else
		ok = copy(fd, (uint64_t)st.st_size, file, err);
	file->owner = st.st_uid;
	close(fd);
	if (!ok)
		drop_forget(file);
	return ok;
}

void drop_forget(struct drop_file *file)
{
	spill_clear(&file->bytes);
}

bool drop_unlink(struct spool *spool, const char *name, struct err *err)
{
	char path[NAME_ROOM];

	drop_path(name, path);
	return unlinkat(spool->fd, path, 0) == 0 || errno == ENOENT ||
	       io_err(err, "unlink %s", path);
}

bool drop_condemn(struct spool *spool, const char *name, struct err *err)
{
	char path[NAME_ROOM], bad[NAME_ROOM + 16];
	struct stat st;

	drop_path(name, path);
	snprintf(bad, sizeof bad, ".bad/drop.%s", name);
	if (fstatat(spool->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	    st.st_nlink == 1 && renameat2(spool->fd, path, spool->fd, bad, RENAME_NOREPLACE) == 0)
		return true;
	return drop_unlink(spool, name, err);
}
