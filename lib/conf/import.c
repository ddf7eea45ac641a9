#include "conf/import.h"

#include "conf/connector_edit.h"
#include "conf/tables.h"
#include "conf/template_file.h"
#include "conf/yaml_write.h"
#include "message/name.h"

/* --- fields as YAML --- */

static void put_json(struct buf *yaml, unsigned depth, const char *key, const struct json *value)
{
	struct buf text = {0};
	struct json_out out = {.buf = &text};

	if (value->type == JSON_STRING) {
		yaml_put_text(yaml, depth, key, value->text);
		return;
	}
	json_put_value(&out, (struct slice){0}, value); /* JSON is YAML too */
	yaml_put_plain(yaml, depth, key, text.p);
	buf_free(&text);
}

static void put_dictionary(struct buf *yaml, const char *key, const struct json *value,
			   struct arena *arena)
{
	if (value->count == 0)
		return;
	yaml_put_map(yaml, 0, key);
	for (const struct json *member = value->first; member; member = member->next)
		if (member->type != JSON_NULL)
			put_json(yaml, 1, arena_slice(arena, member->key).p, member);
}

static const char *truth_of(struct slice text)
{
	if (slice_is_nocase(text, "true") || slice_is(text, "1"))
		return "true";
	return slice_is_nocase(text, "false") || slice_is(text, "0") ? "false" : NULL;
}

/* Text in a record is text, but our files have truths and numbers without quotes. */
static void put_words(struct buf *yaml, const struct key *key, struct slice text,
		      struct arena *arena)
{
	const char *truth = key->read == key_bool ? truth_of(text) : NULL;
	bool number = key->read == key_unsigned || key->read == key_rate;

	if (key->read != key_body)
		text = slice_trim(text);
	if (truth)
		yaml_put_plain(yaml, 0, key->name, truth);
	else if (number && text.n && strspn(text.p, "0123456789.") >= text.n)
		yaml_put_plain(yaml, 0, key->name, arena_slice(arena, text).p);
	else
		yaml_put_text(yaml, 0, key->name, text);
}

static void put_field(struct buf *yaml, const struct key *key, const struct record_field *field,
		      struct arena *arena)
{
	const struct json *eval = field->eval;

	if (eval && eval->type == JSON_OBJECT)
		put_dictionary(yaml, key->name, eval, arena);
	else if (eval && eval->type != JSON_NULL)
		put_json(yaml, 0, key->name, eval);
	else if (field->ref)
		yaml_put_text(yaml, 0, key->name, slice_text(field->ref));
	else if (!eval)
		put_words(yaml, key, field->text, arena);
}

/* What a record's fields may be: the keys of the file that it becomes. */
static const struct key *const of_connector[] = {connector_keys, NULL};
static const struct key *const of_template[] = {template_keys, template_text_keys, NULL};

static const struct key *find_key(const struct key *const *tables, const char *name)
{
	for (; *tables; tables++)
		for (const struct key *key = *tables; key->name; key++)
			if (strcmp(key->name, name) == 0 ||
			    (key->alias && strcmp(key->alias, name) == 0))
				return key;
	return NULL;
}

/* The record's fields that the tables have, and the names of those that they have not. */
static void put_record(struct buf *yaml, const struct key *const *tables,
		       const struct record *record, struct arena *arena, struct import *import)
{
	yaml_put_text(yaml, 0, "id", slice_text(record->id));
	for (const struct record_field *f = record->fields; f; f = f->next) {
		const struct key *key = find_key(tables, f->name);
		if (strcmp(f->name, "organization_id") == 0 || strcmp(f->name, "id") == 0)
			continue;
		if (key)
			put_field(yaml, key, f, arena);
		else
			import->left_out = arena_format(arena, "%s%s%s",
							import->left_out ? import->left_out : "",
							import->left_out ? ", " : "", f->name);
	}
}

/* --- where it goes --- */

static struct slice behind_last_dot(const char *text)
{
	const char *dot = strrchr(text, '.');

	return slice_text(dot ? dot + 1 : text);
}

