/*
 * index_fixture.h: for each test of a file an empty index, open, and memory for what it answers.
 *
 *     tcase_add_checked_fixture(t, setup, teardown);
 */
#ifndef TESTS_INDEX_FIXTURE_H
#define TESTS_INDEX_FIXTURE_H

#include "index_scratch.h"

static struct scratch scratch;
static struct index *index_;
static struct arena arena;

static void setup(void)
{
	scratch = scratch_make();
	index_ = scratch_open(&scratch);
}

static void teardown(void)
{
	index_close(index_);
	arena_free(&arena);
	scratch_remove(scratch.dir);
}

#endif
