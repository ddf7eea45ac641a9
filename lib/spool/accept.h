/*
 * accept.h: new files into the spool, durable before anyone is told yes.
 *
 *     struct accept *accept = accept_open(spool, &err);
 *     struct accept_file *file = accept_file(accept, &place, id, &err);   // in .tmp/, locked
 *     accept_write(file, pieces, count, &err);                            // as often as needed
 *     accept_end(file, &err);                                             // it is whole
 *     accept_commit(accept, &err);    // renames all, then one flush for all
 *     ...                             // the index; the ids are printed
 *     accept_clear(accept);           // unlocks all; the next batch may begin
 *
 * A file is written under .tmp/ with its writer's lock on it, renamed into place without replacing
 * anything, then flushed: one fsync of the file, which on the file systems that spool_open admits
 * carries the new name; for more than a few files one syncfs of all. The locks are kept until
 * accept_clear, so that nobody takes what is not durable.
 *
 * When a flush or a rename fails, every file of the batch is taken back, and nothing was accepted.
 * A failed flush is not tried again: the kernel has told it once, and would answer yes the second
 * time.
 */
#ifndef SPOOL_ACCEPT_H
#define SPOOL_ACCEPT_H

#include "spool/spool.h"

/* A batch holds a descriptor for each file, so it is bounded. */
#define ACCEPT_MOST 256

struct accept;
struct accept_file;

/* One batch after another. Fails (75) when the spool has no room left. */
struct accept *accept_open(struct spool *spool, struct err *err);
void accept_close(struct accept *accept);

/* Begins a file. NULL and err; the batch stands as it was. */
struct accept_file *accept_file(struct accept *accept, const struct place *place, const char *id,
				struct err *err);

/* Writes at its end, soon. After a failure the file is gone from the batch. */
bool accept_write(struct accept_file *file, const struct slice *pieces, size_t count,
		  struct err *err);

/*
 * One entry whose length is not known before: its header is filled in when it ends. In between,
 * accept_write adds to its body. *sum: of the whole body.
 */
bool accept_entry_begin(struct accept_file *file, const char *name, struct err *err);
bool accept_entry_end(struct accept_file *file, const char *name, int64_t time_ms,
		      struct entry_sum *sum, struct err *err);

/* Nothing more comes: what was held back, to be written at once, is. After a failure the file is
 * gone from the batch. */
bool accept_end(struct accept_file *file, struct err *err);

/* Gives one file up. */
void accept_drop(struct accept_file *file);

bool accept_commit(struct accept *accept, struct err *err);

/* Forgets the batch: what was committed stays and is unlocked, what was not is removed. */
void accept_clear(struct accept *accept);

/* Removes what dead writers left in .tmp/: a file that can be locked is nobody's. */
void accept_sweep(struct spool *spool);

#endif
