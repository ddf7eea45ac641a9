/*
 * caller.h: who has started this program, and on which host: for addresses without a domain, and
 * for a From that is missing.
 *
 *     struct caller caller = {.uid = getuid(), .full_name = call.full_name, .arena = &arena};
 *     caller_tell(&caller, &facts);
 */
#ifndef QUEUE_CALLER_H
#define QUEUE_CALLER_H

#include <sys/types.h>

#include "mime/submission.h"

struct caller {
	uid_t uid; /* as the program started: root does not stay it */
	/* What the caller wants to be called; NULL: what $NAME says, else passwd(5). */
	const char *full_name;
	struct arena *arena;
};

/* Sets the domain, that of /etc/mailname, else the host's name, ended by a NUL; and find_user, for
 * passwd(5) is only asked when it is needed. The caller is borrowed. */
void caller_tell(struct caller *caller, struct submission_facts *facts);

#endif
