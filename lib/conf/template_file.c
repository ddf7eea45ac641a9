#include "conf/template_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "conf/tables.h"
#include "conf/write.h"
#include "conf/yaml_json.h"
#include "message/name.h"
#include "message/request.h"
#include "message/text.h"

#define HEADER_NAME_MOST 76
#define TAG_MOST 35 /* RFC 5646, 4.4.1 */

/* --- headers --- */

static bool is_map(const struct key *key, const struct yaml *value, struct err *err)
{
	return value->type == YAML_MAP ||
	       yaml_error(value, err, "%s must be a map, not %s", key->name, yaml_type_name(value));
}

static bool is_list(const struct key *key, const struct yaml *value, struct err *err)
{
	return value->type == YAML_LIST || yaml_error(value, err, "%s must be a list, not %s",
						      key->name, yaml_type_name(value));
}

static bool read_headers(const struct key *key, const struct yaml *value, void *field,
			 struct arena *arena, struct err *err)
{
	struct template_file *file = field;
	struct template_header *headers;
	struct err refused;

	if (!is_map(key, value, err))
		return false;
	file->headers = headers = arena_alloc(arena, (value->count + 1) * sizeof *headers);
	for (const struct yaml *child = value->first; child; child = child->next) {
		struct template_header *header = &headers[file->header_count++];
		struct key named = {.name = child->key};
		header->name = child->key;
		if (!text_is_token(slice_text(child->key), HEADER_NAME_MOST))
			return yaml_error(child, err, "headers: '%s' is not a header's name",
					  child->key);
		if (!request_header_is_free(slice_text(child->key), &refused))
			return yaml_error(child, err, "headers.%s: %s", child->key, refused.text);
		if (!key_text(&named, child, &header->value, arena, err))
			return false;
	}
	return true;
}

/* --- attachments --- */

#define AT(field) offsetof(struct template_attachment, field)

static const char *const disposition_words[] = {"attachment", "inline", NULL};

static bool read_disposition(const struct key *key, const struct yaml *value, void *field,
			     struct arena *arena, struct err *err)
{
	unsigned word;

	if (!key_word(key, value, &word, arena, err))
		return false;
	*(bool *)field = word == 1;
	return true;
}

/* clang-format off */
const struct key attachment_keys[] = {
	{"path", key_path, .at = AT(path), .required = true},
	{"filename", key_text, .at = AT(filename)},
	{"content_type", key_text, .at = AT(content_type)},
	{"content_id", key_text, .at = AT(content_id)},
	{"disposition", read_disposition, .at = AT(is_inline), .standard = "attachment",
	 .words = disposition_words},
	{0},
};
/* clang-format on */

#undef AT

static bool read_attachments(const struct key *key, const struct yaml *value, void *field,
			     struct arena *arena, struct err *err)
{
	struct template_file *file = field;
	struct template_attachment *attachments;

	if (!is_list(key, value, err))
		return false;
	attachments = arena_alloc(arena, (value->count + 1) * sizeof *attachments);
	file->attachments = attachments;
	for (const struct yaml *item = value->first; item; item = item->next) {
		struct template_attachment *attachment = &attachments[file->attachment_count++];
		struct key_set set = {attachment_keys, attachment};
		keys_defaults(set, arena);
		if (!keys_read(item, &set, 1, arena, err))
			return false;
		const char *slash = strrchr(attachment->path, '/');
		if (!attachment->filename)
			attachment->filename = slash ? slash + 1 : attachment->path;
	}
	return true;
}

/* --- variables and samples --- */

#define AT(field) offsetof(struct template_variable, field)

static const char *const type_words[] = {"any", "text", "number", "bool", "list", "map", NULL};

/* clang-format off */
const struct key variable_keys[] = {
	{"type", key_word, .at = AT(type), .standard = "any", .words = type_words},
	{"required", key_bool, .at = AT(required)},
	{"help", key_text, .at = AT(help)},
	{0},
};
/* clang-format on */

#undef AT

