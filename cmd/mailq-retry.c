/*
 * mailq-retry: tries failed and deferred messages again, with their attempts counted anew.
 *
 * Manual: man/mailq-retry.1.
 */
#include "queue/act.h"

static const struct usage usage = {
	.synopsis = "mailq-retry [-C file] [-r reason] [id ...]",
	.about = "Tries failed and deferred messages again, with their attempts counted anew. With "
		 "no id, reads ids from standard input.",
	.options = "r:",
};

int main(int argc, char **argv)
{
	return act_main(argc, argv, &usage, VERB_RETRY);
}
