#include "queue/templates_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

#define FILE_MOST ((size_t)4 << 20)

struct templates {
	struct templates_options options;
	struct shelf *shelves;
};

/* --- files --- */

static void forget_compiled(struct stored *stored)
{
	for (size_t i = 0; i < stored->n_compiled; i++)
		template_free(stored->compiled[i].template);
	stored->n_compiled = 0;
}

static void free_stored(struct stored *stored)
{
	forget_compiled(stored);
	arena_free(&stored->arena);
	free(stored);
}

static bool is_current(const struct stored *stored, const struct stat *st)
{
	return stored->file && stored->inode == st->st_ino && stored->size == st->st_size &&
	       stored->changed.tv_sec == st->st_mtim.tv_sec &&
	       stored->changed.tv_nsec == st->st_mtim.tv_nsec;
}

static struct stored *find_stored(struct shelf *shelf, struct slice id)
{
	struct stored *stored;

	for (stored = shelf->stored; stored; stored = stored->next)
		if (slice_is(id, stored->id))
			return stored;
	stored = mem_zero(sizeof *stored);
	snprintf(stored->id, sizeof stored->id, "%.*s", SLICE_ARGS(id));
	stored->next = shelf->stored;
	shelf->stored = stored;
	return stored;
}

/* An older one is in use nowhere but in others that stand here. */
static bool take_text(struct shelf *shelf, struct stored *stored, const char *path,
		      struct slice text, struct err *err)
{
	struct arena arena = {0};
	const struct template_file *file =
		template_file_parse(arena_slice(&arena, text), path, stored->id, &arena, err);

	if (!file) {
		arena_free(&arena);
		return false;
	}
	sha256_hex(text, stored->sha256);
	if (stored->file) {
		forget_compiled(stored);
		template_env_forget(shelf->html);
		template_env_forget(shelf->text);
	}
	arena_free(&stored->arena);
	stored->arena = arena;
	stored->file = file;
	return true;
}

/* Read whole, then parsed: what is taken is one state of the file. */
static bool read_stored(struct shelf *shelf, struct stored *stored, const char *path, int fd,
			const struct stat *st, struct err *err)
{
	struct buf text = {0};
	bool ok = io_read_all(fd, &text, FILE_MOST, path, err) &&
		  take_text(shelf, stored, path, buf_slice(&text), err);

	buf_free(&text);
	if (!ok)
		return false;
	stored->changed = st->st_mtim;
	stored->inode = st->st_ino;
	stored->size = st->st_size;
	return true;
}

struct stored *templates_stored(struct shelf *shelf, struct slice id, bool old_will_do,
				struct err *err)
{
	char path[4096];
	struct stat st;

	if (!name_valid(id)) {
		err_set(err, EX_DATAERR, "not a template's name: %.*s", SLICE_ARGS(id));
		return NULL;
	}
	struct stored *stored = find_stored(shelf, id);
	if (stored->is_draft)
		return stored;
	snprintf(path, sizeof path, "%s/templates/%s.yaml", shelf->directory, stored->id);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool ok = fd >= 0 && fstat(fd, &st) == 0;
	if (!ok)
		err_set(err, errno == ENOENT ? EX_DATAERR : EX_TEMPFAIL,
			"organization %s has no template %s", shelf->org, stored->id);
	else if (!is_current(stored, &st))
		ok = read_stored(shelf, stored, path, fd, &st, err);
	if (fd >= 0)
		close(fd);
	return ok || (old_will_do && stored->file) ? stored : NULL;
}

/* --- shelves --- */

/*
 * What extends, include and import name is the same field of another template. A render may be
 * going on, so one that was read before is not read again here: templates_read_parts has seen to
 * that.
 */
static bool load(struct shelf *shelf, struct slice name, bool html, struct buf *source,
		 struct err *err)
{
	struct stored *stored = name_valid(name) ? find_stored(shelf, name) : NULL;
	const char *text = NULL;

	if (!stored || !stored->file)
		stored = templates_stored(shelf, name, false, err);
	if (stored) {
		stored->is_part = true;
		text = html ? stored->file->fields.body_html : stored->file->fields.body_text;
	}
	if (!text)
		return err_set(err, EX_NOINPUT, "organization %s has no template %.*s with %s",
			       shelf->org, SLICE_ARGS(name), html ? "body_html" : "body_text");
	buf_add_text(source, text);
	return true;
}

/* Before a render: what templates have brought in so far, as it is now. */
void templates_read_parts(struct shelf *shelf)
{
	struct err err;

	for (struct stored *stored = shelf->stored; stored; stored = stored->next)
		if (stored->is_part)
			templates_stored(shelf, slice_text(stored->id), true, &err);
}

static bool load_html(void *data, struct slice name, struct buf *source, struct err *err)
{
	return load(data, name, true, source, err);
}

static bool load_text(void *data, struct slice name, struct buf *source, struct err *err)
{
	return load(data, name, false, source, err);
}

static const struct json *describe_org(const struct organization *org, struct arena *arena)
{
	struct buf text = {0};
	struct json_out out = {.buf = &text};
	struct err err = {0};

	json_open(&out, NULL, '{');
	json_put_text(&out, "id", org->id);
	json_put_text(&out, "name", org->name);
	json_put_text(&out, "from_email", org->from_email);
	json_close(&out, '}');
	struct json *value = json_parse(arena_slice(arena, buf_slice(&text)), arena, &err);
	buf_free(&text);
	value->key = slice_text("org");
	return value;
}