static bool read_variables(const struct key *key, const struct yaml *value, void *field,
			   struct arena *arena, struct err *err)
{
	struct template_file *file = field;
	struct template_variable *variables;

	if (!is_map(key, value, err))
		return false;
	file->variables = variables = arena_alloc(arena, (value->count + 1) * sizeof *variables);
	for (const struct yaml *child = value->first; child; child = child->next) {
		struct template_variable *variable = &variables[file->variable_count++];
		struct key_set set = {variable_keys, variable};
		keys_defaults(set, arena);
		variable->name = child->key;
		if (!keys_read(child, &set, 1, arena, err))
			return false;
	}
	return true;
}

static bool read_samples(const struct key *key, const struct yaml *value, void *field,
			 struct arena *arena, struct err *err)
{
	struct template_file *file = field;
	struct template_sample *samples;

	if (!is_map(key, value, err))
		return false;
	file->samples = samples = arena_alloc(arena, (value->count + 1) * sizeof *samples);
	for (const struct yaml *child = value->first; child; child = child->next) {
		if (child->type != YAML_MAP)
			return yaml_error(child, err, "sample %s must be a map, not %s", child->key,
					  yaml_type_name(child));
		samples[file->sample_count++] = (struct template_sample){
			.name = child->key,
			.context = yaml_to_json(child, arena),
			.line = child->line,
		};
	}
	return true;
}

/* --- languages --- */

#define AT(field) offsetof(struct template_fields, field)

/* clang-format off */
const struct key template_text_keys[] = {
	{"subject", key_body, .at = AT(subject)},
	{"body_html", key_body, .at = AT(body_html)},
	{"body_text", key_body, .at = AT(body_text)},
	{"from_email", key_text, .at = AT(from_email), .alias = "email_from"},
	{"reply_to", key_text, .at = AT(reply_to)},
	{0},
};
/* clang-format on */

#undef AT

