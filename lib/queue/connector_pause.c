#include "queue/connector_pause.h"

#include "base/clock.h"
#include "index/work.h"
#include "queue/bell.h"
#include "queue/health.h"
#include "queue/pause.h"

static void wake(struct queue *queue, const struct connector *connector)
{
	char stage[INDEX_STAGE_SIZE];

	queue_send_stage(stage, connector->kind);
	bell_ring(queue->spool, stage);
	bell_ring(queue->spool, "route");
}

bool queue_pause(struct queue *queue, const char *org, const struct connector *connector,
		 const char *by, const char *reason, struct err *err)
{
	if (!pause_make(queue, org, connector->id, by, reason, err))
		return false;
	wake(queue, connector);
	return true;
}

/* Senders learn of it with their next claim, for which the lane needs a turn. */
static void give_turn(struct queue *queue, const char *org, const struct connector *connector)
{
	char stage[INDEX_STAGE_SIZE], lane[INDEX_LANE_SIZE];
	struct err err = {0};
	struct index_txn *txn =
		queue->index ? index_begin(queue->index, INDEX_WAIT_WORK, &err) : NULL;

	queue_send_stage(stage, connector->kind);
	index_lane_name(lane, slice_text(org), slice_text(connector->id));
	if (txn) {
		index_lane_turn(txn, stage, lane, 0);
		if (index_commit(txn, &err))
			return;
	}
	queue_log_failure(queue, "index", NULL, &err);
	queue_want_check(queue);
}

bool queue_resume(struct queue *queue, const char *org, const struct connector *connector,
		  struct err *err)
{
	struct pause pause;
	struct health health;
	bool by_hand = pause_read(queue, org, connector->id, &pause);

	health_read_found(queue, org, connector->id, &health);
	if (!by_hand && !health.breaker.failures)
		return err_set(err, EX_DATAERR, "is not paused");
	if (by_hand && !pause_end(queue, org, connector->id, err))
		return false;
	if (health.breaker.failures) {
		health.breaker.until_ms = clock_now_ms();
		health_write(queue, org, connector->id, &health);
	}
	give_turn(queue, org, connector);
	wake(queue, connector);
	return true;
}
