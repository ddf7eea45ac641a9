#include "app/configured.h"

#define LIMIT_MOST 10000

/* --- whose --- */

static const struct organization *find_organization(struct http_request *request,
						    struct slice given)
{
	const struct app *app = request->context;
	const struct conf *conf = app->queue->conf;
	struct err err = {0};

	if (!given.n)
		given = app_scope(request);
	const struct organization *org =
		conf_choose_organization(conf, given, (struct slice){0}, &err);
	if (org && app_is_in_scope(request, slice_text(org->id)))
		return org;
	http_problem(request, given.n ? 404 : 422, "%s",
		     given.n ? "no such organization" : err.text);
	return NULL;
}

const struct organization *configured_organization(struct http_request *request,
						   const struct json *object)
{
	struct slice given = slice_text(http_request_query(request, "organization"));

	return find_organization(request,
				 given.n ? given : json_get_text(object, "organization_id"));
}

/* --- what --- */

const struct json *configured_body(struct http_request *request, bool may_be_missing)
{
	if (!request->body.n && may_be_missing)
		request->body = slice_text("{}");
	const struct json *body = app_json(request);
	if (!body || body->type == JSON_OBJECT)
		return body;
	http_problem(request, 422, "the body is no object");
	return NULL;
}

bool configured_has_only(struct http_request *request, const struct json *object,
			 const char *const *names)
{
	for (const struct json *member = object->first; member; member = member->next) {
		const char *const *name = names;
		while (*name && !slice_is(member->key, *name))
			name++;
		if (*name)
			continue;
		http_problem(request, 422, "unknown field \"%.*s\"", SLICE_ARGS(member->key));
		return false;
	}
	return true;
}

/* The one tag of If-Match, without its quotes; else what the body says. */
const char *configured_revision(struct http_request *request, const struct json *body)
{
	struct slice tag = slice_trim(slice_text(http_request_header(request, "If-Match")));

	if (!tag.n || slice_is(tag, "*"))
		tag = json_get_text(body, "revision");
	else if (tag.n >= 2 && *tag.p == '"' && tag.p[tag.n - 1] == '"')
		tag = slice_make(tag.p + 1, tag.n - 2);
	return tag.n ? arena_slice(&request->arena, tag).p : NULL;
}

bool configured_edit(struct http_request *request, struct managed_edit *edit)
{
	bool creates = strcmp(request->method, "POST") == 0;
	bool removes = strcmp(request->method, "DELETE") == 0;

	*edit = (struct managed_edit){.is_remote = true};
	if (!(edit->values = configured_body(request, removes)) ||
	    !(edit->organization = configured_organization(request, edit->values)))
		return false;
	struct slice id = creates ? json_get_text(edit->values, "id") : request->args[0];
	edit->id = arena_slice(&request->arena, id).p;
	edit->revision = creates ? NULL : configured_revision(request, edit->values);
	edit->is_new = creates || http_request_has_tag(request, "*");
	return true;
}

void configured_refuse(struct http_request *request, const struct managed_edit *edit,
		       const struct err *err)
{
	unsigned status = app_status(err);

	if (err->code == EX_CANTCREAT)
		status = edit->revision ? 412 : 409;
	app_refuse(request, status, err);
}

void configured_log(struct http_request *request, const char *event, const char *kind,
		    const struct organization *org, const char *id)
{
	const struct app *app = request->context;
	struct log *log = &app->queue->log;

	log_begin(log, event);
	log_text(log, "org", org->id);
	log_text(log, kind, id);
	log_text(log, "by", app_who(request));
	log_end(log);
}

bool configured_is_known(struct http_request *request, const char *revision)
{
	const char *tag = arena_format(&request->arena, "\"%s\"", revision);

	http_add_header(request, "ETag", "%s", tag);
	if (strcmp(request->method, "GET") != 0 || !http_request_has_tag(request, tag))
		return false;
	http_content(request, 304, NULL);
	return true;
}

/* --- listing --- */

bool configured_list_open(struct http_request *request, const char *name, const char *fields,
			  struct configured_list *list)
{
	const char *domain = http_request_query(request, "domain");
	const char *limit = http_request_query(request, "limit");
	struct err err = {0};

	*list = (struct configured_list){.request = request, .room = LIMIT_MOST};
	struct slice only = slice_text(http_request_query(request, "organization"));
	if (!only.n)
		only = app_scope(request);
	if (only.n && !(list->only = find_organization(request, only)))
		return false;
	if (limit && !slice_number(slice_text(limit), LIMIT_MOST, &list->room)) {
		http_problem(request, 422, "limit: not understood");
		return false;
	}
	if (domain &&
	    !(list->domain = domain_parse(slice_text(domain), fields, &request->arena, &err))) {
		http_problem(request, 422, "domain: %s", err.text);
		return false;
	}
	list->out = http_json(request, 200);
	json_open(&list->out, NULL, '{');
	json_open(&list->out, name, '[');
	return true;
}

const struct organization *configured_list_next(struct configured_list *list)
{
	const struct app *app = list->request->context;
	const struct conf *conf = app->queue->conf;

	while (list->next < conf->organization_count) {
		list->organization = &conf->organizations[list->next++];
		if (!list->only || list->only == list->organization)
			return list->organization;
	}
	return NULL;
}

struct json_out *configured_list_item(struct configured_list *list)
{
	buf_clear(&list->text);
	list->item = (struct json_out){.buf = &list->text};
	json_open(&list->item, NULL, '{');
	json_put_text(&list->item, "organization_id", list->organization->id);
	return &list->item;
}

void configured_list_put(struct configured_list *list)
{
	struct arena arena = {0};
	struct err err = {0};

	json_close(&list->item, '}');
	struct slice text = buf_slice(&list->text);
	if (list->room > 0 &&
	    (!list->domain || domain_holds(list->domain, json_parse(text, &arena, &err)))) {
		json_put_raw(&list->out, NULL, text);
		list->room--;
	}
	arena_free(&arena);
}

void configured_list_close(struct configured_list *list)
{
	json_close(&list->out, ']');
	json_put_null(&list->out, "next");
	json_close(&list->out, '}');
	buf_free(&list->text);
}
