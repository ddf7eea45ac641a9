/*
 * run_file.h: small files in .run/ that say what can be found out again: replaced as a whole, so
 * that nobody reads half of one, and not synced.
 */
#ifndef QUEUE_RUN_FILE_H
#define QUEUE_RUN_FILE_H

#include "queue/queue.h"

/* name: below the spool, ".run/rates". After a failure the old one stands. */
bool run_file_write(const struct queue *queue, const char *name, struct slice text,
		    struct err *err);

/* Adds it to text. False where it is longer than `most`, or cannot be read. */
bool run_file_read(const struct queue *queue, const char *name, struct buf *text, size_t most,
		   struct err *err);

#endif
