/*
 * mailq-queue: queues drafts.
 *
 * Manual: man/mailq-queue.1.
 */
#include "queue/act.h"

static const struct usage usage = {
	.synopsis = "mailq-queue [-C file] [-r reason] [id ...]",
	.about = "Queues drafts. With no id, reads ids from standard input.",
	.options = "r:",
};

int main(int argc, char **argv)
{
	return act_main(argc, argv, &usage, VERB_QUEUE);
}
