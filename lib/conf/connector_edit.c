#include "conf/connector_edit.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "conf/check.h"
#include "conf/connector_making.h"
#include "conf/tables.h"

/* --- what there is --- */

/* A file that cannot be read is one that is not ours to change. */
static void look(struct making *m)
{
	const struct organization *org = m->edit->organization;
	struct buf text = {0};
	struct err err = {0};
	const char *path =
		arena_format(m->arena, "%s/connectors/%s.yaml", org->directory, m->edit->id);

	m->there = (struct managed_file){.path = path, .exists = access(path, F_OK) == 0};
	if (m->there.exists && io_read_path(path, YAML_BYTES, &text, &err)) {
		struct slice kept = arena_slice(m->arena, buf_slice(&text));
		const struct yaml *root = yaml_parse(kept, path, m->arena, &err);
		if (root && connector_read(root, m->edit->id, m->arena, &m->old, &err)) {
			conf_revision(kept, m->old.revision);
			m->there.managed = m->old.managed;
			m->there.revision = m->old.revision;
		}
	}
	buf_free(&text);
}

/* --- the connector --- */

/* "smtp_oauth" is the kind smtp. */
static bool find_kind(struct making *m, struct kinds *kinds)
{
	struct slice kind = json_get_text(m->edit->values, "kind");

	if (!kind.n)
		kind = json_get_text(m->edit->values, "provider_type");
	if (!kind.n)
		return err_set(m->err, EX_DATAERR, "kind: missing");
	m->describe =
		kinds_describe(kinds, making_text(m, slice_first(kind, slice_find(kind, '_'))),
			       m->err);
	if (!m->describe)
		m->err->code = EX_DATAERR;
	return m->describe;
}

/* Without is_default the first connector is the default. */
static const struct json *final_values(const struct making *m)
{
	const struct organization *org = m->edit->organization;
	const struct connector *standard = organization_default(org);
	struct json *is_default = arena_alloc(m->arena, sizeof *is_default);
	struct json *over = arena_alloc(m->arena, sizeof *over);

	*is_default = (struct json){.type = JSON_BOOL, .truth = true, .key = SLICE("is_default")};
	m->config->key = (struct slice)SLICE("config");
	m->config->next = NULL;
	*over = (struct json){.type = JSON_OBJECT, .first = m->config, .count = 1};
	if (!standard && !json_get(m->edit->values, "is_default"))
		m->config->next = is_default;
	return managed_merge(m->edit->values, over, m->arena);
}

static bool check_fallback(const struct making *m, const struct connector *connector)
{
	const char *fallback = connector->fallback;

	if (!fallback)
		return true;
	if (strcmp(fallback, m->edit->id) == 0)
		return err_set(m->err, EX_DATAERR, "fallback: is the connector itself");
	return organization_connector(m->edit->organization, slice_text(fallback)) ||
	       err_set(m->err, EX_DATAERR, "fallback: no such connector '%s'", fallback);
}

/* Reads what was made of the values, as from its file. */
static bool read_made(struct making *m, struct slice text, struct connector *connector)
{
	const char *path = m->there.path;
	const struct yaml *root = yaml_parse(text, path, m->arena, m->err);

	if (!root || !connector_read(root, m->edit->id, m->arena, connector, m->err) ||
	    !connector_check(connector, m->describe, m->err))
		return managed_without_place(m->err, path);
	conf_revision(text, connector->revision);
	return check_fallback(m, connector);
}

static bool make(struct making *m, struct kinds *kinds, struct buf *text,
		 struct connector *connector)
{
	if (!managed_may_change(m->edit, &m->there, m->err) || !find_kind(m, kinds) ||
	    !making_take_config(m))
		return false;
	managed_put_members(text, m->edit->id, final_values(m));
	return read_made(m, buf_slice(text), connector);
}

bool connector_draft(const struct managed_edit *edit, struct kinds *kinds, struct arena *arena,
		     struct connector *connector, struct buf *text, struct err *err)
{
	struct making m = {.edit = edit, .arena = arena, .err = err};

	look(&m);
	return make(&m, kinds, text, connector);
}

/* --- the default --- */