static void free_shelf(struct shelf *shelf)
{
	while (shelf->stored) {
		struct stored *next = shelf->stored->next;
		free_stored(shelf->stored);
		shelf->stored = next;
	}
	template_env_close(shelf->html);
	template_env_close(shelf->text);
	arena_free(&shelf->arena);
	free(shelf->directory);
	free(shelf);
}

static bool is_of(const struct shelf *shelf, const struct organization *org)
{
	const struct json *value = shelf->org_value;

	return strcmp(shelf->org, org->id) == 0 && strcmp(shelf->directory, org->directory) == 0 &&
	       slice_is(json_get_text(value, "name"), org->name) &&
	       slice_equal(json_get_text(value, "from_email"), slice_text(org->from_email)) &&
	       slice_equal(slice_text(shelf->locale), slice_text(org->locale));
}

static struct template_env *open_env(const struct templates *templates, bool html,
				     const struct template_loader *loader)
{
	const struct template_options options = {.autoescape = html,
						 .strict = templates->options.strict};
	struct template_env *env = template_env_open(&options, loader);

	if (templates->options.prepare)
		templates->options.prepare(env);
	return env;
}

struct shelf *templates_shelf(struct templates *templates, const struct organization *org)
{
	struct shelf *shelf;

	for (struct shelf **link = &templates->shelves; (shelf = *link); link = &shelf->next) {
		if (is_of(shelf, org))
			return shelf;
		if (strcmp(shelf->org, org->id) != 0)
			continue;
		*link = shelf->next; /* the configuration has changed */
		free_shelf(shelf);
		break;
	}
	shelf = mem_zero(sizeof *shelf);
	snprintf(shelf->org, sizeof shelf->org, "%s", org->id);
	shelf->directory = mem_text(org->directory);
	struct template_loader html = {.load = load_html, .data = shelf};
	struct template_loader text = {.load = load_text, .data = shelf};
	shelf->text = open_env(templates, false, &text);
	shelf->html = open_env(templates, true, &html);
	shelf->org_value = describe_org(org, &shelf->arena);
	shelf->locale = org->locale ? arena_text(&shelf->arena, org->locale) : NULL;
	shelf->next = templates->shelves;
	templates->shelves = shelf;
	return shelf;
}

struct templates *templates_open(const struct templates_options *options)
{
	struct templates *templates = mem_zero(sizeof *templates);

	templates->options = *options;
	return templates;
}

void templates_close(struct templates *templates)
{
	if (!templates)
		return;
	while (templates->shelves) {
		struct shelf *next = templates->shelves->next;
		free_shelf(templates->shelves);
		templates->shelves = next;
	}
	free(templates);
}

struct template_env *templates_env(struct templates *templates, const struct organization *org,
				   bool html)
{
	const struct shelf *shelf = templates_shelf(templates, org);

	return html ? shelf->html : shelf->text;
}

const struct template_file *templates_file(struct templates *templates,
					   const struct organization *org, struct slice id,
					   struct err *err)
{
	struct stored *stored = templates_stored(templates_shelf(templates, org), id, false, err);

	return stored ? stored->file : NULL;
}

bool templates_add_draft(struct templates *templates, const struct organization *org,
			 struct slice id, struct slice text, struct err *err)
{
	struct shelf *shelf = templates_shelf(templates, org);
	struct stored *stored = name_valid(id) ? find_stored(shelf, id) : NULL;
	char path[4096];

	if (!stored)
		return err_set(err, EX_DATAERR, "not a template's name: %.*s", SLICE_ARGS(id));
	snprintf(path, sizeof path, "%s/templates/%s.yaml", shelf->directory, stored->id);
	stored->is_draft = take_text(shelf, stored, path, text, err);
	return stored->is_draft;
}

const struct template_file *templates_draft(struct templates *templates,
					    const struct organization *org, struct slice id)
{
	struct shelf *shelf = templates_shelf(templates, org);
	const struct stored *stored = name_valid(id) ? find_stored(shelf, id) : NULL;

	return stored && stored->is_draft ? stored->file : NULL;
}

/* --- checking --- */

static bool check_variable(const struct template_variable *variable, const struct json *context,
			   struct err *err)
{
	const struct json *value = json_get(context, variable->name);

	if (!value)
		return !variable->required ||
		       err_set(err, EX_DATAERR, "context.%s: missing, and the template needs it",
			       variable->name);
	return template_type_is(variable->type, value) ||
	       err_set(err, EX_DATAERR, "context.%s: is %s, and the template needs %s",
		       variable->name, json_type_name(value->type),
		       template_type_name(variable->type));
}

bool templates_check(struct templates *templates, const struct organization *org,
		     const struct request *request, struct err *err)
{
	const struct template_file *file;

	if (!request->template_id.p)
		return true;
	file = templates_file(templates, org, request->template_id, err);
	if (!file)
		return err_at(err, "template_id");
	for (size_t i = 0; i < file->variable_count; i++)
		if (!(strcmp(file->variables[i].name, "org") == 0 &&
		      !json_get(request->context, "org")) &&
		    !check_variable(&file->variables[i], request->context, err))
			return false;
	return true;
}
