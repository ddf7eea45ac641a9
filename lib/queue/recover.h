/*
 * recover.h: what is done after a death: of a process, or of the machine.
 *
 * Contents decide. A file whose directory ran ahead of what is in it (a power cut takes an appended
 * entry and leaves the rename) goes back to where its contents put it:
 *
 *     rendered, routed, sending, deferred without a whole `message`   to queued
 *     routed without its `route`                                      to rendered
 *     sending that no ledger names                                    to routed (never tried)
 *     without a whole `request`                                       to .bad/
 *
 * and one whose last entry is an event that leads elsewhere goes there: its mover died before the
 * rename.
 *
 * A file whose lock another process holds stays as it is: its holder lives.
 */
#ifndef QUEUE_RECOVER_H
#define QUEUE_RECOVER_H

#include "queue/batch.h"

/* Appends what dead senders' ledgers know to their messages and enters that into the index. */
bool queue_replay(struct queue *queue, struct err *err);

/* Files a damaged file away in .bad/, says so in the log, and lets the index forget it. */
bool recover_condemn(struct batch *batch, struct spool_file *file, struct err *err);

/* Where a file's contents put it: the place it belongs to if it does not belong where it stands. */
bool recover_place(const struct spool_file *file, const struct story *story, struct place *place);

/*
 * The states that are not final, in the order in which to go through their directories while mail
 * flows: a message that moves on is met later, not missed. (Who moves one against this order enters
 * it into the index himself.)
 */
#define RECOVER_STATES 7
extern const enum state recover_order[RECOVER_STATES];

/* Takes the file, puts it right and adds it to the batch. False when it is in another process's
 * hands, or moved meanwhile. */
bool recover_enter(struct queue *queue, const struct place *place, const char *id,
		   struct batch *batch);

/*
 * Puts one message right, wherever it stands, and enters it into the index and the next stage's
 * work. Says nothing where it is in another's hands, sent, or gone.
 */
void queue_recover_one(struct queue *queue, const char *org, const char *id);

/*
 * What processes that died were moving without a claim: acceptors, verbs, purges (spool/moving.h).
 * Puts each message right where it stands, or lets the index forget it where it is gone. A message
 * in another's hands is left for the next who looks.
 */
void queue_recover_moving(struct queue *queue);

/*
 * Claims whose lease lapsed: their claimer died, or holds them still. Replays, puts the messages
 * right and ends the claims of all but those that are in somebody's hands.
 */
void queue_recover_claims(struct queue *queue, const char *stage, const struct index_claim *claim);

/*
 * The same for all claims of a stage, lapsed or not: who begins to work for it need not wait for
 * those of a dead worker to lapse.
 */
void queue_recover_stage(struct queue *queue, const char *stage);

/*
 * Compares the names in the directories of non-final states with what the index knows of, and puts
 * right what it does not know. Sweeps .tmp/. Returns how many messages were entered in
 * *found.
 */
bool queue_check(struct queue *queue, uint64_t *found, struct err *err);

#endif
