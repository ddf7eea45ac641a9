#include "app/templates.h"

#include "app/configured.h"
#include "queue/template_edit.h"

/* --- looking --- */

static void list_template(struct configured_list *list, const char *id)
{
	struct json_out *out = configured_list_item(list);
	struct arena arena = {0};
	struct err err = {0};
	const struct template_file *file =
		template_file_of(list->organization, slice_text(id), &arena, &err);

	if (file) {
		template_file_write_summary(out, file);
	} else {
		json_put_text(out, "id", id);
		json_put_text(out, "error", err.text);
	}
	configured_list_put(list);
	arena_free(&arena);
}

typedef bool list_ids(const struct organization *org, struct arena *arena, const char ***ids,
		      size_t *count, struct err *err);

static void list_all(struct http_request *request, const char *name, const char *listed,
		     list_ids *ids_of,
		     void (*list_one)(struct configured_list *list, const char *id))
{
	struct configured_list list;
	const struct organization *org;
	const char **ids = NULL;
	struct err err = {0};
	size_t n = 0;

	if (!configured_list_open(request, name, listed, &list))
		return;
	while ((org = configured_list_next(&list))) {
		if (!ids_of(org, &request->arena, &ids, &n, &err)) {
			configured_list_close(&list);
			app_refuse(request, 500, &err);
			return;
		}
		for (size_t i = 0; i < n; i++)
			list_one(&list, ids[i]);
	}
	configured_list_close(&list);
}

void templates_list(struct http_request *request)
{
	list_all(request, "templates",
		 "organization_id id name subject languages managed revision error",
		 template_file_ids, list_template);
}

static void answer_template(struct http_request *request, unsigned status,
			    const struct organization *org, const struct template_file *file)
{
	if (configured_is_known(request, file->revision))
		return;
	struct json_out out = http_json(request, status);
	json_open(&out, NULL, '{');
	json_put_text(&out, "organization_id", org->id);
	template_file_write_members(&out, file);
	json_close(&out, '}');
}

void templates_show(struct http_request *request)
{
	const struct organization *org = configured_organization(request, NULL);
	struct err err = {0};

	if (!org)
		return;
	const struct template_file *file =
		template_file_of(org, request->args[0], &request->arena, &err);
	if (file)
		answer_template(request, 200, org, file);
	else if (err.code == EX_CONFIG) /* the file is there, and wrong */
		app_refuse(request, 422, &err);
	else
		http_problem(request, 404, "no such template");
}

/* --- what is wrong with one --- */

struct faults {
	struct buf text;
	struct json_out out;
};

static void put_fault(struct json_out *out, const char *where, unsigned line, unsigned column,
		      const char *message)
{
	json_open(out, NULL, '{');
	json_put_text(out, "where", where);
	if (line)
		json_put_int(out, "line", line);
	if (column)
		json_put_int(out, "column", column);
	json_put_text(out, "message", message);
	json_close(out, '}');
}

static void note(void *data, const struct template_fault *fault)
{
	struct faults *faults = data;

	put_fault(&faults->out, fault->where, fault->line, 0, fault->what);
}

static void answer_faults(struct http_request *request, const struct err *err, struct slice faults)
{
	struct json_out out = {.buf = http_content(request, 422, "application/problem+json")};

	json_open(&out, NULL, '{');
	http_put_problem(&out, 422, err->text);
	json_open(&out, "errors", '[');
	json_put_raw(&out, NULL, faults);
	json_close(&out, ']');
	json_close(&out, '}');
}

/* --- changing --- */

