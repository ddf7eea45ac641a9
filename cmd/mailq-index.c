/*
 * mailq-index: holds the index against the files, or makes it anew.
 *
 * Manual: man/mailq-index.1.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/options.h"
#include "base/print.h"
#include "index/query.h"
#include "queue/rebuild.h"
#include "queue/recover.h"

static const struct usage usage = {
	.synopsis = "mailq-index check | rebuild | dump [-C file]",
	.about = "Holds the index against the messages' files, makes it anew, or prints it.",
};

/* Enters what the index does not know, and puts right what died half-way. */
static bool check(struct queue *queue, struct err *err)
{
	uint64_t found;

	if (!queue_check(queue, &found, err))
		return false;
	printf("%" PRIu64 " messages entered\n", found);
	return true;
}

static bool rebuild(struct queue *queue, struct err *err)
{
	if (!queue_rebuild(queue, err))
		return false;
	return !index_is_stale(queue->index) ||
	       err_set(err, EX_TEMPFAIL, "another process is making the index anew");
}

static bool dump(struct queue *queue, struct err *err)
{
	return index_dump(queue->index, stdout, err);
}

/* A rebuild needs nothing of what it makes anew. */
static const struct action {
	const char *name;
	enum queue_use use;
	bool (*run)(struct queue *queue, struct err *err);
} actions[] = {
	{  "check",   QUEUE_WORK,   check},
	{"rebuild", QUEUE_ACCEPT, rebuild},
	{   "dump",   QUEUE_WORK,    dump},
};

static const struct action *find_action(char **operands)
{
	if (!operands[0])
		options_misuse("nothing to do");
	if (operands[1])
		options_misuse("'%s' is one too many", operands[1]);
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (strcmp(operands[0], actions[i].name) == 0)
			return &actions[i];
	options_misuse("cannot '%s'", operands[0]);
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct print print = print_open(stdout);
	struct queue *queue;
	struct conf *conf;
	struct err err = {0};

	while (options_next(&options) != -1)
		;
	const struct action *action = find_action(options.operands);

	if (!(conf = conf_load(options.conf_path, &err)) ||
	    !(queue = queue_open(conf, action->use, &err)))
		err_exit(&err);
	if (!queue->index)
		err_set(&err, EX_UNAVAILABLE, "%s/.index: cannot be opened", conf->spool);
	else if (action->run(queue, &err))
		print_close(&print, &err);

	queue_close(queue);
	conf_free(conf);
	if (err.code)
		err_exit(&err);
	return 0;
}
