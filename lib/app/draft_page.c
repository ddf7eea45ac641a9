#include "app/draft_private.h"
#include "conf/yaml_write.h"

/* --- its texts --- */

/* A map; or what was typed for one, and could not be read. */
static void put_as_yaml(struct json_out *out, const char *key, const struct json *map)
{
	struct buf text = {0};
	struct arena arena = {0};

	if (map && map->type == JSON_STRING) {
		json_put_slice(out, key, map->text);
		return;
	}
	for (const struct json *m = map ? map->first : NULL; m; m = m->next)
		yaml_put_value(&text, 0, arena_slice(&arena, m->key).p, m);
	json_put_slice(out, key, buf_slice(&text));
	buf_free(&text);
	arena_free(&arena);
}

static void put_header_lines(struct json_out *out, const struct json *headers)
{
	struct buf text = {0};

	if (headers && headers->type == JSON_STRING) {
		json_put_slice(out, "headers", headers->text);
		return;
	}
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
	for (size_t i = 0; i < DRAFT_FIELDS; i++)
		json_put_slice(out, draft_fields[i].name,
			       json_get_text(from, draft_fields[i].name));
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
		for (size_t t = 0; t < DRAFT_ATTACHMENT_TEXTS; t++)
			json_put_slice(out, draft_attachment_texts[t],
				       typed ? draft_attachment(draft, request, i,
								draft_attachment_texts[t])
					     : json_get_text(a, draft_attachment_texts[t]));
		json_put_bool(out, "inline",
			      typed ? draft_attachment(draft, request, i, "inline").n
				    : slice_is(json_get_text(a, "disposition"), "inline"));
		json_put_bool(out, "removed",
			      typed && draft_attachment(draft, request, i, "remove").n);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static size_t count_problems(const struct draft *draft, const char *language)
{
	size_t n = 0;

	for (size_t i = 0; i < draft->n_problems; i++)
		n += !draft->problems[i].is_warning &&
		     strcmp(draft->problems[i].language, language) == 0;
	return n;
}

/* The longest tag that begins this one: fr of fr-CA. */
static const char *falls_back(const struct draft *draft, struct slice tag)
{
	const struct json *languages = json_get(draft->members, "languages");
	struct slice best = {0};

	for (const struct json *l = languages ? languages->first : NULL; l; l = l->next)
		if (l->key.n < tag.n && l->key.n > best.n &&
		    slice_is_nocase(slice_first(tag, l->key.n), draft_text(draft, l->key)) &&
		    strchr("-_", tag.p[l->key.n]))
			best = l->key;
	return best.n ? draft_text(draft, best) : "default";
}

static void put_variant(struct json_out *out, const struct draft *draft, struct slice tag,
			const struct json *texts)
{
	const char *language = draft_text(draft, tag);

	json_open(out, NULL, '{');
	json_put_text(out, "tag", language);
	json_put_text(out, "back", tag.n ? falls_back(draft, tag) : "");
	json_open(out, "own", '[');
	for (size_t i = 0; i < DRAFT_FIELDS; i++)
		if (json_get_text(texts, draft_fields[i].name).n)
			json_put_text(out, NULL, draft_fields[i].word);
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

/* A draft may declare what is no map: then its problem is told. */
void draft_put_variables(struct json_out *out, const char *key, const struct draft *draft)
{
	const struct json *all = json_get(draft->members, "variables");

	json_open(out, key, '[');
	for (const struct json *v = all ? all->first : NULL; v; v = v->next) {
		struct slice type = json_get_text(v, "type");
		json_open(out, NULL, '{');
		json_put_slice(out, "name", v->key);
		json_put_slice(out, "type", type.n ? type : slice_text("any"));
		json_put_bool(out, "required", json_get_bool(v, "required", false));
		json_put_slice(out, "help", json_get_text(v, "help"));
		json_close(out, '}');
	}
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
		json_put_bool(out, "warning", problem->is_warning);
		json_close(out, '}');
	}
	json_close(out, ']');
}
