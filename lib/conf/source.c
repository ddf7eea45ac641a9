#include "conf/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "message/name.h"

#define FRESH_MS 20 /* file times advance by a tick of the kernel's clock, 10 ms at the most */

/* Not what a file says but the machine may be the reason. */
static int code_of(int error)
{
	if (error == EMFILE || error == ENFILE || error == ENOMEM)
		return EX_TEMPFAIL;
	return error == EIO ? EX_IOERR : EX_CONFIG;
}

static int64_t milliseconds(struct timespec time)
{
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* A file changed within the last tick can change again without a new time: such a time is not
 * kept, and the next look reads the file once more. */
static void remember(struct conf_sources *sources, const char *path, const struct stat *st)
{
	int64_t age = clock_now_ms() - milliseconds(st->st_ctim);

	if (sources->count == sources->room) {
		sources->room = sources->room ? 2 * sources->room : 16;
		sources->at = mem_resize(sources->at, sources->room, sizeof *sources->at);
	}
	struct source *source = &sources->at[sources->count++];
	*source = (struct source){
		.path = arena_text(&sources->arena, path),
		.device = st->st_dev,
		.inode = st->st_ino,
	};
	if (age < 0 || age >= FRESH_MS)
		source->changed = st->st_ctim;
}

static bool is_same(const struct source *source, const struct stat *st)
{
	return st->st_dev == source->device && st->st_ino == source->inode &&
	       st->st_ctim.tv_sec == source->changed.tv_sec &&
	       st->st_ctim.tv_nsec == source->changed.tv_nsec;
}

bool sources_id(const char *directory, const char *name, struct slice *id, struct err *err)
{
	struct slice s = slice_text(name);

	*id = (struct slice){0};
	if (slice_ends(s, ".yml"))
		return err_set(err, EX_CONFIG, "%s/%s: must end in .yaml", directory, name);
	if (!slice_ends(s, ".yaml"))
		return true;
	*id = slice_first(s, s.n - strlen(".yaml"));
	if (!name_valid(*id))
		return err_set(err, EX_CONFIG,
			       "%s/%s: a name is small letters, digits, '_', '.' and '-'",
			       directory, name);
	return true;
}

bool sources_changed(const struct conf_sources *sources)
{
	struct stat st;

	for (size_t i = 0; i < sources->count; i++)
		if (stat(sources->at[i].path, &st) < 0 || !is_same(&sources->at[i], &st))
			return true;
	return false;
}

void sources_free(struct conf_sources *sources)
{
	free(sources->at);
	arena_free(&sources->arena);
	*sources = (struct conf_sources){0};
}

bool sources_read(struct conf_sources *sources, const char *path, size_t most, struct slice *text,
		  struct err *err)
{
	struct stat st;
	bool good = false;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return err_sys(err, code_of(errno), "%s", path);
	if (fstat(fd, &st) < 0)
		err_sys(err, code_of(errno), "%s", path);
	else if (!S_ISREG(st.st_mode))
		err_set(err, EX_CONFIG, "%s: not a regular file", path);
	else if ((uint64_t)st.st_size > most)
		err_set(err, EX_CONFIG, "%s: larger than %zu bytes", path, most);
	else {
		char *bytes = arena_alloc(&sources->arena, (size_t)st.st_size + 1);
		*text = slice_make(bytes, (size_t)st.st_size);
		good = io_pread_all(fd, bytes, text->n, 0, path, err);
	}
	if (good)
		remember(sources, path, &st);
	close(fd);
	return good;
}

static bool read_names(DIR *directory, const char *path, struct conf_sources *sources,
		       const char *const **names, size_t *count, struct err *err)
{
	const char **list = NULL;
	size_t n = 0, room = 0;
	struct dirent *entry;

	while ((errno = 0, entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		if (n == room) {
			room = room ? 2 * room : 16;
			list = mem_resize(list, room, sizeof *list);
		}
		list[n++] = arena_text(&sources->arena, entry->d_name);
	}
	bool good = errno == 0 || err_sys(err, code_of(errno), "%s", path);
	const char **kept = arena_alloc(&sources->arena, (n + 1) * sizeof *kept);
	if (n) {
		slice_sort_texts(list, n);
		memcpy(kept, list, n * sizeof *kept);
	}
	free(list);
	*names = kept;
	*count = n;
	return good;
}

bool sources_list(struct conf_sources *sources, const char *path, const char *const **names,
		  size_t *count, struct err *err)
{
	struct stat st;
	DIR *directory = opendir(path);

	if (!directory)
		return err_sys(err, code_of(errno), "%s", path);
	bool good = fstat(dirfd(directory), &st) == 0 || err_sys(err, code_of(errno), "%s", path);
	if (good) {
		remember(sources, path, &st);
		good = read_names(directory, path, sources, names, count, err);
	}
	closedir(directory);
	return good;
}
