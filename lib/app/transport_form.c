#include "app/transport_form.h"

#include "conf/check.h"
#include "conf/connector_edit.h"
#include "conf/connector_test.h"

#define FIELDS_FIRST 6 /* shown at once */

/* --- a form --- */

static struct slice typed(struct http_request *request, const char *prefix, struct slice name)
{
	return slice_trim(http_request_form(request, arena_format(&request->arena, "%s%.*s", prefix,
								  SLICE_ARGS(name))));
}

/* What is no number is told by whoever checks it. */
static void put_number(struct json_out *out, const char *key, struct slice text)
{
	bool digits = text.n > 0 && text.n < 16 && text.p[0] != '.' && text.p[text.n - 1] != '.';
	size_t dots = 0;

	for (size_t i = 0; i < text.n; i++) {
		dots += text.p[i] == '.';
		digits = digits && ((text.p[i] >= '0' && text.p[i] <= '9') || text.p[i] == '.');
	}
	if (digits && dots < 2 && (text.p[0] != '0' || text.n == 1 || text.p[1] == '.'))
		json_put_raw(out, key, text);
	else if (text.n)
		json_put_slice(out, key, text);
}

static void put_lines(struct json_out *out, const char *key, struct slice text)
{
	struct slice line;

	if (!text.n)
		return;
	json_open(out, key, '[');
	while (slice_next(&text, '\n', &line))
		if (slice_trim(line).n)
			json_put_slice(out, NULL, slice_trim(line));
	json_close(out, ']');
}

static bool is_local(struct slice type)
{
	return slice_is(type, "path") || slice_is(type, "command");
}

static void put_as_stored(struct json_out *out, const struct transport_form *form, const char *key)
{
	const struct connector_key *old = form->stored ? connector_config(form->stored, key) : NULL;

	if (!old)
		return;
	if (old->value) {
		json_put_text(out, key, old->value);
		return;
	}
	json_open(out, key, '[');
	for (size_t i = 0; i < old->list.count; i++)
		json_put_text(out, NULL, old->list.text[i]);
	json_close(out, ']');
}

static void put_key(struct json_out *out, const struct transport_form *form,
		    struct http_request *request, const struct json *described)
{
	struct slice name = json_get_text(described, "name");
	struct slice type = json_get_text(described, "type");
	const char *key = arena_slice(&request->arena, name).p;
	struct slice text = typed(request, "config.", name);

	if (json_get_bool(described, "secret", false)) {
		if (text.n)
			json_put_slice(out, key, text);
		else if (typed(request, "remove.", name).n)
			json_put_null(out, key);
	} else if (is_local(type)) {
		put_as_stored(out, form, key);
	} else if (slice_is(type, "boolean")) {
		json_put_bool(out, key, text.n > 0);
	} else if (slice_is(type, "integer")) {
		put_number(out, key, text);
	} else if (slice_is(type, "list")) {
		put_lines(out, key, text);
	} else if (text.n) {
		json_put_slice(out, key, text);
	}
}

static void put_typed(struct json_out *out, const struct transport_form *form,
		      struct http_request *request)
{
	static const char *const texts[] = {"name", "fallback", "on_uncertain"};
	static const char *const numbers[] = {"max_connections", "rate", "timeout_seconds",
					      "pause_seconds"};
	const struct json *keys = json_get(form->describe, "keys");

	json_open(out, NULL, '{');
	json_put_text(out, "kind", form->kind);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct slice text = typed(request, texts[i], (struct slice){0});
		if (text.n)
			json_put_slice(out, texts[i], text);
	}
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		put_number(out, numbers[i], typed(request, numbers[i], (struct slice){0}));
	json_put_bool(out, "is_default", typed(request, "is_default", (struct slice){0}).n > 0);
	json_open(out, "config", '{');
	for (const struct json *key = keys ? keys->first : NULL; key; key = key->next)
		put_key(out, form, request, key);
	json_close(out, '}');
	json_close(out, '}');
}

/* Of those that there are: what others are called is nobody's to ask. */
static const char *choose_kind(const struct connector *stored, struct http_request *request)
{
	struct app *app = request->context;
	struct slice asked = http_request_form(request, "kind");
	size_t n;
	const char **names = kinds_list(&app->kinds, &request->arena, &n);

	if (!asked.n)
		asked = slice_text(http_request_query(request, "kind"));
	for (size_t i = 0; i < n; i++)
		if (slice_is(asked, names[i]))
			return names[i];
	return stored ? stored->kind : "";
}

