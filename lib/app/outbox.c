#include "app/outbox.h"

#include "app/app.h"
#include "queue/act.h"
#include "queue/explain.h"

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

void outbox_message(struct http_request *request)
{
	struct slice pieces[LOOK_PIECES];
	struct look look;

	if (!open_message(request, &look))
		return;
	unsigned n = look_message(&look, pieces);
	struct buf *out = http_content(request, 200, "message/rfc822");
	for (unsigned i = 0; i < n; i++)
		buf_add_slice(out, pieces[i]);
	look_close(&look);
	if (!n)
		http_problem(request, 404, "it is not rendered, or its bodies were purged");
	http_add_header(request, "X-Content-Type-Options", "nosniff");
}

void outbox_explain(struct http_request *request)
{
	const struct app *app = request->context;
	struct explanation explanation;
	struct explain_facts facts;
	struct look look;

	if (!open_message(request, &look))
		return;
	queue_explain(app->queue, &look, &request->arena, &facts);
	explain_message(&facts, &request->arena, &explanation);
	struct json_out out = http_json(request, 200);
	queue_explain_write_json(&out, &look, &facts, &explanation);
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
	const struct json *json = app_json(request);
	if (!json)
		return false;
	struct slice text = json_get_text(json, "reason");
	if (json->type != JSON_OBJECT || json->count != (text.p ? 1 : 0)) {
		http_problem(request, 422, "not {\"reason\": text}");
		return false;
	}
	if (!verb_check_reason(text, &err)) {
		http_problem(request, 422, "reason: %s", err.text);
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
