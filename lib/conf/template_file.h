/*
 * template_file.h: organizations/<organization>/templates/<id>.yaml, as read: mailq.yaml(5),
 * TEMPLATES. The texts are source for lib/template, which is not called here.
 *
 *     const struct template_file *file = template_file_read(path, "tpl_welcome", &arena, &err);
 *     struct template_fields fields = template_file_fields(file, slice_text("fr-CA"));
 *
 * Everything lives in the arena. Errors are EX_CONFIG and begin with file and line; a file that is
 * not there is EX_NOINPUT.
 */
#ifndef CONF_TEMPLATE_FILE_H
#define CONF_TEMPLATE_FILE_H

#include "base/json.h"
#include "conf/conf.h"

/* What a message may also say itself; NULL: not said. */
struct template_fields {
	const char *subject;
	const char *body_html;
	const char *body_text;
	const char *from_email;
	const char *reply_to;
};

struct template_language {
	const char *tag; /* "fr-CA" */
	struct template_fields fields;
};

struct template_header {
	const char *name;
	const char *value;
};

struct template_attachment {
	const char *path;         /* of the file */
	const char *filename;     /* as the recipient sees it */
	const char *content_type; /* or NULL */
	const char *content_id;   /* or NULL */
	bool is_inline;
};

enum template_type {
	TEMPLATE_ANY,
	TEMPLATE_TEXT,
	TEMPLATE_NUMBER,
	TEMPLATE_BOOL,
	TEMPLATE_LIST,
	TEMPLATE_MAP,
};

/* A variable that the context has, or must have. */
struct template_variable {
	const char *name;
	enum template_type type;
	bool required;
	const char *help; /* or NULL */
};

/* A context that the template is tried with. */
struct template_sample {
	const char *name;
	const struct json *context; /* an object */
	unsigned line;
};

struct template_file {
	const char *id;
	const char *name; /* for people; the id when none is given */
	struct template_fields fields;
	const struct template_language *languages;
	size_t language_count;
	const struct template_header *headers;
	size_t header_count;
	const struct template_attachment *attachments;
	size_t attachment_count;
	const struct template_variable *variables;
	size_t variable_count;
	const struct template_sample *samples;
	size_t sample_count;
	bool managed;
	char revision[CONF_REVISION_SIZE]; /* of the file's text */
	const char *file;
	const struct yaml *yaml; /* the file, for messages with a line */
};

const struct template_file *template_file_read(const char *path, const char *id,
					       struct arena *arena, struct err *err);

/* Likewise, from text that need not be in a file; path is for messages. */
const struct template_file *template_file_parse(struct slice text, const char *path, const char *id,
						struct arena *arena, struct err *err);

/* The ids of the organization's templates, sorted, in the arena. None where it has no directory. */
bool template_file_ids(const struct organization *org, struct arena *arena, const char ***ids,
		       size_t *count, struct err *err);

/* One of them; as template_file_read. */
const struct template_file *template_file_of(const struct organization *org, struct slice id,
					     struct arena *arena, struct err *err);

/* As a JSON object, fields named as in the file, and its revision; or the members alone. */
void template_file_write(struct json_out *out, const struct template_file *file);
void template_file_write_members(struct json_out *out, const struct template_file *file);

/* In a listing: id, name, subject, the tags of its languages, managed, revision. */
void template_file_write_summary(struct json_out *out, const struct template_file *file);

/* The other way: what members of such an object say, as the text of a file that is managed. */
struct slice template_file_text(const char *id, const struct json *members, struct arena *arena);

/*
 * The fields in a language: each from the longest tag that begins the locale and has it (fr-CA,
 * then fr), else from the template itself. Case does not count, nor whether '-' or '_' divides.
 */
struct template_fields template_file_fields(const struct template_file *file, struct slice locale);

/* True when the value may stand for a variable of that type. */
bool template_type_is(enum template_type type, const struct json *value);
const char *template_type_name(enum template_type type); /* "text" */

#endif
