/*
 * owner.h: who may write the spool: its owner, and root, who becomes the owner first, so that no
 * file in it belongs to anyone else.
 */
#ifndef SPOOL_OWNER_H
#define SPOOL_OWNER_H

#include "base/err.h"

#define SPOOL_DROP_GROUP "mailq-drop"

enum spool_trust {
	SPOOL_TRUSTED,   /* root, or the spool's owner */
	SPOOL_UNTRUSTED, /* anyone else: .drop/ is for them (spool/drop.h) */
};

/* By this process's effective uid. False and err when there is no spool. */
bool spool_trust(const char *path, enum spool_trust *trust, struct err *err);

/* Root gives up root for the spool's owner and all its groups, for good; others change nothing.
 * Before spool_open, and after whatever only root may read. */
bool spool_become_owner(const char *path, struct err *err);

/* Before that: root makes .drop/ where it is missing and there is the group mailq-drop. */
bool spool_make_drop(const char *path, struct err *err);

#endif
