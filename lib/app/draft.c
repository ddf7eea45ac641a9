#include "app/draft_private.h"

const char *draft_text(const struct draft *draft, struct slice text)
{
	return arena_slice(draft->arena, text).p;
}

struct draft_problem *draft_add_problem(struct draft *draft, const char *field, const char *where,
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

/* --- reading --- */

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
	draft->language = is_tag(language) ? draft_text(draft, language) : "";
	draft->sample = draft_text(draft, sample);
}

/* The one that was chosen, if it is still there; else the first. */
static void choose_sample(struct draft *draft)
{
	const struct json *samples = json_get(draft->members, "samples");

	if (json_get(samples, draft->sample))
		return;
	draft->sample = samples && samples->first ? draft_text(draft, samples->first->key) : NULL;
}

static const struct json *members_of(const struct draft *draft, const struct template_file *file)
{
	struct buf text = {0};
	struct json_out out = {.buf = &text};

	if (!file)
		return NULL;
	template_file_write(&out, file);
	return app_values(&text, draft->arena);
}

/* A form says which revisions it was made from; one that does not takes any. */
static void read_revisions(struct draft *draft, struct http_request *request)
{
	struct slice revision = http_request_form(request, "revision");
	struct slice seen = http_request_form(request, "draft");

	if (revision.p)
		draft->revision = draft_text(draft, revision);
	draft->seen = seen.p ? draft_text(draft, seen) : NULL;
}

static const struct json *merge(const struct draft *draft, const struct json *base,
				const struct json *over)
{
	return over ? managed_merge(base, over, draft->arena) : base;
}

void draft_read(struct draft *draft, const struct draft_stored *stored,
		struct http_request *request)
{
	const struct json *over, *unread;
	const struct template_file *file = stored->file;
	const struct template_draft *saved = stored->saved;

	*draft = (struct draft){.organization = stored->organization,
				.id = saved ? saved->id : file->id,
				.file = file,
				.saved = saved,
				.unsaved = strcmp(request->method, "POST") == 0,
				.arena = &request->arena};
	draft->revision = saved && saved->of ? saved->of : !saved && file ? file->revision : "";
	draft->seen = saved ? saved->revision : "";
	draft->published = members_of(draft, file);
	draft->stored = saved ? saved->members : draft->published;
	choose(draft, request);
	if (draft->unsaved)
		read_revisions(draft, request);
	draft_read_form(draft, request, &over, &unread);
	draft->members = merge(draft, draft->stored, over);
	draft->kept = merge(draft, draft->members, unread);
	choose_sample(draft);
}

void draft_look_back(struct draft *draft, const struct draft_stored *stored,
		     struct http_request *request)
{
	const struct draft_stored published = {.organization = stored->organization,
					       .file = stored->file};

	draft_read(draft, &published, request);
	draft->newer = stored->saved;
}

/* --- what is wrong --- */

static unsigned line_of_header(const struct json *headers, struct slice name)
{
	unsigned line = 1;

	for (const struct json *h = headers ? headers->first : NULL; h; h = h->next, line++)
		if (slice_equal(h->key, name))
			return line;
	return 0;
}

/* "Variables, due" of "variables.due" */
static const char *word_of_part(const struct draft *draft, const char *where, const char **field)
{
	static const struct {
		const char *name, *word;
	} parts[] = {{"samples", "Samples"},
		     {"variables", "Variables"},
		     {"headers", "Headers"},
		     {"attachments", "Attachments"}};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!slice_starts(slice_text(where), parts[i].name))
			continue;
		const char *rest = where + strlen(parts[i].name);
		*field = parts[i].name;
		return arena_format(draft->arena, "%s%s%s", parts[i].word, *rest == '.' ? ", " : "",
				    *rest == '.' ? rest + 1 : rest);
	}
	*field = "";
	return where;
}

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
	for (size_t i = 0; i < DRAFT_FIELDS; i++)
		if (strcmp(draft_fields[i].name, name) == 0)
			return arena_format(draft->arena, "%s%s", prefix, draft_fields[i].word);
	return word_of_part(draft, where, field);
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
	struct draft_problem *problem = draft_add_problem(draft, field, word, fault->what);
	struct slice rest = text_at(draft, field), line;

	problem->line = fault->line;
	problem->is_warning = fault->is_warning;
	problem->language = where ? language_of(draft, where) : "";
	if (strcmp(field, "headers") == 0)
		problem->line = line_of_header(json_get(draft->members, "headers"),
					       slice_after(slice_text(where), strlen("headers.")));
	for (unsigned i = 1; fault->line && slice_next(&rest, '\n', &line); i++)
		if (i == fault->line)
			problem->source = draft_text(draft, slice_first(line, 400));
}

static struct template_preview preview_of(const struct draft *draft)
{
	return (struct template_preview){
		.organization = draft->organization,
		.id = draft->id,
		.draft = draft->unsaved || draft->saved ? draft->members : NULL,
		.is_whole = true,
		.is_remote = true,
		.sample = draft->sample,
		.locale = *draft->language ? draft->language : NULL,
	};
}

size_t draft_count(const struct draft *draft, bool warnings)
{
	size_t n = 0;

	for (size_t i = 0; i < draft->n_problems; i++)
		n += draft->problems[i].is_warning == warnings;
	return n;
}

bool draft_examine(struct draft *draft)
{
	const struct template_preview preview = preview_of(draft);
	size_t before = draft->n_problems;
	struct err err = {0};

	if (!template_examine(&preview, note, draft, draft->arena, &err) &&
	    draft->n_problems == before)
		draft_add_problem(draft, "", "", err.text);
	return draft_count(draft, false) == 0;
}

/* --- what it makes --- */

bool draft_render(const struct draft *draft, struct request *rendered, struct err *err)
{
	const struct template_preview preview = preview_of(draft);
	struct templates_used used;

	return template_try(&preview, draft->arena, rendered, &used, err);
}

bool draft_render_published(const struct draft *draft, struct request *rendered)
{
	struct template_preview preview = preview_of(draft);
	const struct json *samples = json_get(draft->published, "samples");
	struct templates_used used;
	struct err err;

	preview.draft = NULL;
	if (draft->sample && !json_get(samples, draft->sample))
		preview.sample =
			samples && samples->first ? draft_text(draft, samples->first->key) : NULL;
	return draft->file && template_try(&preview, draft->arena, rendered, &used, &err);
}
