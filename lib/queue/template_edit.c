#include "queue/template_edit.h"

#include <unistd.h>

#include "template/locale.h"

/* --- what there is --- */

struct there {
	struct managed_file as_file;
	const struct template_file *file; /* NULL: none, or none that can be read */
};

/* A file that cannot be read is one that is not ours to change. */
static struct there look(const struct organization *org, const char *id, struct arena *arena)
{
	struct there there = {0};
	struct err err = {0};

	there.file = template_file_of(org, slice_text(id), arena, &err);
	there.as_file.path = arena_format(arena, "%s/templates/%s.yaml", org->directory, id);
	there.as_file.exists = there.file || err.code == EX_CONFIG;
	if (there.file) {
		there.as_file.managed = there.file->managed;
		there.as_file.revision = there.file->revision;
	}
	return there;
}

static bool sends_along(const struct template_file *file, const char *path)
{
	for (size_t i = 0; file && i < file->attachment_count; i++)
		if (strcmp(file->attachments[i].path, path) == 0)
			return true;
	return false;
}

/* Else whoever may edit a template could read any file that the queue can. */
static bool adds_no_file(const struct template_file *old, const struct template_file *new,
			 struct err *err)
{
	for (size_t i = 0; i < new->attachment_count; i++)
		if (!sends_along(old, new->attachments[i].path))
			return err_set(err, EX_DATAERR,
				       "attachments: a file can be added on this machine alone");
	return true;
}

static struct templates *open_templates(bool strict)
{
	const struct templates_options options = {.prepare = template_add_locale_filters,
						  .strict = strict};

	return templates_open(&options);
}

static bool add_draft(struct templates *templates, const struct organization *org, const char *id,
		      const struct there *there, const struct json *members, bool is_remote,
		      struct arena *arena, struct slice *text, struct err *err)
{
	*text = template_file_text(id, members, arena);
	if (!templates_add_draft(templates, org, slice_text(id), *text, err))
		return managed_without_place(err, there->as_file.path);
	return !is_remote ||
	       adds_no_file(there->file, templates_draft(templates, org, slice_text(id)), err);
}

/* --- changing --- */

static bool put(const struct managed_edit *edit, struct templates *templates,
		template_complaint *say, void *data, struct arena *arena,
		struct template_saved *saved, struct err *err)
{
	const struct organization *org = edit->organization;
	struct there there = look(org, edit->id, arena);
	struct conf_file file = {.path = there.as_file.path};

	if (!managed_may_change(edit, &there.as_file, err) ||
	    !add_draft(templates, org, edit->id, &there, edit->values, edit->is_remote, arena,
		       &file.text, err))
		return false;
	if (!template_check(templates, org, slice_text(edit->id), say, data))
		return err_set(err, EX_DATAERR, "the template %s is not written", edit->id);
	*saved = (struct template_saved){.is_new = !there.as_file.exists};
	return conf_write_files(&file, 1, err) &&
	       (saved->file = template_file_parse(file.text, file.path, edit->id, arena, err));
}

bool template_put(const struct managed_edit *edit, template_complaint *say, void *data,
		  struct arena *arena, struct template_saved *saved, struct err *err)
{
	int lock = managed_lock(edit->organization, err);

	if (lock < 0)
		return false;
	struct templates *templates = open_templates(false);
	bool ok = put(edit, templates, say, data, arena, saved, err);
	templates_close(templates);
	close(lock);
	return ok;
}

bool template_remove(const struct managed_edit *edit, struct arena *arena, struct err *err)
{
	int lock = managed_lock(edit->organization, err);

	if (lock < 0)
		return false;
	struct there there = look(edit->organization, edit->id, arena);
	bool ok = managed_may_remove(edit, &there.as_file, err) &&
		  conf_remove_file(there.as_file.path, err);
	close(lock);
	return ok;
}

/* --- trying --- */

/* The members of the stored one, with the draft's in place of its own. */
static const struct json *with_draft(const struct template_file *stored, const struct json *draft,
				     struct arena *arena)
{
	struct buf text = {0};
	struct json_out out = {.buf = &text};
	struct err err;

	if (!stored)
		return draft;
	template_file_write(&out, stored);
	const struct json *base = json_parse(arena_slice(arena, buf_slice(&text)), arena, &err);
	buf_free(&text);
	return managed_merge(base, draft, arena);
}

static bool choose_context(const struct template_preview *preview, const struct template_file *file,
			   struct request *request, struct err *err)
{
	request->context = preview->context;
	if (preview->context || !preview->sample)
		return true;
	for (size_t i = 0; i < file->sample_count; i++)
		if (strcmp(file->samples[i].name, preview->sample) == 0) {
			request->context = file->samples[i].context;
			return true;
		}
	return err_set(err, EX_DATAERR, "sample: there is no %s", preview->sample);
}

static bool try(const struct template_preview *preview, struct templates *templates,
		struct arena *arena, struct request *request, struct templates_used *used,
		struct err *err)
{
	const struct organization *org = preview->organization;
	struct there there = look(org, preview->id, arena);
	struct slice text;

	if (!preview->draft && !there.file)
		return template_file_of(org, slice_text(preview->id), arena, err);
	if (preview->draft && !add_draft(templates, org, preview->id, &there,
					 with_draft(there.file, preview->draft, arena),
					 preview->is_remote, arena, &text, err))
		return false;
	*request = (struct request){.template_id = slice_text(preview->id),
				    .locale = slice_text(preview->locale)};
	const struct template_file *file =
		templates_file(templates, org, request->template_id, err);
	return file && choose_context(preview, file, request, err) &&
	       templates_check(templates, org, request, err) &&
	       templates_apply(templates, org, request, arena, used, err);
}

bool template_try(const struct template_preview *preview, struct arena *arena,
		  struct request *rendered, struct templates_used *used, struct err *err)
{
	struct templates *templates = open_templates(preview->strict);

	*used = (struct templates_used){0};
	bool ok = try(preview, templates, arena, rendered, used, err);
	for (size_t i = 0; ok && i < rendered->n_headers; i++) /* names are the templates' */
		rendered->headers[i].name = arena_slice(arena, rendered->headers[i].name);
	templates_close(templates);
	rendered->template_id = (struct slice){0};
	rendered->context = NULL;
	return ok;
}

bool template_examine(const struct template_preview *preview, template_complaint *say, void *data,
		      struct arena *arena, struct err *err)
{
	const struct organization *org = preview->organization;
	struct there there = look(org, preview->id, arena);
	struct slice text;

	if (!preview->draft && !there.file)
		return template_file_of(org, slice_text(preview->id), arena, err);
	struct templates *templates = open_templates(preview->strict);
	bool ok = !preview->draft || add_draft(templates, org, preview->id, &there,
					       with_draft(there.file, preview->draft, arena),
					       preview->is_remote, arena, &text, err);
	ok = ok && template_check(templates, org, slice_text(preview->id), say, data);
	templates_close(templates);
	return ok;
}

struct templates *template_open_checked(void)
{
	return open_templates(false);
}
