#include "queue/template_check.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "conf/yaml.h"
#include "mime/compose.h"
#include "template/inspect.h"

/* A name that texts of the template use. */
struct mention {
	struct slice name;
	const char *where; /* a text of its own reads it first there; NULL: none does */
	unsigned line, file_line;
	bool read, is_set; /* by a text, or by a template that one brings in */
	struct mention *next;
};

/* A template that was looked into already. */
struct visited {
	const struct template *template;
	struct visited *next;
};

struct check {
	struct templates *templates;
	const struct organization *org;
	const struct template_file *file;
	template_complaint *say;
	void *data;
	struct arena arena;
	struct mention *mentions;
	struct visited *visited;
	bool good;

	/* the text in hand */
	const struct yaml *text;
	const char *where;
	struct template_env *env;
	bool is_foreign; /* what is inspected is a template that the text brings in */
	bool reads;      /* the text depends on its context */
};

void template_fault_err(const struct template_fault *fault, struct err *err)
{
	err_set(err, fault->code, "%s", fault->what);
	if (fault->file)
		err_at(err, "%s:%u", fault->file, fault->file_line);
}

/* where: what names the place, and in which line of the file. */
struct place {
	const char *where;
	unsigned line, file_line;
};

static void tell(struct check *c, struct place place, bool is_warning, const char *what)
{
	c->say(c->data, &(const struct template_fault){.code = EX_DATAERR,
						       .what = what,
						       .file = c->file->file,
						       .file_line = place.file_line,
						       .where = place.where,
						       .line = place.line,
						       .is_warning = is_warning});
}

__attribute__((format(printf, 3, 4))) static void complain(struct check *c, struct place place,
							   const char *fmt, ...)
{
	char what[sizeof((struct err *)0)->text];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	tell(c, place, false, what);
	c->good = false;
}

/* --- the texts --- */

/* A line of the text in hand; 0: the text as a whole. */
static struct place at_line(const struct check *c, unsigned line)
{
	return (struct place){c->where, line,
			      c->text->line + (c->text->block && line > 0 ? line : 0)};
}

static struct mention *mention(struct check *c, struct slice name)
{
	struct mention **link = &c->mentions;

	for (; *link; link = &(*link)->next)
		if (slice_equal((*link)->name, name))
			return *link;
	*link = arena_alloc(&c->arena, sizeof **link);
	(*link)->name = arena_slice(&c->arena, name);
	return *link;
}

static bool visit(struct check *c, const struct template *t)
{
	struct visited *visited;

	for (visited = c->visited; visited; visited = visited->next)
		if (visited->template == t)
			return false;
	visited = arena_alloc(&c->arena, sizeof *visited);
	*visited = (struct visited){t, c->visited};
	c->visited = visited;
	return true;
}

static template_found note;

static void look_into(struct check *c, const struct template_finding *named)
{
	struct template_error error = {0};
	const struct template *t = template_load(c->env, named->name, &error);
	bool was_foreign = c->is_foreign;

	if (!t && !c->is_foreign && !(named->optional && error.err.code == EX_NOINPUT))
		complain(c, at_line(c, named->line), "%s", error.err.text);
	if (!t || !visit(c, t))
		return;
	c->is_foreign = true;
	template_inspect(t, note, c);
	c->is_foreign = was_foreign;
}

/* Templates that are brought in are checked for themselves; here it counts what they read. */
static void note(void *data, const struct template_finding *found)
{
	struct check *c = data;
	struct mention *m;

	switch (found->kind) {
	case TEMPLATE_READS:
		m = mention(c, found->name);
		m->read = c->reads = true;
		if (!c->is_foreign && !m->where) {
			m->where = c->where;
			m->line = found->line;
			m->file_line = at_line(c, found->line).file_line;
		}
		break;
	case TEMPLATE_SETS:
		mention(c, found->name)->is_set = true;
		break;
	case TEMPLATE_FILTER:
	case TEMPLATE_TEST:
		if (!c->is_foreign)
			complain(c, at_line(c, found->line), "no %s named '%.*s'",
				 found->kind == TEMPLATE_FILTER ? "filter" : "test",
				 SLICE_ARGS(found->name));
		break;
	case TEMPLATE_NAMES:
		c->reads = true;
		look_into(c, found);
		break;
	}
}

/* A sender that no context changes can be looked at without one. */
static void check_addresses(struct check *c, struct template *t)
{
	struct template_error error = {0};
	struct address_list list = {0};
	struct buf out = {0};
	struct err err = {0};

	if (template_render(t, NULL, &out, &error) &&
	    !address_list_parse(arena_slice(&c->arena, buf_slice(&out)), &c->arena, &list, &err))
		complain(c, at_line(c, 0), "%s", err.text);
	buf_free(&out);
}

static bool is_address_field(const char *key)
{
	return strcmp(key, "from_email") == 0 || strcmp(key, "email_from") == 0 ||
	       strcmp(key, "reply_to") == 0;
}

