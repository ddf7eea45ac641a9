/*
 * route.h: policy/route.h with the facts of this queue: the message's file, its connectors' health.
 */
#ifndef QUEUE_ROUTE_H
#define QUEUE_ROUTE_H

#include "policy/route.h"
#include "queue/queue.h"

struct route_choice queue_route(const struct queue *queue, const struct organization *org,
				const struct spool_file *file, const struct story *story);

#endif
