/*
 * ids.h: what a program is asked to act on, one id after the other.
 *
 * The operands of the command line; without any, the lines of standard input. What goes wrong with
 * one id is said on standard error and does not stop the others:
 *
 *     struct ids ids = ids_open(&options); // options_next has returned -1
 *     for (const char *id; (id = ids_next(&ids));)
 *             ids_report(&ids, act(id, &err), &err);
 *     return ids_close(&ids);
 */
#ifndef BASE_IDS_H
#define BASE_IDS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/options.h"

#define IDS_LINE_MAX 255 /* a longer line of standard input is refused */

struct ids {
	char **operands;
	FILE *lines; /* NULL: operands */
	char line[IDS_LINE_MAX + 1];
	const char *current;
	int code; /* of the first that failed */
};

struct ids ids_open(const struct options *options);

/* The next id, good until the next call; NULL at the end. White space around an id and empty lines
 * do not count. */
const char *ids_next(struct ids *ids);

/* How it went with the id given last: "program: id: text" on standard error where not ok. */
void ids_report(struct ids *ids, bool ok, const struct err *err);

/* The exit status: the code of the first failure, else 0. */
int ids_close(struct ids *ids);

#endif
