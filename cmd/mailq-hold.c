/*
 * mailq-hold: keeps messages from being sent until they are released.
 *
 * Manual: man/mailq-hold.1.
 */
#include "queue/act.h"

static const struct usage usage = {
	.synopsis = "mailq-hold [-C file] [-r reason] [id ...]",
	.about = "Keeps messages from being sent until they are released. With no id, reads ids "
		 "from standard input.",
	.options = "r:",
};

int main(int argc, char **argv)
{
	return act_main(argc, argv, &usage, VERB_HOLD);
}
