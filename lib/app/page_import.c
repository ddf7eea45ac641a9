#include "app/page_import.h"

#include "app/configured.h"
#include "app/words.h"
#include "conf/connector_edit.h"
#include "conf/import.h"
#include "conf/secret.h"
#include "queue/template_edit.h"

/* --- the forms --- */

static const struct model {
	const char *section, *name, *what, *title;
} template_model = {"templates", "mail.template", "template", "Import templates"},
  connector_model = {"transports", "ir.connector", "connector", "Import connectors"};

static void show(struct http_request *request, const struct model *model, unsigned status,
		 const char *wrong)
{
	struct page page;

	if (!page_begin(&page, request, model->section))
		return;
	json_put_text(&page.out, "title", model->title);
	json_put_text(&page.out, "model", model->name);
	json_put_text(&page.out, "what", model->what);
	json_put_text(&page.out, "wrong", wrong);
	json_open(&page.out, "typed", '{');
	if (model == &template_model) /* else secrets may be in it, which are never sent back */
		json_put_slice(&page.out, "xml", http_request_form(request, "xml"));
	json_put_slice(&page.out, "organization", http_request_form(request, "organization"));
	json_close(&page.out, '}');
	page_render(&page, status, "import.html");
}

void import_show(struct http_request *request)
{
	const char *section = request->route->data;
	bool templates = strcmp(section, template_model.section) == 0;

	show(request, templates ? &template_model : &connector_model, 200, NULL);
}

/* Where the page is of all organizations, the form says which. */
static struct slice asked_organization(struct http_request *request)
{
	struct slice only = request->args[0];

	if (slice_is(only, "-"))
		only = app_scope(request);
	return only.n ? only : http_request_form(request, "organization");
}

/* The configuration as it is now, in which the one before has been written. */
static const struct organization *choose(struct http_request *request, struct slice only,
					 struct err *err)
{
	struct app *app = request->context;

	if (!app_reload(app, err))
		return NULL;
	const struct conf *conf = app->queue->conf;
	for (size_t i = 0; i < conf->organization_count; i++)
		if (slice_is(only, conf->organizations[i].id) || conf->organization_count == 1)
			return &conf->organizations[i];
	err_set(err, EX_DATAERR, "an organization has to be chosen");
	return NULL;
}

/* --- templates --- */

static const struct json *template_members(const struct import *import, struct arena *arena,
					   struct err *err)
{
	const struct conf_file *made = &import->files[import->file_count - 1];
	struct buf text = {0};
	struct json_out out = {.buf = &text};
	const struct template_file *file =
		template_file_parse(made->text, made->path, import->id, arena, err);

	if (!file)
		return NULL;
	template_file_write(&out, file);
	const struct json *members = json_parse(arena_slice(arena, buf_slice(&text)), arena, err);
	buf_free(&text);
	return members;
}

static void keep_first(void *data, const struct template_fault *fault)
{
	struct err *first = data;

	if (!first->code && !fault->is_warning)
		err_set(first, fault->code, "%s%s%s", fault->where ? fault->where : "",
			fault->where ? ": " : "", fault->what);
}

static bool take_template(struct http_request *request, const struct organization *org,
			  const struct record *record, struct err *err)
{
	const struct app *app = request->context;
	struct managed_edit edit = {.organization = org, .is_remote = true};
	struct template_saved saved;
	struct import import;
	struct err first = {0};

	if (!import_template(app->queue->conf, record, org->id, &request->arena, &import, err) ||
	    !(edit.values = template_members(&import, &request->arena, err)))
		return false;
	edit.id = import.id;
	if (!template_put(&edit, keep_first, &first, &request->arena, &saved, err)) {
		*err = first.code ? first : *err;
		return err_at(err, "%s", record->id);
	}
	configured_log(request, "template-put", "template", org, edit.id);
	return true;
}

/* --- connectors --- */

static const struct json *parse(struct buf *text, struct arena *arena, struct err *err)
{
	const struct json *json = json_parse(arena_slice(arena, buf_slice(text)), arena, err);

	secret_wipe(text);
	return json;
}

/* What is secret in the record is typed: connector_put keeps it where secrets are kept. */
static const struct json *connector_members(struct app *app, const struct import *import,
					    struct arena *arena, struct err *err)
{
	const struct conf_file *made = &import->files[import->file_count - 1];
	struct buf text = {0};
	struct json_out out = {.buf = &text};
	struct connector connector;

