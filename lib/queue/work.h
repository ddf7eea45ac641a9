/*
 * work.h: the loop of a stage that handles one message after another: mailq-render, mailq-route.
 *
 *     static const struct work_stage stage = {.name = "render", .handle = render, ...};
 *     return work_run(&stage, &options);
 *
 * The loop claims a batch of the organization whose turn it is, takes each file in hand, asks the
 * handler what is to become of it, does that, and hands the batch on to the next stage in one index
 * transaction. The handler only decides: it neither writes nor moves.
 *
 * Nothing is synced here. A stage that dies leaves a file in the state before or the state after;
 * its claim lapses, and the next one looks at the file.
 *
 * (Senders have a loop of their own, lib/sender, since a try takes time.)
 */
#ifndef QUEUE_WORK_H
#define QUEUE_WORK_H

#include "base/options.h"
#include "message/story.h"
#include "queue/queue.h"

struct work_item {
	struct queue *queue;
	const struct conf *conf;
	const struct organization *org; /* NULL: it is gone from the configuration */
	struct spool_file *file;
	const struct story *story;
	struct arena *arena; /* reset after each message */
	int64_t now_ms;
};

/* What the handler decided. Texts have to live until the handler is called again. */
struct work_step {
	enum state to;
	const char *note; /* one more entry, before that one; NULL: none */
	struct slice note_body;
	const char *entry;      /* appended before the move; NULL: none */
	struct slice body;      /* of that entry */
	struct slice kind;      /* where `to` is STATE_ROUTED */
	struct slice connector; /* likewise */
};

struct work_stage {
	const char *name;   /* "render", "route" */
	enum state from[3]; /* the states this stage takes messages from; STATE_NONE ends */
	/* False: not now (err says why); the message stays and is claimed again later. */
	bool (*handle)(void *context, struct work_item *item, struct work_step *step,
		       struct err *err);
	void *context;
};

/* --follow waits for more; without it, what is ready is done and the program ends. With operands,
 * just those ids. Returns the exit status. */
struct work_options {
	const char *conf_path;
	bool follow;
	char **ids; /* ended by NULL; empty: whatever is ready */
};

int work_run(const struct work_stage *stage, const struct work_options *options);

/* The same for a program's main(): reads --follow, -C and the ids. */
int work_main(int argc, char **argv, const struct usage *usage, const struct work_stage *stage);

#endif
