/*
 * batch.h: what the index is to learn of a batch of messages, gathered while their files are in
 * hand and entered in one transaction afterwards.
 *
 *     batch_begin(&batch, queue, "render");
 *     for each claimed item: ... batch_step(&batch, &file, ...); batch_claim_done(&batch, item);
 *     txn = index_begin(...);
 *     batch_enter(&batch, txn);
 *     index_commit(txn, &err);
 *     batch_ring(&batch);
 *
 * Everything is copied, so files can be released meanwhile.
 */
#ifndef QUEUE_BATCH_H
#define QUEUE_BATCH_H

#include "queue/queue.h"
#include "queue/record.h"

struct batch {
	struct queue *queue;
	const char *stage; /* whose claims these are; NULL: nobody's */
	struct arena arena;
	struct index_record *records;
	struct record_work *works;
	struct index_item *claims;
	char (*gone)[ID_SIZE];
	size_t n_records, n_works, n_claims, n_gone;
	size_t record_room, work_room, claim_room, gone_room;
};

/* Begins anew; memory is kept. *batch is zero before the first time. */
void batch_begin(struct batch *batch, struct queue *queue, const char *stage);
void batch_free(struct batch *batch);

/* The message was handed on within the queue: only its next stage learns of it. */
void batch_step(struct batch *batch, const struct spool_file *file, const struct story *story,
		struct slice connector);

/* Something was appended that a listing shows, or a place reached where nothing happens by itself:
 * the record, with what work follows from it, is made anew from the file's entries. */
bool batch_settled(struct batch *batch, struct spool_file *file, struct err *err);

/* The same from a story at hand. */
void batch_record(struct batch *batch, const struct spool_file *file, const struct story *story);

/* The message is in no state any more: its record goes. */
void batch_gone(struct batch *batch, const char *id);

/* Where the message that was added last goes next; NULL when none goes anywhere. */
const struct record_work *batch_last_work(const struct batch *batch);

void batch_claim_done(struct batch *batch, const struct index_item *item);

void batch_enter(struct batch *batch, struct index_txn *txn);

/* Begins a transaction, enters and commits. */
bool batch_commit(struct batch *batch, struct err *err);

/* Rings at every stage that has got something, and at whoever follows changes. */
void batch_ring(struct batch *batch);

#endif
