#include "conf/connector_edit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "conf/check.h"
#include "conf/secret.h"
#include "conf/tables.h"
#include "conf/write.h"

#define SECRETS_MOST 16 /* of one connector */
#define FILE_REFERENCE "$FILE:"

/* A connector in the making. */
struct making {
	const struct managed_edit *edit;
	const char *secrets; /* the directory; NULL: typed secrets stay in the text */
	const struct json *describe;
	struct managed_file there;
	struct connector old; /* where there is one */
	struct json *config;  /* as it will be in the file */
	struct json **end;    /* of config */
	struct conf_file files[SECRETS_MOST + 2];
	size_t n_files;
	struct arena *arena;
	struct err *err;
};

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

/* --- keys of config --- */

static const struct json *describe_key(const struct json *describe, struct slice name)
{
	const struct json *keys = json_get(describe, "keys");

	for (const struct json *key = keys ? keys->first : NULL; key; key = key->next)
		if (slice_equal(json_get_text(key, "name"), name))
			return key;
	return NULL;
}

static const char *text_of(const struct making *m, struct slice text)
{
	return arena_slice(m->arena, text).p;
}

static void add_key(struct making *m, struct slice name, const struct json *value)
{
	struct json *copy = arena_alloc(m->arena, sizeof *copy);

	*copy = *value;
	copy->key = name;
	copy->next = NULL;
	*m->end = copy;
	m->end = &copy->next;
	m->config->count++;
}

static void add_text(struct making *m, struct slice name, const char *text)
{
	add_key(m, name, &(const struct json){.type = JSON_STRING, .text = slice_text(text)});
}

static bool is_text(const struct json *value, const char *text)
{
	if (value->type == JSON_BOOL)
		return strcmp(text, value->truth ? "true" : "false") == 0;
	return slice_is(value->text, text);
}

/* Whether the old connector says the same of that key. */
static bool is_as_before(const struct making *m, const struct json *member)
{
	const struct connector_key *old = connector_config(&m->old, text_of(m, member->key));
	const struct json *item = member->first;
	size_t i = 0;

	if (!old || member->type != JSON_ARRAY)
		return old && old->value && is_text(member, old->value);
	for (; item && i < old->list.count && is_text(item, old->list.text[i]); i++)
		item = item->next;
	return !old->value && !item && i == old->list.count;
}

static bool names_reference(const struct making *m, const struct json *value)
{
	for (const struct json *item = value->first; item; item = item->next)
		if (names_reference(m, item))
			return true;
	return value->type == JSON_STRING && secret_is_reference(text_of(m, value->text));
}

/* From afar nobody reads this machine's files and variables, or runs its commands. */
static bool is_allowed(const struct making *m, const struct json *member,
		       const struct json *described)
{
	struct slice type = json_get_text(described, "type");

	if (!m->edit->is_remote || is_as_before(m, member))
		return true;
	if (slice_is(type, "path") || slice_is(type, "command"))
		return err_set(m->err, EX_DATAERR, "config.%.*s: is set on this machine alone",
			       SLICE_ARGS(member->key));
	return !names_reference(m, member) ||
	       err_set(m->err, EX_DATAERR,
		       "config.%.*s: $ENV: and $FILE: are set on this machine alone",
		       SLICE_ARGS(member->key));
}

/* --- secrets --- */

/* A name that no secret has had, so that the connector's file decides which one counts. */
static const char *new_secret_path(const struct making *m, struct slice key)
{
	unsigned char random[8];
	char hex[2 * sizeof random + 1];

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		memset(random, 0, sizeof random);
	for (size_t i = 0; i < sizeof random; i++)
		sprintf(hex + 2 * i, "%02x", random[i]);
	return arena_format(m->arena, "%s/%s.%s.%.*s.%s", m->secrets, m->edit->organization->id,
			    m->edit->id, SLICE_ARGS(key), hex);
}

static bool store_secret(struct making *m, const struct json *member)
{
	if (m->n_files == SECRETS_MOST)
		return err_set(m->err, EX_DATAERR, "config: too many secrets");
	const char *path = new_secret_path(m, member->key);
	m->files[m->n_files++] = (struct conf_file){path, member->text, 0600};
	add_text(m, member->key, arena_format(m->arena, FILE_REFERENCE "%s", path));
	return true;
}

