/*
 * mailq-cancel: takes messages not sent yet out of the queue, for good.
 *
 * Manual: man/mailq-cancel.1.
 */
#include "queue/act.h"

static const struct usage usage = {
	.synopsis = "mailq-cancel [-C file] [-r reason] [id ...]",
	.about = "Takes messages not sent yet out of the queue, for good. With no id, reads ids "
		 "from standard input.",
	.options = "r:",
};

int main(int argc, char **argv)
{
	return act_main(argc, argv, &usage, VERB_CANCEL);
}