	if (!connector_parse(made->text, made->path, arena, &connector, err))
		return NULL;
	const struct json *describe = kinds_describe(&app->kinds, connector.kind, err);
	if (!describe)
		return NULL;
	json_open(&out, NULL, '{');
	connector_write_members(&out, &connector, NULL);
	json_close(&out, '}');
	const struct json *base = parse(&text, arena, err);
	out = (struct json_out){.buf = &text};
	json_open(&out, NULL, '{');
	connector_write_config(&out, &connector, describe);
	json_put_null(&out, "revision");
	json_close(&out, '}');
	const struct json *over = parse(&text, arena, err);
	return base && over ? managed_merge(base, over, arena) : NULL;
}

static bool take_connector(struct http_request *request, const struct organization *org,
			   const struct record *record, struct err *err)
{
	struct app *app = request->context;
	struct managed_edit edit = {.organization = org, .is_remote = true};
	struct connector_saved saved;
	struct import import;

	if (!import_connector(app->queue->conf, record, org->id, &request->arena, &import, err) ||
	    !(edit.values = connector_members(app, &import, &request->arena, err)))
		return err_at(err, "%s", record->id);
	edit.id = import.id;
	if (!connector_put(app->conf, &edit, &app->kinds, &request->arena, &saved, err))
		return err_at(err, "%s", record->id);
	configured_log(request, "connector-put", "connector", org, edit.id);
	return true;
}

/* --- the acts --- */

typedef bool take_fn(struct http_request *request, const struct organization *org,
		     const struct record *record, struct err *err);

/* What has been brought in, so far. */
struct taken {
	struct slice xml, organization;
	size_t n, others; /* records of other models are left out, as the commands do */
};

static bool take_all(struct http_request *request, const struct model *model, take_fn *take_one,
		     struct taken *taken, struct err *err)
{
	const struct record *record = records_parse(taken->xml, "XML", &request->arena, err);
	const struct organization *org;

	if (!record)
		return false;
	for (; record; record = record->next) {
		if (strcmp(record->model, model->name) != 0) {
			taken->others++;
			continue;
		}
		if (!(org = choose(request, taken->organization, err)) ||
		    !take_one(request, org, record, err))
			return false;
		taken->n++;
	}
	return taken->n || err_set(err, EX_DATAERR, "no record is of the model %s", model->name);
}

static void tell(struct http_request *request, const struct model *model,
		 const struct organization *org, const struct taken *taken)
{
	const char *lead = arena_format(&request->arena, "%s imported.",
					words_count(taken->n, model->what, &request->arena));
	const char *others = arena_format(&request->arena, "%s of other models %s left out.",
					  words_count(taken->others, "record", &request->arena),
					  taken->others == 1 ? "was" : "were");

	page_tell(request, "sent", lead, taken->others ? others : "",
		  arena_format(&request->arena, "%s/%s/%s", page_app(request), org->id,
			       model->section));
}

static const char *what_came(struct http_request *request, const struct taken *taken,
			     const struct err *err)
{
	return taken->n ? arena_format(&request->arena, "%zu imported, then: %s", taken->n,
				       err->text)
			: err->text;
}

static void import(struct http_request *request, const struct model *model, take_fn *take_one)
{
	const struct organization *org;
	struct taken taken = {.xml = http_request_form(request, "xml")};
	struct slice only;
	struct err err = {0};

	if (!page_organization(request, &only))
		return;
	taken.organization = asked_organization(request);
	if (choose(request, taken.organization, &err) &&
	    take_all(request, model, take_one, &taken, &err) &&
	    (org = choose(request, taken.organization, &err))) {
		tell(request, model, org, &taken);
		return;
	}
	unsigned status = app_status(&err);
	show(request, model, status == 500 ? 422 : status, what_came(request, &taken, &err));
}

void import_templates(struct http_request *request)
{
	import(request, &template_model, take_template);
}

void import_transports(struct http_request *request)
{
	import(request, &connector_model, take_connector);
}

/* --- over the API: the body is the records --- */

static void import_body(struct http_request *request, const struct model *model, take_fn *take_one)
{
	const struct organization *org = configured_organization(request, NULL);
	struct taken taken = {.xml = request->body};
	struct err err = {0};

	if (!org)
		return;
	taken.organization = slice_text(arena_text(&request->arena, org->id));
	if (!take_all(request, model, take_one, &taken, &err)) {
		unsigned status = app_status(&err);
		http_problem(request, status == 500 ? 422 : status, "%s",
			     what_came(request, &taken, &err));
		return;
	}
	struct json_out out = http_json(request, 200);
	json_open(&out, NULL, '{');
	json_put_int(&out, "imported", (int64_t)taken.n);
	json_put_int(&out, "left_out", (int64_t)taken.others);
	json_close(&out, '}');
}

void import_post_templates(struct http_request *request)
{
	import_body(request, &template_model, take_template);
}

void import_post_connectors(struct http_request *request)
{
	import_body(request, &connector_model, take_connector);
}
