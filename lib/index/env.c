#include "index/env.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

/* Whatever changes what a key, a value or an enum in one means raises this. */
#define FORMAT 3

#define MOST_READERS 500
#define WAIT_OPEN 10000

static const char *const table_names[TABLES] = {
	[TABLE_MESSAGE] = "message",
	[TABLE_STATUS] = "status",
	[TABLE_COUNT] = "count",
	[TABLE_CHANGE] = "change",
	[TABLE_RECIPIENT] = "recipient",
	[TABLE_TAG] = "tag",
	[TABLE_LANE] = "lane",
	[TABLE_TURN] = "turn",
	[TABLE_READY] = "ready",
	[TABLE_LEASE] = "lease",
	[TABLE_DUE] = "due",
	[TABLE_META] = "meta",
};

static bool is_damage(int rc)
{
	switch (rc) {
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
	case MDB_PANIC:
	case MDB_INCOMPATIBLE:
		return true;
	default:
		return false;
	}
}

bool env_fail(struct index *index, int rc, const char *what, struct err *err)
{
	if (is_damage(rc))
		index->damaged = true;
	return err_set(err, EX_UNAVAILABLE, "index: %s %s: %s", what, index->dir, mdb_strerror(rc));
}

/* The name of a generation's directory, or of a file in it. */
static const char *generation_path(const struct index *index, uint64_t generation, char path[4096])
{
	snprintf(path, 4096, "%s/%" PRIu64, index->dir, generation);
	return path;
}

/*
 * Which generation is in force; 0 when there is none for this boot and format. The file stays open:
 * as soon as it has no name any more, another one is in force.
 */
static uint64_t read_current(struct index *index)
{
	char text[128], boot[37];
	unsigned format;
	uint64_t generation;

	if (index->current_fd >= 0)
		close(index->current_fd);
	index->current_fd = openat(index->dir_fd, "current", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (index->current_fd < 0)
		return 0;
	ssize_t n = read(index->current_fd, text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	if (sscanf(text, "%u %36s %" SCNu64, &format, boot, &generation) != 3 || format != FORMAT ||
	    strcmp(boot, index->boot) != 0)
		return 0;
	return generation;
}

static void remove_generation(struct index *index, const char *name)
{
	static const char *const files[] = {"data.mdb", "lock.mdb"};
	char path[300];

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "%.255s/%s", name, files[i]);
		unlinkat(index->dir_fd, path, 0);
	}
	unlinkat(index->dir_fd, name, AT_REMOVEDIR);
}

static void remove_other_generations(struct index *index, uint64_t generation)
{
	DIR *dir = opendir(index->dir);

	if (!dir)
		return;
	for (struct dirent *entry; (entry = readdir(dir));) {
		uint64_t number;

		if (slice_number(slice_text(entry->d_name), UINT64_MAX, &number) &&
		    number != generation)
			remove_generation(index, entry->d_name);
	}
	closedir(dir);
}

