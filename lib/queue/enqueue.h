/*
 * enqueue.h: requests in JSON, many of them, from files into the queue: each id is printed on
 * standard output, in the order of the input, as soon as its message is durable.
 *
 *     struct enqueue *enqueue = enqueue_open(queue, &options, &err);
 *     enqueue_input(enqueue, fd, name);             // for each file
 *     enqueue_message(enqueue, &option_message);    // or one message from options
 *     code = enqueue_close(enqueue);
 *
 * Messages share flushes: what was read is committed when a batch is full, when reading would wait
 * (so that `tail -f` gets its ids), and at the end of a file. A bad record is told on standard
 * error with its line, and the others stand; with all_or_nothing, none is taken before all were
 * found good. A record of any size costs no more memory than a small one (base/json_stream.h).
 *
 * What fails for want of room, files or the configuration ends the program: none of the ids that
 * are still to be printed was accepted.
 */
#ifndef QUEUE_ENQUEUE_H
#define QUEUE_ENQUEUE_H

#include "message/status.h"
#include "queue/option_message.h"
#include "queue/queue.h"

struct enqueue_options {
	const char *org;  /* for all of them; or NULL */
	enum state state; /* STATE_QUEUED or STATE_DRAFT */
	bool all_or_nothing;
};

struct enqueue;

/* The options are borrowed. */
struct enqueue *enqueue_open(struct queue *queue, const struct enqueue_options *options,
			     struct err *err);

/* name: NULL for standard input. */
void enqueue_input(struct enqueue *enqueue, int fd, const char *name);

void enqueue_message(struct enqueue *enqueue, struct option_message *message);

/* The exit code: that of the first that was refused. */
int enqueue_close(struct enqueue *enqueue);

#endif