/* Of a draft where one was seen. */
static void save(struct http_request *request, const struct managed_edit *edit,
		 template_draft_seen seen)
{
	struct faults faults = {0};
	struct template_saved saved;
	struct err err = {0};

	faults.out.buf = &faults.text;
	if (seen ? template_publish(edit, seen, note, &faults, &request->arena, &saved, &err)
		 : template_put(edit, note, &faults, &request->arena, &saved, &err)) {
		configured_log(request, seen ? "template-publish" : "template-put", "template",
			       edit->organization, edit->id);
		if (!seen && strcmp(request->method, "POST") == 0) /* relative to its path */
			http_add_header(request, "Location", "templates/%s", edit->id);
		answer_template(request, saved.is_new ? 201 : 200, edit->organization, saved.file);
	} else if (faults.text.n && err.code == EX_DATAERR) {
		answer_faults(request, &err, buf_slice(&faults.text));
	} else {
		configured_refuse(request, edit, &err);
	}
	buf_free(&faults.text);
}

void templates_create(struct http_request *request)
{
	struct managed_edit edit;

	if (configured_edit(request, &edit))
		save(request, &edit, NULL);
}

void templates_change(struct http_request *request)
{
	templates_create(request);
}

void templates_delete(struct http_request *request)
{
	struct managed_edit edit;
	struct err err = {0};

	if (!configured_edit(request, &edit))
		return;
	if (template_remove(&edit, &request->arena, &err))
		configured_log(request, "template-delete", "template", edit.organization, edit.id);
	else
		configured_refuse(request, &edit, &err);
}

/* --- drafts --- */

static void list_draft(struct configured_list *list, const char *id)
{
	struct arena arena = {0};
	struct err err = {0};
	const struct template_draft *draft =
		template_draft_of(list->organization, slice_text(id), &arena, &err);

	if (draft || err.code != EX_NOINPUT) {
		struct json_out *out = configured_list_item(list);
		json_put_text(out, "id", id);
		if (draft)
			template_draft_write_origin(out, "draft", draft);
		else
			json_put_text(out, "error", err.text);
		configured_list_put(list);
	}
	arena_free(&arena);
}

void templates_list_drafts(struct http_request *request)
{
	list_all(request, "drafts", "organization_id id draft error", template_draft_ids,
		 list_draft);
}

static void answer_draft(struct http_request *request, unsigned status,
			 const struct organization *org, const struct template_draft *draft)
{
	if (configured_is_known(request, draft->revision))
		return;
	struct json_out out = http_json(request, status);
	json_open(&out, NULL, '{');
	json_put_text(&out, "organization_id", org->id);
	template_draft_write_members(&out, draft);
	json_close(&out, '}');
}

void templates_show_draft(struct http_request *request)
{
	const struct organization *org = configured_organization(request, NULL);
	struct err err = {0};

	if (!org)
		return;
	const struct template_draft *draft =
		template_draft_of(org, request->args[0], &request->arena, &err);
	if (draft)
		answer_draft(request, 200, org, draft);
	else if (err.code == EX_CONFIG)
		app_refuse(request, 422, &err);
	else
		http_problem(request, 404, "no such draft");
}

/* The revisions of such a request are the draft's. */
static bool read_draft_edit(struct http_request *request, struct managed_edit *edit,
			    template_draft_seen *seen)
{
	if (!configured_edit(request, edit))
		return false;
	*seen = edit->is_new ? "" : edit->revision;
	edit->is_new = false;
	edit->revision = NULL;
	return true;
}

static void refuse_draft(struct http_request *request, template_draft_seen seen,
			 const struct err *err)
{
	const struct managed_edit asked = {.revision = seen && *seen ? seen : NULL};

	configured_refuse(request, &asked, err);
}

void templates_save_draft(struct http_request *request)
{
	struct managed_edit edit;
	template_draft_seen seen;
	struct err err = {0};

	if (!read_draft_edit(request, &edit, &seen))
		return;
	if (!template_draft_put(&edit, seen, app_who(request), &request->arena, &err)) {
		refuse_draft(request, seen, &err);
		return;
	}
	configured_log(request, "template-draft", "template", edit.organization, edit.id);
	const struct template_draft *draft =
		template_draft_of(edit.organization, slice_text(edit.id), &request->arena, &err);
	if (draft) /* else it says what is published */
		answer_draft(request, 200, edit.organization, draft);
}

