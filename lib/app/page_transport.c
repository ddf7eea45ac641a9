#include "app/page_transport.h"

#include "app/transport_health.h"
#include "app/transport_talk.h"

/* --- which one --- */

/* As the configuration is now. False: it is wrong, and this has answered. */
bool transport_is_fresh(struct http_request *request)
{
	struct err err = {0};

	if (app_reload(request->context, &err))
		return true;
	page_error(request, 500, "The configuration is wrong", err.text);
	return false;
}

/* On the pages of all organizations: the first that has it. NULL: it has answered. */
const struct organization *transport_find(struct http_request *request,
					  const struct connector **connector)
{
	const struct app *app = request->context;
	struct slice only;

	if (!transport_is_fresh(request) || !page_organization(request, &only))
		return NULL;
	const struct conf *conf = app->queue->conf;
	for (size_t i = 0; i < conf->organization_count; i++) {
		const struct organization *org = &conf->organizations[i];
		if ((!only.n || slice_is(only, org->id)) &&
		    (*connector = organization_connector(org, request->args[1])))
			return org;
	}
	page_error(request, 404, "No such connector", "It was deleted, or it never was.");
	return NULL;
}

/* Where a new one goes: on the pages of all organizations, where the form says. */
const struct organization *transport_choose(struct http_request *request)
{
	const struct app *app = request->context;
	struct slice only;

	if (!transport_is_fresh(request) || !page_organization(request, &only))
		return NULL;
	const struct conf *conf = app->queue->conf;
	if (!only.n)
		only = http_request_form(request, "organization");
	if (!only.n)
		only = slice_text(http_request_query(request, "organization"));
	for (size_t i = 0; i < conf->organization_count; i++)
		if (slice_is(only, conf->organizations[i].id) ||
		    (!only.n && strcmp(request->method, "POST") != 0) ||
		    conf->organization_count == 1)
			return &conf->organizations[i];
	page_error(request, 422, "Nothing was made", "It has to belong to an organization.");
	return NULL;
}

/* --- the page --- */

static void put_place(struct page *page, const struct transport_form *form)
{
	const char *home = arena_format(page->arena, "%s/%s", page->app, form->organization->id);
	const char *here = form->stored
				   ? arena_format(page->arena, "%s/transports/%s", home, form->id)
				   : arena_format(page->arena, "%s/new-transport", home);

	json_put_text(&page->out, "home", home);
	json_put_text(&page->out, "here", here);
	json_put_text(&page->out, "owner", form->organization->name);
	json_put_bool(&page->out, "live", form->stored);
	if (form->stored)
		transport_put_health(page, "health", form->organization->id, form->stored);
}

void transport_render(struct http_request *request, const struct transport_form *form,
		      unsigned status, const struct trial_talk *test)
{
	struct page page;

	if (!page_begin(&page, request, "transports"))
		return;
	put_place(&page, form);
	transport_form_put(&page, form);
	json_put_slice(&page.out, "to", http_request_form(request, "to"));
	if (test)
		transport_talk_put(&page, test);
	page_render(&page, status, "transport.html");
}

void transport_refuse(struct http_request *request, struct transport_form *form,
		      const struct err *err)
{
	transport_form_refuse(form, err, &request->arena);
	transport_render(request, form, err->code == EX_CANTCREAT ? 409 : app_status(err), NULL);
}

void transport_show(struct http_request *request)
{
	const struct connector *stored;
	const struct organization *org = transport_find(request, &stored);
	struct transport_form form;

	if (!org)
		return;
	transport_form_read(&form, org, stored, request);
	transport_render(request, &form, 200, NULL);
}

void transport_new_show(struct http_request *request)
{
	const struct organization *org = transport_choose(request);
	struct transport_form form;

	if (!org)
		return;
	transport_form_read(&form, org, NULL, request);
	transport_render(request, &form, 200, NULL);
}
