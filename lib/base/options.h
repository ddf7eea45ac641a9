/*
 * options.h: the command line, the same for every program.
 *
 *     static const struct usage usage = {
 *             .synopsis = "mailq-list [-C file] [-o org] [--json] [--limit n]",
 *             .about = "Lists messages, newest first.",
 *             .options = "o:",
 *             .long_options = (const struct option[]){{"json", no_argument, NULL, 'j'},
 *                                                     {"limit", required_argument, NULL, 'l'},
 *                                                     {0}},
 *     };
 *     struct options options = options_init(argc, argv, &usage);
 *     for (int c; (c = options_next(&options)) != -1;)
 *             ...
 *
 * -C FILE, --help and --version are dealt with here. Whatever is wrong with the command line is one
 * line on standard error and exit 64. Uses getopt_long(3), so one command line at a time.
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <getopt.h>
#include <stddef.h>
#include <stdint.h>

struct usage {
	const char *synopsis;
	const char *about;   /* whole sentences; --help prints them below the synopsis */
	const char *options; /* as getopt's optstring, without C; NULL: none */
	const struct option *long_options; /* ended by {0}; NULL: none; `val` is what options_next
					      returns, a letter, or from 256 where there is none */
};

#define OPTIONS_MOST 32 /* long options of one program, with ours */

struct options {
	int argc;
	char **argv;
	const struct usage *usage;
	char letters[64];
	struct option longs[OPTIONS_MOST];

	const char *value;     /* of the option just returned, if it takes one */
	const char *conf_path; /* -C, else $MAILQ_CONF, else /etc/mailq/mailq.yaml */
	char **operands;       /* ended by NULL; set when options_next has returned -1 */
};

struct options options_init(int argc, char **argv, const struct usage *usage);

/* The next option's letter (or number), -1 after the last. */
int options_next(struct options *options);

/* The value just returned as a decimal number within bounds; else it is a usage error. */
int64_t options_number(const struct options *options, int64_t least, int64_t most);

/* For a program that takes none: one that is there is a usage error. */
void options_no_operands(const struct options *options);

/* --- programs that do one of several things --- */

struct task; /* what was asked for: each such program's own */

struct action {
	const char *name;
	int (*run)(struct task *task); /* returns the exit status */
	int most;                      /* operands behind its name; -1: any number */
};

/* The one of n that the first operand names, which is taken off the operands. None, another, and an
 * operand too many are usage errors. */
const struct action *options_action(struct options *options, const struct action *actions,
				    size_t n);

/* "program: text; see --help" on standard error, exit 64. */
_Noreturn void options_misuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