void templates_discard_draft(struct http_request *request)
{
	struct managed_edit edit;
	template_draft_seen seen;
	struct err err = {0};

	if (!read_draft_edit(request, &edit, &seen))
		return;
	if (template_discard(edit.organization, edit.id, seen, &request->arena, &err))
		configured_log(request, "template-discard", "template", edit.organization, edit.id);
	else
		refuse_draft(request, seen, &err);
}

static bool read_publishing(struct http_request *request, struct managed_edit *edit,
			    template_draft_seen *seen)
{
	static const char *const names[] = {"organization_id", "revision", NULL};
	const struct json *body = configured_body(request, true);
	const struct organization *org;
	struct err err = {0};
	bool force;

	if (!body || !app_flag(request, "force", &force) ||
	    !configured_has_only(request, body, names) ||
	    !(org = configured_organization(request, body)))
		return false;
	const struct template_draft *draft =
		template_draft_of(org, request->args[0], &request->arena, &err);
	if (!draft) {
		app_refuse(request, app_status(&err), &err);
		return false;
	}
	*seen = configured_revision(request, body);
	if (!*seen)
		*seen = draft->revision;
	*edit = template_draft_edit(org, draft, force);
	edit->is_remote = true;
	return true;
}

void templates_publish(struct http_request *request)
{
	struct managed_edit edit;
	template_draft_seen seen;

	if (read_publishing(request, &edit, &seen))
		save(request, &edit, seen);
}

/* --- trying --- */

static const char *text_of(struct http_request *request, const struct json *body, const char *key)
{
	struct slice text = json_get_text(body, key);

	return text.n ? arena_slice(&request->arena, text).p : NULL;
}

static const struct json *object_of(const struct json *body, const char *key)
{
	const struct json *member = json_get(body, key);

	return member && member->type == JSON_NULL ? NULL : member;
}

/* False: it has answered. */
static bool read_preview(struct http_request *request, struct template_preview *preview)
{
	static const char *const names[] = {"organization_id", "template", "context", "sample",
					    "locale",          "strict",   NULL};
	const struct json *body = configured_body(request, true);

	if (!body || !configured_has_only(request, body, names))
		return false;
	*preview = (struct template_preview){
		.organization = configured_organization(request, body),
		.id = arena_slice(&request->arena, request->args[0]).p,
		.draft = object_of(body, "template"),
		.is_remote = true,
		.context = object_of(body, "context"),
		.sample = text_of(request, body, "sample"),
		.locale = text_of(request, body, "locale"),
		.strict = json_get_bool(body, "strict", false),
	};
	if (!preview->organization)
		return false;
	if ((!preview->draft || preview->draft->type == JSON_OBJECT) &&
	    (!preview->context || preview->context->type == JSON_OBJECT))
		return true;
	http_problem(request, 422, "template and context are objects");
	return false;
}

void templates_refuse(struct http_request *request, const struct err *err,
		      const struct templates_used *used)
{
	const char *what = strstr(err->text, ": ");
	struct buf text = {0};
	struct json_out out = {.buf = &text};

	if (err->code == EX_NOINPUT || !used->field) {
		app_refuse(request, app_status(err), err);
		return;
	}
	put_fault(&out, used->field, used->line, used->column, what ? what + 2 : err->text);
	answer_faults(request, err, buf_slice(&text));
	buf_free(&text);
}

void templates_preview(struct http_request *request)
{
	struct template_preview preview;
	struct request rendered;
	struct templates_used used;
	struct err err = {0};

	if (!read_preview(request, &preview))
		return;
	if (!template_try(&preview, &request->arena, &rendered, &used, &err)) {
		templates_refuse(request, &err, &used);
		return;
	}
	struct json_out out = http_json(request, 200);
	request_write(&out, &rendered);
}