/* In the text of a draft it has one line; a key file in JSON stays what it is. */
static void keep_in_text(struct making *m, const struct json *member)
{
	char *text = arena_text(m->arena, text_of(m, member->text));

	for (char *c = text; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	add_text(m, member->key, text);
}

static bool take_secret(struct making *m, const struct json *member)
{
	if (member->type == JSON_NULL || (member->type == JSON_STRING && member->text.n == 0))
		return true;
	if (member->type != JSON_STRING)
		return err_set(m->err, EX_DATAERR, "config.%.*s: is no text",
			       SLICE_ARGS(member->key));
	if (names_reference(m, member))
		add_key(m, member->key, member);
	else if (m->secrets)
		return store_secret(m, member);
	else
		keep_in_text(m, member);
	return true;
}

/* What decides where a secret is sent, and who can read it on its way. */
static bool is_destination(const struct json *described)
{
	static const char *const names[] = {"host", "port", "security"};
	struct slice name = json_get_text(described, "name");

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_is(name, names[i]))
			return true;
	return slice_is(json_get_text(described, "type"), "url");
}

static struct slice value_or_standard(const struct json *member, const struct json *described)
{
	if (member && member->type != JSON_NULL)
		return member->text;
	return json_get_text(described, "default");
}

/* The first key by which secrets would go elsewhere than before; NULL: none. */
static const char *changed_destination(const struct making *m)
{
	const struct json *keys = json_get(m->describe, "keys");

	if (!slice_is(json_get_text(m->describe, "kind"), m->old.kind))
		return "kind";
	for (const struct json *key = keys ? keys->first : NULL; key; key = key->next) {
		const char *name = text_of(m, json_get_text(key, "name"));
		const char *before = connector_value(&m->old, name);
		struct slice old = before ? slice_text(before) : json_get_text(key, "default");
		struct slice new = value_or_standard(json_get(m->config, name), key);
		if (is_destination(key) && !slice_equal(old, new))
			return name;
	}
	return NULL;
}

/* A secret that is not mentioned. */
static bool keep_secret(struct making *m, const struct json *described)
{
	struct slice name = json_get_text(described, "name");
	const char *before = connector_value(&m->old, text_of(m, name));

	if (!before)
		return true;
	const char *changed = m->edit->is_remote ? changed_destination(m) : NULL;
	if (changed)
		return err_set(m->err, EX_DATAERR, "config.%.*s: type it again, since %s changes",
			       SLICE_ARGS(name), changed);
	add_text(m, name, before);
	return true;
}

/* --- the connector --- */

static bool take_config(struct making *m)
{
	const struct json *given = json_get(m->edit->values, "config");
	const struct json *keys = json_get(m->describe, "keys");

	m->config = arena_alloc(m->arena, sizeof *m->config);
	m->config->type = JSON_OBJECT;
	m->end = &m->config->first;
	if (given && given->type != JSON_OBJECT)
		return err_set(m->err, EX_DATAERR, "config: is no object");
	for (const struct json *member = given ? given->first : NULL; member;
	     member = member->next) {
		const struct json *described = describe_key(m->describe, member->key);
		if (!is_allowed(m, member, described))
			return false;
		if (json_get_bool(described, "secret", false)) {
			if (!take_secret(m, member))
				return false;
		} else if (member->type != JSON_NULL) {
			add_key(m, member->key, member);
		}
	}
	for (const struct json *key = keys ? keys->first : NULL; key; key = key->next)
		if (json_get_bool(key, "secret", false) &&
		    !json_get(given, text_of(m, json_get_text(key, "name"))) &&
		    !keep_secret(m, key))
			return false;
	return true;
}

/* "smtp_oauth" is the kind smtp. */
static bool find_kind(struct making *m, struct kinds *kinds)
{
	struct slice kind = json_get_text(m->edit->values, "kind");

	if (!kind.n)
		kind = json_get_text(m->edit->values, "provider_type");
	if (!kind.n)
		return err_set(m->err, EX_DATAERR, "kind: missing");
	m->describe =
		kinds_describe(kinds, text_of(m, slice_first(kind, slice_find(kind, '_'))), m->err);
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
	    !take_config(m))
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
	if (!value || !slice_starts(slice_text(value), FILE_REFERENCE))
		return NULL;
	const char *path = value + strlen(FILE_REFERENCE);
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
