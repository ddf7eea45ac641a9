/*
 * moving.h: what a process is about to do to messages that nothing else tells of, left where
 * whoever comes after its death finds it.
 *
 * Between a file's rename and the index's transaction, only the mover knows what the index does
 * not. A stage and a sender have a lease of what they move; an acceptor, a verb and a purge have
 * none. So they say first which messages it will be:
 *
 *     moving_add(moving, "acme", id);    // as many as there are
 *     moving_begin(moving);              // before the first rename
 *     ...                                // the files, then the index
 *     moving_done(moving);               // the index knows; or, if it could not be told:
 *     moving_leave(moving);              // whoever comes next does
 *
 * A process has one file in .run/moving/, its own as long as it has the file's lock, which the
 * kernel drops when it dies:
 *
 *     acme 01jddxv7q8zkj3m5n6p7r8s9t0
 *     acme 01jddxv7q8zkj3m5n6p7r8s9t1
 *     (an empty line)
 *
 * and an empty line first when nothing is on its way. All that costs is two small writes to a file
 * that is there already; nothing is flushed, for an index that lived through a crash of the machine
 * is made anew. Where the file cannot be had or written, nothing is told, and nothing fails: the
 * hourly check is left.
 */
#ifndef SPOOL_MOVING_H
#define SPOOL_MOVING_H

#include "spool/spool.h"

struct moving;

struct moving *moving_open(struct spool *spool);
void moving_close(struct moving *moving); /* NULL does nothing */

void moving_add(struct moving *moving, const char *org, const char *id);
void moving_begin(struct moving *moving);
void moving_done(struct moving *moving);

/* False: it has not been told, and nobody will come. */
bool moving_leave(struct moving *moving);

/*
 * What dead processes were about to do. Calls back for each message; where it says true of all of a
 * process's, they are forgotten, else they stay for whoever comes next. Each is looked after by one
 * process at a time.
 */
typedef bool moving_callback(void *context, const char *org, const char *id);
void moving_each_left(struct spool *spool, moving_callback *callback, void *context);

#endif
