/*
 * mailq-delete: removes messages that are drafts, held, sent, failed or cancelled.
 *
 * Manual: man/mailq-delete.1.
 */
#include "queue/act.h"

static const struct usage usage = {
	.synopsis = "mailq-delete [-C file] [-r reason] [id ...]",
	.about = "Removes messages that are drafts, held, sent, failed or cancelled. With no id, "
		 "reads ids from standard input.",
	.options = "r:",
};

int main(int argc, char **argv)
{
	return act_main(argc, argv, &usage, VERB_DELETE);
}
