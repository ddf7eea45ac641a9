#include "queue/templates.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "message/name.h"

#define FILE_MOST ((size_t)4 << 20)
#define FIELDS 16 /* compiled texts of one stored template: fields, their languages, headers */

/* One text of a stored template, compiled; known again by where its source stands. */
struct compiled {
	const char *source;
	struct template *template;
};

/* One stored template, as it was read last. */
struct stored {
	struct stored *next;
	char id[NAME_MOST + 1];
	struct timespec changed;
	ino_t inode;
	off_t size;
	bool is_part;  /* others extend, include or import it */
	bool is_draft; /* there is no file to look at */
	const struct template_file *file;
	char sha256[SHA256_HEX_SIZE];
	struct arena arena;
	struct compiled compiled[FIELDS];
	size_t n_compiled;
};

/* An organization's templates, and the two ways of rendering them. */
struct shelf {
	struct shelf *next;
	char org[NAME_MOST + 1];
	char *directory;
	struct template_env *html, *text; /* with and without escaping */
	struct stored *stored;
	const struct json *org_value; /* `org` in every context */
	const char *locale;           /* the organization's */
	struct arena arena;
};

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

/* As the file is now. `old_will_do`: where it cannot be read any more, the last good one serves. */
static struct stored *get_stored(struct shelf *shelf, struct slice id, bool old_will_do,
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
 * going on, so one that was read before is not read again here: read_parts has seen to that.
 */
static bool load(struct shelf *shelf, struct slice name, bool html, struct buf *source,
		 struct err *err)
{
	struct stored *stored = name_valid(name) ? find_stored(shelf, name) : NULL;
	const char *text = NULL;

	if (!stored || !stored->file)
		stored = get_stored(shelf, name, false, err);
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
static void read_parts(struct shelf *shelf)
{
	struct err err;

	for (struct stored *stored = shelf->stored; stored; stored = stored->next)
		if (stored->is_part)
			get_stored(shelf, slice_text(stored->id), true, &err);
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

static struct shelf *get_shelf(struct templates *templates, const struct organization *org)
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
	const struct shelf *shelf = get_shelf(templates, org);

	return html ? shelf->html : shelf->text;
}

const struct template_file *templates_file(struct templates *templates,
					   const struct organization *org, struct slice id,
					   struct err *err)
{
	struct stored *stored = get_stored(get_shelf(templates, org), id, false, err);

	return stored ? stored->file : NULL;
}

bool templates_add_draft(struct templates *templates, const struct organization *org,
			 struct slice id, struct slice text, struct err *err)
{
	struct shelf *shelf = get_shelf(templates, org);
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
	struct shelf *shelf = get_shelf(templates, org);
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

/* --- rendering --- */

struct rendering {
	struct shelf *shelf;
	struct stored *stored; /* NULL: no template_id */
	const struct json *context;
	struct arena *arena;
	struct templates_used *used;
	struct err *err;
};

/* err says what and where, and `used` where. */
static void fail(struct rendering *r, const char *field, const struct template_error *error)
{
	r->used->field = arena_text(r->arena, field);
	r->used->line = error->line;
	r->used->column = error->column;
	*r->err = error->err;
	if (error->column)
		err_set(r->err, error->err.code, "%s (column %u)", error->err.text, error->column);
}

/* The context with `org` in front, sharing its members. */
static const struct json *with_org(const struct shelf *shelf, const struct json *context,
				   struct arena *arena)
{
	if (json_get(context, "org"))
		return context;

	struct json *whole = arena_alloc(arena, sizeof *whole);
	struct json *org = arena_alloc(arena, sizeof *org);
	*org = *shelf->org_value;
	org->next = context ? context->first : NULL;
	whole->type = JSON_OBJECT;
	whole->first = org;
	whole->count = 1 + (context ? context->count : 0);
	return whole;
}

static bool run(struct rendering *r, const char *field, struct template *template,
		struct slice *text)
{
	struct template_error error = {0};
	struct buf out = {0};
	bool ok = template_render(template, r->context, &out, &error);

	if (ok)
		*text = arena_slice(r->arena, buf_slice(&out));
	else
		fail(r, field, &error);
	buf_free(&out);
	return ok;
}

static struct template *compile(struct rendering *r, const char *field, struct slice source)
{
	char name[2 * NAME_MOST];
	struct template_error error = {0};
	bool html = strcmp(field, "body_html") == 0;

	snprintf(name, sizeof name, "%s%s%s", r->stored ? r->stored->id : "", r->stored ? "." : "",
		 field);
	struct template *template =
		template_compile(html ? r->shelf->html : r->shelf->text, name, source, &error);
	if (!template)
		fail(r, field, &error);
	return template;
}

/* A text of the message's own: compiled for this once. */
static bool render_own(struct rendering *r, const char *field, struct slice *text)
{
	struct template *template = compile(r, field, *text);

	if (!template)
		return false;
	bool ok = run(r, field, template, text);
	template_free(template);
	return ok;
}

/* A text of the stored template: compiled once. */
static bool render_stored(struct rendering *r, const char *field, const char *source,
			  struct slice *text)
{
	struct stored *stored = r->stored;
	struct compiled *compiled = stored->compiled;

	for (size_t i = 0; i < stored->n_compiled; i++)
		if (compiled[i].source == source)
			return run(r, field, compiled[i].template, text);
	struct template *template = compile(r, field, slice_text(source));
	if (!template)
		return false;
	if (stored->n_compiled == FIELDS)
		template_free(compiled[--stored->n_compiled].template);
	compiled[stored->n_compiled++] = (struct compiled){source, template};
	return run(r, field, template, text);
}

/* The message's own text if it has one, else the template's, if that has one. */
static bool render_field(struct rendering *r, const char *field, const char *stored,
			 struct slice *text)
{
	if (text->p)
		return render_own(r, field, text);
	return !stored || render_stored(r, field, stored, text);
}

static bool render_from(struct rendering *r, const char *stored, struct request *request)
{
	struct slice text = {0};

	if (request->from.email.p || !stored)
		return true;
	return render_stored(r, "from_email", stored, &text) &&
	       (address_parse(text, r->arena, &request->from, r->err) ||
		err_at(r->err, "%s.from_email", r->stored->id));
}

static bool render_reply_to(struct rendering *r, const char *stored, struct request *request)
{
	struct slice text = {0};

	if (request->reply_to.n || !stored)
		return true;
	return render_stored(r, "reply_to", stored, &text) &&
	       (address_list_parse(text, r->arena, &request->reply_to, r->err) ||
		err_at(r->err, "%s.reply_to", r->stored->id));
}

static bool has_header(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->n_headers; i++)
		if (slice_is_nocase(request->headers[i].name, name))
			return true;
	return false;
}

/* A header is one line: what a template makes of it is held to what a caller's would be. */
static bool is_one_line(struct rendering *r, const char *what, struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
			return err_set(r->err, EX_DATAERR, "%s.%s: a control character in it",
				       r->stored ? r->stored->id : "", what);
	return true;
}

static bool render_headers(struct rendering *r, struct request *request)
{
	const struct template_file *file = r->stored->file;
	size_t n = request->n_headers;
	struct request_header *headers =
		arena_alloc(r->arena, (n + file->header_count + 1) * sizeof *headers);

	if (n)
		memcpy(headers, request->headers, n * sizeof *headers);
	for (size_t i = 0; i < file->header_count; i++) {
		const struct template_header *header = &file->headers[i];
		if (has_header(request, header->name))
			continue;
		headers[n].name = slice_text(header->name);
		if (!render_stored(r, header->name, header->value, &headers[n].value))
			return false;
		headers[n].value = slice_trim(headers[n].value);
		if (!is_one_line(r, header->name, headers[n].value))
			return false;
		n++;
	}
	request->headers = headers;
	request->n_headers = n;
	return true;
}

static bool render_all(struct rendering *r, struct request *request)
{
	struct template_fields fields = {0};
	struct slice locale = request->locale.n ? request->locale : slice_text(r->shelf->locale);

	template_env_set_locale(r->shelf->html, locale);
	template_env_set_locale(r->shelf->text, locale);
	if (r->stored)
		fields = template_file_fields(r->stored->file, locale);
	if (!render_field(r, "subject", fields.subject, &request->subject) ||
	    !render_field(r, "body_html", fields.body_html, &request->body_html) ||
	    !render_field(r, "body_text", fields.body_text, &request->body_text))
		return false;
	/* A subject's lines are the template's layout, not the sender's words. */
	request->subject = slice_trim(request->subject);
	return is_one_line(r, "subject", request->subject) &&
	       (!r->stored ||
		(render_from(r, fields.from_email, request) &&
		 render_reply_to(r, fields.reply_to, request) && render_headers(r, request)));
}

bool templates_apply(struct templates *templates, const struct organization *org,
		     struct request *request, struct arena *arena, struct templates_used *used,
		     struct err *err)
{
	struct shelf *shelf = get_shelf(templates, org);
	struct rendering r = {.shelf = shelf, .arena = arena, .used = used, .err = err};

	*used = (struct templates_used){0};
	read_parts(shelf);
	if (request->template_id.p) {
		r.stored = get_stored(shelf, request->template_id, true, err);
		if (!r.stored)
			return false;
		memcpy(used->sha256, r.stored->sha256, sizeof used->sha256);
	}
	r.context = with_org(shelf, request->context, arena);
	return render_all(&r, request);
}
