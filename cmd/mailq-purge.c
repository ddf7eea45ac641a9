/*
 * mailq-purge: retention: old messages go, or their bodies do.
 *
 * Manual: man/mailq-purge.1.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/options.h"
#include "base/print.h"
#include "queue/look.h"
#include "queue/purge.h"

#define FINAL (1u << STATUS_SENT | 1u << STATUS_FAILED | 1u << STATUS_CANCELLED)

static const struct usage usage = {
	.synopsis =
		"mailq-purge [-C file] [-o organization] [-s status] --older-than age [--bodies]",
	.about = "Removes messages that were sent, failed or were cancelled longer ago than that;\n"
		 "with --bodies, only what was in them.",
	.options = "o:s:",
	.long_options = (const struct option[]){{"older-than", required_argument, NULL, 'a'},
						{"bodies", no_argument, NULL, 'b'},
						{0}},
};

static unsigned final_status(const char *word)
{
	unsigned set = status_set(slice_text(word));

	if (!set || set & ~FINAL)
		options_misuse("-s: '%s' is none of sent, failed, cancelled", word);
	return set;
}

static struct purge read_options(struct options *options)
{
	struct purge purge = {.statuses = FINAL};
	int64_t age_ms = -1;

	for (int c; (c = options_next(options)) != -1;)
		switch (c) {
		case 'o':
			purge.organization = slice_text(options->value);
			break;
		case 's':
			purge.statuses = final_status(options->value);
			break;
		case 'a':
			if (!clock_parse_age(slice_text(options->value), &age_ms))
				options_misuse("--older-than: '%s' is no age such as 30d or 12h",
					       options->value);
			break;
		case 'b':
			purge.bodies = true;
			break;
		}
	options_no_operands(options);
	if (age_ms < 0)
		options_misuse("--older-than is missing");
	purge.until_ms = clock_now_ms() - age_ms;
	return purge;
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct purge purge = read_options(&options);
	struct print print = print_open(stdout);
	struct conf *conf;
	struct queue *queue;
	struct err err = {0};

	if (!(conf = conf_load(options.conf_path, &err)) ||
	    !(queue = queue_open(conf, QUEUE_WORK, &err)) ||
	    (purge.organization.n && !look_organization(queue, purge.organization, &err)))
		err_exit(&err);
	bool ok = queue_purge(queue, &purge, &err);
	printf("%" PRIu64 " messages, %" PRIu64 " bytes\n", purge.messages, purge.bytes);
	if (purge.busy)
		fprintf(stderr, "mailq-purge: %" PRIu64 " were in other hands; run it again\n",
			purge.busy);
	if (!ok || !print_close(&print, &err))
		err_exit(&err);
	queue_close(queue);
	conf_free(conf);
	return purge.busy ? EX_TEMPFAIL : 0;
}
