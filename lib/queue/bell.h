/*
 * bell.h: a doorbell for each stage: a FIFO in .run/ whose ringing wakes a stage that waits.
 *
 * Ringing never blocks and never fails: a bell that nobody hears costs only time, since a waiting
 * stage also looks by itself when something is due, and every 10 s.
 */
#ifndef QUEUE_BELL_H
#define QUEUE_BELL_H

#include "spool/spool.h"

/* Not a stage's: rung where the index has got changes (index_changes), for whoever follows them. */
#define BELL_CHANGES "changes"

/* The listener's end, non-blocking. -1 and err. */
int bell_open(struct spool *spool, const char *stage, struct err *err);

/* Takes all rings off. Before looking for work, so that none is missed. */
void bell_clear(int fd);

void bell_ring(struct spool *spool, const char *stage);

/* Whether some process of that stage would hear it. */
bool bell_is_heard(struct spool *spool, const char *stage);

#endif
