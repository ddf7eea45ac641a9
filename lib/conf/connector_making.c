#include "conf/connector_making.h"

#include "base/hex.h"
#include "base/io.h"
#include "conf/secret.h"

/* --- keys --- */

static const struct json *describe_key(const struct json *describe, struct slice name)
{
	const struct json *keys = json_get(describe, "keys");

	for (const struct json *key = keys ? keys->first : NULL; key; key = key->next)
		if (slice_equal(json_get_text(key, "name"), name))
			return key;
	return NULL;
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
	const struct connector_key *old = connector_config(&m->old, making_text(m, member->key));
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
	return value->type == JSON_STRING && secret_is_reference(making_text(m, value->text));
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

/* A name that no secret has had, so that the connector's file decides which one counts. NULL and
 * err: there is none to be had. */
static const char *new_secret_path(const struct making *m, struct slice key)
{
	unsigned char random[8];
	char hex[2 * sizeof random + 1];

	if (!io_random(random, sizeof random, m->err))
		return NULL;
	hex_write(random, sizeof random, hex);
	return arena_format(m->arena, "%s/%s.%s.%.*s.%s", m->secrets, m->edit->organization->id,
			    m->edit->id, SLICE_ARGS(key), hex);
}

static bool store_secret(struct making *m, const struct json *member)
{
	if (m->n_files == SECRETS_MOST)
		return err_set(m->err, EX_DATAERR, "config: too many secrets");
	const char *path = new_secret_path(m, member->key);
	if (!path)
		return false;
	m->files[m->n_files++] = (struct conf_file){path, member->text, 0600};
	add_text(m, member->key, arena_format(m->arena, SECRET_FILE "%s", path));
	return true;
}

/* In the text of a draft it has one line; a key file in JSON stays what it is. */
static void keep_in_text(struct making *m, const struct json *member)
{
	char *text = arena_text(m->arena, making_text(m, member->text));

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
	struct slice type = json_get_text(described, "type");
	return slice_is(type, "url") || slice_is(type, "proxy");
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
		const char *name = making_text(m, json_get_text(key, "name"));
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
	const char *before = connector_value(&m->old, making_text(m, name));

	if (!before)
		return true;
	const char *changed = m->edit->is_remote ? changed_destination(m) : NULL;
	if (changed)
		return err_set(m->err, EX_DATAERR, "config.%.*s: type it again, since %s changes",
			       SLICE_ARGS(name), changed);
	add_text(m, name, before);
	return true;
}

/* --- all of it --- */

bool making_take_config(struct making *m)
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
		    !json_get(given, making_text(m, json_get_text(key, "name"))) &&
		    !keep_secret(m, key))
			return false;
	return true;
}
