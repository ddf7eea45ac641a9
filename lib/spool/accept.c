#include "spool/accept.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "spool/internal.h"

/* Up to so many files, an fsync each costs less than one syncfs, which waits for all on the disk.
 */
#define FSYNC_EACH_MOST 3

struct accept_file {
	struct accept *accept;
	int fd;
	char id[ID_SIZE];
	struct place place;
	bool placed; /* renamed into place */
	uint64_t size;
	uint64_t head_at; /* where an entry was begun */
	bool in_entry;
	struct entry_sum sum; /* of its body so far */
};

/* A small file is one write: each costs some microseconds, whatever its size. */
#define HELD_MOST 32768

struct accept {
	struct spool *spool;
	struct buf held;           /* the end of the last file, not written yet */
	struct accept_file *files; /* room for ACCEPT_MOST */
	size_t count;
	bool committed;
};

struct accept *accept_open(struct spool *spool, struct err *err)
{
	if (!spool_has_room(spool, err))
		return NULL;

	struct accept *accept = mem_zero(sizeof *accept);
	accept->spool = spool;
	accept->files = mem_resize(NULL, ACCEPT_MOST, sizeof *accept->files);
	return accept;
}

void accept_close(struct accept *accept)
{
	if (!accept)
		return;
	accept_clear(accept);
	buf_free(&accept->held);
	free(accept->files);
	free(accept);
}

static void tmp_path(const char *id, char path[PLACE_PATH_SIZE])
{
	snprintf(path, PLACE_PATH_SIZE, ".tmp/%s", id);
}

/*
 * A sweeper may lock our new file in the moment before we do, and remove it: then it has no name
 * any more, and we begin again.
 */
int spool_create_tmp(const struct spool *spool, const char *path, int flags)
{
	struct stat st;

	for (;;) {
		int fd = spool_openat(spool, path, flags | O_CREAT | O_EXCL, 0600);
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX) == 0 && fstat(fd, &st) == 0 && st.st_nlink == 1)
			return fd;
		close(fd);
	}
}

struct accept_file *accept_file(struct accept *accept, const struct place *place, const char *id,
				struct err *err)
{
	char path[PLACE_PATH_SIZE];
	struct accept_file *file = &accept->files[accept->count];

	if (accept->count == ACCEPT_MOST) {
		err_set(err, EX_TEMPFAIL, "more than %d messages in one batch", ACCEPT_MOST);
		return NULL;
	}
	assert(accept->held.n == 0);
	tmp_path(id, path);
	*file = (struct accept_file){.accept = accept, .place = *place};
	snprintf(file->id, sizeof file->id, "%s", id);
	file->fd = spool_create_tmp(accept->spool, path, O_WRONLY);
	if (file->fd < 0) {
		io_err(err, "create %s/%s", accept->spool->path, path);
		return NULL;
	}
	accept->count++;
	return file;
}

static bool write_out(struct accept_file *file, const struct slice *pieces, size_t count,
		      struct err *err)
{
	if (spool_write_pieces(file->fd, pieces, count))
		return true;
	io_err(err, "write %s", file->id);
	accept_drop(file);
	return false;
}

bool accept_end(struct accept_file *file, struct err *err)
{
	struct buf *held = &file->accept->held;
	struct slice piece = buf_slice(held);

	if (piece.n == 0)
		return true;
	bool ok = write_out(file, &piece, 1, err);
	buf_clear(held);
	return ok;
}

/* Held back, where there is room for it. */
static bool write_soon(struct accept_file *file, const struct slice *pieces, size_t count,
		       struct err *err)
{
	struct buf *held = &file->accept->held;
	size_t bytes = held->n;

	for (size_t i = 0; i < count; i++)
		bytes += pieces[i].n;
	if (bytes > HELD_MOST)
		return accept_end(file, err) && write_out(file, pieces, count, err);
	for (size_t i = 0; i < count; i++)
		buf_add_slice(held, pieces[i]);
	return true;
}

bool accept_write(struct accept_file *file, const struct slice *pieces, size_t count,
		  struct err *err)
{
	assert(file == &file->accept->files[file->accept->count - 1]);

