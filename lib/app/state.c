#include "app/state.h"

#include "app/app.h"
#include "queue/alarm.h"
#include "queue/look.h"

#define OLDEST_MS 600000 /* for how long work may wait, as mailq-status --check has it */

void state_process_queue(struct http_request *request)
{
	const struct app *app = request->context;

	queue_ring_all(app->queue);
	request->answer.status = 202;
}

void state_stats(struct http_request *request)
{
	const struct app *app = request->context;
	struct look_counts *counts;
	struct err err = {0};
	size_t n;
	struct slice organization;

	if (!app_asked_organization(request, &organization))
		return;
	if (!look_counts(app->queue, organization, &request->arena, &counts, &n, &err)) {
		app_refuse(request, app_status(&err), &err);
		return;
	}
	struct json_out out = http_json(request, 200);
	json_open(&out, NULL, '{');
	json_open(&out, "organizations", '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&out, NULL, '{');
		json_put_slice(&out, "organization_id", counts[i].organization);
		json_put_int(&out, "queued",
			     (int64_t)look_count(&counts[i], status_set(slice_text("queued"))));
		for (enum status status = 0; status < STATUS_COUNT; status++)
			json_put_int(&out, status_name(status), (int64_t)counts[i].count[status]);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	json_close(&out, '}');
}

/* Whoever asks has no token: what is wrong is named, but not whose it is. */
void state_health(struct http_request *request)
{
	const struct app *app = request->context;
	struct alarms alarms = {.arena = &request->arena};

	queue_alarms(app->queue, (struct slice){0}, OLDEST_MS, &alarms);
	struct json_out out = http_json(request, alarms.first ? 503 : 200);
	json_open(&out, NULL, '{');
	json_put_text(&out, "status", alarms.first ? "unwell" : "well");
	json_open(&out, "alarms", '[');
	for (const struct alarm *alarm = alarms.first; alarm; alarm = alarm->next)
		json_put_text(&out, NULL, alarm->what);
	json_close(&out, ']');
	json_close(&out, '}');
}