void transport_form_read(struct transport_form *form, const struct organization *org,
			 const struct connector *stored, struct http_request *request)
{
	struct app *app = request->context;
	struct buf text = {0};
	struct json_out out = {.buf = &text};
	struct err err = {0};
	struct slice revision = http_request_form(request, "revision");

	*form = (struct transport_form){.organization = org, .stored = stored, .wrong_field = ""};
	form->id = stored ? stored->id
			  : arena_slice(&request->arena, typed(request, "id", (struct slice){0})).p;
	form->kind = choose_kind(stored, request);
	if (*form->kind)
		form->describe = kinds_describe(&app->kinds, form->kind, &err);
	form->revision = revision.n ? arena_slice(&request->arena, revision).p
			 : stored   ? stored->revision
				    : NULL;
	if (strcmp(request->method, "POST") == 0) {
		put_typed(&out, form, request);
	} else {
		json_open(&out, NULL, '{');
		if (stored)
			connector_write_members(&out, stored, form->describe);
		json_close(&out, '}');
	}
	form->values = app_values(&text, &request->arena);
}

/* "config.password: type it again, ..." */
void transport_form_refuse(struct transport_form *form, const struct err *err, struct arena *arena)
{
	struct slice text = slice_text(err->text);
	size_t n = slice_find(text, ':');

	form->wrong = arena_text(arena, err->text);
	if (n < text.n)
		form->wrong_field = arena_slice(arena, slice_first(text, n)).p;
}

struct managed_edit transport_form_edit(const struct transport_form *form)
{
	return (struct managed_edit){
		.organization = form->organization,
		.id = form->id,
		.values = form->values,
		.revision = form->revision,
		.is_new = !form->stored,
		.is_remote = true,
	};
}

/* --- for the page --- */

/* "API key" of "api_key" */
static const char *label_of(struct slice name, struct arena *arena)
{
	static const char *const letters[] = {"api", "url", "id", "ca", "tls", "helo"};
	struct buf text = {0};
	struct slice word;

	while (slice_next(&name, '_', &word)) {
		size_t at = text.n + (text.n > 0);
		bool upper = false;
		buf_addf(&text, "%s%.*s", text.n ? " " : "", SLICE_ARGS(word));
		for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
			upper = upper || slice_is(word, letters[i]);
		for (size_t i = at; i < text.n && (upper || i == 0); i++)
			if (text.p[i] >= 'a' && text.p[i] <= 'z')
				text.p[i] += 'A' - 'a';
	}
	const char *label = arena_slice(arena, buf_slice(&text)).p;
	buf_free(&text);
	return label;
}

/* How it is written in a file means nothing in a form. */
static struct slice help_of(const struct json *described)
{
	struct slice help = json_get_text(described, "help");
	size_t n = slice_find(help, '$'), end = slice_find(help, ';');

	if (n == help.n || end < n)
		return n == help.n ? help : slice_first(help, end);
	return slice_trim(slice_after(help, end + 1));
}

static void put_value(struct json_out *out, const struct json *value)
{
	struct buf text = {0};

	if (!value || value->type == JSON_NULL)
		json_put_text(out, "value", "");
	else if (value->type == JSON_BOOL)
		json_put_bool(out, "value", value->truth);
	else if (value->type != JSON_ARRAY)
		json_put_slice(out, "value", value->text);
	else {
		for (const struct json *item = value->first; item; item = item->next)
			buf_addf(&text, "%.*s\n", SLICE_ARGS(item->text));
		json_put_slice(out, "value", buf_slice(&text));
	}
	buf_free(&text);
}

/* The first of its keys, those that it needs, and those that are set; the rest is asked for. */
static bool is_more(const struct transport_form *form, const char *key,
		    const struct json *described, size_t number)
{
	const struct json *value = json_get(json_get(form->values, "config"), key);
	bool wrong = slice_is(slice_after(slice_text(form->wrong_field), strlen("config.")), key);
	bool set = form->stored && connector_config(form->stored, key);

	return number >= FIELDS_FIRST && !json_get_bool(described, "required", false) && !value &&
	       !set && !wrong && !is_local(json_get_text(described, "type"));
}

