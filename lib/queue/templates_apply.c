#include "queue/templates_private.h"

#include <stdio.h>

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
	if (stored->n_compiled == TEMPLATES_FIELDS)
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
		if (request_has_header(request, header->name))
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
	struct shelf *shelf = templates_shelf(templates, org);
	struct rendering r = {.shelf = shelf, .arena = arena, .used = used, .err = err};

	*used = (struct templates_used){0};
	templates_read_parts(shelf);
	if (request->template_id.p) {
		r.stored = templates_stored(shelf, request->template_id, true, err);
		if (!r.stored)
			return false;
		memcpy(used->sha256, r.stored->sha256, sizeof used->sha256);
	}
	r.context = with_org(shelf, request->context, arena);
	return render_all(&r, request);
}
