/* A queue opened, and brought up to date with what the dead left. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "queue/queue.h"
#include "queue/rebuild.h"
#include "queue/recover.h"

/* Who only accepts does without the index, and says so; but where nothing can be written, that is
 * said by what he wants to write. */
static bool open_index(struct queue *queue, enum queue_use use, struct err *err)
{
	char *dir = mem_format("%s/.index", spool_path(queue->spool));
	bool ok = (queue->index = index_open(dir, NULL, err)) != NULL;

	free(dir);
	if (ok)
		return true;

	bool may_write = faccessat(spool_fd(queue->spool), ".", W_OK, AT_EACCESS) == 0;
	if (use == QUEUE_ACCEPT && may_write)
		queue_log_failure(queue, "index", NULL, err);

	/* For him the index is not away: he may not have it, which no later try will change. */
	if (use != QUEUE_ACCEPT && !may_write)
		err_set(err, EX_NOPERM, "%s: only for root and the spool's owner",
			spool_path(queue->spool));
	return use == QUEUE_ACCEPT;
}

/* What a worker or an operator builds on: no dead sender's verdict is missing, no file is unknown.
 */
static bool bring_up_to_date(struct queue *queue, struct err *err)
{
	if (!queue_replay(queue, err) ||
	    (index_is_stale(queue->index) && !queue_rebuild(queue, err)))
		return false;
	queue_recover_moving(queue);
	return true;
}

static bool prepare(struct queue *queue, enum queue_use use, struct err *err)
{
	if (use != QUEUE_ACCEPT)
		return bring_up_to_date(queue, err);
	if (queue->index)
		queue_begin_index(queue);
	return true;
}

struct queue *queue_open(const struct conf *conf, enum queue_use use, struct err *err)
{
	struct queue *queue = mem_zero(sizeof *queue);
	struct spool_options options = {.path = conf->spool,
					.min_free_bytes = (uint64_t)conf->min_free_bytes};

	queue->conf = conf;
	queue->log.fd = STDERR_FILENO;
	queue->log.mask_addresses = conf->mask_addresses;
	queue->spool = spool_open(&options, err);
	if (queue->spool) {
		queue->moving = moving_open(queue->spool);
		if (open_index(queue, use, err) && prepare(queue, use, err))
			return queue;
	}
	queue_close(queue);
	return NULL;
}

void queue_close(struct queue *queue)
{
	if (!queue)
		return;
	index_close(queue->index);
	moving_close(queue->moving);
	spool_close(queue->spool);
	log_free(&queue->log);
	free(queue);
}