static void put_field(struct page *page, const struct transport_form *form,
		      const struct json *described, size_t number)
{
	struct json_out *out = &page->out;
	struct slice name = json_get_text(described, "name");
	const char *key = arena_slice(page->arena, name).p;
	bool secret = json_get_bool(described, "secret", false);
	const struct json *values = json_get(described, "values");
	bool same = form->stored && strcmp(form->stored->kind, form->kind) == 0;

	json_open(out, NULL, '{');
	json_put_text(out, "name", key);
	json_put_text(out, "label", label_of(name, page->arena));
	json_put_slice(out, "type", json_get_text(described, "type"));
	json_put_bool(out, "required", json_get_bool(described, "required", false));
	json_put_slice(out, "standard", json_get_text(described, "default"));
	json_put_slice(out, "help", help_of(described));
	json_put_bool(out, "secret", secret);
	json_put_bool(out, "set", secret && same && connector_config(form->stored, key));
	json_put_bool(out, "local", is_local(json_get_text(described, "type")));
	json_put_bool(out, "more", is_more(form, key, described, number));
	json_put_bool(out, "wrong",
		      strcmp(form->wrong_field, arena_format(page->arena, "config.%s", key)) == 0);
	json_open(out, "values", '[');
	for (const struct json *v = values ? values->first : NULL; v; v = v->next)
		json_put_slice(out, NULL, v->text);
	json_close(out, ']');
	put_value(out, secret ? NULL : json_get(json_get(form->values, "config"), key));
	json_close(out, '}');
}

/* Whether it can be made from afar: nothing that it needs is set on this machine alone. */
static bool is_remote_kind(const struct json *describe)
{
	const struct json *keys = json_get(describe, "keys");

	for (const struct json *key = keys ? keys->first : NULL; key; key = key->next)
		if (json_get_bool(key, "required", false) && is_local(json_get_text(key, "type")))
			return false;
	return true;
}

static void put_kinds(struct page *page, const struct transport_form *form)
{
	struct app *app = page->request->context;
	struct json_out *out = &page->out;
	struct err err = {0};
	size_t n;
	const char **names = kinds_list(&app->kinds, page->arena, &n);

	json_open(out, "kinds", '[');
	for (size_t i = 0; i < n; i++) {
		const struct json *describe = kinds_describe(&app->kinds, names[i], &err);
		struct slice title = json_get_text(describe, "title");
		bool current = strcmp(names[i], form->kind) == 0;
		if (!current && !is_remote_kind(describe))
			continue;
		json_open(out, NULL, '{');
		json_put_text(out, "id", names[i]);
		json_put_slice(out, "title", title.n ? title : slice_text(names[i]));
		json_put_bool(out, "current", current);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void put_fallbacks(struct page *page, const struct transport_form *form)
{
	const struct organization *org = form->organization;
	const struct connector *standard = org ? organization_default(org) : NULL;

	json_open(&page->out, "fallbacks", '[');
	for (size_t i = 0; org && i < org->connector_count; i++)
		if (strcmp(org->connectors[i].id, form->id) != 0)
			json_put_text(&page->out, NULL, org->connectors[i].id);
	json_close(&page->out, ']');
	json_put_text(&page->out, "standard", standard ? standard->name : NULL);
}

static const char *title_of(const struct transport_form *form)
{
	if (form->stored)
		return form->stored->name;
	return "New connector";
}

/* What mailq-connector check finds wrong with it as it is stored, but for its secrets. */
static const char *fault_of(const struct transport_form *form, struct arena *arena)
{
	struct err err = {0};

	if (!form->stored || !form->describe || strcmp(form->stored->kind, form->kind) != 0 ||
	    connector_check(form->stored, form->describe, &err))
		return NULL;
	managed_without_place(&err, form->stored->file);
	return arena_text(arena, err.text);
}

void transport_form_put(struct page *page, const struct transport_form *form)
{
	const struct json *keys = json_get(form->describe, "keys");
	struct json_out *out = &page->out;
	size_t n = 0;

	json_put_text(out, "title", title_of(form));
	json_put_text(out, "id", form->id);
	json_put_text(out, "kind", form->kind);
	json_put_slice(out, "kind_title", json_get_text(form->describe, "title"));
	json_put_bool(out, "signs_in", connector_test_signs_in(form->describe));
	json_put_bool(out, "is_new", !form->stored);
	json_put_bool(out, "managed", !form->stored || form->stored->managed);
	json_put_bool(out, "changes_kind",
		      form->stored && strcmp(form->stored->kind, form->kind) != 0);
	json_put_text(out, "revision", form->revision);
	json_put_text(out, "fault", fault_of(form, page->arena));
	json_put_text(out, "wrong", form->wrong);
	json_put_text(out, "wrong_field", form->wrong_field);
	if (form->values)
		json_put_value(out, (struct slice)SLICE("values"), form->values);
	json_open(out, "keys", '[');
	for (const struct json *key = keys ? keys->first : NULL; key; key = key->next)
		put_field(page, form, key, n++);
	json_close(out, ']');
	put_kinds(page, form);
	put_fallbacks(page, form);
}
