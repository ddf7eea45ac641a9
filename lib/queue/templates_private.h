/*
 * templates_private.h: what has been read and compiled, as templates.c keeps it and
 * templates_apply.c uses it. Private to them.
 */
#ifndef QUEUE_TEMPLATES_PRIVATE_H
#define QUEUE_TEMPLATES_PRIVATE_H

#include <sys/stat.h>

#include "message/name.h"
#include "queue/templates.h"

/* Compiled texts of one stored template: fields, their languages, headers. */
#define TEMPLATES_FIELDS 16

/* One text of a stored template, compiled; known again by where its source stands. */
struct compiled {
	const char *source;
	struct template *template;
};

/* One stored template, as it was read last. */
struct stored {
	struct stored *next;
	char id[NAME_MOST + 1];
	struct timespec changed;
	ino_t inode;
	off_t size;
	bool is_part;  /* others extend, include or import it */
	bool is_draft; /* there is no file to look at */
	const struct template_file *file;
	char sha256[SHA256_HEX_SIZE];
	struct arena arena;
	struct compiled compiled[TEMPLATES_FIELDS];
	size_t n_compiled;
};

/* An organization's templates, and the two ways of rendering them. */
struct shelf {
	struct shelf *next;
	char org[NAME_MOST + 1];
	char *directory;
	struct template_env *html, *text; /* with and without escaping */
	struct stored *stored;
	const struct json *org_value; /* `org` in every context */
	const char *locale;           /* the organization's */
	struct arena arena;
};

/* The organization's, as its configuration is now. */
struct shelf *templates_shelf(struct templates *templates, const struct organization *org);

/* As the file is now; before a render, also all that templates have brought in so far.
 * `old_will_do`: where it cannot be read any more, the last good one serves. */
struct stored *templates_stored(struct shelf *shelf, struct slice id, bool old_will_do,
				struct err *err);
void templates_read_parts(struct shelf *shelf);

#endif
