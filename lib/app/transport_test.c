#include "app/transport_test.h"

#include "app/configured.h"
#include "app/page_transport.h"
#include "app/transport_talk.h"
#include "conf/connector_edit.h"
#include "conf/secret.h"

/* The configuration may have changed meanwhile: what the form is about is looked up again. */
static void answer(struct http_request *request, const struct trial_talk *talk)
{
	const struct connector *stored = NULL;
	const struct organization *org =
		request->args[1].n ? transport_find(request, &stored) : transport_choose(request);
	struct transport_form form;

	if (!org)
		return;
	transport_form_read(&form, org, stored, request);
	transport_render(request, &form, 200, talk);
}

static const struct trial_ways ways = {.answer = answer, .tell = transport_talk_tell};

/* One that is kept in a file is tried as it stands there. */
static bool plan_test(struct transport_form *form, struct connector_test_plan *plan,
		      struct connector *draft, struct buf *text, struct http_request *request,
		      struct err *err)
{
	struct app *app = request->context;
	struct managed_edit edit = transport_form_edit(form);

	plan->connector = form->stored;
	if (form->stored && !form->stored->managed)
		return true;
	if (!*form->id)
		edit.id = "new";
	edit.is_new = false;
	edit.revision = NULL;
	plan->connector = draft;
	if (!connector_draft(&edit, &app->kinds, &request->arena, draft, text, err))
		return false;
	plan->definition = buf_slice(text);
	return true;
}

void transport_test(struct http_request *request, struct transport_form *form)
{
	struct app *app = request->context;
	struct slice to = slice_trim(http_request_form(request, "to"));
	struct connector_test_plan plan = {
		.conf = app->conf,
		.organization = form->organization,
		.to = to.n ? arena_slice(&request->arena, to).p : NULL,
		.output = -1,
	};
	struct connector draft;
	struct buf text = {0};
	struct err err = {0};

	if (!to.n && !connector_test_signs_in(form->describe))
		err_set(&err, EX_DATAERR,
			"to: a connector of this kind is tried with a message, which needs a "
			"recipient");
	if (err.code || !plan_test(form, &plan, &draft, &text, request, &err) ||
	    !trial_start(app->trials, request, &plan, &ways, &err))
		transport_refuse(request, form, &err);
	else
		configured_log(request, "connector-test", "connector", form->organization,
			       form->id);
	secret_wipe(&text);
}
