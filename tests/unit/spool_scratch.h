/*
 * spool_scratch.h: an empty spool of its own for each test, in a directory of files.h; fixtures are
 * spool_enter and spool_leave.
 */
#ifndef UNIT_SPOOL_SCRATCH_H
#define UNIT_SPOOL_SCRATCH_H

#include "files.h"
#include "spool/spool.h"

static struct spool *spool;
static struct err err;

static inline void spool_enter(void)
{
	files_enter();
	ck_assert_int_eq(mkdir("spool", 0700), 0);
	spool = spool_open(&(struct spool_options){.path = "spool"}, &err);
	ck_assert_msg(spool != NULL, "%s", err.text);
}

static inline void spool_leave(void)
{
	spool_close(spool);
	files_leave();
}

#endif
