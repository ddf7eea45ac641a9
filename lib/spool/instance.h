/*
 * instance.h: whether this spool is the one it was made as, or a copy of it.
 *
 * `.instance` holds the machine's id and the spool's inode. A restored backup, a cloned machine, a
 * copied directory: there one of the two differs, and the same mail may be on its way from
 * elsewhere. Then nothing is sent until somebody who knows says that this copy is to go on
 * (mailq-supervise --adopt).
 */
#ifndef SPOOL_INSTANCE_H
#define SPOOL_INSTANCE_H

#include "spool/spool.h"

/* True when the spool is its own, or new, and then it is marked so. False: EX_CONFIG and what to
 * do. */
bool instance_check(struct spool *spool, struct err *err);

/* From now on this is the one. */
bool instance_adopt(struct spool *spool, struct err *err);

#endif
