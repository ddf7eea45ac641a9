/*
 * drop.h: .drop/, where whoever may not write the spool leaves a message, and where mailq-pickup
 * finds it.
 *
 * The directory is the spool owner's, group mailq-drop, mode 1730: members make files there and see
 * no other's. A message is one file in the spool's entry format, `request` and, for one that came
 * whole, `raw`; mode 0440, written as .drop/.<id>, renamed, then flushed once, which on the file
 * systems that spool_open admits carries the name.
 *
 * The submitter's side:
 *
 *     struct drop *drop = drop_open("/var/spool/mailq", id, &err);
 *     drop_write(drop, piece, &err);    // as often as needed
 *     drop_commit(drop, &err);          // true: it will be picked up, through a power cut
 *     drop_close(drop);                 // removes what was not committed
 *
 * The other side trusts nothing: the submitter may keep its descriptor and its locks, so the file
 * is neither locked nor mapped, but copied once, and only the copy is looked at.
 */
#ifndef SPOOL_DROP_H
#define SPOOL_DROP_H

#include <sys/types.h>

#include "base/spill.h"
#include "spool/spool.h"

struct drop;

/*
 * drop_exists: whether mailq-pickup ever made a .drop/ there.
 *
 * 77: the caller is not in the group mailq-drop, or there is no .drop/; 75: no room below
 * min_free_bytes. From here to drop_close catchable signals are blocked, so that none leaves half a
 * file.
 */
bool drop_exists(const char *spool);
struct drop *drop_open(const char *spool, uint64_t min_free_bytes, const char *id, struct err *err);
bool drop_write(struct drop *drop, struct slice bytes, struct err *err);
bool drop_commit(struct drop *drop, struct err *err);
void drop_close(struct drop *drop);

/* --- the other side --- */

/* Whether that message was left in .drop/, and is there still. */
bool drop_has(const struct spool *spool, const char *id);

/* Calls back for each name in .drop/ that does not begin with a dot and is no directory, and whose
 * it is. The callback returns false to stop. What dead submitters left half written for over an
 * hour is removed. False and err: .drop/ cannot be read; none at all is fine. */
typedef bool drop_callback(void *context, const char *name, uid_t owner);
bool drop_each(struct spool *spool, drop_callback *callback, void *context, struct err *err);

/* A dropped file, copied. */
struct drop_file {
	uid_t owner;
	struct spill bytes;
};

/*
 * Copies the file, at most `most` bytes of it. False: EX_NOINPUT, it is gone; EX_DATAERR, it is no
 * regular file with one name, is too large, or is being written to; else it cannot be read now.
 */
bool drop_take(struct spool *spool, const char *name, uint64_t most, struct drop_file *file,
	       struct err *err);
void drop_forget(struct drop_file *file);

/* It is in the queue, or not worth keeping. */
bool drop_unlink(struct spool *spool, const char *name, struct err *err);

/* It cannot be a message: into .bad/, where it is reported; what is no regular file only goes. */
bool drop_condemn(struct spool *spool, const char *name, struct err *err);

#endif
