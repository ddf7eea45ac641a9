/*
 * io.h: whole reads and writes, and small files that are either old or new.
 *
 * Interrupted calls are repeated and short ones continued here, once for all. Names are relative
 * to a directory's descriptor; no last component that is a symbolic link is followed. Every
 * descriptor made here is close-on-exec.
 */
#ifndef BASE_IO_H
#define BASE_IO_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* As err_sys, with the code that errno calls for: EX_TEMPFAIL where room, memory or descriptors are
 * short, EX_NOINPUT, EX_NOPERM, else EX_IOERR. */
bool io_err(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* As many random bytes as ids and secrets take, from the kernel; at most 256. */
bool io_random(void *bytes, size_t n, struct err *err);

/* `what` names the file in err. */
bool io_write_all(int fd, struct slice bytes, const char *what, struct err *err);

/* Exactly n bytes from that place; a file that ends before is an error (EX_DATAERR). */
bool io_pread_all(int fd, void *bytes, size_t n, off_t at, const char *what, struct err *err);

/* Adds all that comes until the end; more than limit bytes are an error (EX_DATAERR). */
bool io_read_all(int fd, struct buf *buf, size_t limit, const char *what, struct err *err);

/* The same of a file by its path; "-" is standard input. */
bool io_read_path(const char *path, size_t limit, struct buf *buf, struct err *err);

/*
 * A whole regular file as one slice. io_map reads small ones and maps large ones: nobody may
 * shorten the file until io_unmap, or a look beyond its end is fatal (SIGBUS). io_load reads all,
 * for files that others write as they like; EX_TEMPFAIL: it became shorter meanwhile.
 */
struct io_map {
	struct slice bytes;
	void *owned; /* from malloc, or mapped */
	bool mapped;
};

bool io_map(int fd, size_t limit, struct io_map *map, const char *what, struct err *err);
bool io_load(int fd, size_t limit, struct io_map *map, const char *what, struct err *err);
void io_unmap(struct io_map *map);

/* What was read of a mapped file need not stay in memory: what is read once more comes from the
 * kernel's cache. The bytes stay good; of a small file nothing happens. */
void io_map_release(const struct io_map *map);

/* A directory that exists already is fine. */
bool io_mkdir_at(int dir, const char *name, mode_t mode, struct err *err);

/* A directory below another, never through a link. The descriptor, or -1 and err. */
int io_open_dir(int dir, const char *name, struct err *err);

/*
 * A small file's content as a whole: under another name, flushed, renamed, the directory flushed.
 * After a failure the old content stands and nothing is left behind. One writer a name at a time.
 */
bool io_write_file_at(int dir, const char *name, struct slice bytes, mode_t mode, struct err *err);

/* The counterpart: the whole of a small file, added to buf. */
bool io_read_file_at(int dir, const char *name, struct buf *buf, size_t limit, struct err *err);

#endif
