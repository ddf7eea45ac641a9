/*
 * work.h: which messages are ready for which stage, in fair order, and who has taken them.
 *
 * A stage is "render", "route", or "send-<kind>". Its ready messages wait in lanes: a lane is an
 * organization (render, route) or "organization/connector" (senders). Within a lane the oldest
 * start goes first; among lanes, the one whose turn is oldest. A claim takes a batch from one lane,
 * whose turn then becomes now, or later: fairness, rates and pauses are all one number, and a lane
 * whose turn has not come costs nobody a look.
 *
 *     while (index_claim(index, stage, clock_boot_ms(), batch, &claim, &err) && claim.count) {
 *         ... work; where it takes long, index_renew ...
 *         txn = index_begin(index, INDEX_WAIT_WORK, &err);
 *         for each item: index_ready(txn, next stage, ...), index_settle(txn, stage, item);
 *         index_commit(txn, &err);
 *     }
 *     wait for the doorbell, at most until claim.next_ms
 *
 * A claimed message is leased for INDEX_LEASE_MS. Whoever claimed it settles it, gives it back or
 * renews the lease in time; else the lease lapses, and another process takes it over (index_lapsed)
 * and looks at the file, whose lock tells whether the first one lives.
 *
 * The index never decides about a message: a claim says where to look, the file's lock and its
 * directory say what is true. A claim of a file that is not there is settled, and that is all.
 *
 * Turns and leases are in boot time (clock_boot_ms), starts and due times in wall-clock time.
 */
#ifndef INDEX_WORK_H
#define INDEX_WORK_H

#include "index/index.h"

#define INDEX_STAGE_SIZE 70 /* "send-", a name of 63, and the NUL */
#define INDEX_LANE_SIZE 128 /* two names of 63, '/', and the NUL */
#define INDEX_LEASE_MS 60000
#define INDEX_NEVER INT64_MAX

/* "acme", or "acme/conn_smtp" when connector is not empty. */
void index_lane_name(char lane[INDEX_LANE_SIZE], struct slice organization, struct slice connector);

/* The organization of a lane. */
struct slice index_lane_organization(const char *lane);

/*
 * Makes a message ready. start_ms: when it became ready, less a minute for each step of priority;
 * the oldest start goes first, so nothing starves. state: where its file is, as a hint for the
 * claimer.
 */
void index_ready(struct index_txn *txn, const char *stage, const char *lane, const char *id,
		 int64_t start_ms, enum state state);

/* Takes a ready message out again (held, cancelled). False when it was not there. */
bool index_unready(struct index_txn *txn, const char *stage, const char *lane, const char *id,
		   int64_t start_ms);

/* One message that is claimed. */
struct index_item {
	char id[ID_SIZE];
	char lane[INDEX_LANE_SIZE];
	enum state state;
	int64_t start_ms; /* or, taken up from due, when it was due */
	int64_t lease_ms; /* when the lease lapses; 0: no longer ours */
};

struct index_claim {
	struct index_item *items; /* the caller's, room for the `max` he asks for */
	unsigned count;
	uint64_t left;   /* still ready in the lane that was taken from */
	bool more;       /* a lane has its turn and work left: ring the doorbell */
	int64_t next_ms; /* the next turn of any lane; INDEX_NEVER: nothing is ready */
};

/*
 * Takes up to max messages of the lane whose turn is oldest. Looks first without the write lock, so
 * that asking when there is nothing costs next to nothing. count is 0 when no lane has its turn.
 */
bool index_claim(struct index *index, const char *stage, int64_t now_ms, unsigned max,
		 struct index_claim *claim, struct err *err);

/* The same within a transaction, so that settling one batch and taking the next cost one. */
void index_take(struct index_txn *txn, const char *stage, int64_t now_ms, unsigned max,
		struct index_claim *claim);

/* Takes over leases that have lapsed, the oldest first, for INDEX_LEASE_MS. `left` is not set. */
bool index_lapsed(struct index *index, const char *stage, int64_t now_ms, unsigned max,
		  struct index_claim *claim, struct err *err);

/* The claim is done, whatever became of it. False when the lease had been taken over. */
bool index_settle(struct index_txn *txn, const char *stage, const struct index_item *item);

/* Not done: ready again, with the old start. Does nothing when the lease had been taken over. */
void index_unclaim(struct index_txn *txn, const char *stage, const struct index_item *item);

/* Leased anew from now on; item->lease_ms becomes 0 when the lease had been taken over. */
void index_renew(struct index_txn *txn, const char *stage, struct index_item *item, int64_t now_ms);

/*
 * A lane's turn. index_lane_turn sets it: INDEX_NEVER pauses the lane, 0 gives it the next turn.
 * index_lane_delay moves it back to turn_ms, never forward: a throttling answer, or a next stage
 * that has enough for now. A lane remembers its turn while it is empty.
 */
void index_lane_turn(struct index_txn *txn, const char *stage, const char *lane, int64_t turn_ms);
void index_lane_delay(struct index_txn *txn, const char *stage, const char *lane, int64_t turn_ms);

/*
 * A lane's rate: microseconds for each message, 0 for no limit. A claim then takes at most what one
 * second allows (and at least one message), and the lane's turn moves by as much.
 */
void index_lane_pace(struct index_txn *txn, const char *stage, const char *lane, uint32_t us);

/* What is known of a lane; all zero for one that never was. Cheap: one look-up. */
struct index_lane {
	uint64_t ready;
	int64_t turn_ms;
	uint32_t pace_us;
};
bool index_lane_get(struct index *index, const char *stage, const char *lane,
		    struct index_lane *out, struct err *err);

/*
 * What waits for a time: scheduled mail for "render", deferred mail for "route". lane and state
 * are handed to whoever takes it up. The key is (stage, due_ms, id): to take one out, its record's
 * due_ms tells.
 */
void index_due_put(struct index_txn *txn, const char *stage, int64_t due_ms, const char *id,
		   const char *lane, enum state state);
bool index_due_remove(struct index_txn *txn, const char *stage, int64_t due_ms, const char *id);

/*
 * Takes up what is due, the oldest first, and leases it as index_claim does. next_ms is, in
 * wall-clock time, when the next one is due.
 */
bool index_due_claim(struct index *index, const char *stage, int64_t now_wall_ms,
		     int64_t now_boot_ms, unsigned max, struct index_claim *claim, struct err *err);

/* The same for what is due after a time that no wait reaches: put there before the wall clock was
 * set back. next_ms is not set. */
bool index_due_beyond(struct index *index, const char *stage, int64_t wall_ms, int64_t now_boot_ms,
		      unsigned max, struct index_claim *claim, struct err *err);

#endif