/* An empty directory for a new environment, put in force by the rename of `current`. */
static bool begin_generation(struct index *index, uint64_t *generation, struct err *err)
{
	char text[128], path[4096];
	int fd = openat(index->dir_fd, "current.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			0600);

	if (fd < 0)
		return err_sys(err, EX_UNAVAILABLE, "index: create %s/current.new", index->dir);
	*generation = (uint64_t)clock_now_ms();
	while (mkdir(generation_path(index, *generation, path), 0700) < 0) {
		if (errno != EEXIST) {
			close(fd);
			return err_sys(err, EX_UNAVAILABLE, "index: create %s", path);
		}
		++*generation;
	}

	int n = snprintf(text, sizeof text, "%d %s %" PRIu64 "\n", FORMAT, index->boot,
			 *generation);
	bool written = write(fd, text, (size_t)n) == n;
	if (close(fd) < 0 || !written ||
	    renameat(index->dir_fd, "current.new", index->dir_fd, "current") < 0)
		return err_sys(err, EX_UNAVAILABLE, "index: write %s/current", index->dir);
	remove_other_generations(index, *generation);
	return true;
}

static void close_env(struct index *index)
{
	if (index->reader)
		mdb_txn_abort(index->reader);
	if (index->env)
		mdb_env_close(index->env);
	index->reader = NULL;
	index->env = NULL;
	index->map = NULL;
}

int env_resize(struct index *index, size_t bytes)
{
	if (index->reader)
		mdb_txn_abort(index->reader);
	index->reader = NULL;
	index->map = NULL; /* it moves */
	return mdb_env_set_mapsize(index->env, bytes);
}

/*
 * A look at a page that the file does not reach would end the process (SIGBUS). The last ones can
 * be missing rightly: pages that were taken and freed in one transaction are not written. So the
 * file is made longer; where pages were cut off that count, LMDB finds zeros and calls them
 * corrupt.
 */
static int make_whole(struct index *index)
{
	MDB_envinfo info;
	MDB_stat stat;
	struct stat st;
	int fd, rc;

	if ((rc = mdb_env_info(index->env, &info)) || (rc = mdb_env_stat(index->env, &stat)) ||
	    (rc = mdb_env_get_fd(index->env, &fd)))
		return rc;
	if (fstat(fd, &st) < 0)
		return errno;
	off_t whole = (off_t)(info.me_last_pgno + 1) * stat.ms_psize;
	if (st.st_size < whole && fallocate(fd, 0, st.st_size, whole - st.st_size) < 0)
		return errno;
	return 0;
}

static int open_tables(struct index *index, bool create)
{
	MDB_txn *mdb;
	int rc = mdb_txn_begin(index->env, NULL, create ? 0 : MDB_RDONLY, &mdb);

	if (rc)
		return rc;
	for (int i = 0; i < TABLES && !rc; i++)
		rc = mdb_dbi_open(mdb, table_names[i], create ? MDB_CREATE : 0, &index->dbi[i]);
	if (!rc)
		return mdb_txn_commit(mdb);
	mdb_txn_abort(mdb);
	return rc;
}

/* Opens the environment of a generation, which is empty at first when `create`. */
static int open_env(struct index *index, uint64_t generation, bool create)
{
	char path[4096];
	int rc = mdb_env_create(&index->env);

	if (rc)
		return rc;
	index->opening = true;
	if ((rc = mdb_env_set_mapsize(index->env, index->map_bytes)) ||
	    (rc = mdb_env_set_maxdbs(index->env, TABLES)) ||
	    (rc = mdb_env_set_maxreaders(index->env, MOST_READERS)) ||
	    (rc = mdb_env_open(index->env, generation_path(index, generation, path),
			       MDB_NOSYNC | MDB_NOTLS, 0600)) ||
	    (rc = make_whole(index)) || (rc = open_tables(index, create))) {
		close_env(index);
	} else {
		index->generation = generation;
		index->damaged = false;
	}
	index->opening = false;
	return rc;
}

/* With the gate held: what another process has put in force meanwhile, or a new environment. */
static bool replace(struct index *index, uint64_t refused, struct err *err)
{
	uint64_t generation = read_current(index);
	int rc = MDB_NOTFOUND;

	if (generation && generation != refused)
		rc = open_env(index, generation, true);
	if (!rc)
		return true;
	if (rc != MDB_NOTFOUND && rc != ENOENT && !is_damage(rc))
		return env_fail(index, rc, "open", err);

	if (!begin_generation(index, &generation, err))
		return false;
	if ((rc = open_env(index, generation, true)))
		return env_fail(index, rc, "create", err);
	read_current(index);
	return true;
}

/* Opens what is in force. Only when that is not there, or not whole, the gate is needed. */
static bool open_in_force(struct index *index, struct err *err)
{
	uint64_t refused = index->damaged ? index->generation : 0;
	uint64_t generation = read_current(index);
	sigset_t mask;

	close_env(index);
	if (generation && generation != refused && open_env(index, generation, false) == 0)
		return true;
	if (!gate_take(index, WAIT_OPEN, &mask, err))
		return false;
	bool done = replace(index, refused, err);
	gate_drop(index, &mask);
	return done;
}

void env_close(struct index *index)
{
	int *const fds[] = {&index->current_fd, &index->gate_fd, &index->dir_fd};

	close_env(index);
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

static bool open_dir(struct index *index, struct err *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;

	index->dir_fd = open(index->dir, flags);
	if (index->dir_fd < 0 && errno == ENOENT) {
		if (mkdir(index->dir, 0700) < 0 && errno != EEXIST)
			return err_sys(err, EX_UNAVAILABLE, "index: create %s", index->dir);
		index->dir_fd = open(index->dir, flags);
	}
	if (index->dir_fd < 0)
		return err_sys(err, EX_UNAVAILABLE, "index: open %s", index->dir);
	index->gate_fd =
		openat(index->dir_fd, "gate", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (index->gate_fd < 0)
		return err_sys(err, EX_UNAVAILABLE, "index: open %s/gate", index->dir);
	return true;
}

bool env_in_force(const struct index *index)
{
	struct stat st;

	return index->env && !index->damaged && fstat(index->current_fd, &st) == 0 && st.st_nlink;
}

bool env_refresh(struct index *index, struct err *err)
{
	assert(!index->txn.mdb);
	if (env_in_force(index))
		return true;

	/* `rm -r .index` takes the gate along: everything is opened again. */
	env_close(index);
	return open_dir(index, err) && open_in_force(index, err);
}
