#include "queue/template_edit.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "template/locale.h"

/* --- what there is --- */

struct there {
	struct managed_file as_file;
	const struct template_file *file;   /* NULL: none, or none that can be read */
	const struct template_draft *draft; /* likewise */
	const char *draft_revision;         /* "": none; "?": that of one that cannot be read */
};

/* A file that cannot be read is one that is not ours to change. */
static struct there look(const struct organization *org, const char *id, struct arena *arena)
{
	struct there there = {0};
	struct err err = {0};

	there.file = template_file_of(org, slice_text(id), arena, &err);
	there.as_file.exists = there.file || err.code == EX_CONFIG;
	there.draft = template_draft_of(org, slice_text(id), arena, &err);
	there.draft_revision = there.draft              ? there.draft->revision
			       : err.code == EX_NOINPUT ? ""
							: "?";
	there.as_file.path = arena_format(arena, "%s/templates/%s.yaml", org->directory, id);
	if (there.file) {
		there.as_file.managed = there.file->managed;
		there.as_file.revision = there.file->revision;
	}
	return there;
}

/* --- files of this machine --- */

static bool sends_along(const struct template_file *file, const char *path)
{
	for (size_t i = 0; file && i < file->attachment_count; i++)
		if (strcmp(file->attachments[i].path, path) == 0)
			return true;
	return false;
}

/* As a template's file names it: seen from the directory that it stands in. */
static const char *path_of(const struct there *there, const struct json *attachment,
			   struct arena *arena)
{
	const char *path = arena_slice(arena, json_get_text(attachment, "path")).p;
	const char *slash = strrchr(there->as_file.path, '/');

	return *path == '/' ? path
			    : arena_format(arena, "%.*s/%s", (int)(slash - there->as_file.path),
					   there->as_file.path, path);
}

static bool draft_sends_along(const struct there *there, const char *path, struct arena *arena)
{
	const struct json *members = there->draft ? there->draft->members : NULL;
	const struct json *attachments = json_get(members, "attachments");

	for (const struct json *a = attachments ? attachments->first : NULL; a; a = a->next)
		if (strcmp(path_of(there, a, arena), path) == 0)
			return true;
	return false;
}

/* Else whoever may edit a template could read any file that the queue can. */
static bool adds_no_file(const struct there *there, const struct json *members, struct arena *arena,
			 struct err *err)
{
	const struct json *attachments = json_get(members, "attachments");

	for (const struct json *a = attachments ? attachments->first : NULL; a; a = a->next) {
		const char *path = path_of(there, a, arena);
		if (!sends_along(there->file, path) && !draft_sends_along(there, path, arena))
			return err_set(err, EX_DATAERR,
				       "attachments: a file can be added on this machine alone");
	}
	return true;
}

struct templates *template_open_checked(bool strict)
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
	return !is_remote || adds_no_file(there, members, arena, err);
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

static bool put_checked(const struct managed_edit *edit, template_complaint *say, void *data,
			struct arena *arena, struct template_saved *saved, struct err *err)
{
	struct templates *templates = template_open_checked(false);
	bool ok = put(edit, templates, say, data, arena, saved, err);

	templates_close(templates);
	return ok;
}

bool template_put(const struct managed_edit *edit, template_complaint *say, void *data,
		  struct arena *arena, struct template_saved *saved, struct err *err)
{
	int lock = managed_lock(edit->organization, err);

	if (lock < 0)
		return false;
	bool ok = put_checked(edit, say, data, arena, saved, err);
	close(lock);
	return ok;
}

/* Whatever its file holds, if there is one. */
static bool remove_draft(const struct organization *org, const char *id, struct arena *arena,
			 struct err *err)
{
	const char *path = template_draft_path(org, id, arena);

	return access(path, F_OK) < 0 || conf_remove_file(path, err);
}

bool template_remove(const struct managed_edit *edit, struct arena *arena, struct err *err)
{
	int lock = managed_lock(edit->organization, err);

	if (lock < 0)
		return false;
	struct there there = look(edit->organization, edit->id, arena);
	bool ok = managed_may_remove(edit, &there.as_file, err) &&
		  remove_draft(edit->organization, edit->id, arena, err) &&
		  conf_remove_file(there.as_file.path, err);
	close(lock);
	return ok;
}

/* --- drafts --- */

static bool is_as_seen(const struct there *there, const char *id, template_draft_seen seen,
		       struct err *err)
{
	if (!seen || strcmp(seen, there->draft_revision) == 0)
		return true;
	return err_set(err, EX_CANTCREAT,
		       *seen ? "the draft of %s is not as it was: it has been changed"
			     : "there is a draft of '%s' already",
		       id);
}

static bool save_draft(const struct managed_edit *edit, template_draft_seen seen, const char *by,
		       struct arena *arena, struct err *err)
{
	struct there there = look(edit->organization, edit->id, arena);
	const struct template_draft draft = {
		.id = edit->id,
		.members = edit->values,
		.by = by,
		.at_ms = clock_now_ms(),
		.of = there.file ? there.file->revision : NULL,
	};
	struct conf_file file;

