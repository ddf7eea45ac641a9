#include "queue/queue.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "index/work.h"
#include "queue/bell.h"

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
