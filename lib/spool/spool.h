/*
 * spool.h: the tree of message files, and one file of it in hand.
 *
 * Whoever holds the lock on a file may append to it and move it:
 *
 *     struct spool_file file;
 *     if (!spool_take(spool, &place, id, &file, &err))
 *         ...                                    // 66: not there; 75: held by another; 65: damaged
 *     spool_append(&file, "attempt", now, body, &err);
 *     spool_move(&file, &to, &err);
 *     spool_release(&file);                      // unlocks
 *
 * The lock is a flock on the file itself, so the kernel drops a dead owner's. After locking, the
 * path is checked to name the same inode still, and only then is the file read. Names are validated
 * by their types; paths are resolved beneath the spool and follow no link.
 *
 * A failing call leaves err with the exit status of DESIGN's guarantee: 75 for want of space,
 * memory or descriptors, 74 for a disk that fails or is read-only, 77 for want of permission.
 */
#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/io.h"
#include "spool/entry_file.h"
#include "spool/place.h"

struct spool;

struct spool_options {
	const char *path;
	uint64_t min_free_bytes; /* below it nothing is accepted; below half of it nothing is
				    claimed */
	bool read_only; /* for lists and status: makes nothing, works without permission to write */
};

/* Opens the spool, and makes what is missing of its own directories. Refuses a file system whose
 * crash behaviour we have not measured (78), NFS among them. */
struct spool *spool_open(const struct spool_options *options, struct err *err);
void spool_close(struct spool *spool);

int spool_fd(const struct spool *spool); /* the spool's directory */
const char *spool_path(const struct spool *spool);

/* Space left to accept messages; else 75. */
bool spool_has_room(const struct spool *spool, struct err *err);

/* Space left to record verdicts: senders stop claiming without it. */
bool spool_can_record(const struct spool *spool);

/* One message file in hand: locked, read, and open for appending. */
struct spool_file {
	struct spool *spool;
	int fd; /* -1 when there is none in hand */
	char id[ID_SIZE];
	struct place place;
	struct entry_list entries; /* as read when taken, with what was appended since */
	uint64_t size;             /* the file's length now, whole entries only */
	struct io_map map;         /* the file's bytes */
	struct arena arena;
};

bool spool_take(struct spool *spool, const struct place *place, const char *id,
		struct spool_file *file, struct err *err);

/* Reads without a lock what is there, for showing: file->fd is -1 afterwards. Who shortens the file
 * waits meanwhile, for a second at most, then EX_TEMPFAIL. */
bool spool_peek(struct spool *spool, const struct place *place, const char *id,
		struct spool_file *file, struct err *err);

/* Appends one entry, whole or not at all. A torn tail is cut off first. Not synced. The entry shows
 * in file->entries; name and body are borrowed as long as the file is in hand. */
bool spool_append(struct spool_file *file, const char *name, int64_t time_ms, struct slice body,
		  struct err *err);

/* Cuts off the entry that was appended last; size: file->size as it was before. */
bool spool_take_back(struct spool_file *file, uint64_t size);

/* Reads the file in hand anew: after it was rewritten. */
bool spool_reread(struct spool_file *file, struct err *err);

/* Cuts a damaged tail off: for replay, when a ledger says what follows. */
bool spool_cut(struct spool_file *file, struct err *err);

/* Moves the file, as the table of transitions allows; never over another. Not synced. The directory
 * is made when missing. */
bool spool_move(struct spool_file *file, const struct place *to, struct err *err);

/* Makes a verb durable: the file, then the directory that it moved to and the one that it left. */
bool spool_sync(struct spool_file *file, const struct place *from, struct err *err);

/* One directory, relative to the spool: what was unlinked there is gone for good. */
bool spool_sync_dir(const struct spool *spool, const char *path, struct err *err);

/* Files a damaged or alien file away in .bad/, where it is reported and never cut. */
bool spool_condemn(struct spool_file *file, struct err *err);

bool spool_unlink(struct spool_file *file, struct err *err);

/* Unlocks and forgets. Harmless on a file that is not in hand. */
void spool_release(struct spool_file *file);

/* --- looking through the tree --- */

/* Where the message stands, whichever state: probed in pipeline order, three times, since it may
 * move meanwhile. org NULL: in any organization. False: errno is ENOENT where it stands nowhere,
 * else why it was not possible to look everywhere. */
bool spool_find(struct spool *spool, const char *org, const char *id, struct place *place);

/* The process that has the message's file locked; 0: none that can be seen. Takes no lock. */
pid_t spool_holder(struct spool *spool, const struct place *place, const char *id);

/* Whether a file of that message was filed away in .bad/. */
bool spool_is_condemned(struct spool *spool, const char *id);

/* How many files are in .bad. */
size_t spool_count_condemned(const struct spool *spool);

/* Calls back for each organization that has a directory. The callback returns false to stop. False
 * and errno: not all of them could be read. */
typedef bool spool_org_callback(void *context, const char *org);
bool spool_each_org(struct spool *spool, spool_org_callback *callback, void *context);

/* Calls back for each message file in that state of that organization, in no order. False and errno
 * as above. */
typedef bool spool_file_callback(void *context, const struct place *place, const char *id);
bool spool_each_file(struct spool *spool, const char *org, enum state state,
		     spool_file_callback *callback, void *context);

#endif
