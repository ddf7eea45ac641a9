/*
 * act.h: an operator's verb on a message, durable when it returns.
 *
 * The `event` is appended and the file moved, both are synced, then the directories; then the index
 * learns of it. A message that a sender holds is not waited for: the remote may have it already.
 */
#ifndef QUEUE_ACT_H
#define QUEUE_ACT_H

#include "base/options.h"
#include "message/verb.h"
#include "queue/queue.h"

struct act {
	enum verb verb;
	const char *by;     /* who, for the event */
	const char *reason; /* passed verb_check_reason; or NULL */
};

/*
 * False and err, with nothing changed: 65 in the wrong state, 66 no such message, 75 in another's
 * hands at this moment, or no room. 74: the disk failed; if that was in the flush, the message has
 * moved, and a power cut may undo it.
 */
bool queue_act(struct queue *queue, const char *id, const struct act *act, struct err *err);

/* The user who runs this program; before queue_open, which makes root the spool's owner. */
void act_who(char by[64]);

/* main() of a verb's program: options -C and -r, ids from the command line or standard input. */
int act_main(int argc, char **argv, const struct usage *usage, enum verb verb);

#endif
