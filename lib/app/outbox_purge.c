#include "app/app.h"
#include "app/configured.h"
#include "app/cursor.h"
#include "app/outbox.h"
#include "base/clock.h"
#include "queue/look.h"
#include "queue/purge.h"

/* --- what is asked for --- */

static bool refuse(struct http_request *request, const char *why)
{
	http_problem(request, 422, "%s", why);
	return false;
}

static bool is_given(const struct json *body, const char *key)
{
	const struct json *member = json_get(body, key);

	return member && member->type != JSON_NULL;
}

/* False: it has answered. */
static bool read_purge(struct http_request *request, struct purge *purge)
{
	static const char *const names[] = {"older_than", "status", "bodies", "cursor", NULL};
	const struct json *body = configured_body(request, true);

	if (!body || !configured_has_only(request, body, names) ||
	    !app_asked_organization(request, &purge->organization))
		return false;
	if (!purge_until(json_get_text(body, "older_than"), clock_now_ms(), &purge->until_ms))
		return refuse(request, "older_than: an age such as 30d or 12h is asked for");
	purge->statuses = is_given(body, "status") ? purge_statuses(json_get_text(body, "status"))
						   : PURGE_STATUSES;
	if (!purge->statuses)
		return refuse(request, "status: none of sent, failed, cancelled");
	if (is_given(body, "bodies") && json_get(body, "bodies")->type != JSON_BOOL)
		return refuse(request, "bodies: neither true nor false");
	purge->bodies = json_get_bool(body, "bodies", false);
	if (is_given(body, "cursor") && !cursor_read(json_get_text(body, "cursor"), &purge->after))
		return refuse(request, "cursor: not understood");
	return true;
}

/* --- and what was done --- */

static void log_purge(struct http_request *request, const struct purge *purge)
{
	const struct app *app = request->context;
	struct log *log = &app->queue->log;

	log_begin(log, "purge");
	log_slice(log, "org", purge->organization);
	log_int(log, "messages", (int64_t)purge->messages);
	log_text(log, "result", purge->bodies ? "bodies" : "removed");
	log_text(log, "by", app_who(request));
	log_end(log);
}

void outbox_purge(struct http_request *request)
{
	const struct app *app = request->context;
	struct purge purge = {.most_ms = OUTBOX_EXAMINE_MS};
	struct err err = {0};

	if (!read_purge(request, &purge))
		return;
	bool ok = queue_purge(app->queue, &purge, &err);
	if (purge.messages)
		log_purge(request, &purge);
	if (!ok) {
		app_refuse(request, app_status(&err), &err);
		return;
	}
	struct json_out out = http_json(request, 200);
	json_open(&out, NULL, '{');
	json_put_int(&out, "messages", (int64_t)purge.messages);
	json_put_int(&out, "bytes", (int64_t)purge.bytes);
	json_put_int(&out, "busy", (int64_t)purge.busy);
	json_put_text(&out, "next", purge.more ? cursor_text(&purge.after, &request->arena) : NULL);
	json_close(&out, '}');
}