	if (!managed_may_change(edit, &there.as_file, err) ||
	    !is_as_seen(&there, edit->id, seen, err) ||
	    (edit->is_remote && !adds_no_file(&there, edit->values, arena, err)))
		return false;
	file = (struct conf_file){.path = template_draft_path(edit->organization, edit->id, arena)};
	return template_draft_text(&draft, arena, &file.text, err) &&
	       conf_write_files(&file, 1, err);
}

bool template_draft_put(const struct managed_edit *edit, template_draft_seen seen, const char *by,
			struct arena *arena, struct err *err)
{
	int lock = managed_lock(edit->organization, err);

	if (lock < 0)
		return false;
	bool ok = save_draft(edit, seen, by, arena, err);
	close(lock);
	return ok;
}

/* Killed in between, the draft that is left says what is published, and so is none. */
static bool publish(const struct managed_edit *edit, template_draft_seen seen,
		    template_complaint *say, void *data, struct arena *arena,
		    struct template_saved *saved, struct err *err)
{
	struct there there = look(edit->organization, edit->id, arena);

	return is_as_seen(&there, edit->id, seen, err) &&
	       put_checked(edit, say, data, arena, saved, err) &&
	       remove_draft(edit->organization, edit->id, arena, err);
}

bool template_publish(const struct managed_edit *edit, template_draft_seen seen,
		      template_complaint *say, void *data, struct arena *arena,
		      struct template_saved *saved, struct err *err)
{
	int lock = managed_lock(edit->organization, err);

	if (lock < 0)
		return false;
	bool ok = publish(edit, seen, say, data, arena, saved, err);
	close(lock);
	return ok;
}

struct managed_edit template_draft_edit(const struct organization *org,
					const struct template_draft *draft, bool force)
{
	return (struct managed_edit){.organization = org,
				     .id = draft->id,
				     .values = draft->members,
				     .revision = force ? NULL : draft->of,
				     .is_new = !force && !draft->of};
}

bool template_discard(const struct organization *org, const char *id, template_draft_seen seen,
		      struct arena *arena, struct err *err)
{
	int lock = managed_lock(org, err);

	if (lock < 0)
		return false;
	struct there there = look(org, id, arena);
	bool ok = is_as_seen(&there, id, seen, err) &&
		  (*there.draft_revision || template_draft_of(org, slice_text(id), arena, err)) &&
		  remove_draft(org, id, arena, err);
	close(lock);
	return ok;
}

struct draft_complaint {
	template_complaint *say;
	void *data;
	const char *file;
};

/* The draft's lines are those of the template that it would be. */
static void say_of_draft(void *data, const struct template_fault *fault)
{
	const struct draft_complaint *complaint = data;
	struct template_fault told = *fault;

	told.file = complaint->file;
	complaint->say(complaint->data, &told);
}

/* It would be no template at all: "FILE:LINE: what". */
static void say_unread(const struct template_draft *draft, struct err *err, template_complaint *say,
		       void *data)
{
	const char *line = err->text + strlen(draft->file) + 1;
	struct template_fault fault = {.code = EX_DATAERR, .file = draft->file, .what = err->text};

	fault.file_line = (unsigned)strtoul(line, NULL, 10);
	managed_without_place(err, draft->file);
	say(data, &fault);
}

bool template_draft_check(const struct organization *org, const struct template_draft *draft,
			  bool strict, template_complaint *say, void *data)
{
	struct draft_complaint complaint = {say, data, draft->file};
	const struct slice id = slice_text(draft->id);
	struct arena arena = {0};
	struct err err;
	struct slice text = template_file_text(draft->id, draft->members, &arena);
	struct templates *templates = template_open_checked(strict);
	bool ok = template_file_parse(text, draft->file, draft->id, &arena, &err);

	if (!ok)
		say_unread(draft, &err, say, data);
	else
		ok = templates_add_draft(templates, org, id, text, &err) &&
		     template_check(templates, org, id, say_of_draft, &complaint);
	templates_close(templates);
	arena_free(&arena);
	return ok;
}

/* --- trying --- */

/* The members of the stored one, with the draft's in place of its own. */
static const struct json *with_draft(const struct template_file *stored,
				     const struct template_preview *preview, struct arena *arena)
{
	struct buf text = {0};
	struct json_out out = {.buf = &text};
	struct err err;

	if (!stored || preview->is_whole)
		return preview->draft;
	template_file_write(&out, stored);
	const struct json *base = json_parse(arena_slice(arena, buf_slice(&text)), arena, &err);
	buf_free(&text);
	return managed_merge(base, preview->draft, arena);
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
	if (preview->draft &&
	    !add_draft(templates, org, preview->id, &there, with_draft(there.file, preview, arena),
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
	struct templates *templates = template_open_checked(preview->strict);

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
	struct templates *templates = template_open_checked(preview->strict);
	bool ok = !preview->draft || add_draft(templates, org, preview->id, &there,
					       with_draft(there.file, preview, arena),
					       preview->is_remote, arena, &text, err);
	ok = ok && template_check(templates, org, slice_text(preview->id), say, data);
	templates_close(templates);
	return ok;
}
