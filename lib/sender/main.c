/* The command line, the same for every kind. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/options.h"
#include "base/print.h"
#include "conf/secret.h"
#include "sender/internal.h"

enum {
	OPTION_TEST = 256,
	OPTION_FROM,
	OPTION_SIGN_IN,
};

static const struct option long_options[] = {
	{"follow", no_argument, NULL, 'f'},
	{"describe", no_argument, NULL, 'd'},
	{"test", required_argument, NULL, OPTION_TEST},
	{"from", required_argument, NULL, OPTION_FROM},
	{"sign-in", no_argument, NULL, OPTION_SIGN_IN},
	{0},
};

static int describe(const struct sender_kind *kind)
{
	struct print print = print_open(stdout);
	struct buf text = {0};
	struct err err = {0};

	sender_describe(kind, &text);
	puts(text.p);
	buf_free(&text);
	if (!print_close(&print, &err))
		err_exit(&err);
	return 0;
}

static int try_connector(const struct sender_kind *kind, struct trial_order *order,
			 const struct options *options)
{
	order->conf_path = options->conf_path;
	order->connector = options->operands[0];
	if (!order->connector || options->operands[1])
		options_misuse("--test and --sign-in need one connector");
	return trial_main(kind, order);
}

int sender_main(int argc, char **argv, const struct sender_kind *kind)
{
	char *synopsis = mem_format(
		"mailq-send-%s [-C file] [--follow | --describe] [id ...]\n"
		"       mailq-send-%s [-C file] {--test address [--from address] | --sign-in} "
		"[-o organization] connector",
		kind->name, kind->name);
	struct usage usage = {
		.synopsis = synopsis,
		.about = "Sends what is ready for this kind of transport.",
		.options = "o:",
		.long_options = long_options,
	};
	struct options options = options_init(argc, argv, &usage);
	struct trial_order order = {0};
	bool wants_description = false, follow = false, signs_in = false;

	for (int c; (c = options_next(&options)) != -1;) {
		follow |= c == 'f';
		wants_description |= c == 'd';
		signs_in |= c == OPTION_SIGN_IN;
		if (c == OPTION_TEST)
			order.to = options.value;
		else if (c == OPTION_FROM)
			order.from = options.value;
		else if (c == 'o')
			order.organization = options.value;
	}
	if (signs_in && order.to)
		options_misuse("--sign-in sends nothing");
	secret_shield_process();
	int code = wants_description      ? describe(kind)
		   : order.to || signs_in ? try_connector(kind, &order, &options)
					  : sender_serve(kind, &options, follow);
	free(synopsis);
	return code;
}
