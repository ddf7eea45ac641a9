/*
 * write.h: files of the configuration, each as a whole: old or new, never half.
 */
#ifndef CONF_WRITE_H
#define CONF_WRITE_H

#include "base/err.h"
#include "base/slice.h"

struct conf_file {
	const char *path;
	struct slice text;
};

/*
 * Writes them all under other names, flushes them, and only then renames them one right after the
 * other, in order: what several files say together is wrong for as short as can be. A missing last
 * directory of a path is made. A file keeps its mode and owners; a new one is 0640 and belongs to
 * its directory's group, since it may hold a secret that the queue has to read.
 *
 * After a failure before the first rename everything is as it was.
 */
bool conf_write_files(const struct conf_file *files, size_t count, struct err *err);

#endif
