/*
 * directory.h: templates that are files below a directory, for those who render by hand.
 *
 *     struct template_directory directory = {.fd = fd, .limit = 4 << 20};
 *     const struct template_loader loader = {template_directory_load, &directory};
 *
 * A name is a path below the directory; no part of it is empty or begins with a dot, so that none
 * leads out of it.
 */
#ifndef TEMPLATE_DIRECTORY_H
#define TEMPLATE_DIRECTORY_H

#include "template/template.h"

struct template_directory {
	int fd;       /* -1: there are no templates */
	size_t limit; /* bytes of one */
};

/* data: a struct template_directory. */
bool template_directory_load(void *data, struct slice name, struct buf *source, struct err *err);

#endif
