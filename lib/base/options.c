#include "base/options.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sysexits.h>

#include "base/print.h"
#include "base/process.h"

#define DEFAULT_CONF "/etc/mailq/mailq.yaml"

/* Values that options_next does not hand on, above those of any program. */
enum { ASKED_HELP = 1 << 20, ASKED_VERSION };

static const struct option common[] = {
	{"help", no_argument, NULL, ASKED_HELP},
	{"version", no_argument, NULL, ASKED_VERSION},
};

_Noreturn void options_misuse(const char *fmt, ...)
{
	char text[400];
	struct err said; /* without control characters */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	err_set(&said, EX_USAGE, "%s", text);
	fprintf(stderr, "%s: %s; see --help\n", program_invocation_short_name, said.text);
	exit(EX_USAGE);
}

/* A program with somebody else's privileges reads the configuration that it was installed with. */
static const char *first_conf_path(void)
{
	const char *path = secure_getenv("MAILQ_CONF");

	return path && *path ? path : DEFAULT_CONF;
}

struct options options_init(int argc, char **argv, const struct usage *usage)
{
	struct options options = {
		.argc = argc,
		.argv = argv,
		.usage = usage,
		.conf_path = first_conf_path(),
	};
	const char *own = usage->options ? usage->options : "";
	size_t n = 0;

	/* A '+' has to stay in front; the ':' behind it tells a missing value from a bad option. */
	int used = snprintf(options.letters, sizeof options.letters, "%s:C:%s",
			    *own == '+' ? "+" : "", own + (*own == '+'));
	assert(used > 0 && (size_t)used < sizeof options.letters);

	for (const struct option *o = usage->long_options; o && o->name; o++) {
		assert(n < OPTIONS_MOST - 3);
		options.longs[n++] = *o;
	}
	memcpy(options.longs + n, common, sizeof common);

	process_fill_gaps();
	opterr = 0;
	optind = 0; /* glibc: start anew, also after another command line */
	return options;
}

static _Noreturn void exit_printed(void)
{
	struct print print = {.out = stdout};
	struct err err = {0};

	if (!print_close(&print, &err))
		err_exit(&err);
	exit(0);
}

static _Noreturn void help(const struct usage *usage)
{
	printf("usage: %s\n\n%s\n", usage->synopsis, usage->about);
	exit_printed();
}

static _Noreturn void version(void)
{
	printf("%s %s\n", program_invocation_short_name, MAILQ_VERSION);
	exit_printed();
}

/* getopt_long leaves the letter in optopt, or the whole word behind it. */
static _Noreturn void refuse(const struct options *options, const char *what)
{
	const char *word = options->argv[optind - 1];

	if (optopt && optopt < 256 && strncmp(word, "--", 2) != 0)
		options_misuse("%s -%c", what, optopt);
	options_misuse("%s %s", what, word);
}

int options_next(struct options *options)
{
	for (;;) {
		int c = getopt_long(options->argc, options->argv, options->letters, options->longs,
				    NULL);

		options->value = optarg;
		switch (c) {
		case -1:
			options->operands = options->argv + optind;
			return -1;
		case 'C':
			if (!getauxval(AT_SECURE))
				options->conf_path = optarg;
			break;
		case ASKED_HELP:
			help(options->usage);
		case ASKED_VERSION:
			version();
		case ':':
			refuse(options, "no value given to");
		case '?':
			refuse(options, "unknown option");
		default:
			return c;
		}
	}
}

int64_t options_number(const struct options *options, int64_t least, int64_t most)
{
	char *end;

	errno = 0;
	long long n = strtoll(options->value, &end, 10);
	if (errno || end == options->value || *end || n < least || n > most)
		options_misuse("'%s' is not a number from %lld to %lld", options->value,
			       (long long)least, (long long)most);
	return n;
}

void options_no_operands(const struct options *options)
{
	if (options->operands[0])
		options_misuse("unexpected '%s'", options->operands[0]);
}

const struct action *options_action(struct options *options, const struct action *actions, size_t n)
{
	const struct action *end = actions + n;
	const char *name = *options->operands;

	if (!name)
		options_misuse("nothing to do");
	while (actions < end && strcmp(name, actions->name) != 0)
		actions++;
	if (actions == end)
		options_misuse("cannot '%s'", name);

	int given = 0;
	options->operands++;
	while (options->operands[given])
		given++;
	if (actions->most >= 0 && given > actions->most)
		options_misuse("unexpected '%s'", options->operands[actions->most]);
	return actions;
}