static bool is_tag(const char *tag)
{
	size_t n = strlen(tag);

	return n > 0 && n <= TAG_MOST && strchr("-_", tag[0]) == NULL &&
	       strspn(tag, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == n;
}

static bool read_languages(const struct key *key, const struct yaml *value, void *field,
			   struct arena *arena, struct err *err)
{
	struct template_file *file = field;
	struct template_language *languages;

	if (!is_map(key, value, err))
		return false;
	file->languages = languages = arena_alloc(arena, (value->count + 1) * sizeof *languages);
	for (const struct yaml *child = value->first; child; child = child->next) {
		struct template_language *language = &languages[file->language_count++];
		struct key_set set = {template_text_keys, &language->fields};
		language->tag = child->key;
		if (!is_tag(child->key))
			return yaml_error(child, err, "languages: '%s' is not a language tag",
					  child->key);
		if (!keys_read(child, &set, 1, arena, err))
			return false;
	}
	return true;
}

/* --- the file --- */

#define AT(field) offsetof(struct template_file, field)

/* clang-format off */
const struct key template_keys[] = {
	{"id", key_own_name, .at = AT(id)},
	{"name", key_text, .at = AT(name)},
	{"languages", read_languages, .at = 0},
	{"headers", read_headers, .at = 0},
	{"attachments", read_attachments, .at = 0},
	{"variables", read_variables, .at = 0},
	{"samples", read_samples, .at = 0},
	{"managed", key_bool, .at = AT(managed)},
	{0},
};
/* clang-format on */

const struct template_file *template_file_parse(struct slice text, const char *path, const char *id,
						struct arena *arena, struct err *err)
{
	struct template_file *file = arena_alloc(arena, sizeof *file);
	struct key_set own = {template_keys, file}, texts = {template_text_keys, &file->fields};
	struct key_set sets[] = {own, texts};

	file->id = file->name = arena_text(arena, id);
	file->file = arena_text(arena, path);
	conf_revision(text, file->revision);
	file->yaml = yaml_parse(text, file->file, arena, err);
	if (!file->yaml || !keys_read(file->yaml, sets, 2, arena, err))
		return NULL;
	return file;
}

const struct template_file *template_file_read(const char *path, const char *id,
					       struct arena *arena, struct err *err)
{
	const struct template_file *file = NULL;
	struct conf_sources sources = {0};
	struct slice text;

	if (sources_read(&sources, path, YAML_BYTES, &text, err))
		file = template_file_parse(text, path, id, arena, err);
	else if (access(path, F_OK) < 0 && errno == ENOENT)
		err->code = EX_NOINPUT;
	sources_free(&sources);
	return file;
}

bool template_file_ids(const struct organization *org, struct arena *arena, const char ***ids,
		       size_t *count, struct err *err)
{
	const char *directory = arena_format(arena, "%s/templates", org->directory);
	struct conf_sources sources = {0};
	const char *const *names = NULL;
	size_t found = 0;
	struct slice id;

	*count = 0;
	if (access(directory, F_OK) < 0 && errno == ENOENT)
		return true;
	bool good = sources_list(&sources, directory, &names, &found, err);
	*ids = arena_alloc(arena, (found + 1) * sizeof **ids);
	for (size_t i = 0; good && i < found; i++) {
		good = sources_id(directory, names[i], &id, err);
		if (good && id.n)
			(*ids)[(*count)++] = arena_slice(arena, id).p;
	}
	sources_free(&sources);
	slice_sort_texts(*ids, *count); /* "a.yaml" sorts behind "a-b.yaml" */
	return good;
}

const struct template_file *template_file_of(const struct organization *org, struct slice id,
					     struct arena *arena, struct err *err)
{
	struct slice name = arena_slice(arena, id);

	if (!name_valid(id)) {
		err_set(err, EX_DATAERR, "not a template's name: %s", name.p);
		return NULL;
	}
	const char *path = arena_format(arena, "%s/templates/%s.yaml", org->directory, name.p);
	const struct template_file *file = template_file_read(path, name.p, arena, err);
	if (!file && err->code == EX_NOINPUT)
		err_set(err, EX_NOINPUT, "organization %s has no template %s", org->id, name.p);
	return file;
}

static bool same_letter(char a, char b)
{
	if (a == '_')
		a = '-';
	return slice_equal_nocase(slice_make(&a, 1), slice_make(b == '_' ? "-" : &b, 1));
}

/* How many bytes of the locale the tag covers: all of its own, at a border; else 0. */
static size_t covers(const char *tag, struct slice locale)
{
	size_t n = strlen(tag);

	if (n > locale.n || (n < locale.n && !strchr("-_", locale.p[n])))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!same_letter(tag[i], locale.p[i]))
			return 0;
	return n;
}

static void take_missing(const char **to, const char *from)
{
	if (!*to)
		*to = from;
}

static void fill(struct template_fields *to, const struct template_fields *from)
{
	take_missing(&to->subject, from->subject);
	take_missing(&to->body_html, from->body_html);
	take_missing(&to->body_text, from->body_text);
	take_missing(&to->from_email, from->from_email);
	take_missing(&to->reply_to, from->reply_to);
}

struct template_fields template_file_fields(const struct template_file *file, struct slice locale)
{
	struct template_fields fields = {0};

	/* The longest tag first: at most one has each length. */
	for (size_t n = locale.n < TAG_MOST ? locale.n : TAG_MOST; n > 0; n--)
		for (size_t i = 0; i < file->language_count; i++)
			if (covers(file->languages[i].tag, locale) == n)
				fill(&fields, &file->languages[i].fields);
	fill(&fields, &file->fields);
	return fields;
}

const char *template_type_name(enum template_type type)
{
	return type_words[type];
}

bool template_type_is(enum template_type type, const struct json *value)
{
	switch (type) {
	case TEMPLATE_TEXT:
		return value->type == JSON_STRING;
	case TEMPLATE_NUMBER:
		return value->type == JSON_INT || value->type == JSON_REAL;
	case TEMPLATE_BOOL:
		return value->type == JSON_BOOL;
	case TEMPLATE_LIST:
		return value->type == JSON_ARRAY;
	case TEMPLATE_MAP:
		return value->type == JSON_OBJECT;
	default:
		return true;
	}
}
