#include "queue/queue.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "index/work.h"
#include "queue/bell.h"
#include "queue/rebuild.h"
#include "queue/recover.h"

void queue_send_stage(char stage[], const char *kind)
{
	snprintf(stage, INDEX_STAGE_SIZE, "send-%s", kind);
}

void queue_log_failure(struct queue *queue, const char *event, const char *id,
		       const struct err *err)
{
	log_begin(&queue->log, event);
	log_text(&queue->log, "id", id);
	log_int(&queue->log, "code", err->code);
	log_text(&queue->log, "error", err->text);
	log_end(&queue->log);
}

void queue_log_reload(struct queue *queue, const struct err *err)
{
	struct refused_conf *refused = &queue->refused;

	if (refused->in_force == queue->conf && strcmp(refused->said.text, err->text) == 0)
		return;
	refused->in_force = queue->conf;
	refused->said = *err;
	queue_log_failure(queue, "reload", NULL, err);
}

/* Who only accepts does without the index, and says so; but where nothing can be written, that is
 * said by what he wants to write. */
static bool open_index(struct queue *queue, enum queue_use use, struct err *err)
{
	char *dir = mem_format("%s/.index", spool_path(queue->spool));
	bool ok = (queue->index = index_open(dir, NULL, err)) != NULL;

	free(dir);
	if (ok || use != QUEUE_ACCEPT)
		return ok;
	if (faccessat(spool_fd(queue->spool), ".", W_OK, AT_EACCESS) == 0)
		queue_log_failure(queue, "index", NULL, err);
	return true;
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
		if (open_index(queue, use, err) &&
		    (use == QUEUE_ACCEPT || bring_up_to_date(queue, err)))
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

void queue_want_check(struct queue *queue)
{
	int fd = openat(spool_fd(queue->spool), QUEUE_CHECK_WANTED,
			O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return;
	if (write(fd, "!", 1) < 0) {
		/* no room: it is wanted all the same */
	}
	close(fd);
}

void queue_moved(struct queue *queue, bool told)
{
	if (told)
		moving_done(queue->moving);
	else if (!moving_leave(queue->moving))
		queue_want_check(queue);
}

void queue_ring_all(struct queue *queue)
{
	const struct conf *conf = queue->conf;

	bell_ring(queue->spool, "render");
	bell_ring(queue->spool, "route");
	for (size_t i = 0; i < conf->organization_count; i++) {
		const struct organization *org = &conf->organizations[i];
		for (size_t j = 0; j < org->connector_count; j++) {
			char stage[INDEX_STAGE_SIZE];
			queue_send_stage(stage, org->connectors[j].kind);
			bell_ring(queue->spool, stage);
		}
	}
}
