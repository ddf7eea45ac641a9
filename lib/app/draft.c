#include "app/draft.h"

#include <stdlib.h>

#include "conf/yaml_json.h"
#include "conf/yaml_write.h"

/* clang-format off */
static const struct field {
	const char *name, *word;
} fields[] = {
	{"subject",    "Subject"},
	{"body_html",  "HTML"},
	{"body_text",  "Text"},
	{"from_email", "From"},
	{"reply_to",   "Reply-to"},
};
/* clang-format on */

#define N_FIELDS (sizeof fields / sizeof *fields)

/* --- a form --- */

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

static const char *text_of(const struct draft *draft, struct slice text)
{
	return arena_slice(draft->arena, text).p;
}

static struct draft_problem *add_problem(struct draft *draft, const char *field, const char *where,
					 const char *text)
{
	struct draft_problem *problem =
		&draft->problems[draft->n_problems < DRAFT_PROBLEMS_MOST ? draft->n_problems++
									 : DRAFT_PROBLEMS_MOST - 1];

	*problem = (struct draft_problem){.field = field,
					  .where = where,
					  .language = "",
					  .text = arena_text(draft->arena, text)};
	return problem;
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

/* A map in YAML; what it lacks is told, and the stored one stays. */
static void put_yaml(struct draft *draft, struct json_out *out, const char *key, struct slice typed)
{
	struct err err = {0};
	char *end;

	if (!typed.p)
		return;
	const struct yaml *map = yaml_parse(typed, key, draft->arena, &err);
	if (map && map->type == YAML_MAP) {
		if (map->count)
			json_put_value(out, slice_text(key), yaml_to_json(map, draft->arena));
		else
			json_put_null(out, key);
		return;
	}
	const char *what = map ? "is no map" : err.text + strlen(key) + 1;
	unsigned line = map ? 0 : (unsigned)strtoul(what, &end, 10);
	if (line)
		what = end + strspn(end, ": ");
	add_problem(draft, key, key, what)->line = line;
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

static unsigned line_of_header(const struct json *headers, struct slice name)
{
	unsigned line = 1;

	for (const struct json *h = headers ? headers->first : NULL; h; h = h->next, line++)
		if (slice_equal(h->key, name))
			return line;
	return 0;
}

/* A header on each line. A form that was asked for something else does not mention them. */
static void put_headers(struct draft *draft, struct json_out *out, struct slice typed)
{
	struct slice rest = typed, line;
	unsigned number = 0, n = 0;

	if (!typed.p)
		return;
	while (slice_next(&rest, '\n', &line)) {
		size_t colon = slice_find(line, ':');
		struct slice name = slice_trim(slice_first(line, colon < line.n ? colon : 0));
		struct slice value = slice_trim(slice_after(line, colon + 1));
		const char *wrong = wrong_header(name, value);
		number++;
		if (!slice_trim(line).n)
			continue;
		if (wrong) {
			add_problem(draft, "headers", "Headers", wrong)->line = number;
			continue;
		}
		if (n++ == 0)
			json_open(out, "headers", '{');
		json_put_slice(out, arena_slice(draft->arena, name).p, value);
	}
	if (n)
		json_close(out, '}');
	else
		json_put_null(out, "headers");
}

static struct slice of_attachment(struct draft *draft, struct http_request *request, size_t i,
				  const char *what)
{
	return slice_trim(http_request_form(request, arena_format(draft->arena, "attachment.%zu.%s",
								  i, what)));
}

static const char *const attachment_texts[] = {"filename", "content_type", "content_id"};
#define N_ATTACHMENT_TEXTS (sizeof attachment_texts / sizeof *attachment_texts)

/* Those that are stored, under the names that were typed, less those that were taken out. */
static void put_attachments(struct draft *draft, struct json_out *out, struct http_request *request)
{
	const struct json *stored = json_get(draft->stored, "attachments");
	size_t i = 0;

	if (!http_request_form(request, "attachments").n)
		return;
	json_open(out, "attachments", '[');
	for (const struct json *a = stored ? stored->first : NULL; a; a = a->next, i++) {
		if (of_attachment(draft, request, i, "remove").n)
			continue;
		json_open(out, NULL, '{');
		json_put_slice(out, "path", json_get_text(a, "path"));
		for (size_t t = 0; t < N_ATTACHMENT_TEXTS; t++) {
			struct slice typed = of_attachment(draft, request, i, attachment_texts[t]);
			if (typed.n)
				json_put_slice(out, attachment_texts[t], typed);
		}
		json_put_text(out, "disposition",
			      of_attachment(draft, request, i, "inline").n ? "inline"
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
	for (size_t i = 0; i < N_FIELDS; i++) {
		struct slice typed = draft_typed(request, fields[i].name);
		if (!typed.p)
			typed = json_get_text(old, fields[i].name);
		if (!slice_trim(typed).n)
			continue;
		if (!any)
			json_open(out, draft->language, '{');
		any = true;
		json_put_slice(out, fields[i].name, typed);
	}
	if (any)
		json_close(out, '}');
	json_close(out, '}');
}

static const struct json *parse(const struct draft *draft, struct buf *text)
{
	struct err err = {0};
	const struct json *json =
		json_parse(arena_slice(draft->arena, buf_slice(text)), draft->arena, &err);

	buf_free(text);
	return json;
}

static void read_form(struct draft *draft, struct http_request *request)
{
	struct buf text = {0};
	struct json_out out = {.buf = &text};

	json_open(&out, NULL, '{');
	put_typed(&out, "name", slice_trim(draft_typed(request, "name")));
	if (*draft->language)
		put_language(draft, &out, request);
	else
		for (size_t i = 0; i < N_FIELDS; i++)
			put_typed(&out, fields[i].name, draft_typed(request, fields[i].name));
	put_yaml(draft, &out, "samples", draft_typed(request, "samples"));
	put_yaml(draft, &out, "variables", draft_typed(request, "variables"));
	put_headers(draft, &out, draft_typed(request, "headers"));
	put_attachments(draft, &out, request);
	json_close(&out, '}');
	draft->over = parse(draft, &text);
	struct slice revision = http_request_form(request, "revision");
	if (revision.n)
		draft->revision = text_of(draft, revision);
}

/* Tags are keys of the file: what is none would be another. */
static bool is_tag(struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '-' || c == '_'))
			return false;
	}
	return text.n > 0 && text.n <= 35;
}

static void choose(struct draft *draft, struct http_request *request)
{
	struct slice language = http_request_form(request, "language");
	struct slice sample = http_request_form(request, "sample");

	if (!language.p)
		language = slice_text(http_request_query(request, "language"));
	if (!sample.p)
		sample = slice_text(http_request_query(request, "sample"));
	language = slice_trim(language);
	draft->language = is_tag(language) ? text_of(draft, language) : "";
	draft->sample = text_of(draft, sample);
}

/* The one that was chosen, if it is still there; else the first. */
static void choose_sample(struct draft *draft)
{
	const struct json *samples = json_get(draft->members, "samples");

	if (json_get(samples, draft->sample))
		return;
	draft->sample = samples && samples->first ? text_of(draft, samples->first->key) : NULL;
}

void draft_read(struct draft *draft, const struct organization *org,
		const struct template_file *file, struct http_request *request)
{
	struct buf text = {0};
	struct json_out out = {.buf = &text};

	*draft = (struct draft){.organization = org,
				.id = file->id,
				.file = file,
				.revision = file->revision,
				.arena = &request->arena};
	template_file_write(&out, file);
	draft->stored = draft->members = parse(draft, &text);
	choose(draft, request);
	if (strcmp(request->method, "POST") == 0)
		read_form(draft, request);
	if (draft->over)
		draft->members = managed_merge(draft->stored, draft->over, draft->arena);
	choose_sample(draft);
}

/* --- what is wrong --- */

static const char *word_of(const struct draft *draft, const char *where, const char **field)
{
	const char *name = where, *prefix = "";

	*field = "";
	if (slice_starts(slice_text(where), "languages.") && (name = strrchr(where, '.'))) {
		size_t n = (size_t)(name - where) - strlen("languages.");
		prefix = arena_format(draft->arena, "%.*s: ", (int)n, where + strlen("languages."));
		name++;
		if (slice_is(slice_make(where + strlen("languages."), n), draft->language))
			prefix = "", *field = name;
	} else if (!*draft->language) {
		*field = name;
	}
	for (size_t i = 0; i < N_FIELDS; i++)
		if (strcmp(fields[i].name, name) == 0)
			return arena_format(draft->arena, "%s%s", prefix, fields[i].word);
	*field = slice_starts(slice_text(where), "samples")       ? "samples"
		 : slice_starts(slice_text(where), "variables")   ? "variables"
		 : slice_starts(slice_text(where), "headers")     ? "headers"
		 : slice_starts(slice_text(where), "attachments") ? "attachments"
								  : "";
	return where;
}

static struct slice text_at(const struct draft *draft, const char *field)
{
	const struct json *from = draft->members;

	if (*draft->language)
		from = json_get(json_get(from, "languages"), draft->language);
	return json_get_text(from, field);
}

/* "fr" of "languages.fr.subject" */
static const char *language_of(const struct draft *draft, const char *where)
{
	const char *from = where + strlen("languages."), *end;

	if (!slice_starts(slice_text(where), "languages.") || !(end = strrchr(from, '.')))
		return "";
	return arena_slice(draft->arena, slice_make(from, (size_t)(end - from))).p;
}

static void note(void *data, const struct template_fault *fault)
{
	struct draft *draft = data;
	const char *field = "";
	const char *where = fault->where ? arena_text(draft->arena, fault->where) : NULL;
	const char *word = where ? word_of(draft, where, &field) : "";
	struct draft_problem *problem = add_problem(draft, field, word, fault->what);
	struct slice rest = text_at(draft, field), line;

	problem->line = fault->line;
	problem->language = where ? language_of(draft, where) : "";
	if (strcmp(field, "headers") == 0)
		problem->line = line_of_header(json_get(draft->members, "headers"),
					       slice_after(slice_text(where), strlen("headers.")));
	for (unsigned i = 1; fault->line && slice_next(&rest, '\n', &line); i++)
		if (i == fault->line)
			problem->source = text_of(draft, slice_first(line, 400));
}

static struct template_preview preview_of(const struct draft *draft)
{
	return (struct template_preview){
		.organization = draft->organization,
		.id = draft->id,
		.draft = draft->over,
		.is_remote = true,
		.sample = draft->sample,
		.locale = *draft->language ? draft->language : NULL,
	};
}

bool draft_examine(struct draft *draft)
{
	const struct template_preview preview = preview_of(draft);
	size_t before = draft->n_problems;
	struct err err = {0};

	if (!template_examine(&preview, note, draft, draft->arena, &err) &&
	    draft->n_problems == before)
		add_problem(draft, "", "", err.text);
	return draft->n_problems == 0;
}

/* --- what it makes --- */

bool draft_render(const struct draft *draft, struct request *rendered, struct err *err)
{
	const struct template_preview preview = preview_of(draft);
	struct templates_used used;

	return template_try(&preview, draft->arena, rendered, &used, err);
}

/* --- for the page --- */

static void put_as_yaml(struct json_out *out, const char *key, const struct json *map)
{
	struct buf text = {0};
	struct arena arena = {0};

	for (const struct json *m = map ? map->first : NULL; m; m = m->next)
		yaml_put_value(&text, 0, arena_slice(&arena, m->key).p, m);
	json_put_slice(out, key, buf_slice(&text));
	buf_free(&text);
	arena_free(&arena);
}

static void put_header_lines(struct json_out *out, const struct json *headers)
{
	struct buf text = {0};

	for (const struct json *h = headers ? headers->first : NULL; h; h = h->next)
		buf_addf(&text, "%.*s: %.*s\n", SLICE_ARGS(h->key), SLICE_ARGS(h->text));
	json_put_slice(out, "headers", buf_slice(&text));
	buf_free(&text);
}

void draft_put_fields(struct json_out *out, const char *key, const struct draft *draft,
		      const struct json *members)
{
	const struct json *from = members;

	if (*draft->language)
		from = json_get(json_get(members, "languages"), draft->language);
	json_open(out, key, '{');
	json_put_slice(out, "name", json_get_text(members, "name"));
	for (size_t i = 0; i < N_FIELDS; i++)
		json_put_slice(out, fields[i].name, json_get_text(from, fields[i].name));
	put_as_yaml(out, "samples", json_get(members, "samples"));
	put_as_yaml(out, "variables", json_get(members, "variables"));
	put_header_lines(out, json_get(members, "headers"));
	json_close(out, '}');
}

/* As it was typed, where it was; else as it is stored. */
void draft_put_attachments(struct json_out *out, const char *key, struct draft *draft,
			   struct http_request *request)
{
	bool typed = http_request_form(request, "attachments").n;
	const struct json *stored = json_get(draft->stored, "attachments");
	size_t i = 0;

	json_open(out, key, '[');
	for (const struct json *a = stored ? stored->first : NULL; a; a = a->next, i++) {
		json_open(out, NULL, '{');
		json_put_slice(out, "path", json_get_text(a, "path"));
		for (size_t t = 0; t < N_ATTACHMENT_TEXTS; t++)
			json_put_slice(out, attachment_texts[t],
				       typed ? of_attachment(draft, request, i, attachment_texts[t])
					     : json_get_text(a, attachment_texts[t]));
		json_put_bool(out, "inline",
			      typed ? of_attachment(draft, request, i, "inline").n
				    : slice_is(json_get_text(a, "disposition"), "inline"));
		json_put_bool(out, "removed",
			      typed && of_attachment(draft, request, i, "remove").n);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static size_t count_problems(const struct draft *draft, const char *language)
{
	size_t n = 0;

	for (size_t i = 0; i < draft->n_problems; i++)
		n += strcmp(draft->problems[i].language, language) == 0;
	return n;
}

/* The longest tag that begins this one: fr of fr-CA. */
static const char *falls_back(const struct draft *draft, struct slice tag)
{
	const struct json *languages = json_get(draft->members, "languages");
	struct slice best = {0};

	for (const struct json *l = languages ? languages->first : NULL; l; l = l->next)
		if (l->key.n < tag.n && l->key.n > best.n &&
		    slice_is_nocase(slice_first(tag, l->key.n), text_of(draft, l->key)) &&
		    strchr("-_", tag.p[l->key.n]))
			best = l->key;
	return best.n ? text_of(draft, best) : "default";
}

static void put_variant(struct json_out *out, const struct draft *draft, struct slice tag,
			const struct json *texts)
{
	const char *language = text_of(draft, tag);

	json_open(out, NULL, '{');
	json_put_text(out, "tag", language);
	json_put_text(out, "back", tag.n ? falls_back(draft, tag) : "");
	json_open(out, "own", '[');
	for (size_t i = 0; i < N_FIELDS; i++)
		if (json_get_text(texts, fields[i].name).n)
			json_put_text(out, NULL, fields[i].word);
	json_close(out, ']');
	json_put_int(out, "problems", (int64_t)count_problems(draft, language));
	json_close(out, '}');
}

void draft_put_languages(struct json_out *out, const char *key, const struct draft *draft)
{
	const struct json *languages = json_get(draft->members, "languages");

	json_open(out, key, '[');
	put_variant(out, draft, (struct slice){0}, draft->members);
	for (const struct json *l = languages ? languages->first : NULL; l; l = l->next)
		put_variant(out, draft, l->key, l);
	json_close(out, ']');
}

void draft_put_problems(struct json_out *out, const char *key, const struct draft *draft)
{
	json_open(out, key, '[');
	for (size_t i = 0; i < draft->n_problems; i++) {
		const struct draft_problem *problem = &draft->problems[i];
		json_open(out, NULL, '{');
		json_put_text(out, "field", problem->field);
		json_put_text(out, "where", problem->where);
		json_put_text(out, "language", problem->language);
		json_put_int(out, "line", problem->line);
		json_put_text(out, "text", problem->text);
		json_put_text(out, "source", problem->source);
		json_close(out, '}');
	}
	json_close(out, ']');
}
