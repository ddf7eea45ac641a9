#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "spool/internal.h"

/* Larger than any message: what is bigger is none of ours. */
#define FILE_MOST_BYTES ((size_t)1 << 31)

#define LENGTH_TRIES 200 /* a second */
#define LENGTH_SLEEP_NS 5000000

/* --- its length --- */

/*
 * Who peeks maps a file without its lock, and a page beyond the end would bring him down (SIGBUS).
 * So he holds the length while he checks the entries, which looks at every byte; whoever shortens
 * a file takes it for that. What was found whole is not cut off later. These locks (fcntl(2),
 * F_OFD_SETLK) know nothing of flocks: a peek never keeps anybody from taking the file.
 */
static bool hold_length(int fd, short type, const char *id, struct err *err)
{
	struct flock whole_file = {.l_type = type, .l_whence = SEEK_SET};

	for (int i = 0; fcntl(fd, F_OFD_SETLK, &whole_file) < 0; i++) {
		if (errno != EAGAIN && errno != EACCES)
			return io_err(err, "lock %s", id);
		if (i == LENGTH_TRIES)
			return err_set(err, EX_TEMPFAIL, "%s: read by another process", id);
		nanosleep(&(struct timespec){.tv_nsec = LENGTH_SLEEP_NS}, NULL);
	}
	return true;
}

static bool shorten(struct spool_file *file, uint64_t size, struct err *err)
{
	struct err ignored;

	if (!hold_length(file->fd, F_WRLCK, file->id, err))
		return false;
	bool ok = ftruncate(file->fd, (off_t)size) == 0 || io_err(err, "truncate %s", file->id);
	hold_length(file->fd, F_UNLCK, file->id, &ignored);
	return ok;
}

/* --- reading --- */

static void forget_bytes(struct spool_file *file)
{
	io_unmap(&file->map);
	file->map = (struct io_map){0};
}

static bool read_file(struct spool_file *file, struct err *err)
{
	if (!io_map(file->fd, FILE_MOST_BYTES, &file->map, file->id, err))
		return false;
	bool ok = entry_read(file->map.bytes, ENTRY_FORMAT_MESSAGE, &file->arena, &file->entries,
			     err);
	io_map_release(&file->map); /* of its many bytes each was summed, but few are used soon */
	if (!ok)
		return err_at(err, "%s", file->id);
	if (*file->entries.id && strcmp(file->entries.id, file->id) != 0)
		return err_set(err, EX_DATAERR, "%s: holds the message %s", file->id,
			       file->entries.id);
	file->size = file->entries.whole;
	return true;
}

/* --- taking and releasing --- */

static void start(struct spool *spool, const struct place *place, const char *id,
		  struct spool_file *file)
{
	*file = (struct spool_file){.spool = spool, .fd = -1, .place = *place};
	snprintf(file->id, sizeof file->id, "%s", id);
}

