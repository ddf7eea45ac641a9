/*
 * mailq-index: holds the index against the files, or makes it anew.
 *
 * Manual: man/mailq-index.1.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/options.h"
#include "base/print.h"
#include "index/query.h"
#include "queue/rebuild.h"
#include "queue/recover.h"

static const struct usage usage = {
	.synopsis = "mailq-index check | recover | rebuild | dump [-C file]",
	.about = "Holds the index against the messages' files, makes it anew, or prints it.",
};

struct task {
	const struct conf *conf;
	struct queue *queue;
	struct err err;
};

static bool open_index(struct task *task, enum queue_use use)
{
	task->queue = queue_open(task->conf, use, &task->err);
	return task->queue &&
	       (task->queue->index || err_set(&task->err, EX_UNAVAILABLE,
					      "%s/.index: cannot be opened", task->conf->spool));
}

/* Enters what the index does not know, and puts right what died half-way. */
static int check(struct task *task)
{
	uint64_t found;

	if (open_index(task, QUEUE_WORK) && queue_check(task->queue, &found, &task->err))
		printf("%" PRIu64 " messages entered\n", found);
	return task->err.code;
}

/* Whoever opens a queue to work on it has done that already. */
static int recover(struct task *task)
{
	open_index(task, QUEUE_WORK);
	return task->err.code;
}

/* Opens the queue as one who only accepts: a rebuild needs nothing of what it makes anew. */
static int rebuild(struct task *task)
{
	if (open_index(task, QUEUE_ACCEPT) && queue_rebuild(task->queue, &task->err) &&
	    index_is_stale(task->queue->index))
		err_set(&task->err, EX_TEMPFAIL, "another process is making the index anew");
	return task->err.code;
}

static int dump(struct task *task)
{
	if (open_index(task, QUEUE_WORK))
		index_dump(task->queue->index, stdout, &task->err);
	return task->err.code;
}

static const struct action actions[] = {
	{"check", check, 0},
	{"recover", recover, 0},
	{"rebuild", rebuild, 0},
	{"dump", dump, 0},
};

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct print print = print_open(stdout);
	struct task task = {0};
	struct conf *conf;

	while (options_next(&options) != -1)
		;
	const struct action *action =
		options_action(&options, actions, sizeof actions / sizeof *actions);

	if (!(task.conf = conf = conf_load(options.conf_path, &task.err)))
		err_exit(&task.err);
	if (action->run(&task) == 0)
		print_close(&print, &task.err);

	queue_close(task.queue);
	conf_free(conf);
	if (task.err.code)
		err_exit(&task.err);
	return 0;
}
