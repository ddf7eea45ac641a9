#include "spool/moving.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "spool/internal.h"

#define DIRECTORY ".run/moving"
#define FILES_MOST 256
#define BYTES_MOST (1 << 20) /* of one file: more than any batch needs */

struct moving {
	struct spool *spool;
	int fd;          /* our file, locked; -1: none yet */
	bool told;       /* it names what we are about to do */
	struct buf text; /* what it will say */
};

struct moving *moving_open(struct spool *spool)
{
	struct moving *moving = mem_zero(sizeof *moving);

	moving->spool = spool;
	moving->fd = -1;
	return moving;
}

void moving_close(struct moving *moving)
{
	if (!moving)
		return;
	if (moving->fd >= 0)
		close(moving->fd);
	buf_free(&moving->text);
	free(moving);
}

/* --- our own --- */

static int open_file(const struct spool *spool, const char *path)
{
	int fd = spool_openat(spool, path, O_RDWR | O_NONBLOCK, 0);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mkdirat(spool->fd, DIRECTORY, 0700) < 0 && errno != EEXIST)
		return -1;
	return spool_openat(spool, path, O_RDWR | O_CREAT | O_NONBLOCK, 0600);
}

static bool is_blank(int fd)
{
	char first;
	ssize_t n = pread(fd, &first, 1, 0);

	return n == 0 || (n == 1 && first == '\n');
}

/* The first that is nobody's and says nothing: what a dead process left is not for us. */
static bool have_file(struct moving *moving)
{
	char path[sizeof DIRECTORY + 16];

	for (unsigned i = 0; i < FILES_MOST && moving->fd < 0; i++) {
		snprintf(path, sizeof path, DIRECTORY "/%u", i);
		int fd = open_file(moving->spool, path);
		if (fd < 0)
			return false;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_blank(fd))
			moving->fd = fd;
		else
			close(fd);
	}
	return moving->fd >= 0;
}

static bool put(int fd, struct slice text)
{
	return pwrite(fd, text.p, text.n, 0) == (ssize_t)text.n;
}

void moving_add(struct moving *moving, const char *org, const char *id)
{
	buf_addf(&moving->text, "%s %s\n", org, id);
}

void moving_begin(struct moving *moving)
{
	if (moving->text.n && have_file(moving)) {
		buf_add_char(&moving->text, '\n');
		moving->told = put(moving->fd, buf_slice(&moving->text));
		if (!moving->told) /* perhaps in part, of which nothing has happened yet */
			put(moving->fd, slice_text("\n"));
	}
	buf_clear(&moving->text);
}

void moving_done(struct moving *moving)
{
	if (moving->told)
		put(moving->fd, slice_text("\n"));
	moving->told = false;
}

bool moving_leave(struct moving *moving)
{
	if (!moving->told)
		return false;
	close(moving->fd);
	moving->fd = -1;
	moving->told = false;
	return true;
}

/* --- those of the dead --- */

static void read_file(int fd, struct buf *text)
{
	char chunk[16384];
	ssize_t n;

	while (text->n < BYTES_MOST && (n = pread(fd, chunk, sizeof chunk, (off_t)text->n)) > 0)
		buf_add(text, chunk, (size_t)n);
}

static bool each_line(struct slice text, moving_callback *callback, void *context)
{
	struct slice line, org;
	bool done = true;

	while (slice_next(&text, '\n', &line) && slice_next(&line, ' ', &org)) {
		char name[PLACE_NAME_SIZE], id[ID_SIZE];
		if (!name_valid(org) || !id_valid(line))
			break;
		snprintf(name, sizeof name, "%.*s", SLICE_ARGS(org));
		snprintf(id, sizeof id, "%.*s", SLICE_ARGS(line));
		done &= callback(context, name, id);
	}
	return done;
}

/* Most are blank, or their process lives. */
static void visit(struct spool *spool, const char *name, moving_callback *callback, void *context)
{
	char path[PLACE_PATH_SIZE];
	struct buf text = {0};

	snprintf(path, sizeof path, DIRECTORY "/%.63s", name);
	int fd = spool_openat(spool, path, O_RDWR | O_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (!is_blank(fd) && flock(fd, LOCK_EX | LOCK_NB) == 0) {
		read_file(fd, &text);
		if (each_line(buf_slice(&text), callback, context))
			put(fd, slice_text("\n"));
		buf_free(&text);
	}
	close(fd);
}

void moving_each_left(struct spool *spool, moving_callback *callback, void *context)
{
	DIR *dir = spool_opendir(spool, DIRECTORY);

	if (!dir)
		return;
	for (struct dirent *entry; (entry = readdir(dir));)
		if (entry->d_name[0] != '.')
			visit(spool, entry->d_name, callback, context);
	closedir(dir);
}
