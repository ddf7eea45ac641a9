/*
 * index_scratch.h: a directory for the index of one test, and what every test of lib/index needs.
 */
#ifndef TESTS_INDEX_SCRATCH_H
#define TESTS_INDEX_SCRATCH_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "index/index.h"

struct scratch {
	char dir[64];
	char path[80]; /* of the index */
};

static struct scratch scratch_make(void)
{
	struct scratch scratch = {.dir = "/tmp/mailq-index.XXXXXX"};

	ck_assert_ptr_nonnull(mkdtemp(scratch.dir));
	snprintf(scratch.path, sizeof scratch.path, "%s/.index", scratch.dir);
	return scratch;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void scratch_remove(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct index *scratch_open(const struct scratch *scratch)
{
	struct err err = {0};
	struct index *index = index_open(scratch->path, NULL, &err);

	ck_assert_msg(index != NULL, "%s", err.text);
	return index;
}

static struct index_txn *begin(struct index *index)
{
	struct err err = {0};
	struct index_txn *txn = index_begin(index, 10000, &err);

	ck_assert_msg(txn != NULL, "%s", err.text);
	return txn;
}

static void commit(struct index_txn *txn)
{
	struct err err = {0};

	ck_assert_msg(index_commit(txn, &err), "%s", err.text);
}

/* The nth id of a test. */
static const char *nth_id(char id[ID_SIZE], uint64_t n)
{
	uint8_t random[10] = {0};

	id_make(id, (int64_t)(1800000000000 + n), random);
	return id;
}

#endif