/* Whether the path still names the file that we hold the lock of: it may have moved before. */
static bool still_there(const struct spool_file *file, const char *path)
{
	struct stat held, named;

	return fstat(file->fd, &held) == 0 &&
	       fstatat(file->spool->fd, path, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

bool spool_take(struct spool *spool, const struct place *place, const char *id,
		struct spool_file *file, struct err *err)
{
	char path[PLACE_PATH_SIZE];

	start(spool, place, id, file);
	place_path(place, id, path);
	file->fd = spool_openat(spool, path, O_RDWR | O_APPEND | O_NONBLOCK, 0);
	if (file->fd < 0)
		return io_err(err, "%s", path);
	if (flock(file->fd, LOCK_EX | LOCK_NB) < 0)
		err_set(err, EX_TEMPFAIL, "%s: held by another process", id);
	else if (!still_there(file, path))
		err_set(err, EX_NOINPUT, "%s: moved meanwhile", path);
	else if (read_file(file, err))
		return true;
	spool_release(file);
	return false;
}

bool spool_peek(struct spool *spool, const struct place *place, const char *id,
		struct spool_file *file, struct err *err)
{
	char path[PLACE_PATH_SIZE];

	start(spool, place, id, file);
	place_path(place, id, path);
	file->fd = spool_openat(spool, path, O_RDONLY | O_NONBLOCK, 0);
	if (file->fd < 0)
		return io_err(err, "%s", path);

	bool ok = hold_length(file->fd, F_RDLCK, id, err) && read_file(file, err);
	close(file->fd);
	file->fd = -1;
	if (!ok)
		spool_release(file);
	return ok;
}

void spool_release(struct spool_file *file)
{
	forget_bytes(file);
	arena_free(&file->arena);
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

pid_t spool_holder(struct spool *spool, const struct place *place, const char *id)
{
	char path[PLACE_PATH_SIZE];

	place_path(place, id, path);
	int fd = spool_openat(spool, path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return 0;
	pid_t pid = lock_holder(fd);
	close(fd);
	return pid;
}

/* --- changing --- */

bool spool_reread(struct spool_file *file, struct err *err)
{
	forget_bytes(file);
	arena_reset(&file->arena);
	return read_file(file, err);
}

bool spool_cut(struct spool_file *file, struct err *err)
{
	if (!shorten(file, file->size, err))
		return false;
	file->entries.tail = ENTRY_TAIL_WHOLE;
	return true;
}

/* What was appended shows among the entries, as if it had been read. */
static void add_entry(struct spool_file *file, const char *name, int64_t time_ms, struct slice body)
{
	struct entry_list *entries = &file->entries;
	struct entry *grown = arena_alloc(&file->arena, (entries->count + 1) * sizeof *grown);

	if (entries->count)
		memcpy(grown, entries->at, entries->count * sizeof *grown);
	grown[entries->count++] =
		(struct entry){.name = slice_text(name), .time_ms = time_ms, .body = body};
	entries->at = grown;
}

bool spool_append(struct spool_file *file, const char *name, int64_t time_ms, struct slice body,
		  struct err *err)
{
	char head[ENTRY_HEAD_SIZE];
	size_t head_bytes = entry_head(head, file->id, name, time_ms, &body, 1);
	size_t total = head_bytes + body.n + 1;
	char newline[] = "\n";
	struct iovec pieces[] = {
		{.iov_base = head, .iov_len = head_bytes},
		{.iov_base = (void *)(uintptr_t)body.p, .iov_len = body.n},
		{.iov_base = newline, .iov_len = 1},
	};

	if (file->entries.tail == ENTRY_TAIL_DAMAGED)
		return err_set(err, EX_DATAERR, "%s: damaged", file->id);
	if (file->entries.tail == ENTRY_TAIL_TORN && !spool_cut(file, err))
		return false;

	ssize_t n = writev(file->fd, pieces, 3);
	if (n == (ssize_t)total) {
		file->size += total;
		add_entry(file, name, time_ms, body);
		return true;
	}
	if (n >= 0)
		errno = ENOSPC;
	io_err(err, "write %s", file->id);
	if (!shorten(file, file->size, &(struct err){0}))
		file->entries.tail = ENTRY_TAIL_TORN; /* a reader takes it for that, and cuts it */
	return false;
}

bool spool_take_back(struct spool_file *file, uint64_t size)
{
	if (!shorten(file, size, &(struct err){0}))
		return false;
	file->size = size;
	file->entries.count--;
	return true;
}

bool spool_move(struct spool_file *file, const struct place *to, struct err *err)
{
	char from_path[PLACE_PATH_SIZE], to_path[PLACE_PATH_SIZE];

	if (place_equal(&file->place, to))
		return true;
	assert(place_may_move(file->place.state, to->state));
	place_path(&file->place, file->id, from_path);
	place_path(to, file->id, to_path);
	if (!spool_rename(file->spool, from_path, to_path, false, err))
		return false;
	file->place = *to;
	return true;
}

bool spool_sync(struct spool_file *file, const struct place *from, struct err *err)
{
	char dir[PLACE_PATH_SIZE];

	if (fsync(file->fd) < 0)
		return io_err(err, "fsync %s", file->id);
	place_dir(&file->place, file->id, dir);
	if (!spool_sync_dir(file->spool, dir, err))
		return false;
	if (place_equal(&file->place, from))
		return true;
	place_dir(from, file->id, dir);
	return spool_sync_dir(file->spool, dir, err);
}

bool spool_condemn(struct spool_file *file, struct err *err)
{
	char from_path[PLACE_PATH_SIZE], to_path[PLACE_PATH_SIZE];

	place_path(&file->place, file->id, from_path);
	snprintf(to_path, sizeof to_path, ".bad/%s.%s.%s", file->place.org,
		 state_name(file->place.state), file->id);
	return spool_rename(file->spool, from_path, to_path, false, err);
}

bool spool_unlink(struct spool_file *file, struct err *err)
{
	char path[PLACE_PATH_SIZE];

	place_path(&file->place, file->id, path);
	if (unlinkat(file->spool->fd, path, 0) < 0)
		return io_err(err, "unlink %s", path);
	return true;
}
