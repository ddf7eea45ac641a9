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

#define LISTED "organization_id id name subject languages managed revision error"

void templates_list(struct http_request *request)
{
	struct configured_list list;
	const struct organization *org;
	const char **ids = NULL;
	struct err err = {0};
	size_t n = 0;

	if (!configured_list_open(request, "templates", LISTED, &list))
		return;
	while ((org = configured_list_next(&list))) {
		if (!template_file_ids(org, &request->arena, &ids, &n, &err)) {
			configured_list_close(&list);
			app_refuse(request, 500, &err);
			return;
		}
		for (size_t i = 0; i < n; i++)
			list_template(&list, ids[i]);
	}
	configured_list_close(&list);
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

static void save(struct http_request *request)
{
	struct faults faults = {0};
	struct managed_edit edit;
	struct template_saved saved;
	struct err err = {0};

	if (!configured_edit(request, &edit))
		return;
	faults.out.buf = &faults.text;
	if (template_put(&edit, note, &faults, &request->arena, &saved, &err)) {
		configured_log(request, "template-put", "template", edit.organization, edit.id);
		if (strcmp(request->method, "POST") == 0) /* relative to its path */
			http_add_header(request, "Location", "templates/%s", edit.id);
		answer_template(request, saved.is_new ? 201 : 200, edit.organization, saved.file);
	} else if (faults.text.n) {
		answer_faults(request, &err, buf_slice(&faults.text));
	} else {
		configured_refuse(request, &edit, &err);
	}
	buf_free(&faults.text);
}

void templates_create(struct http_request *request)
{
	save(request);
}

void templates_change(struct http_request *request)
{
	save(request);
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
