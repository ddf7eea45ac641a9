#include "conf/managed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/io.h"
#include "conf/yaml_write.h"
#include "message/name.h"

int managed_lock(const struct organization *org, struct err *err)
{
	int fd = open(org->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		io_err(err, "%s", org->directory);
		return -1;
	}
	while (flock(fd, LOCK_EX) < 0) {
		if (errno == EINTR)
			continue;
		io_err(err, "lock %s", org->directory);
		close(fd);
		return -1;
	}
	return fd;
}

static bool is_as_expected(const struct managed_edit *edit, const struct managed_file *there,
			   struct err *err)
{
	if (edit->revision && (!there->exists || strcmp(there->revision, edit->revision) != 0))
		return err_set(err, EX_CANTCREAT, "%s is not as it was: it has been changed",
			       edit->id);
	return !there->exists || there->managed ||
	       err_set(err, EX_NOPERM, "%s is not marked as managed: it is changed in its file",
		       edit->id);
}

bool managed_may_change(const struct managed_edit *edit, const struct managed_file *there,
			struct err *err)
{
	const struct json *id = json_get(edit->values, "id");

	if (!name_valid(slice_text(edit->id)))
		return err_set(err, EX_DATAERR,
			       "id: small letters, digits, '_', '.' and '-', at most 63");
	if (id && (id->type != JSON_STRING || !slice_is(id->text, edit->id)))
		return err_set(err, EX_DATAERR, "id: is not '%s'", edit->id);
	if (edit->is_new && there->exists)
		return err_set(err, EX_CANTCREAT, "there is a '%s' already", edit->id);
	return is_as_expected(edit, there, err);
}

bool managed_may_remove(const struct managed_edit *edit, const struct managed_file *there,
			struct err *err)
{
	if (!there->exists)
		return err_set(err, EX_NOINPUT, "there is no '%s'", edit->id);
	return is_as_expected(edit, there, err);
}

/* What an object that we wrote has beside the file's own keys. */
static bool is_ours(struct slice key)
{
	static const char *const names[] = {"id",       "organization_id", "managed",
					    "revision", "secrets",         "file",
					    "draft"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_is(key, names[i]))
			return true;
	return false;
}

/* An empty map or list says what no key says. */
static bool says_nothing(const struct json *value)
{
	return value->type == JSON_NULL ||
	       ((value->type == JSON_OBJECT || value->type == JSON_ARRAY) && value->count == 0);
}

void managed_put_members(struct buf *yaml, const char *id, const struct json *members)
{
	struct arena arena = {0};

	yaml_put_text(yaml, 0, "id", slice_text(id));
	for (const struct json *m = members->first; m; m = m->next)
		if (!says_nothing(m) && !is_ours(m->key))
			yaml_put_value(yaml, 0, arena_slice(&arena, m->key).p, m);
	yaml_put_plain(yaml, 0, "managed", "true");
	arena_free(&arena);
}

bool managed_without_place(struct err *err, const char *path)
{
	struct slice what = slice_text(err->text);

	err->code = EX_DATAERR;
	if (!slice_starts(what, path))
		return false;
	what = slice_after(what, strlen(path));
	if (!slice_starts(what, ": "))
		what = slice_after(what, slice_find(slice_after(what, 1), ':') + 1);
	if (slice_starts(what, ": "))
		what = slice_after(what, 2);
	memmove(err->text, what.p, what.n + 1);
	return false;
}

/* A copy of the member at the end of the object. */
static void append(struct json *object, struct json ***end, const struct json *member,
		   struct arena *arena)
{
	struct json *copy = arena_alloc(arena, sizeof *copy);

	*copy = *member;
	copy->next = NULL;
	**end = copy;
	*end = &copy->next;
	object->count++;
}

static const struct json *find(const struct json *object, struct slice key)
{
	for (const struct json *m = object->first; m; m = m->next)
		if (slice_equal(m->key, key))
			return m;
	return NULL;
}

const struct json *managed_merge(const struct json *base, const struct json *over,
				 struct arena *arena)
{
	struct json *merged = arena_alloc(arena, sizeof *merged);
	struct json **end = &merged->first;

	merged->type = JSON_OBJECT;
	for (const struct json *m = base->first; m; m = m->next) {
		const struct json *other = find(over, m->key);
		if (!other || other->type != JSON_NULL)
			append(merged, &end, other ? other : m, arena);
	}
	for (const struct json *m = over->first; m; m = m->next)
		if (m->type != JSON_NULL && !find(base, m->key))
			append(merged, &end, m, arena);
	return merged;
}