static bool settle_default(struct making *m, struct connector_saved *saved)
{
	const struct connector *standard = organization_default(m->edit->organization);
	struct slice text;

	if (standard && strcmp(standard->id, m->edit->id) == 0)
		standard = NULL;
	if (!saved->connector.is_default)
		return standard || err_set(m->err, EX_DATAERR,
					   "is_default: one connector has to be the default");
	if (!standard)
		return true;
	if (!standard->managed)
		return err_set(
			m->err, EX_NOPERM,
			"%s is the default, and not marked as managed: it is changed in its file",
			standard->id);
	if (!connector_clear_default(standard, m->arena, &text, m->err))
		return false;
	m->files[m->n_files++] = (struct conf_file){.path = standard->file, .text = text};
	saved->cleared = standard->id;
	return true;
}

/* --- writing --- */

static const char *secret_file(const struct conf *conf, const char *value)
{
	if (!value || !slice_starts(slice_text(value), SECRET_FILE))
		return NULL;
	const char *path = value + strlen(SECRET_FILE);
	size_t n = strlen(conf->secrets);
	return strncmp(path, conf->secrets, n) == 0 && path[n] == '/' ? path : NULL;
}

static bool has_value(const struct connector *connector, const char *value)
{
	for (size_t i = 0; connector && i < connector->config_count; i++)
		if (connector->config[i].value && strcmp(connector->config[i].value, value) == 0)
			return true;
	return false;
}

/* What no connector names any more. A file that stays behind does no harm. */
static void drop_secrets(const struct conf *conf, const struct making *m,
			 const struct connector *new)
{
	const char *ours = arena_format(m->arena, "%s/%s.%s.", conf->secrets,
					m->edit->organization->id, m->edit->id);
	struct err err;

	for (size_t i = 0; i < m->old.config_count; i++) {
		const char *value = m->old.config[i].value, *path = secret_file(conf, value);
		if (path && slice_starts(slice_text(path), ours) && !has_value(new, value))
			conf_remove_file(path, &err);
	}
}

static bool write_made(const struct conf *conf, struct making *m, struct slice text,
		       struct err *err)
{
	m->files[m->n_files++] = (struct conf_file){.path = m->there.path, .text = text};
	if (mkdir(conf->secrets, 0700) < 0 && errno != EEXIST)
		return io_err(err, "%s", conf->secrets);
	return conf_write_files(m->files, m->n_files, err);
}

static bool put(const struct conf *conf, struct making *m, struct kinds *kinds,
		struct connector_saved *saved)
{
	struct buf text = {0};

	look(m);
	*saved = (struct connector_saved){.is_new = !m->there.exists};
	bool ok = make(m, kinds, &text, &saved->connector) && settle_default(m, saved) &&
		  write_made(conf, m, buf_slice(&text), m->err);
	buf_free(&text);
	saved->describe = m->describe;
	if (ok)
		drop_secrets(conf, m, &saved->connector);
	return ok;
}

bool connector_put(const struct conf *conf, const struct managed_edit *edit, struct kinds *kinds,
		   struct arena *arena, struct connector_saved *saved, struct err *err)
{
	struct making m = {.edit = edit, .secrets = conf->secrets, .arena = arena, .err = err};
	int lock = managed_lock(edit->organization, err);

	if (lock < 0)
		return false;
	bool ok = put(conf, &m, kinds, saved);
	close(lock);
	return ok;
}

/* --- removing --- */

static bool is_needed(const struct organization *org, const char *id, struct err *err)
{
	const struct connector *standard = organization_default(org);

	for (size_t i = 0; i < org->connector_count; i++) {
		const struct connector *other = &org->connectors[i];
		if (other->fallback && strcmp(other->fallback, id) == 0)
			return !err_set(err, EX_CANTCREAT, "%s is the fallback of %s", id,
					other->id);
	}
	for (size_t i = 0; i < org->rule_count; i++)
		if (strcmp(org->rules[i].connector, id) == 0)
			return !err_set(err, EX_CANTCREAT, "a rule of %s names %s", org->id, id);
	if (standard && strcmp(standard->id, id) == 0 && org->connector_count > 1)
		return !err_set(err, EX_CANTCREAT, "%s is the default: make another one that first",
				id);
	return false;
}

bool connector_remove(const struct conf *conf, const struct managed_edit *edit, struct arena *arena,
		      struct err *err)
{
	struct making m = {.edit = edit, .arena = arena, .err = err};
	int lock = managed_lock(edit->organization, err);

	if (lock < 0)
		return false;
	look(&m);
	bool ok = managed_may_remove(edit, &m.there, err) &&
		  !is_needed(edit->organization, edit->id, err) &&
		  conf_remove_file(m.there.path, err);
	if (ok)
		drop_secrets(conf, &m, NULL);
	close(lock);
	return ok;
}