static const struct organization *organization_of(const struct conf *conf,
						  const struct record *record, const char *given,
						  struct err *err)
{
	const struct record_field *field = record_field(record, "organization_id");
	struct slice id = slice_text(given);

	if (!given && field)
		id = field->ref ? behind_last_dot(field->ref) : slice_trim(field->text);
	return conf_choose_organization(conf, id, (struct slice){0}, err);
}

static bool place(const struct conf *conf, const struct record *record, const char *organization,
		  struct import *import, struct err *err)
{
	*import = (struct import){.id = record->id};
	if (!name_valid(slice_text(record->id)))
		return err_set(err, EX_DATAERR,
			       "id '%s': a name is small letters, digits, '_', '.' and '-'",
			       record->id);
	import->organization = organization_of(conf, record, organization, err);
	return import->organization != NULL;
}

static void add_file(struct import *import, const char *path, struct slice text)
{
	import->files[import->file_count++] = (struct conf_file){path, text};
}

static bool check_connector(const struct import *import, const char *path, struct slice text,
			    struct arena *arena, struct connector *connector, struct err *err)
{
	const struct yaml *root = yaml_parse(text, path, arena, err);

	if (!root || !connector_read(root, import->id, arena, connector, err))
		return false;
	if (connector->fallback &&
	    !organization_connector(import->organization, slice_text(connector->fallback)))
		return err_set(err, EX_DATAERR, "fallback '%s': no such connector",
			       connector->fallback);
	return true;
}

/* --- the default that was --- */

static bool clear_default(struct import *import, const struct connector *old, struct arena *arena,
			  struct err *err)
{
	struct slice text;

	if (!connector_clear_default(old, arena, &text, err))
		return false;
	import->cleared = old->id;
	add_file(import, old->file, text);
	return true;
}

/* The text of the record's file. A file that the app may change stays one. */
static struct slice file_text(const struct record *record, const struct key *const *tables,
			      bool managed, struct arena *arena, struct import *import)
{
	struct buf yaml = {0};

	put_record(&yaml, tables, record, arena, import);
	if (managed && !record_field(record, "managed"))
		yaml_put_plain(&yaml, 0, "managed", "true");
	struct slice text = arena_slice(arena, buf_slice(&yaml));
	buf_free(&yaml);
	return text;
}

bool import_connector(const struct conf *conf, const struct record *record,
		      const char *organization, struct arena *arena, struct import *import,
		      struct err *err)
{
	struct connector connector = {0};

	if (!place(conf, record, organization, import, err))
		return false;
	const struct organization *org = import->organization;
	const struct connector *old = organization_connector(org, slice_text(record->id));
	const struct connector *standard = organization_default(org);
	const char *path = arena_format(arena, "%s/connectors/%s.yaml", org->directory, record->id);
	struct slice text = file_text(record, of_connector, old && old->managed, arena, import);

	if (!check_connector(import, path, text, arena, &connector, err)) {
		err->code = EX_DATAERR; /* the record's fault, not the configuration's */
		return false;
	}
	if (connector.is_default && standard && standard != old &&
	    !clear_default(import, standard, arena, err))
		return false;
	import->replaces = old != NULL;
	import->unmanaged = old && !old->managed;
	add_file(import, path, text);
	return true;
}

/* --- templates --- */

bool import_template(const struct conf *conf, const struct record *record, const char *organization,
		     struct arena *arena, struct import *import, struct err *err)
{
	struct err missing;

	if (!place(conf, record, organization, import, err))
		return false;
	const char *path = arena_format(arena, "%s/templates/%s.yaml",
					import->organization->directory, record->id);
	const struct template_file *old = template_file_read(path, record->id, arena, &missing);
	struct slice text = file_text(record, of_template, old && old->managed, arena, import);

	if (!template_file_parse(text, path, record->id, arena, err)) {
		err->code = EX_DATAERR;
		return false;
	}
	import->replaces = old || missing.code != EX_NOINPUT;
	import->unmanaged = import->replaces && !(old && old->managed);
	add_file(import, path, text);
	return true;
}
