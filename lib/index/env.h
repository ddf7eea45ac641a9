/*
 * env.h: the environment and its transactions, as the other files of lib/index see them. Private to
 * lib/index.
 *
 * .index/ holds
 *
 *     gate       empty; its flock is the right to write
 *     current    "<format> <boot id> <generation>": which environment is in force
 *     <number>/  that environment (data.mdb, lock.mdb)
 *
 * An environment is never repaired or emptied from outside: a new generation is made beside it, and
 * renaming `current` puts it in force. So the two files of LMDB always belong together, and a
 * process that still uses the old ones harms nobody; its next transaction leaves them.
 */
#ifndef INDEX_ENV_H
#define INDEX_ENV_H

#include <signal.h>

#include "base/buf.h"
#include "index/index.h"
#include "index/keys.h"
#include "index/meter.h"
#include "index/use.h"
#include "index/work.h"

#define FAULTS 3 /* signals that fault.c looks at */

enum table {
	TABLE_MESSAGE,
	TABLE_STATUS,
	TABLE_COUNT,
	TABLE_RECIPIENT,
	TABLE_TAG,
	TABLE_CHANGE,
	TABLE_LANE,
	TABLE_TURN,
	TABLE_READY,
	TABLE_LEASE,
	TABLE_DUE,
	TABLE_META,
};
#define TABLES 12

/* A lane as the transaction knows it, and as the tables have it: written when another lane is
 * looked at, and at the end. */
struct lane_state {
	uint64_t ready;
	int64_t turn_ms;
	/* the transaction that gave the turn: who came first within a millisecond */
	uint64_t order;
	uint32_t pace_us;
};

struct lane_at_hand {
	bool known;
	char stage[INDEX_STAGE_SIZE];
	char name[INDEX_LANE_SIZE];
	struct lane_state stored;
	struct lane_state now;
};

struct counts_at_hand {
	bool known;
	bool changed;
	char organization[64];
	uint64_t count[STATUS_COUNT];
};

#define METERS_AT_HAND 8

struct meters_at_hand {
	struct meter_at_hand {
		struct key key;
		uint64_t more[METER_NUMBERS];
	} at[METERS_AT_HAND];
	size_t count;
};

#define USES_AT_HAND 4

struct uses_at_hand {
	struct use_at_hand {
		struct key key;
		struct index_use use;
	} at[USES_AT_HAND];
	size_t count;
};

struct index_txn {
	struct index *index;
	MDB_txn *mdb;
	sigset_t mask;  /* what was blocked before */
	struct err err; /* the first failure */
	struct lane_at_hand lane;
	struct counts_at_hand counts;
	struct meters_at_hand meters;
	struct uses_at_hand uses;
	uint64_t serial;    /* of the last change; 0: not looked up yet */
	struct buf old;     /* a stored record while it is changed */
	struct buf scratch; /* the record to be stored */
	struct buf lists;   /* its recipients and tags */
};

struct index {
	char *dir;
	int dir_fd;
	int gate_fd;
	int current_fd; /* the file `current` that named what is open */
	size_t map_bytes;
	char boot[37];

	MDB_env *env; /* NULL between two environments */
	MDB_dbi dbi[TABLES];
	MDB_txn *reader; /* reset between two reads */
	uint64_t generation;
	bool damaged;                           /* LMDB said so: the next transaction begins anew */
	volatile sig_atomic_t opening, reading; /* for fault.c */
	struct sigaction before[FAULTS];
	char *map; /* where the pages are mapped */
	size_t map_size;

	unsigned since_trim; /* keys looked at, about */

	struct index_txn txn;
};

/* fault.c: from here to there, a process that the index brings down puts the index out of force. */
void fault_guard(struct index *index);
void fault_unguard(struct index *index);

/* gate.c: see index_begin. Signals are blocked when gate_take succeeds; *mask is what was before.
 */
bool gate_take(struct index *index, int wait_ms, sigset_t *mask, struct err *err);
void gate_drop(struct index *index, const sigset_t *mask);

/* Whether what is open is in force; if not, env_refresh opens what is. Not within a transaction. */
bool env_in_force(const struct index *index);
bool env_refresh(struct index *index, struct err *err);
void env_close(struct index *index);

/* Maps so many bytes; 0: as many as another process has. Not within a transaction. Returns 0 or
 * what LMDB answered. */
int env_resize(struct index *index, size_t bytes);

/* What LMDB answered, as an err; a damaged environment is left at the next env_refresh. */
bool env_fail(struct index *index, int rc, const char *what, struct err *err);

/*
 * A short look at the tables. NULL when the index cannot be read.
 *
 *     if (!(mdb = read_begin(index, err)))
 *         return false;
 *     rc = ...;
 *     return read_end(index, mdb, rc, err);
 */
MDB_txn *read_begin(struct index *index, struct err *err);

/* rc: 0 or MDB_NOTFOUND when all went well, else what LMDB answered. */
bool read_end(struct index *index, MDB_txn *mdb, int rc, struct err *err);

/*
 * The first time, not before from_ms, in the keys of a stage in the tables turn, lease and due,
 * which all begin with stage and time; INDEX_NEVER when there is none. Returns 0 or what LMDB
 * answered.
 */
int first_time(struct index *index, MDB_txn *mdb, enum table table, const char *stage,
	       int64_t from_ms, int64_t *time_ms);

/*
 * txn.c: one table at a time. After a failure they do nothing, and find nothing. With MDB_APPEND,
 * txn_put tries behind the last key first; with MDB_NOOVERWRITE it returns false for a key that is
 * there.
 */
bool txn_fail(struct index_txn *txn, int rc, const char *what);
bool txn_get(struct index_txn *txn, enum table table, const struct key *key, MDB_val *value);
bool txn_put(struct index_txn *txn, enum table table, const struct key *key, MDB_val value,
	     unsigned flags);
bool txn_delete(struct index_txn *txn, enum table table, const struct key *key);

/* One more transaction has ended. Now and then, dead readers are looked for, who keep pages from
 * being used again, and the pages that were looked at are given back to the page cache. */
void txn_count(struct index *index);

/* What the transaction holds back until it ends. */
void lane_flush(struct index_txn *txn);   /* lane.c */
void counts_flush(struct index_txn *txn); /* message.c */
void meters_flush(struct index_txn *txn); /* meter.c */
void uses_flush(struct index_txn *txn);   /* use.c */

/* meter.c: counts what has become of a message. */
void meters_lapsed(struct index_txn *txn, const char *stage, const struct index_claim *claim);
void meters_change(struct index_txn *txn, const struct index_record *old,
		   const struct index_record *record);

/* use.c: what a record tells of its connector; old: NULL where it comes new. */
void uses_change(struct index_txn *txn, const struct index_record *old,
		 const struct index_record *record);

/* lane.c: a lane to be changed in place; good until the next lane is asked for. */
struct lane_state *lane_of(struct index_txn *txn, const char *stage, const char *lane);
void lane_set_turn(struct index_txn *txn, struct lane_state *state, int64_t turn_ms);
void lane_clear_all(struct index_txn *txn); /* index_clear's part */

/* The lane whose turn is oldest. False when no turn has come. */
bool lane_first(struct index_txn *txn, const char *stage, int64_t now_ms,
		char lane[INDEX_LANE_SIZE]);

/* work.c: the value of the tables lease and due. */
bool work_decode_timed(MDB_val value, struct index_item *item);

#endif
