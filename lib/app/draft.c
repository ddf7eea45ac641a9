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
	*field = slice_starts(slice_text(where), "samples")     ? "samples"
		 : slice_starts(slice_text(where), "variables") ? "variables"
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

static void note(void *data, const struct template_fault *fault)
{
	struct draft *draft = data;
	const char *field = "";
	const char *where = fault->where ? arena_text(draft->arena, fault->where) : NULL;
	const char *word = where ? word_of(draft, where, &field) : "";
	struct draft_problem *problem = add_problem(draft, field, word, fault->what);
	struct slice rest = text_at(draft, field), line;

	problem->line = fault->line;
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
	json_close(out, '}');
}

void draft_put_problems(struct json_out *out, const char *key, const struct draft *draft)
{
	json_open(out, key, '[');
	for (size_t i = 0; i < draft->n_problems; i++) {
		const struct draft_problem *problem = &draft->problems[i];
		json_open(out, NULL, '{');
		json_put_text(out, "field", problem->field);
		json_put_text(out, "where", problem->where);
		json_put_int(out, "line", problem->line);
		json_put_text(out, "text", problem->text);
		json_put_text(out, "source", problem->source);
		json_close(out, '}');
	}
	json_close(out, ']');
}
