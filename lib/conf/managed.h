/*
 * managed.h: files of the configuration that programs may change, templates and connectors alike:
 * whole, one writer at a time, and only where they are marked `managed: true`.
 *
 *     int lock = managed_lock(edit->organization, &err);
 *     ... read the file that is there ...
 *     if (managed_may_change(edit, &there, &err) && (what it would be is good))
 *             conf_write_files(...);
 *     close(lock);
 */
#ifndef CONF_MANAGED_H
#define CONF_MANAGED_H

#include "base/json.h"
#include "conf/conf.h"

/* A change that somebody wants. */
struct managed_edit {
	const struct organization *organization;
	const char *id;
	const struct json *values; /* an object, its members named as the file's keys */
	const char *revision;      /* the file has to have this one; NULL: any */
	bool is_new;               /* there may be no file yet */
	bool is_remote;            /* by somebody who may not read the files of this machine */
};

/* What there is. */
struct managed_file {
	const char *path;
	bool exists;
	bool managed;
	const char *revision;
};

/* Nobody else changes the organization until the descriptor is closed. Waits. -1 and err. */
int managed_lock(const struct organization *org, struct err *err);

/*
 * False and err: EX_DATAERR for an id that is none; EX_CANTCREAT where there is a file and should
 * be none, or it is not as it was; EX_NOPERM where it is not managed.
 */
bool managed_may_change(const struct managed_edit *edit, const struct managed_file *there,
			struct err *err);

/* The same for taking it away; EX_NOINPUT where there is none. */
bool managed_may_remove(const struct managed_edit *edit, const struct managed_file *there,
			struct err *err);

/* The id, the members (but those that only we say), and that it is managed, as YAML. */
void managed_put_members(struct buf *yaml, const char *id, const struct json *members);

/* Takes the file and line off an error of text that was never in that file (EX_DATAERR). Returns
 * false. */
bool managed_without_place(struct err *err, const char *path);

/* base with each member that over has in place of its own of that name; null takes it out. */
const struct json *managed_merge(const struct json *base, const struct json *over,
				 struct arena *arena);

#endif
