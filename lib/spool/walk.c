#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "spool/internal.h"

/* Calls back for the names in a directory that are neither hidden nor of the wrong shape. */
typedef bool name_callback(void *context, const char *name);

/* Keeps errno, unless that says that nothing is there, or something was wrong before. */
static void note_error(int *error)
{
	if (!*error && errno != ENOENT && errno != ENOTDIR)
		*error = errno;
}

/* The next name that is not hidden, or NULL. */
static const char *next_name(DIR *dir, int *error)
{
	struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry && entry->d_name[0] == '.');
	if (!entry && errno)
		note_error(error);
	return entry ? entry->d_name : NULL;
}

/* *error: what kept us from reading all of it. */
static bool each_name(const struct spool *spool, const char *path, name_callback *callback,
		      void *context, int *error)
{
	DIR *dir = spool_opendir(spool, path);
	bool go_on = true;

	if (!dir) {
		note_error(error);
		return true;
	}
	for (const char *name; go_on && (name = next_name(dir, error));)
		go_on = callback(context, name);
	closedir(dir);
	return go_on;
}

static bool read_all(int error)
{
	errno = error;
	return error == 0;
}

/* --- what is damaged --- */

static bool count_name(void *context, const char *name)
{
	(void)name;
	++*(size_t *)context;
	return true;
}

size_t spool_count_condemned(const struct spool *spool)
{
	size_t n = 0;
	int error = 0;

	each_name(spool, ".bad", count_name, &n, &error);
	return n;
}

/* --- organizations --- */

struct org_walk {
	spool_org_callback *callback;
	void *context;
};

static bool visit_org(void *context, const char *name)
{
	struct org_walk *walk = context;

	return !name_valid(slice_text(name)) || walk->callback(walk->context, name);
}

bool spool_each_org(struct spool *spool, spool_org_callback *callback, void *context)
{
	struct org_walk walk = {.callback = callback, .context = context};
	int error = 0;

	each_name(spool, ".", visit_org, &walk, &error);
	return read_all(error);
}

/* --- files --- */

struct file_walk {
	struct spool *spool;
	struct place place;
	char dir[PLACE_PATH_SIZE];
	spool_file_callback *callback;
	void *context;
	int error;
};

static bool visit_file(void *context, const char *name)
{
	struct file_walk *walk = context;

	return !id_valid(slice_text(name)) || walk->callback(walk->context, &walk->place, name);
}

/* One level down: a kind of routed/, a day of a final state. */
static bool visit_below(void *context, const char *name)
{
	struct file_walk *walk = context;
	char dir[PLACE_PATH_SIZE];

	if (walk->place.state == STATE_ROUTED) {
		if (!name_valid(slice_text(name)))
			return true;
		snprintf(walk->place.kind, sizeof walk->place.kind, "%s", name);
	}
	snprintf(dir, sizeof dir, "%.120s/%.63s", walk->dir, name);
	return each_name(walk->spool, dir, visit_file, walk, &walk->error);
}

bool spool_each_file(struct spool *spool, const char *org, enum state state,
		     spool_file_callback *callback, void *context)
{
	struct file_walk walk = {.spool = spool,
				 .place = place_make(org, state, ""),
				 .callback = callback,
				 .context = context};

	snprintf(walk.dir, sizeof walk.dir, "%s/%s", org, state_name(state));
	if (state == STATE_ROUTED || state_has_day(state))
		each_name(spool, walk.dir, visit_below, &walk, &walk.error);
	else
		each_name(spool, walk.dir, visit_file, &walk, &walk.error);
	return read_all(walk.error);
}

/* --- finding one --- */

#define FIND_ROUNDS 3

struct search {
	struct spool *spool;
	const char *id;
	struct place *place;
	bool found;
	int error; /* it may be where we could not look */
};

static bool stands_at(struct search *search)
{
	char path[PLACE_PATH_SIZE];
	struct stat st;

	place_path(search->place, search->id, path);
	if (fstatat(search->spool->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	note_error(&search->error);
	return false;
}

static bool probe_kind(void *context, const char *name)
{
	struct search *search = context;

	if (name_valid(slice_text(name))) {
		snprintf(search->place->kind, sizeof search->place->kind, "%s", name);
		search->found = stands_at(search);
	}
	return !search->found;
}

static bool probe_org(void *context, const char *org)
{
	struct search *search = context;
	char routed[PLACE_PATH_SIZE];

	for (enum state state = STATE_DRAFT; state < STATE_COUNT && !search->found; state++) {
		*search->place = place_make(org, state, "");
		if (state == STATE_ROUTED) {
			snprintf(routed, sizeof routed, "%s/%s", org, state_name(state));
			each_name(search->spool, routed, probe_kind, search, &search->error);
		} else {
			search->found = stands_at(search);
		}
	}
	return !search->found;
}

bool spool_find(struct spool *spool, const char *org, const char *id, struct place *place)
{
	struct search search = {.spool = spool, .id = id, .place = place};

	for (int round = 0; round < FIND_ROUNDS && !search.found; round++) {
		search.error = 0;
		if (org)
			probe_org(&search, org);
		else if (!spool_each_org(spool, probe_org, &search))
			note_error(&search.error);
	}
	errno = search.error ? search.error : ENOENT;
	return search.found;
}

static bool compare_bad(void *context, const char *name)
{
	struct search *search = context;

	search->found = slice_ends(slice_text(name), search->id);
	return !search->found;
}

bool spool_is_condemned(struct spool *spool, const char *id)
{
	struct search search = {.id = id};

	each_name(spool, ".bad", compare_bad, &search, &search.error);
	return search.found;
}
