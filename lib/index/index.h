/*
 * index.h: what the spool holds, kept where it can be asked for: an LMDB environment in .index/.
 *
 * The index is a cache. The files are the truth, and whatever is lost here is found again by a
 * rebuild (queue/rebuild.h). So nothing is synced, and no failure of the index is a failure of a
 * message: every err of this room has the code EX_UNAVAILABLE, and a caller may log it and go on.
 *
 * Calling sequence:
 *
 *     index = index_open(dir, NULL, &err);
 *     if (index_is_stale(index))
 *         index_clear; index_put, index_ready for what the spool holds; index_mark_built
 *     ...
 *     if (!(txn = index_begin(index, INDEX_WAIT_ACCEPT, &err)))
 *         return ...;
 *     index_put(txn, &record);
 *     index_ready(txn, "render", "acme", id, start_ms, STATE_QUEUED);
 *     if (!index_commit(txn, &err))
 *         ...
 *     index_close(index);
 *
 * Three headers: this one (environment, transactions, records), index/work.h (what is ready,
 * claimed and due: all that the stages touch between acceptance and verdict) and index/query.h
 * (listings, counts, changes, dump).
 *
 * A process opens an index once, after any fork, and uses it from one thread. All processes that
 * use it live in one PID namespace, on one machine.
 *
 * Writers take turns by a flock on .index/gate, with catchable signals blocked while it is held, so
 * that the only process that can hold the others up is a stopped one; it is named (index_begin),
 * and the supervisor ends it (super/gate.h). A killed one holds nobody up.
 */
#ifndef INDEX_INDEX_H
#define INDEX_INDEX_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "message/id.h"
#include "message/status.h"

struct index;
struct index_txn;

struct index_options {
	size_t map_bytes; /* what is mapped at first, sparse; doubled as it fills; 0: 16 GiB */
};

/*
 * dir is the path of .index/, made when it is missing. An index that is damaged, of another format,
 * or from before the machine's last boot (its pages were never synced, and its turns and leases
 * count from that boot) is deleted and begun anew. options may be NULL.
 */
struct index *index_open(const char *dir, const struct index_options *options, struct err *err);
void index_close(struct index *index); /* NULL does nothing */

/*
 * True until somebody has filled this index from the spool (index_mark_built). Claims and puts work
 * meanwhile; they just do not know everything.
 */
bool index_is_stale(struct index *index);

/*
 * A write transaction. There is at most one in a process, and it is short: no file of the spool is
 * locked, read or written inside one.
 *
 * index_begin waits at most wait_ms for the gate; then it returns NULL and says who holds it.
 *
 * The calls that write have no err of their own: the first failure is kept, what follows does
 * nothing, and index_commit returns false and tells it. It ends the transaction in any case.
 * index_abort(NULL) does nothing.
 */
#define INDEX_WAIT_ACCEPT 100 /* accepting goes on without the index, and leaves it to a check */
#define INDEX_WAIT_WORK 60000 /* a stage; the supervisor ends a stopped holder much sooner */

struct index_txn *index_begin(struct index *index, int wait_ms, struct err *err);
bool index_commit(struct index_txn *txn, struct err *err);
void index_abort(struct index_txn *txn);

/* Removes everything but the changes, whose serials go on, and the rates of lanes, which senders
 * have told and count on; the index is stale then. */
void index_clear(struct index_txn *txn);
void index_mark_built(struct index_txn *txn);

#define INDEX_TEXT_MOST 200

/*
 * What listings show of a message. "Sending" is not stored: whatever of it is ready or deferred and
 * leased by a sender is read back so. Texts too long for an index are cut: names to 63 bytes,
 * subject and last_error to INDEX_TEXT_MOST.
 */
struct index_record {
	char id[ID_SIZE];
	enum status status;
	uint32_t attempts;
	int64_t created_ms;
	int64_t updated_ms;
	int64_t due_ms; /* when it is tried or sent next; 0: not waiting for a time */
	uint64_t size;  /* bytes of the message's file when it was accepted */
	struct slice organization;
	struct slice template;
	struct slice connector; /* of the last attempt */
	struct slice subject;
	struct slice last_error;
	const struct slice *recipients; /* bare addresses */
	size_t recipient_count;
	const struct slice *tags;
	size_t tag_count;
	/* Of the attempt that led here, for meters and uses; not stored. */
	unsigned reply_code; /* 0: none */
	uint32_t took_ms;
};

/*
 * Writes the record of a message, new or known: its place in the listings, the counts, the searches
 * by recipient and by tag, and one more change for those who follow (index_changes). Does not touch
 * ready, due or lease: those have calls of their own.
 */
void index_put(struct index_txn *txn, const struct index_record *record);

/* Forgets a message: purged or deleted. False when it was not known. Its last change has the status
 * INDEX_GONE. */
#define INDEX_GONE STATUS_COUNT
bool index_remove(struct index_txn *txn, const char *id);

/*
 * The record of one message, its texts in the arena. False when it is not known (err->code 0) or
 * the index cannot be read (EX_UNAVAILABLE).
 */
bool index_get(struct index *index, const char *id, struct arena *arena,
	       struct index_record *record, struct err *err);

#endif
