#include "queue/batch.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue/bell.h"
#include "queue/report.h"

void batch_begin(struct batch *batch, struct queue *queue, const char *stage)
{
	batch->queue = queue;
	batch->stage = stage;
	batch->n_records = batch->n_works = batch->n_claims = batch->n_gone = 0;
	arena_reset(&batch->arena);
}

void batch_free(struct batch *batch)
{
	free(batch->records);
	free(batch->works);
	free(batch->claims);
	free(batch->gone);
	arena_free(&batch->arena);
	*batch = (struct batch){0};
}

/* The next free element of a list that grows. */
static void *next(void *list_pointer, size_t *n, size_t *room, size_t size)
{
	void **list = list_pointer;

	if (*n == *room) {
		*room = *room * 2 + 32;
		*list = mem_resize(*list, *room, size);
	}
	return (char *)*list + (*n)++ * size;
}

/* A failure that somebody is to be told of: mailq-route does that. */
static bool report_work_of(const struct batch *batch, const struct spool_file *file,
			   const struct story *story, struct record_work *work)
{
	if (!report_is_due(batch->queue->conf, &file->place, story, clock_now_ms()))
		return false;
	*work = (struct record_work){.stage = "route",
				     .state = STATE_FAILED,
				     .at_ms = story->updated_ms};
	memcpy(work->id, file->id, ID_SIZE);
	index_lane_name(work->lane, slice_text(file->place.org), slice_make(NULL, 0));
	return true;
}

void batch_step(struct batch *batch, const struct spool_file *file, const struct story *story,
		struct slice connector)
{
	struct record_work work;

	if (record_work_of(story, file->id, &file->place, connector, &work) ||
	    report_work_of(batch, file, story, &work))
		*(struct record_work *)next(&batch->works, &batch->n_works, &batch->work_room,
					    sizeof work) = work;
}

void batch_record(struct batch *batch, const struct spool_file *file, const struct story *story)
{
	struct index_record *record =
		next(&batch->records, &batch->n_records, &batch->record_room, sizeof *record);

	*record = record_of(story, file->id, file->place.org, file->place.state, &batch->arena);
	batch_step(batch, file, story, story->connector_id);
}

bool batch_settled(struct batch *batch, struct spool_file *file, struct err *err)
{
	struct story story;

	if (!story_read(file->entries.at, file->entries.count, &file->arena, &story, err))
		return false;
	batch_record(batch, file, &story);
	return true;
}

void batch_gone(struct batch *batch, const char *id)
{
	memcpy(next(&batch->gone, &batch->n_gone, &batch->gone_room, ID_SIZE), id, ID_SIZE);
}

const struct record_work *batch_last_work(const struct batch *batch)
{
	return batch->n_works ? &batch->works[batch->n_works - 1] : NULL;
}

void batch_claim_done(struct batch *batch, const struct index_item *item)
{
	*(struct index_item *)next(&batch->claims, &batch->n_claims, &batch->claim_room,
				   sizeof *item) = *item;
}

void batch_enter(struct batch *batch, struct index_txn *txn)
{
	for (size_t i = 0; i < batch->n_claims; i++)
		index_settle(txn, batch->stage, &batch->claims[i]);
	for (size_t i = 0; i < batch->n_records; i++)
		index_put(txn, &batch->records[i]);
	for (size_t i = 0; i < batch->n_works; i++)
		record_work_enter(txn, &batch->works[i]);
	for (size_t i = 0; i < batch->n_gone; i++)
		index_remove(txn, batch->gone[i]);
}

bool batch_commit(struct batch *batch, struct err *err)
{
	struct index_txn *txn;

	if (batch->n_claims + batch->n_records + batch->n_works + batch->n_gone == 0)
		return true;
	if (!(txn = index_begin(batch->queue->index, INDEX_WAIT_WORK, err)))
		return false;
	batch_enter(batch, txn);
	return index_commit(txn, err);
}

void batch_ring(struct batch *batch)
{
	const char *rung = "";

	if (batch->n_records + batch->n_gone > 0)
		bell_ring(batch->queue->spool, BELL_CHANGES);
	for (size_t i = 0; i < batch->n_works; i++)
		if (strcmp(batch->works[i].stage, rung) != 0) {
			rung = batch->works[i].stage;
			bell_ring(batch->queue->spool, rung);
		}
}
