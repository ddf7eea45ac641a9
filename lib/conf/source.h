/*
 * source.h: the files that a configuration was read from, so that a change is noticed.
 */
#ifndef CONF_SOURCE_H
#define CONF_SOURCE_H

#include <sys/stat.h>

#include "base/arena.h"
#include "base/err.h"

struct source {
	const char *path;
	dev_t device;
	ino_t inode;
	struct timespec changed; /* ctime; zero when it was too fresh to be trusted */
};

struct conf_sources {
	struct arena arena; /* everything of the configuration lives here */
	struct source *at;
	size_t count, room;
};

void sources_free(struct conf_sources *sources);

/* A regular file's bytes, at most `most`, in the arena, a NUL behind them. */
bool sources_read(struct conf_sources *sources, const char *path, size_t most, struct slice *text,
		  struct err *err);

/* Names in a directory, sorted, without those that begin with a dot. */
bool sources_list(struct conf_sources *sources, const char *path, const char *const **names,
		  size_t *count, struct err *err);

/* The id that a file's name in such a directory stands for; empty for what is no such file: an
 * editor's copy, a README. */
bool sources_id(const char *directory, const char *name, struct slice *id, struct err *err);

bool sources_changed(const struct conf_sources *sources);

#endif