/* path: of the map that it stands in, "languages.fr." */
static void check_text(struct check *c, const char *path, const struct yaml *text)
{
	struct template_error error = {0};

	c->text = text;
	c->where = arena_format(&c->arena, "%s%s", path, text->key);
	c->reads = false;
	c->env = templates_env(c->templates, c->org, strcmp(text->key, "body_html") == 0);
	struct template *t = template_compile(c->env, "", text->text, &error);
	if (!t) { /* ":LINE: message" */
		const char *what = strstr(error.err.text, ": ");
		complain(c, at_line(c, error.line), "%s", what ? what + 2 : error.err.text);
		return;
	}
	template_inspect(t, note, c);
	if (!c->reads && is_address_field(text->key))
		check_addresses(c, t);
	template_free(t);
}

static void check_texts(struct check *c, const char *path, const struct yaml *map)
{
	static const char *const fields[] = {"subject",    "body_html",  "body_text",
					     "from_email", "email_from", "reply_to"};

	for (const struct yaml *text = map->first; text; text = text->next)
		for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
			if (strcmp(text->key, fields[i]) == 0)
				check_text(c, path, text);
}

static void check_all_texts(struct check *c)
{
	const struct yaml *root = c->file->yaml;
	const struct yaml *languages = yaml_get(root, "languages");
	const struct yaml *headers = yaml_get(root, "headers");

	check_texts(c, "", root);
	for (const struct yaml *l = languages ? languages->first : NULL; l; l = l->next)
		check_texts(c, arena_format(&c->arena, "languages.%s.", l->key), l);
	for (const struct yaml *h = headers ? headers->first : NULL; h; h = h->next)
		check_text(c, "headers.", h);
}

/* --- the variables --- */

static bool is_declared(const struct template_file *file, struct slice name)
{
	for (size_t i = 0; i < file->variable_count; i++)
		if (slice_is(name, file->variables[i].name))
			return true;
	return slice_is(name, "org");
}

static struct place at_key(struct check *c, const char *map, const char *key, unsigned line)
{
	return (struct place){arena_format(&c->arena, "%s.%s", map, key), 0, line};
}

static void check_variables(struct check *c)
{
	const struct yaml *declared = yaml_get(c->file->yaml, "variables");

	if (c->file->variable_count == 0)
		return;
	for (const struct mention *m = c->mentions; m; m = m->next)
		if (m->where && !m->is_set && !is_declared(c->file, m->name))
			complain(c, (struct place){m->where, m->line, m->file_line},
				 "variable '%.*s' is not declared", SLICE_ARGS(m->name));
	for (const struct yaml *v = declared->first; v; v = v->next)
		if (!mention(c, slice_text(v->key))->read)
			tell(c, at_key(c, "variables", v->key, v->line), true,
			     arena_format(&c->arena, "variable '%s' is declared and not used",
					  v->key));
}

/* --- the samples --- */

/* What the message needs beside the template, so that it can be composed. */
static bool compose(struct check *c, struct request *request, struct err *err)
{
	const struct mime_identity identity = {.id = SLICE("00000000000000000000000000")};
	const char *from = c->org->from_email ? c->org->from_email : "sender@example.com";
	struct buf message = {0};

	if (!request->from.email.p &&
	    !address_parse(slice_text(from), &c->arena, &request->from, err))
		return false;
	bool ok = address_list_parse(slice_text("recipient@example.com"), &c->arena, &request->to,
				     err) &&
		  mime_compose(request, &identity, &message, err);
	buf_free(&message);
	return ok;
}

/* False, and err, when the sample makes no message in that language. */
static bool try_sample(struct check *c, const struct template_sample *sample, const char *language,
		       struct err *err)
{
	struct request request = {.template_id = slice_text(c->file->id),
				  .context = sample->context,
				  .locale = slice_text(language)};
	struct templates_used used;

	return templates_check(c->templates, c->org, &request, err) &&
	       templates_apply(c->templates, c->org, &request, &c->arena, &used, err) &&
	       compose(c, &request, err);
}

/* What is wrong in all languages is told once. */
static void check_sample(struct check *c, const struct template_sample *sample)
{
	const struct place place = at_key(c, "samples", sample->name, sample->line);
	struct err err, again;

	if (!try_sample(c, sample, NULL, &err)) {
		complain(c, place, "sample %s: %s", sample->name, err.text);
		return;
	}
	for (size_t i = 0; i < c->file->language_count; i++)
		if (!try_sample(c, sample, c->file->languages[i].tag, &again))
			complain(c, place, "sample %s, language %s: %s", sample->name,
				 c->file->languages[i].tag, again.text);
}

bool template_check(struct templates *templates, const struct organization *org, struct slice id,
		    template_complaint *say, void *data)
{
	struct check c = {
		.templates = templates, .org = org, .say = say, .data = data, .good = true};
	struct err err;

	c.file = templates_draft(templates, org, id);
	if (!c.file && !(c.file = template_file_of(org, id, &c.arena, &err))) {
		say(data, &(const struct template_fault){.code = err.code, .what = err.text});
		arena_free(&c.arena);
		return false;
	}
	check_all_texts(&c);
	if (c.good) /* else the samples would say the same */
		for (size_t i = 0; i < c.file->sample_count; i++)
			check_sample(&c, &c.file->samples[i]);
	check_variables(&c);
	arena_free(&c.arena);
	return c.good;
}
