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

/*
 * Begins the index of a spool that no message came to yet: it is whole as it is, and whoever
 * accepts the first messages spares the stages a rebuild from their files. Where messages are, or
 * the index cannot be had at once, it stays stale, and the next one that works on the queue
 * rebuilds it.
 */
void queue_begin_index(struct queue *queue);

#endif
