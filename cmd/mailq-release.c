/*
 * mailq-release: lets held messages go on.
 *
 * Manual: man/mailq-release.1.
 */
#include "queue/act.h"

static const struct usage usage = {
	.synopsis = "mailq-release [-C file] [-r reason] [id ...]",
	.about = "Lets held messages go on. With no id, reads ids from standard input.",
	.options = "r:",
};

int main(int argc, char **argv)
{
	return act_main(argc, argv, &usage, VERB_RELEASE);
}
