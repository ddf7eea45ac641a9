#include "conf/describe.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/child.h"
#include "base/io.h"
#include "base/mem.h"
#include "message/name.h"

#define DESCRIPTION_BYTES 65536
#define KINDS_MOST 50
#define PROGRAM_PREFIX "mailq-send-"

struct kind {
	const char *name;
	const struct json *description; /* NULL: err says why */
	struct err err;
	struct kind *next;
};

/* Reads to the end of the output, then of the program; one that says too much loses its reader. */
static bool listen_to(struct child *child, int fd, const char *program, struct buf *output,
		      struct err *err)
{
	char text[24];
	int status;
	bool good = io_read_all(fd, output, DESCRIPTION_BYTES, program, err);

	close(fd);
	child_wait(child, &status);
	if (good && status != 0)
		return err_set(err, EX_CONFIG, "%s --describe: %s", program,
			       child_status_text(status, text));
	return good;
}

static bool ask(const char *program, struct buf *output, struct err *err)
{
	const char *const argv[] = {program, "--describe", NULL}, *const env[] = {NULL};
	struct child child;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return io_err(err, "pipe");
	const int fds[] = {-1, ends[1], STDERR_FILENO};
	struct child_plan plan = {
		.program = program, .argv = argv, .env = env, .fds = fds, .n_fds = 3};
	bool started = child_start(&plan, &child, err);
	close(ends[1]);
	if (started)
		return listen_to(&child, ends[0], program, output, err);
	close(ends[0]);
	return false;
}

static const struct json *describe(struct kinds *kinds, const char *kind, struct err *err)
{
	char *program = mem_format(PROGRAM_PREFIX "%s", kind);
	const struct json *description = NULL;
	struct buf output = {0};

	if (!name_valid(slice_text(kind)))
		err_set(err, EX_CONFIG, "'%s' is not the name of a kind", kind);
	else if (ask(program, &output, err) &&
		 !(description = json_parse(arena_slice(&kinds->arena, buf_slice(&output)),
					    &kinds->arena, err)))
		err_at(err, "%s --describe", program);
	if (!description)
		err->code = EX_CONFIG;
	buf_free(&output);
	free(program);
	return description;
}

const struct json *kinds_describe(struct kinds *kinds, const char *name, struct err *err)
{
	struct kind *kind = kinds->first;

	while (kind && strcmp(kind->name, name) != 0)
		kind = kind->next;
	if (!kind) {
		kind = arena_alloc(&kinds->arena, sizeof *kind);
		*kind = (struct kind){.name = arena_text(&kinds->arena, name),
				      .next = kinds->first};
		kind->description = describe(kinds, name, &kind->err);
		kinds->first = kind;
	}
	if (!kind->description)
		*err = kind->err;
	return kind->description;
}

void kinds_free(struct kinds *kinds)
{
	arena_free(&kinds->arena);
	*kinds = (struct kinds){0};
}

static DIR *open_own_directory(void)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n <= 0)
		return NULL;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	return opendir(self);
}

/* mailq-send-now sends nothing itself. */
static bool is_kind(const char *name)
{
	return name_valid(slice_text(name)) && strcmp(name, "now") != 0;
}

const char **kinds_list(struct kinds *kinds, struct arena *arena, size_t *n)
{
	const char **names = arena_alloc(arena, KINDS_MOST * sizeof *names);
	DIR *directory = open_own_directory();
	struct dirent *entry;
	struct err err;

	*n = 0;
	while (directory && *n < KINDS_MOST && (entry = readdir(directory))) {
		const char *name = entry->d_name + strlen(PROGRAM_PREFIX);
		if (slice_starts(slice_text(entry->d_name), PROGRAM_PREFIX) && is_kind(name) &&
		    kinds_describe(kinds, name, &err))
			names[(*n)++] = arena_text(arena, name);
	}
	if (directory)
		closedir(directory);
	slice_sort_texts(names, *n);
	return names;
}
