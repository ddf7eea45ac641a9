/* The index as others see it: opened, and changed by one transaction after another. */
#include "index/index.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "index/env.h"

#define MAP_BYTES (UINT64_C(16) << 30)

static bool read_boot_id(char boot[37], struct err *err)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, boot, 36);

	if (fd >= 0)
		close(fd);
	if (n != 36)
		return err_sys(err, EX_UNAVAILABLE, "index: read the kernel's boot id");
	boot[36] = '\0';
	return true;
}

struct index *index_open(const char *dir, const struct index_options *options, struct err *err)
{
	struct index *index = mem_zero(sizeof *index);

	index->dir = mem_text(dir);
	index->dir_fd = index->gate_fd = index->current_fd = -1;
	index->map_bytes = options && options->map_bytes ? options->map_bytes : MAP_BYTES;
	index->txn.index = index;
	fault_guard(index);
	if (read_boot_id(index->boot, err) && env_refresh(index, err))
		return index;
	index_close(index);
	return NULL;
}

void index_close(struct index *index)
{
	if (!index)
		return;
	assert(!index->txn.mdb);
	env_close(index);
	fault_unguard(index);
	buf_free(&index->txn.old);
	buf_free(&index->txn.scratch);
	buf_free(&index->txn.lists);
	free(index->dir);
	free(index);
}

/* --- transactions --- */

/* The gate of the environment in force, which another process may replace while this one waits. */
static bool take_gate_in_force(struct index *index, int wait_ms, sigset_t *mask, struct err *err)
{
	for (;;) {
		if (!env_refresh(index, err) || !gate_take(index, wait_ms, mask, err))
			return false;
		if (env_in_force(index))
			return true;
		gate_drop(index, mask);
	}
}

/* A transaction that finds the map full has failed, so it is made larger well before. */
static int make_room(struct index *index)
{
	MDB_envinfo info;
	MDB_stat stat;
	int rc;

	if ((rc = mdb_env_info(index->env, &info)) || (rc = mdb_env_stat(index->env, &stat)))
		return rc;
	size_t used = info.me_last_pgno * stat.ms_psize;
	return used > info.me_mapsize / 4 * 3 ? env_resize(index, 2 * info.me_mapsize) : 0;
}

static int begin_writing(struct index *index, MDB_txn **mdb)
{
	int rc = mdb_txn_begin(index->env, NULL, 0, mdb);

	if (rc == MDB_MAP_RESIZED && !(rc = env_resize(index, 0)))
		rc = mdb_txn_begin(index->env, NULL, 0, mdb);
	return rc;
}

struct index_txn *index_begin(struct index *index, int wait_ms, struct err *err)
{
	struct index_txn *txn = &index->txn;
	int rc;

	assert(!txn->mdb);
	if (!take_gate_in_force(index, wait_ms, &txn->mask, err))
		return NULL;
	if ((rc = make_room(index)) || (rc = begin_writing(index, &txn->mdb))) {
		txn->mdb = NULL;
		gate_drop(index, &txn->mask);
		env_fail(index, rc, "begin", err);
		return NULL;
	}

	txn->err.code = 0;
	txn->lane.known = false;
	txn->counts.known = false;
	txn->meters.count = 0;
	txn->uses.count = 0;
	txn->serial = 0;
	return txn;
}

static void end(struct index_txn *txn)
{
	txn->mdb = NULL;
	gate_drop(txn->index, &txn->mask);
	txn_count(txn->index);
}

bool index_commit(struct index_txn *txn, struct err *err)
{
	int rc;

	lane_flush(txn);
	counts_flush(txn);
	meters_flush(txn);
	uses_flush(txn);
	if (txn->err.code) {
		*err = txn->err;
		index_abort(txn);
		return false;
	}
	if ((rc = mdb_txn_commit(txn->mdb)))
		env_fail(txn->index, rc, "commit", err);
	end(txn);
	return rc == 0;
}

void index_abort(struct index_txn *txn)
{
	if (!txn)
		return;
	mdb_txn_abort(txn->mdb);
	end(txn);
}
