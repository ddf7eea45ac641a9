/* What the form of page_transport.h asks for. */
#include "app/configured.h"
#include "app/page_transport.h"
#include "app/transport_health.h"
#include "app/transport_test.h"
#include "app/words.h"
#include "queue/connector_pause.h"
#include "queue/connector_use.h"

static void note(struct http_request *request, const char *event, const struct transport_form *form)
{
	configured_log(request, event, "connector", form->organization, form->id);
}

/* Where it leads is said before the configuration is taken, with which the organization goes. */
static void put(struct http_request *request, struct transport_form *form, const char *lead)
{
	struct app *app = request->context;
	const struct managed_edit edit = transport_form_edit(form);
	struct connector_saved saved;
	struct err err = {0};

	if (!connector_put(app->conf, &edit, &app->kinds, &request->arena, &saved, &err)) {
		transport_refuse(request, form, &err);
		return;
	}
	note(request, "connector-put", form);
	const char *text = saved.cleared
				   ? arena_format(&request->arena, "%s is no longer the default.",
						  saved.cleared)
				   : "";
	const char *where = arena_format(&request->arena, "%s/%s/transports/%s", page_app(request),
					 form->organization->id, form->id);
	if (transport_is_fresh(request))
		page_tell(request, "sent", lead, text, where);
}

static void save(struct http_request *request, struct transport_form *form)
{
	put(request, form, form->stored ? "Saved." : "The connector is made.");
}

/* All else stays as it is stored, whatever the form says. */
static void make_default(struct http_request *request, struct transport_form *form)
{
	struct buf text = {0};
	struct json_out out = {.buf = &text};
	struct app *app = request->context;
	struct err err = {0};

	form->kind = form->stored->kind;
	json_open(&out, NULL, '{');
	connector_write_members(&out, form->stored, kinds_describe(&app->kinds, form->kind, &err));
	json_close(&out, '}');
	const struct json *base = app_values(&text, &request->arena);
	const struct json *over =
		json_parse((struct slice)SLICE("{\"is_default\":true}"), &request->arena, &err);
	form->values = managed_merge(base, over, &request->arena);
	put(request, form, "It is the default now.");
}

static void ask_delete(struct http_request *request, const struct transport_form *form)
{
	struct page page;

	if (!page_begin(&page, request, "transports"))
		return;
	uint64_t n = transport_waiting(&page, form->organization->id, form->stored);
	json_put_text(&page.out, "title",
		      arena_format(page.arena, "Delete the connector %s?", form->id));
	json_put_text(&page.out, "text",
		      "Its file and its secrets leave the disk. This cannot be undone.");
	json_put_text(&page.out, "used", n ? words_messages(n, page.arena) : NULL);
	json_put_bool(&page.out, "used_one", n == 1);
	json_put_text(&page.out, "used_at",
		      arena_format(page.arena, "%s/%s/queue?waits=%s", page.app,
				   form->organization->id, form->id));
	json_put_text(&page.out, "act", "Delete connector");
	json_put_text(&page.out, "here",
		      arena_format(page.arena, "%s/%s/transports/%s", page.app,
				   form->organization->id, form->id));
	json_put_text(&page.out, "revision", form->revision);
	page_render(&page, 200, "sure.html");
}

static void take_away(struct http_request *request, struct transport_form *form)
{
	struct app *app = request->context;
	const struct managed_edit edit = transport_form_edit(form);
	const char *where = arena_format(&request->arena, "%s/%s/transports", page_app(request),
					 form->organization->id);
	const char *lead = arena_format(&request->arena, "The connector %s is deleted.", form->id);
	struct err err = {0};

	if (!http_request_form(request, "sure").n) {
		ask_delete(request, form);
	} else if (!queue_remove_connector(app->queue, &edit, true, &request->arena, &err)) {
		transport_refuse(request, form, &err);
	} else {
		note(request, "connector-delete", form);
		if (transport_is_fresh(request))
			page_tell(request, "sent", lead, "", where);
	}
}

/* --- pauses --- */

static void tell_pause(struct http_request *request, const struct transport_form *form, bool done,
		       const char *event, const char *lead, const char *text, const struct err *err)
{
	if (!done) {
		page_error(request, err->code == EX_DATAERR ? 409 : app_status(err),
			   "Nothing was changed",
			   arena_format(&request->arena, "%s %s.", form->id, err->text));
		return;
	}
	note(request, event, form);
	page_tell(request, "sent", lead, text, page_back(request));
}

static void pause_it(struct http_request *request, struct transport_form *form)
{
	const struct app *app = request->context;
	struct slice reason = slice_trim(http_request_form(request, "reason"));
	struct err err = {0};
	bool done = queue_pause(app->queue, form->organization->id, form->stored, app_who(request),
				arena_slice(&request->arena, reason).p, &err);

	tell_pause(request, form, done, "connector-pause",
		   arena_format(&request->arena, "%s is paused.", form->stored->name),
		   "What waits for it loses no attempt, and goes on when it is resumed.", &err);
}

static void resume(struct http_request *request, struct transport_form *form)
{
	const struct app *app = request->context;
	struct err err = {0};
	bool done = queue_resume(app->queue, form->organization->id, form->stored, &err);

	tell_pause(request, form, done, "connector-resume",
		   arena_format(&request->arena, "%s is tried again.", form->stored->name),
		   "What waits for it goes on.", &err);
}

/* --- which of them --- */

static const struct act {
	const char *name;
	enum token_role role;
	bool for_new; /* of one that is not stored yet too */
	void (*make)(struct http_request *request, struct transport_form *form);
} acts[] = {
	{"save", TOKEN_ADMIN, true, save},
	{"test", TOKEN_ADMIN, true, transport_test},
	{"default", TOKEN_ADMIN, false, make_default},
	{"delete", TOKEN_ADMIN, false, take_away},
	{"pause", TOKEN_OPERATE, false, pause_it},
	{"resume", TOKEN_OPERATE, false, resume},
};

static void do_act(struct http_request *request, const struct organization *org,
		   const struct connector *stored)
{
	struct slice name = http_request_form(request, "do");
	const struct act *act = NULL;
	struct transport_form form;

	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (slice_is(name, acts[i].name) && (stored || acts[i].for_new))
			act = &acts[i];
	if (!act) {
		page_error(request, 422, "Nothing was changed", "There is no such act.");
	} else if (!token_role_covers(app_token(request)->role, act->role)) {
		page_error(request, 403, "Nothing was changed", "Your token may not do that.");
	} else {
		transport_form_read(&form, org, stored, request);
		act->make(request, &form);
	}
}

void transport_change(struct http_request *request)
{
	const struct connector *stored;
	const struct organization *org = transport_find(request, &stored);

	if (org)
		do_act(request, org, stored);
}

void transport_new(struct http_request *request)
{
	const struct organization *org = transport_choose(request);

	if (org)
		do_act(request, org, NULL);
}
