/*
 * mailq-send-now: sends what waits for a time, or is held, without waiting for it.
 *
 * Manual: man/mailq-send-now.1.
 */
#include "queue/act.h"

static const struct usage usage = {
	.synopsis = "mailq-send-now [-C file] [-r reason] [id ...]",
	.about = "Sends what waits for a time, or is held, without waiting for it. With no id, "
		 "reads ids from standard input.",
	.options = "r:",
};

int main(int argc, char **argv)
{
	return act_main(argc, argv, &usage, VERB_SEND_NOW);
}
