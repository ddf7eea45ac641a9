/*
 * source.h: a template in a file, rendered by hand, with others below a directory.
 *
 *     struct template_source source = {.path = "mail.html", .directory = -1, .limit = 4 << 20};
 *     if (!template_source_render(&source, context, &out, &error))
 *             ...
 */
#ifndef TEMPLATE_SOURCE_H
#define TEMPLATE_SOURCE_H

#include "template/template.h"

struct template_source {
	const char *path; /* "-": standard input */
	const char *locale;
	size_t limit; /* bytes of a file */
	struct template_options options;

	/* What it includes, imports and extends, by paths below it of which no part is empty or
	 * begins with a dot; -1: nothing. */
	int directory;
};

/* What a command's option says of it: 't', 'd', 'a' and 'l' with a value (template, templates,
 * autoescape, locale), 's', 'T', 'L' and 'K' without (strict, trim-blocks, lstrip-blocks,
 * keep-trailing-newline); others are nothing to it. False and err: EX_USAGE, or the directory
 * cannot be opened. */
bool template_source_option(struct template_source *source, int option, const char *value,
			    struct err *err);

/* context: an object, or NULL for an empty one. Errors as template_render's, and of the files. */
bool template_source_render(struct template_source *source, const struct json *context,
			    struct buf *out, struct template_error *error);

/* Its syntax alone. */
bool template_source_check(struct template_source *source, struct template_error *error);

#endif
