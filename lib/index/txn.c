#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

#include "index/env.h"

#define TRIM_EVERY 10000    /* keys looked at */
#define TRANSACTION_KEYS 20 /* what any of them looks at beside */

bool txn_fail(struct index_txn *txn, int rc, const char *what)
{
	if (!txn->err.code)
		env_fail(txn->index, rc, what, &txn->err);
	return false;
}

bool txn_get(struct index_txn *txn, enum table table, const struct key *key, MDB_val *value)
{
	MDB_val name = key_val(key);
	int rc;

	if (txn->err.code)
		return false;
	txn->index->since_trim++;
	if (!(rc = mdb_get(txn->mdb, txn->index->dbi[table], &name, value)))
		return true;
	return rc == MDB_NOTFOUND ? false : txn_fail(txn, rc, "read");
}

bool txn_put(struct index_txn *txn, enum table table, const struct key *key, MDB_val value,
	     unsigned flags)
{
	MDB_val name = key_val(key);
	int rc;

	if (txn->err.code)
		return false;
	txn->index->since_trim++;
	rc = mdb_put(txn->mdb, txn->index->dbi[table], &name, &value, flags);
	if (rc == MDB_KEYEXIST && flags == MDB_APPEND) /* not behind the last one after all */
		rc = mdb_put(txn->mdb, txn->index->dbi[table], &name, &value, 0);
	if (!rc)
		return true;
	return rc == MDB_KEYEXIST ? false : txn_fail(txn, rc, "write");
}

bool txn_delete(struct index_txn *txn, enum table table, const struct key *key)
{
	MDB_val name = key_val(key);
	int rc;

	if (txn->err.code)
		return false;
	txn->index->since_trim++;
	if (!(rc = mdb_del(txn->mdb, txn->index->dbi[table], &name, NULL)))
		return true;
	return rc == MDB_NOTFOUND ? false : txn_fail(txn, rc, "delete");
}

static int begin_reading(struct index *index)
{
	int rc;

	if (!index->reader)
		return mdb_txn_begin(index->env, NULL, MDB_RDONLY, &index->reader);
	if ((rc = mdb_txn_renew(index->reader))) {
		mdb_txn_abort(index->reader);
		index->reader = NULL;
	}
	return rc;
}

MDB_txn *read_begin(struct index *index, struct err *err)
{
	int rc;

	if (!index->txn.mdb && !env_refresh(index, err))
		return NULL;
	rc = begin_reading(index);
	if (rc == MDB_READERS_FULL && !mdb_reader_check(index->env, NULL))
		rc = begin_reading(index);
	if (rc == MDB_MAP_RESIZED && !index->txn.mdb && !(rc = env_resize(index, 0)))
		rc = begin_reading(index);
	index->reading = rc == 0;
	if (!rc)
		return index->reader;
	env_fail(index, rc, "read", err);
	return NULL;
}

bool read_end(struct index *index, MDB_txn *mdb, int rc, struct err *err)
{
	mdb_txn_reset(mdb);
	index->reading = false;
	txn_count(index);
	return !rc || rc == MDB_NOTFOUND || env_fail(index, rc, "read", err);
}

int first_time(struct index *index, MDB_txn *mdb, enum table table, const char *stage,
	       int64_t from_ms, int64_t *time_ms)
{
	struct key key = {.n = 0}, from;
	MDB_cursor *cursor;
	MDB_val name, value;
	int rc = mdb_cursor_open(mdb, index->dbi[table], &cursor);

	*time_ms = INDEX_NEVER;
	if (rc)
		return rc;
	key_add_text(&key, slice_text(stage));
	from = key;
	key_add_time(&from, from_ms);
	name = key_val(&from);
	rc = mdb_cursor_get(cursor, &name, &value, MDB_SET_RANGE);
	if (!rc && key_begins(&key, name)) {
		struct key_reader reader = key_read(name);

		key_take_text(&reader);
		*time_ms = key_take_time(&reader);
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/*
 * The map's place in memory is known to LMDB alone, so it is looked up in the kernel's list of
 * mappings: the one that a stored record lies in.
 */
static void find_map(struct index *index, const char *inside)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[4352];
	uintptr_t start, end;

	if (!maps)
		return;
	while (!index->map && fgets(line, sizeof line, maps))
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &start, &end) == 2 &&
		    (uintptr_t)inside >= start && (uintptr_t)inside < end) {
			index->map = (char *)start;
			index->map_size = end - start;
		}
	fclose(maps);
}

/* A byte of the map: the first record that there is in the table of names, which is never empty. */
static const char *look_into_map(struct index *index)
{
	struct err err;
	MDB_txn *mdb = read_begin(index, &err);
	MDB_val name, value;
	MDB_cursor *cursor;
	MDB_dbi names;
	const char *inside = NULL;

	if (!mdb)
		return NULL;
	if (!mdb_dbi_open(mdb, NULL, 0, &names) && !mdb_cursor_open(mdb, names, &cursor)) {
		if (!mdb_cursor_get(cursor, &name, &value, MDB_FIRST))
			inside = value.mv_data;
		mdb_cursor_close(cursor);
	}
	return read_end(index, mdb, 0, &err) ? inside : NULL;
}

/*
 * Pages read through the map count as this process's memory for as long as they stay mapped. They
 * are the page cache's all the same: what is needed again costs a minor fault.
 */
static void trim(struct index *index)
{
	index->since_trim = 0;
	if (!index->env)
		return;
	if (!index->map) {
		const char *inside = look_into_map(index);

		if (inside)
			find_map(index, inside);
	}
	if (index->map)
		madvise(index->map, index->map_size, MADV_DONTNEED);
}

void txn_count(struct index *index)
{
	index->since_trim += TRANSACTION_KEYS;
	if (index->since_trim < TRIM_EVERY)
		return;
	mdb_reader_check(index->env, NULL);
	trim(index);
}
