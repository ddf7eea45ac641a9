/*
 * gate.h: who keeps all others from writing to the index.
 *
 * Writers of .index/ take turns by a flock on .index/gate (lib/index). A killed one gives it back;
 * a stopped one does not, and is to be ended. A process counts as stopped when look after look it
 * holds the gate and has used no processor time.
 */
#ifndef SUPER_GATE_H
#define SUPER_GATE_H

#include <stdint.h>
#include <sys/types.h>

struct gate_watch {
	pid_t holder; /* at the last look; 0: nobody */
	uint64_t used;
	unsigned looks; /* for how many it has not moved */
};

/* Looks once. The process that has not moved with the gate in its hand for `most` looks since the
 * first, or 0. spool: the spool's directory. */
pid_t gate_look(struct gate_watch *watch, int spool, unsigned most);

#endif
