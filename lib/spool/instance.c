#include "spool/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool/internal.h"

#define NAME ".instance"
#define BYTES_MOST 256

/* A machine without an id (a plain container) is told apart by the inode alone. */
static bool describe(const struct spool *spool, struct buf *text, struct err *err)
{
	struct err ignored = {0};
	struct buf machine = {0};
	struct stat st;
	int etc = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fstat(spool->fd, &st) < 0) {
		io_err(err, "stat %s", spool->path);
		if (etc >= 0)
			close(etc);
		return false;
	}
	if (etc >= 0) {
		io_read_file_at(etc, "machine-id", &machine, BYTES_MOST, &ignored);
		close(etc);
	}
	struct slice id = slice_trim(buf_slice(&machine));
	buf_addf(text, "machine %.*s\ninode %" PRIu64 "\n", SLICE_ARGS(id), (uint64_t)st.st_ino);
	buf_free(&machine);
	return true;
}

/* Under a name of its own, flushed, then renamed, for several programs may be the first. flags: of
 * renameat2. */
static bool put(const struct spool *spool, struct slice text, unsigned flags, struct err *err)
{
	char tmp[sizeof ".tmp/instance." + 16];

	snprintf(tmp, sizeof tmp, ".tmp/instance.%d", (int)getpid());
	unlinkat(spool->fd, tmp, 0); /* of a dead process with our number */
	int fd = spool_create_tmp(spool, tmp, O_WRONLY);
	if (fd < 0)
		return io_err(err, "create %s/%s", spool->path, tmp);
	bool ok = io_write_all(fd, text, tmp, err) &&
		  (fsync(fd) == 0 || io_err(err, "fsync %s", tmp));
	if (ok && renameat2(spool->fd, tmp, spool->fd, NAME, flags) < 0 && errno != EEXIST)
		ok = io_err(err, "rename %s to " NAME, tmp);
	unlinkat(spool->fd, tmp, 0); /* where another one was faster, or it failed */
	close(fd);
	return ok && (fsync(spool->fd) == 0 || io_err(err, "fsync %s", spool->path));
}

static bool mark(struct spool *spool, unsigned flags, struct err *err)
{
	struct buf now = {0};
	bool ok = describe(spool, &now, err) && put(spool, buf_slice(&now), flags, err);

	buf_free(&now);
	return ok;
}

bool instance_adopt(struct spool *spool, struct err *err)
{
	return mark(spool, 0, err);
}

/* A power cut while the spool was new may leave the name without what was written. */
static bool is_whole(struct slice text)
{
	return slice_ends(text, "\n") && !memchr(text.p, '\0', text.n);
}

static bool compare(struct spool *spool, struct slice then, struct err *err)
{
	struct buf now = {0};
	bool ok = describe(spool, &now, err);

	if (ok && !slice_equal(buf_slice(&now), then))
		ok = err_set(
			err, EX_CONFIG,
			"%s: this spool is a copy of another: nothing is sent from it. Where the "
			"other one is gone for good, run mailq-supervise --adopt",
			spool->path);
	buf_free(&now);
	return ok;
}

bool instance_check(struct spool *spool, struct err *err)
{
	struct buf then = {0};
	struct stat st;
	bool ok;

	if (fstatat(spool->fd, NAME, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT &&
	    !mark(spool, RENAME_NOREPLACE, err))
		return false;
	ok = io_read_file_at(spool->fd, NAME, &then, BYTES_MOST, err);
	if (ok && !is_whole(buf_slice(&then)))
		ok = mark(spool, 0, err);
	else if (ok)
		ok = compare(spool, buf_slice(&then), err);
	buf_free(&then);
	return ok;
}
