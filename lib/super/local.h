/*
 * local.h: sockets in .run/, by which the supervisor is spoken to. Only the spool's owner and root
 * can reach them.
 *
 * The supervisor hears three words on .run/control, one a connection, ended by a newline, and
 * answers each with one line of JSON:
 *
 *     status   what each worker does
 *     reload   as SIGHUP; {"ok":true}, or {"ok":false,"error":"mailq.yaml:4: ..."}
 *     stop     as SIGTERM; {"ok":true} as soon as it has begun
 *
 * and on .run/notify what its stages say by base/notify.h: a datagram of theirs is a sign of life.
 */
#ifndef SUPER_LOCAL_H
#define SUPER_LOCAL_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/loop.h"
#include "base/slice.h"

#define LOCAL_CONTROL ".run/control"
#define LOCAL_NOTIFY ".run/notify"

/* For mailq-status and other programs: asks the supervisor of the spool, waits at most 5 s, adds
 * its answer to *answer. EX_UNAVAILABLE when none runs. */
bool local_ask(const char *spool, const char *word, struct buf *answer, struct err *err);

/* As local_ask, for reload and stop: false and err with what the supervisor says against it. */
bool local_tell(const char *spool, const char *word, struct err *err);

/* What the supervisor does with what it hears. */
struct local_ears {
	/* One of the words; whatever came is at most a line and may be anything. */
	void (*asked)(void *context, struct slice word, struct buf *answer);

	/* This process said something. */
	void (*alive)(void *context, pid_t pid);

	void *context;
};

struct local;

/* Takes the names from a supervisor that is dead; whoever calls holds the supervisor's lock. */
struct local *local_open(struct loop *loop, const char *spool, struct local_ears ears,
			 struct err *err);
void local_close(struct local *local);

#endif
