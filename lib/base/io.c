#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define MAP_FROM ((size_t)64 * 1024) /* below, a page fault costs more than the copy */

static int code_for(int error)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EAGAIN:
		return EX_TEMPFAIL;
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
		return EX_NOINPUT;
	case EACCES:
	case EPERM:
		return EX_NOPERM;
	default:
		return EX_IOERR;
	}
}

bool io_err(struct err *err, const char *fmt, ...)
{
	int error = errno;
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	errno = error;
	return err_sys(err, code_for(error), "%s", what);
}

bool io_random(void *bytes, size_t n, struct err *err)
{
	return getrandom(bytes, n, 0) == (ssize_t)n || io_err(err, "random numbers");
}

bool io_write_all(int fd, struct slice bytes, const char *what, struct err *err)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_err(err, "write %s", what);
		bytes = slice_after(bytes, (size_t)n);
	}
	return true;
}

bool io_pread_all(int fd, void *bytes, size_t n, off_t at, const char *what, struct err *err)
{
	char *p = bytes;

	while (n) {
		ssize_t got = pread(fd, p, n, at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return io_err(err, "read %s", what);
		if (got == 0)
			return err_set(err, EX_DATAERR, "%s: ends too early", what);
		p += got;
		at += got;
		n -= (size_t)got;
	}
	return true;
}

bool io_read_all(int fd, struct buf *buf, size_t limit, const char *what, struct err *err)
{
	for (size_t had = buf->n;;) {
		size_t room = limit - (buf->n - had);
		/* one more shows that it is too long */
		size_t most = room < 65536 ? room + 1 : 65536;
		ssize_t n = read(fd, buf_reserve(buf, most), most);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_err(err, "read %s", what);
		if ((size_t)n > room)
			return err_set(err, EX_DATAERR, "%s: over %zu bytes", what, limit);
		buf->n += (size_t)n;
		buf->p[buf->n] = '\0';
		if (n == 0)
			return true;
	}
}

bool io_read_path(const char *path, size_t limit, struct buf *buf, struct err *err)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return io_err(err, "%s", path);
	bool ok = io_read_all(fd, buf, limit, path, err);
	if (!standard)
		close(fd);
	return ok;
}

static bool size_of(int fd, size_t limit, size_t *n, const char *what, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return io_err(err, "stat %s", what);
	if (!S_ISREG(st.st_mode))
		return err_set(err, EX_DATAERR, "%s: not a regular file", what);
	if ((uintmax_t)st.st_size > limit)
		return err_set(err, EX_DATAERR, "%s: over %zu bytes", what, limit);
	*n = (size_t)st.st_size;
	return true;
}

static bool load(int fd, size_t n, struct io_map *map, const char *what, struct err *err)
{
	void *bytes = mem_zero(n + 1);

	if (!io_pread_all(fd, bytes, n, 0, what, err)) {
		free(bytes);
		if (err->code == EX_DATAERR)
			err->code = EX_TEMPFAIL;
		return false;
	}
	*map = (struct io_map){.bytes = slice_make(bytes, n), .owned = bytes};
	return true;
}

bool io_load(int fd, size_t limit, struct io_map *map, const char *what, struct err *err)
{
	size_t n = 0;

	*map = (struct io_map){0};
	return size_of(fd, limit, &n, what, err) && load(fd, n, map, what, err);
}

bool io_map(int fd, size_t limit, struct io_map *map, const char *what, struct err *err)
{
	size_t n = 0;

	*map = (struct io_map){0};
	if (!size_of(fd, limit, &n, what, err))
		return false;
	if (n < MAP_FROM)
		return load(fd, n, map, what, err);
	void *at = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return io_err(err, "map %s", what);
	*map = (struct io_map){.bytes = slice_make(at, n), .owned = at, .mapped = true};
	return true;
}

void io_unmap(struct io_map *map)
{
	if (map->mapped)
		munmap(map->owned, map->bytes.n);
	else
		free(map->owned);
	*map = (struct io_map){0};
}

void io_map_release(const struct io_map *map)
{
	if (map->mapped)
		madvise(map->owned, map->bytes.n, MADV_DONTNEED);
}

bool io_mkdir_at(int dir, const char *name, mode_t mode, struct err *err)
{
	struct stat st;

	if (mkdirat(dir, name, mode) == 0)
		return true;
	if (errno != EEXIST)
		return io_err(err, "mkdir %s", name);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return io_err(err, "stat %s", name);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, EX_IOERR, "%s: not a directory", name);
	return true;
}

int io_open_dir(int dir, const char *name, struct err *err)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		io_err(err, "open %s", name);
	return fd;
}

/* Writes and flushes the new content under its working name. */
static bool write_new(int dir, const char *name, struct slice bytes, mode_t mode, struct err *err)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
	bool ok;

	if (fd < 0)
		return io_err(err, "create %s", name);
	ok = io_write_all(fd, bytes, name, err);
	if (ok && fsync(fd) < 0)
		ok = io_err(err, "fsync %s", name);
	if (close(fd) < 0 && ok)
		ok = io_err(err, "close %s", name);
	return ok;
}

bool io_write_file_at(int dir, const char *name, struct slice bytes, mode_t mode, struct err *err)
{
	char *new = mem_format(".%s.new", name);
	bool ok = write_new(dir, new, bytes, mode, err);

	if (ok && renameat(dir, new, dir, name) < 0)
		ok = io_err(err, "rename %s", name);
	if (!ok)
		unlinkat(dir, new, 0);
	else if (fsync(dir) < 0)
		ok = io_err(err, "fsync the directory of %s", name);
	free(new);
	return ok;
}

bool io_read_file_at(int dir, const char *name, struct buf *buf, size_t limit, struct err *err)
{
	/* Not blocking: a FIFO planted under that name must not hold us up. */
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return io_err(err, "open %s", name);
	bool ok = io_read_all(fd, buf, limit, name, err);
	close(fd);
	return ok;
}
