/* internal.h: what the files of this room share and nobody else needs. */
#ifndef SPOOL_INTERNAL_H
#define SPOOL_INTERNAL_H

#include <dirent.h>
#include <sys/types.h>

#include "spool/spool.h"

struct spool {
	char *path;
	int fd;
	uint64_t min_free_bytes;
	bool read_only;
};

/* Opens a path relative to the spool, beneath it, through no link. -1 and errno. */
int spool_openat(const struct spool *spool, const char *path, int flags, mode_t mode);

/* A directory, likewise, to be read and closed by closedir. NULL and errno. */
DIR *spool_opendir(const struct spool *spool, const char *path);

/* A new file under .tmp/, locked, so that no sweeper takes it for a dead writer's. -1 and errno. */
int spool_create_tmp(const struct spool *spool, const char *path, int flags);

/* Makes the directories of a path (all but its last part); sync: durable, so that an acknowledged
 * file cannot lose the directory it stands in. */
bool spool_make_parents(const struct spool *spool, const char *path, bool sync, struct err *err);

/* renameat2 without replacing, making the target's directory when it is missing. */
bool spool_rename(const struct spool *spool, const char *from, const char *to, bool sync_parents,
		  struct err *err);

/* Writes all pieces at the descriptor's position; false and errno. */
bool spool_write_pieces(int fd, const struct slice *pieces, size_t count);

#endif
