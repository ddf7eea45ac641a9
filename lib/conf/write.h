/*
 * write.h: files of the configuration, each as a whole: old or new, never half.
 */
#ifndef CONF_WRITE_H
#define CONF_WRITE_H

#include <sys/types.h>

#include "conf/conf.h"

struct conf_file {
	const char *path;
	struct slice text;
	mode_t mode; /* of a new one, which then is its directory's owner's; 0: 0640 */
};

/* Adds no more than what can be seen in the text itself: a hash of it. */
void conf_revision(struct slice text, char revision[CONF_REVISION_SIZE]);

/*
 * Writes them all under other names, flushes them, and only then renames them one right after the
 * other, in order: what several files say together is wrong for as short as can be. A missing last
 * directory of a path is made. A file keeps its mode and owners; a new one is 0640 unless it says
 * else, and belongs to its directory's group, since it may hold a secret that the queue has to
 * read.
 *
 * After a failure before the first rename everything is as it was.
 */
bool conf_write_files(const struct conf_file *files, size_t count, struct err *err);

/* Takes one away, for good. */
bool conf_remove_file(const char *path, struct err *err);

#endif