	if (!write_soon(file, pieces, count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		file->size += pieces[i].n;
		if (file->in_entry)
			entry_sum_add(&file->sum, pieces[i]);
	}
	return true;
}

/* The length takes twelve digits, zeros in front, so that every header has the same room. */
static size_t entry_room(const char *name)
{
	return strlen(name) + sizeof "% 000000000000 00000000 2026-11-24T09:30:00.123Z";
}

bool accept_entry_begin(struct accept_file *file, const char *name, struct err *err)
{
	static const char blank[ENTRY_HEAD_SIZE];
	struct slice head = slice_make(blank, entry_room(name));

	file->head_at = file->size;
	if (!accept_write(file, &head, 1, err))
		return false;
	file->in_entry = true;
	file->sum = (struct entry_sum){0};
	return true;
}

bool accept_entry_end(struct accept_file *file, const char *name, int64_t time_ms,
		      struct entry_sum *sum, struct err *err)
{
	struct slice end = SLICE("\n");
	char head[ENTRY_HEAD_SIZE];

	*sum = file->sum;
	file->in_entry = false;
	if (!accept_write(file, &end, 1, err))
		return false;
	size_t n = entry_head_wide(head, file->id, name, time_ms, *sum);
	assert(n == entry_room(name));
	uint64_t written = file->size - file->accept->held.n;
	if (file->head_at >= written) {
		memcpy(file->accept->held.p + (file->head_at - written), head, n);
		return true;
	}
	if (pwrite(file->fd, head, n, (off_t)file->head_at) == (ssize_t)n)
		return true;
	io_err(err, "write %s", file->id);
	accept_drop(file);
	return false;
}

static void take_back(struct accept_file *file)
{
	char path[PLACE_PATH_SIZE];

	if (file->placed)
		place_path(&file->place, file->id, path);
	else
		tmp_path(file->id, path);
	unlinkat(file->accept->spool->fd, path, 0);
	close(file->fd);
}

void accept_drop(struct accept_file *file)
{
	struct accept *accept = file->accept;

	/* what is held is of the last file, and so is this one, or nothing is held */
	buf_clear(&accept->held);
	take_back(file);
	*file = accept->files[--accept->count];
}

/* --- committing --- */

static bool place_all(struct accept *accept, struct err *err)
{
	char from[PLACE_PATH_SIZE], to[PLACE_PATH_SIZE];

	for (size_t i = 0; i < accept->count; i++) {
		struct accept_file *file = &accept->files[i];
		tmp_path(file->id, from);
		place_path(&file->place, file->id, to);
		if (!spool_rename(accept->spool, from, to, true, err))
			return false;
		file->placed = true;
	}
	return true;
}

static bool flush_all(struct accept *accept, struct err *err)
{
#ifdef MAILQ_WITHOUT_ACCEPT_FLUSH /* the power-cut test must find this out */
	(void)err;
	return true;
#endif
	if (accept->count > FSYNC_EACH_MOST)
		return syncfs(accept->spool->fd) == 0 ||
		       io_err(err, "syncfs %s", accept->spool->path);
	for (size_t i = 0; i < accept->count; i++)
		if (fsync(accept->files[i].fd) < 0)
			return io_err(err, "fsync %s", accept->files[i].id);
	return true;
}

bool accept_commit(struct accept *accept, struct err *err)
{
	assert(accept->held.n == 0);
	if (place_all(accept, err) && flush_all(accept, err)) {
		accept->committed = true;
		return true;
	}
	accept_clear(accept);
	return false;
}

void accept_clear(struct accept *accept)
{
	for (size_t i = 0; i < accept->count; i++) {
		if (accept->committed)
			close(accept->files[i].fd);
		else
			take_back(&accept->files[i]);
	}
	buf_clear(&accept->held);
	accept->count = 0;
	accept->committed = false;
}

/* --- sweeping --- */

static void sweep_one(struct spool *spool, const char *name)
{
	char path[PLACE_PATH_SIZE];

	snprintf(path, sizeof path, ".tmp/%.128s", name);
	int fd = spool_openat(spool, path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(spool->fd, path, 0);
	close(fd);
}

void accept_sweep(struct spool *spool)
{
	DIR *dir = spool_opendir(spool, ".tmp");

	if (!dir)
		return;
	for (struct dirent *entry; (entry = readdir(dir));)
		if (entry->d_name[0] != '.')
			sweep_one(spool, entry->d_name);
	closedir(dir);
}
