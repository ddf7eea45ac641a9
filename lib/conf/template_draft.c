#include "conf/template_draft.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/managed.h"
#include "conf/source.h"
#include "conf/write.h"
#include "conf/yaml_json.h"
#include "conf/yaml_write.h"
#include "message/name.h"

#define ENDING ".draft"

const char *template_draft_path(const struct organization *org, const char *id, struct arena *arena)
{
	return arena_format(arena, "%s/templates/%s" ENDING, org->directory, id);
}

/* --- reading --- */

static const char *text_of(const struct json *origin, const char *key, struct arena *arena)
{
	return arena_slice(arena, json_get_text(origin, key)).p;
}

/* What is not the template's own stands behind it. */
static struct template_draft *parse(struct slice text, const char *path, const char *id,
				    struct arena *arena, struct err *err)
{
	struct template_draft *draft = arena_alloc(arena, sizeof *draft);
	const struct yaml *root = yaml_parse(text, path, arena, err);

	if (!root)
		return NULL;
	if (root->type != YAML_MAP) {
		yaml_error(root, err, "a draft is a map, not %s", yaml_type_name(root));
		return NULL;
	}
	const struct json *all = yaml_to_json(root, arena), *origin = json_get(all, "draft");
	const struct json without = {.key = slice_text("draft"), .type = JSON_NULL};
	const struct json over = {.type = JSON_OBJECT,
				  .first = (struct json *)&without,
				  .count = 1};
	*draft = (struct template_draft){.id = id,
					 .file = path,
					 .members = managed_merge(all, &over, arena),
					 .by = text_of(origin, "by", arena)};
	if (json_get_text(origin, "of").n)
		draft->of = text_of(origin, "of", arena);
	if (!clock_parse(json_get_text(origin, "at"), &draft->at_ms))
		draft->at_ms = 0;
	conf_revision(text, draft->revision);
	return draft;
}

/* Whether the template's file has the very text that the draft would become. */
static bool is_published(const struct organization *org, const struct template_draft *draft,
			 struct arena *arena)
{
	char revision[CONF_REVISION_SIZE];
	struct err err;
	const struct template_file *file =
		template_file_of(org, slice_text(draft->id), arena, &err);

	conf_revision(template_file_text(draft->id, draft->members, arena), revision);
	return file && strcmp(file->revision, revision) == 0;
}

const struct template_draft *template_draft_of(const struct organization *org, struct slice id,
					       struct arena *arena, struct err *err)
{
	const char *name = arena_slice(arena, id).p;
	const char *path = template_draft_path(org, name, arena);
	const struct template_draft *draft = NULL;
	struct conf_sources sources = {0};
	struct slice text;

	if (!name_valid(id))
		err_set(err, EX_NOINPUT, "not a template's name: %s", name);
	else if (sources_read(&sources, path, YAML_BYTES, &text, err))
		draft = parse(text, path, name, arena, err);
	else if (access(path, F_OK) < 0 && errno == ENOENT)
		err_set(err, EX_NOINPUT, "organization %s has no draft of %s", org->id, name);
	if (draft && is_published(org, draft, arena)) {
		err_set(err, EX_NOINPUT, "organization %s has no draft of %s", org->id, name);
		draft = NULL;
	}
	sources_free(&sources);
	return draft;
}

bool template_draft_ids(const struct organization *org, struct arena *arena, const char ***ids,
			size_t *count, struct err *err)
{
	const char *directory = arena_format(arena, "%s/templates", org->directory);
	struct conf_sources sources = {0};
	const char *const *names = NULL;
	size_t found = 0;

	*count = 0;
	if (access(directory, F_OK) < 0 && errno == ENOENT)
		return true;
	bool good = sources_list(&sources, directory, &names, &found, err);
	*ids = arena_alloc(arena, (found + 1) * sizeof **ids);
	for (size_t i = 0; good && i < found; i++) {
		struct slice name = slice_text(names[i]);
		struct slice id = slice_first(name, name.n - strlen(ENDING));
		if (slice_ends(name, ENDING) && name_valid(id))
			(*ids)[(*count)++] = arena_slice(arena, id).p;
	}
	sources_free(&sources);
	slice_sort_texts(*ids, *count);
	return good;
}

/* --- writing --- */

bool template_draft_text(const struct template_draft *draft, struct arena *arena,
			 struct slice *text, struct err *err)
{
	char at[CLOCK_TEXT_SIZE];
	struct buf yaml = {0};

	managed_put_members(&yaml, draft->id, draft->members);
	clock_format(draft->at_ms, at);
	yaml_put_map(&yaml, 0, "draft");
	yaml_put_text(&yaml, 1, "by", slice_text(draft->by));
	yaml_put_text(&yaml, 1, "at", slice_text(at));
	if (draft->of)
		yaml_put_text(&yaml, 1, "of", slice_text(draft->of));
	*text = arena_slice(arena, buf_slice(&yaml));
	buf_free(&yaml);
	if (text->n > YAML_BYTES)
		return err_set(err, EX_DATAERR, "a draft has at most %d bytes", YAML_BYTES);
	if (yaml_parse(*text, "draft", arena, err))
		return true;
	return managed_without_place(err, "draft");
}

void template_draft_write_origin(struct json_out *out, const char *key,
				 const struct template_draft *draft)
{
	json_open(out, key, '{');
	json_put_text(out, "by", draft->by);
	json_put_time(out, "at", draft->at_ms);
	json_put_text(out, "of", draft->of);
	json_put_text(out, "revision", draft->revision);
	json_close(out, '}');
}

void template_draft_write_members(struct json_out *out, const struct template_draft *draft)
{
	for (const struct json *m = draft->members->first; m; m = m->next)
		json_put_value(out, m->key, m);
	template_draft_write_origin(out, "draft", draft);
}

void template_draft_write(struct json_out *out, const struct template_draft *draft)
{
	json_open(out, NULL, '{');
	template_draft_write_members(out, draft);
	json_close(out, '}');
}
