/*
 * connector_use.h: a connector taken away, unless messages wait for it.
 */
#ifndef QUEUE_CONNECTOR_USE_H
#define QUEUE_CONNECTOR_USE_H

#include "conf/connector_edit.h"
#include "queue/queue.h"

/*
 * connector_remove, but with EX_CANTCREAT and their number where messages are with it (routed to
 * it, or being sent by it); `used`: even so. They go back to mailq-route then, with no attempt
 * spent.
 */
bool queue_remove_connector(struct queue *queue, const struct managed_edit *edit, bool used,
			    struct arena *arena, struct err *err);

#endif
