/*
 * rebuild.h: the index anew from the files, in place, while mail flows.
 *
 * Open work first, so that stages go on; then what is held or draft; then the final states. A file
 * that a stage has in hand is visited again at the end; what a stage settles meanwhile it enters
 * itself.
 */
#ifndef QUEUE_REBUILD_H
#define QUEUE_REBUILD_H

#include "queue/queue.h"

/* True at once when another process rebuilds already. Replays ledgers first. */
bool queue_rebuild(struct queue *queue, struct err *err);

#endif
