#include "spool/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

bool instance_adopt(struct spool *spool, struct err *err)
{
	struct buf now = {0};
	bool ok = describe(spool, &now, err) &&
		  io_write_file_at(spool->fd, NAME, buf_slice(&now), 0600, err);

	buf_free(&now);
	return ok;
}

bool instance_check(struct spool *spool, struct err *err)
{
	struct buf now = {0}, then = {0};
	struct stat st;
	bool ok;

	if (fstatat(spool->fd, NAME, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return instance_adopt(spool, err);
	ok = describe(spool, &now, err) && io_read_file_at(spool->fd, NAME, &then, BYTES_MOST, err);
	if (ok && !slice_equal(buf_slice(&now), buf_slice(&then)))
		ok = err_set(
			err, EX_CONFIG,
			"%s: this spool is a copy of another: nothing is sent from it. Where the "
			"other one is gone for good, run mailq-supervise --adopt",
			spool->path);
	buf_free(&now);
	buf_free(&then);
	return ok;
}
