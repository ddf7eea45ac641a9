#include <stdlib.h>

#include "app/draft_private.h"
#include "conf/yaml_json.h"

/* clang-format off */
const struct draft_field draft_fields[DRAFT_FIELDS] = {
	{"subject",    "Subject"},
	{"body_html",  "HTML"},
	{"body_text",  "Text"},
	{"from_email", "From"},
	{"reply_to",   "Reply-to"},
};
/* clang-format on */

const char *const draft_attachment_texts[DRAFT_ATTACHMENT_TEXTS] = {"filename", "content_type",
								    "content_id"};

/* A form that is being read, or what was saved as it was typed. */
struct form {
	struct draft *draft;
	struct http_request *request;
	struct json_out over, unread;
};

struct slice draft_typed(struct http_request *request, const char *name)
{
	struct slice typed = http_request_form(request, name);
	char *to;
	size_t n = 0;

	if (!typed.p)
		return typed;
	to = arena_alloc(&request->arena, typed.n + 1);
	for (size_t i = 0; i < typed.n; i++)
		if (typed.p[i] != '\r' || i + 1 == typed.n || typed.p[i + 1] != '\n')
			to[n++] = typed.p[i];
	return slice_make(to, n);
}

static void put_typed(struct json_out *out, const char *key, struct slice typed)
{
	if (!typed.p)
		return;
	if (slice_trim(typed).n)
		json_put_slice(out, key, typed);
	else
		json_put_null(out, key);
}

/* --- what may not be readable --- */

/* As the form has it, or as it was saved. A draft has text there only where it was typed so. */
static struct slice typed_or_saved(const struct form *form, const char *name)
{
	struct slice typed = draft_typed(form->request, name);

	return typed.p ? typed : json_get_text(form->draft->stored, name);
}

/* What cannot be read stays as it was; where that is no better, as it is published. */
static void keep_old(struct form *form, const char *key, struct slice typed)
{
	const struct draft *draft = form->draft;
	const struct json *stored = json_get(draft->stored, key);
	const struct json *published = json_get(draft->published, key);

	json_put_slice(&form->unread, key, typed);
	if (!stored || stored->type != JSON_STRING)
		return;
	if (published)
		json_put_value(&form->over, slice_text(key), published);
	else
		json_put_null(&form->over, key);
}

/* A map in YAML. */
static void put_yaml(struct form *form, const char *key)
{
	struct slice typed = typed_or_saved(form, key);
	struct arena *arena = form->draft->arena;
	struct err err = {0};
	char *end;

	if (!typed.p)
		return;
	const struct yaml *map = yaml_parse(typed, key, arena, &err);
	if (map && map->type == YAML_MAP) {
		if (map->count)
			json_put_value(&form->over, slice_text(key), yaml_to_json(map, arena));
		else
			json_put_null(&form->over, key);
		return;
	}
	const char *what = map ? "is no map" : err.text + strlen(key) + 1;
	unsigned line = map ? 0 : (unsigned)strtoul(what, &end, 10);
	if (line)
		what = end + strspn(end, ": ");
	draft_add_problem(form->draft, key, strcmp(key, "samples") == 0 ? "Samples" : "Variables",
			  what)
		->line = line;
	keep_old(form, key, typed);
}

static const char *wrong_header(struct slice name, struct slice value)
{
	if (!name.n)
		return "is no \"Name: value\"";
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~')
			return "has a name with a space, or another sign that no header's name has";
	return value.n ? NULL : "has no value";
}

static const struct json *read_headers(struct form *form, struct slice typed, unsigned *bad)
{
	struct draft *draft = form->draft;
	struct buf text = {0};
	struct json_out out = {.buf = &text};
	struct slice line;

	json_open(&out, NULL, '{');
	for (unsigned number = 1; slice_next(&typed, '\n', &line); number++) {
		size_t colon = slice_find(line, ':');
		struct slice name = slice_trim(slice_first(line, colon < line.n ? colon : 0));
		struct slice value = slice_trim(slice_after(line, colon + 1));
		const char *wrong = wrong_header(name, value);
		if (!slice_trim(line).n)
			continue;
		if (!wrong) {
			json_put_slice(&out, draft_text(draft, name), value);
			continue;
		}
		draft_add_problem(draft, "headers", "Headers", wrong)->line = number;
		++*bad;
	}
	json_close(&out, '}');
	return app_values(&text, draft->arena);
}

