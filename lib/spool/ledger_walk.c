#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "spool/internal.h"
#include "spool/ledger.h"

struct ledger_walk_file {
	int fd; /* locked by us: it has no owner; -1: it has one */
	char path[PLACE_PATH_SIZE];
	void *map;
	size_t size;
};

/* --- lines --- */

static bool read_line(const struct entry *entry, struct arena *arena, struct ledger_entry *line)
{
	struct err ignored = {0};
	const struct json *body = json_parse(entry->body, arena, &ignored);
	const struct json *attempt = json_get(body, "attempt");
	struct buf text = {0};
	struct json_out out = {.buf = &text};

	if (!attempt || attempt->type != JSON_OBJECT)
		return false;
	json_put_value(&out, slice_make(NULL, 0), attempt);
	*line = (struct ledger_entry){
		.id = json_get_text(body, "id"),
		.org = json_get_text(body, "org"),
		.n = (unsigned)json_get_int(attempt, "n", 0),
		.is_try = slice_is(entry->name, "try"),
		.time_ms = entry->time_ms,
		.attempt = arena_slice(arena, buf_slice(&text)),
	};
	buf_free(&text);
	return id_valid(line->id) && name_valid(line->org) && line->n > 0;
}

static void add_lines(struct ledger_walk *walk, const struct entry_list *entries)
{
	walk->at = mem_resize(walk->at, walk->count + entries->count + 1, sizeof *walk->at);
	for (size_t i = 0; i < entries->count; i++)
		if (read_line(&entries->at[i], &walk->arena, &walk->at[walk->count]))
			walk->count++;
}

/* --- files --- */

static bool map_file(struct ledger_walk_file *file, int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return io_err(err, "stat %s", file->path);
	if (st.st_size == 0)
		return true;
	void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return io_err(err, "map %s", file->path);
	file->map = map;
	file->size = (size_t)st.st_size;
	return true;
}

static bool read_ledger(struct ledger_walk *walk, struct ledger_walk_file *file, int fd,
			struct err *err)
{
	struct entry_list entries;
	struct err ignored = {0};

	if (!map_file(file, fd, err))
		return false;
	/* One that a power cut left without its first line never vouched for anything. */
	if (entry_read(slice_make(file->map, file->size), ENTRY_FORMAT_LEDGER, &walk->arena,
		       &entries, &ignored))
		add_lines(walk, &entries);
	return true;
}

/* In the first round those without an owner are read, in the second the others. */
static bool visit(struct ledger_walk *walk, const char *name, bool ownerless, struct err *err)
{
	struct ledger_walk_file file = {.fd = -1};
	snprintf(file.path, sizeof file.path, ".ledger/%.128s", name);

	for (size_t i = 0; i < walk->n_files; i++)
		if (strcmp(walk->files[i].path, file.path) == 0)
			return true;

	int fd = spool_openat(walk->spool, file.path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return errno == ENOENT || io_err(err, "open %s", file.path);
	if (ownerless && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return true;
	}

	bool ok = read_ledger(walk, &file, fd, err);
	if (ownerless)
		file.fd = fd;
	else
		close(fd);
	walk->files = mem_resize(walk->files, walk->n_files + 1, sizeof *walk->files);
	walk->files[walk->n_files++] = file;
	return ok;
}

static bool visit_all(struct ledger_walk *walk, bool ownerless, struct err *err)
{
	DIR *dir = spool_opendir(walk->spool, ".ledger");
	bool ok = true;

	if (!dir)
		return io_err(err, "open .ledger");
	for (struct dirent *entry; ok && (entry = readdir(dir));)
		if (entry->d_name[0] != '.')
			ok = visit(walk, entry->d_name, ownerless, err);
	closedir(dir);
	return ok;
}

bool ledger_walk_begin(struct spool *spool, struct ledger_walk *walk, struct err *err)
{
	*walk = (struct ledger_walk){.spool = spool};
	bool ok = visit_all(walk, true, err);

	walk->ownerless = walk->count;
	walk->n_ownerless = walk->n_files;
	if (ok && visit_all(walk, false, err))
		return true;
	ledger_walk_end(walk, false);
	return false;
}

void ledger_walk_end(struct ledger_walk *walk, bool done)
{
	for (size_t i = 0; i < walk->n_files; i++) {
		struct ledger_walk_file *file = &walk->files[i];
		if (done && file->fd >= 0)
			unlinkat(walk->spool->fd, file->path, 0);
		if (file->fd >= 0)
			close(file->fd);
		if (file->map)
			munmap(file->map, file->size);
	}
	free(walk->files);
	free(walk->at);
	arena_free(&walk->arena);
	*walk = (struct ledger_walk){0};
}

/* --- who names a message --- */

static bool has_open_try(const struct ledger_entry *lines, size_t count, struct slice id)
{
	unsigned tried = 0, answered = 0;

	for (size_t i = 0; i < count; i++) {
		if (!slice_equal(lines[i].id, id))
			continue;
		unsigned *last = lines[i].is_try ? &tried : &answered;
		if (lines[i].n > *last)
			*last = lines[i].n;
	}
	return tried > answered;
}

enum ledger_naming ledger_walk_names(const struct ledger_walk *walk, const char *id)
{
	struct slice name = slice_text(id);

	if (has_open_try(walk->at + walk->ownerless, walk->count - walk->ownerless, name))
		return LEDGER_OWNED;
	if (has_open_try(walk->at, walk->ownerless, name))
		return LEDGER_OWNERLESS;
	return LEDGER_SILENT;
}
