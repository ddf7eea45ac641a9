/*
 * route.h: policy/route.h with the facts of this queue: the message's file, its connectors' health.
 */
#ifndef QUEUE_ROUTE_H
#define QUEUE_ROUTE_H

#include "policy/route.h"
#include "queue/queue.h"

/* The connector alone: what a sender asks before it waits for a pause to end. */
struct route_choice queue_route(const struct queue *queue, const struct organization *org,
				const struct spool_file *file, const struct story *story);

/* bytes: of the rendered message with its parts. org: NULL when it is gone. */
struct route_decision queue_decide_route(const struct queue *queue, const struct organization *org,
					 const struct story *story, uint64_t bytes, int64_t now_ms);

/* Of the message as it is in the file: 0 when it is not rendered yet. */
uint64_t queue_wire_bytes(const struct spool_file *file);

#endif