/* A header on each line. A form that was asked for something else does not mention them. */
static void put_headers(struct form *form)
{
	struct slice typed = typed_or_saved(form, "headers");
	unsigned bad = 0;

	if (!typed.p)
		return;
	const struct json *headers = read_headers(form, typed, &bad);
	if (!headers && bad++ == 0)
		draft_add_problem(form->draft, "headers", "Headers", "one stands there twice");
	if (headers && headers->count)
		json_put_value(&form->over, slice_text("headers"), headers);
	else
		json_put_null(&form->over, "headers");
	if (bad)
		json_put_slice(&form->unread, "headers", typed);
}

/* --- attachments, languages --- */

struct slice draft_attachment(struct draft *draft, struct http_request *request, size_t i,
			      const char *what)
{
	return slice_trim(http_request_form(request, arena_format(draft->arena, "attachment.%zu.%s",
								  i, what)));
}

/* Those that are stored, under the names that were typed, less those that were taken out. */
static void put_attachments(struct draft *draft, struct json_out *out, struct http_request *request)
{
	const struct json *stored = json_get(draft->stored, "attachments");
	size_t i = 0;

	if (!http_request_form(request, "attachments").n)
		return;
	json_open(out, "attachments", '[');
	for (const struct json *a = stored ? stored->first : NULL; a; a = a->next, i++) {
		if (draft_attachment(draft, request, i, "remove").n)
			continue;
		json_open(out, NULL, '{');
		json_put_slice(out, "path", json_get_text(a, "path"));
		for (size_t t = 0; t < DRAFT_ATTACHMENT_TEXTS; t++) {
			struct slice typed =
				draft_attachment(draft, request, i, draft_attachment_texts[t]);
			if (typed.n)
				json_put_slice(out, draft_attachment_texts[t], typed);
		}
		json_put_text(out, "disposition",
			      draft_attachment(draft, request, i, "inline").n ? "inline"
									      : "attachment");
		json_close(out, '}');
	}
	json_close(out, ']');
}

/* The other languages as they are, and this one; without texts it goes. */
static void put_language(struct draft *draft, struct json_out *out, struct http_request *request)
{
	const struct json *languages = json_get(draft->stored, "languages");
	const struct json *old = json_get(languages, draft->language);
	bool any = false;

	json_open(out, "languages", '{');
	for (const struct json *l = languages ? languages->first : NULL; l; l = l->next)
		if (!slice_is(l->key, draft->language))
			json_put_value(out, l->key, l);
	for (size_t i = 0; i < DRAFT_FIELDS; i++) {
		struct slice typed = draft_typed(request, draft_fields[i].name);
		if (!typed.p)
			typed = json_get_text(old, draft_fields[i].name);
		if (!slice_trim(typed).n)
			continue;
		if (!any)
			json_open(out, draft->language, '{');
		any = true;
		json_put_slice(out, draft_fields[i].name, typed);
	}
	if (any)
		json_close(out, '}');
	json_close(out, '}');
}

/* --- all of it --- */

static void read_fields(struct form *form)
{
	struct http_request *request = form->request;

	put_typed(&form->over, "name", slice_trim(draft_typed(request, "name")));
	if (*form->draft->language)
		put_language(form->draft, &form->over, request);
	else
		for (size_t i = 0; i < DRAFT_FIELDS; i++)
			put_typed(&form->over, draft_fields[i].name,
				  draft_typed(request, draft_fields[i].name));
	put_attachments(form->draft, &form->over, request);
}

void draft_read_form(struct draft *draft, struct http_request *request, const struct json **over,
		     const struct json **unread)
{
	struct buf texts[2] = {0};
	struct form form = {.draft = draft,
			    .request = request,
			    .over = {.buf = &texts[0]},
			    .unread = {.buf = &texts[1]}};

	json_open(&form.over, NULL, '{');
	json_open(&form.unread, NULL, '{');
	if (draft->unsaved)
		read_fields(&form);
	put_yaml(&form, "samples");
	put_yaml(&form, "variables");
	put_headers(&form);
	json_close(&form.over, '}');
	json_close(&form.unread, '}');
	*over = app_values(&texts[0], draft->arena);
	*unread = app_values(&texts[1], draft->arena);
}
