#include "app/outbox.h"

#include "app/app.h"
#include "queue/act.h"
#include "queue/look.h"

/* --- one message --- */

/* False: it has answered. */
static bool open_message(struct http_request *request, struct look *look)
{
	const struct app *app = request->context;
	const char *id = arena_slice(&request->arena, request->args[0]).p;
	struct err err = {0};

	if (!look_open(app->queue, id, look, &err)) {
		app_refuse(request, err.code == EX_DATAERR ? 500 : app_status(&err), &err);
		return false;
	}
	if (app_is_in_scope(request, slice_text(look->file.place.org)))
		return true;
	look_close(look);
	http_problem(request, 404, "no such message");
	return false;
}

void outbox_show(struct http_request *request)
{
	struct look look;

	if (!open_message(request, &look))
		return;
	struct json_out out = http_json(request, 200);
	look_write_json(&out, &look);
	look_close(&look);
}

/* --- verbs --- */

/* The body may be empty, or {"reason": "..."}, which the message's history keeps. */
static bool read_reason(struct http_request *request, const char **reason)
{
	struct err err = {0};

	*reason = NULL;
	if (!request->body.n)
		return true;
	const struct json *json = json_parse(request->body, &request->arena, &err);
	struct slice text = json_get_text(json, "reason");
	if (!json || json->type != JSON_OBJECT || json->count != (text.p ? 1 : 0)) {
		http_problem(request, 422, "%s", json ? "not {\"reason\": text}" : err.text);
		return false;
	}
	*reason = text.p ? arena_slice(&request->arena, text).p : NULL;
	return true;
}

/* Whether it was done; else it has answered. */
static bool act_on(struct http_request *request, enum verb verb)
{
	const struct app *app = request->context;
	struct act act = {.verb = verb, .by = app_who(request)};
	struct look look;
	struct err err = {0};

	if (!open_message(request, &look))
		return false;
	look_close(&look);
	if (!read_reason(request, &act.reason))
		return false;
	const char *id = arena_slice(&request->arena, request->args[0]).p;
	if (queue_act(app->queue, id, &act, &err))
		return true;
	app_refuse(request, err.code == EX_DATAERR ? 409 : app_status(&err), &err);
	return false;
}

void outbox_act(struct http_request *request)
{
	enum verb verb = verb_from_name(request->args[1]);

	if (verb == VERB_COUNT || verb == VERB_DELETE)
		http_problem(request, 404, "no such verb");
	else if (act_on(request, verb))
		outbox_show(request);
}

void outbox_delete(struct http_request *request)
{
	act_on(request, VERB_DELETE);
}
