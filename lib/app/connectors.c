#include "app/connectors.h"

#include "app/configured.h"
#include "app/trial.h"
#include "base/clock.h"
#include "conf/secret.h"
#include "queue/connector_pause.h"
#include "queue/connector_use.h"
#include "queue/health.h"
#include "queue/traffic.h"

/* --- looking --- */

static void put_connector(struct app *app, struct json_out *out, const struct connector *connector)
{
	struct err err = {0};

	connector_write_members(out, connector, kinds_describe(&app->kinds, connector->kind, &err));
}

/* As the configuration is now. False: it is wrong, and this has answered. */
static bool is_fresh(struct http_request *request)
{
	struct app *app = request->context;
	struct err err = {0};

	if (app_reload(app, &err))
		return true;
	app_refuse(request, 500, &err);
	return false;
}

#define LISTED                                                                                \
	"organization_id id name kind is_default fallback max_connections rate on_uncertain " \
	"timeout_seconds pause_seconds config. secrets. managed revision"

void connectors_list(struct http_request *request)
{
	struct configured_list list;
	const struct organization *org;

	if (!is_fresh(request) || !configured_list_open(request, "connectors", LISTED, &list))
		return;
	while ((org = configured_list_next(&list)))
		for (size_t i = 0; i < org->connector_count; i++) {
			put_connector(request->context, configured_list_item(&list),
				      &org->connectors[i]);
			configured_list_put(&list);
		}
	configured_list_close(&list);
}

static void answer_connector(struct http_request *request, unsigned status, const char *org,
			     const struct connector *connector, const char *cleared)
{
	if (configured_is_known(request, connector->revision))
		return;
	struct json_out out = http_json(request, status);
	json_open(&out, NULL, '{');
	json_put_text(&out, "organization_id", org);
	put_connector(request->context, &out, connector);
	if (cleared)
		json_put_text(&out, "no_longer_default", cleared);
	json_close(&out, '}');
}

void connectors_show(struct http_request *request)
{
	const struct organization *org =
		is_fresh(request) ? configured_organization(request, NULL) : NULL;

	if (!org)
		return;
	const struct connector *connector = organization_connector(org, request->args[0]);
	if (connector)
		answer_connector(request, 200, org->id, connector, NULL);
	else
		http_problem(request, 404, "no such connector");
}

/* --- changing --- */

/* The answer is made before the configuration is taken, with which the organization goes. */
static void save(struct http_request *request)
{
	struct app *app = request->context;
	struct managed_edit edit;
	struct connector_saved saved;
	struct err err = {0};

	if (!is_fresh(request) || !configured_edit(request, &edit))
		return;
	if (!connector_put(app->conf, &edit, &app->kinds, &request->arena, &saved, &err)) {
		configured_refuse(request, &edit, &err);
		return;
	}
	configured_log(request, "connector-put", "connector", edit.organization, edit.id);
	if (strcmp(request->method, "POST") == 0) /* relative to its path */
		http_add_header(request, "Location", "connectors/%s", edit.id);
	answer_connector(request, saved.is_new ? 201 : 200, edit.organization->id, &saved.connector,
			 saved.cleared);
	is_fresh(request);
}

void connectors_create(struct http_request *request)
{
	save(request);
}

void connectors_change(struct http_request *request)
{
	save(request);
}

void connectors_delete(struct http_request *request)
{
	struct app *app = request->context;
	struct managed_edit edit;
	struct err err = {0};
	bool used;

	if (!app_flag(request, "force", &used) || !is_fresh(request) ||
	    !configured_edit(request, &edit))
		return;
	if (!queue_remove_connector(app->queue, &edit, used, &request->arena, &err)) {
		configured_refuse(request, &edit, &err);
		return;
	}
	configured_log(request, "connector-delete", "connector", edit.organization, edit.id);
	is_fresh(request);
}

/* --- health, and what an operator does about it --- */

/* NULL: it has answered. */
static const struct organization *find(struct http_request *request,
				       const struct connector **connector)
{
	const struct organization *org =
		is_fresh(request) ? configured_organization(request, NULL) : NULL;

	*connector = org ? organization_connector(org, request->args[0]) : NULL;
	if (org && !*connector)
		http_problem(request, 404, "no such connector");
	return *connector ? org : NULL;
}

static void answer_health(struct http_request *request, const struct organization *org,
			  const struct connector *connector)
{
	const struct app *app = request->context;
	struct json_out out = http_json(request, 200);
	int64_t now_ms = clock_now_ms();
	struct traffic traffic;
	struct health health;

	health_read(app->queue, org->id, connector->id, &health);
	traffic_read(app->queue, org->id, connector, now_ms, &traffic);
	const struct breaker *breaker = &health.breaker;
	bool paused = breaker_is_paused(breaker, now_ms);
	bool ends = paused && !breaker_is_stopped(breaker);
	json_open(&out, NULL, '{');
	json_put_text(&out, "organization_id", org->id);
	json_put_text(&out, "id", connector->id);
	json_put_text(&out, "health", breaker_why_name(breaker->why));
	json_put_bool(&out, "paused", paused);
	json_put_time(&out, "since", breaker->failures ? health.since_ms : 0);
	json_put_time(&out, "paused_until", ends ? breaker->until_ms : 0);
	json_put_text(&out, "error", *health.text ? health.text : NULL);
	traffic_write_members(&out, &traffic);
	json_close(&out, '}');
}

void connectors_health(struct http_request *request)
{
	const struct connector *connector;
	const struct organization *org = find(request, &connector);

	if (org)
		answer_health(request, org, connector);
}

static void answer_act(struct http_request *request, bool done, const char *event,
		       const struct organization *org, const struct connector *connector,
		       const struct err *err)
{
	if (!done) {
		app_refuse(request, err->code == EX_DATAERR ? 409 : app_status(err), err);
		return;
	}
	configured_log(request, event, "connector", org, connector->id);
	answer_health(request, org, connector);
}

void connectors_pause(struct http_request *request)
{
	static const char *const names[] = {"organization_id", "reason", NULL};
	const struct app *app = request->context;
	const struct json *body = configured_body(request, true);
	const struct connector *connector;
	const struct organization *org;
	struct err err = {0};

	if (!body || !configured_has_only(request, body, names) ||
	    !(org = find(request, &connector)))
		return;
	struct slice reason = json_get_text(body, "reason");
	bool done = queue_pause(app->queue, org->id, connector, app_who(request),
				arena_slice(&request->arena, reason).p, &err);
	answer_act(request, done, "connector-pause", org, connector, &err);
}

void connectors_resume(struct http_request *request)
{
	const struct app *app = request->context;
	const struct connector *connector;
	const struct organization *org = find(request, &connector);
	struct err err = {0};

	if (!org)
		return;
	bool done = queue_resume(app->queue, org->id, connector, &err);
	answer_act(request, done, "connector-resume", org, connector, &err);
}

/* --- testing --- */

static const char *text_of(struct http_request *request, const struct json *body, const char *key)
{
	struct slice text = json_get_text(body, key);

	return text.n ? arena_slice(&request->arena, text).p : NULL;
}

/* The stored connector with other members: as JSON that shows it, merged. Secrets are not in it,
 * so they stay by the rules of an edit. */
static const struct json *merged(struct http_request *request, const struct connector *stored,
				 const struct json *over)
{
	struct buf text = {0};
	struct json_out out = {.buf = &text};

	if (!stored)
		return over;
	json_open(&out, NULL, '{');
	put_connector(request->context, &out, stored);
	json_close(&out, '}');
	return managed_merge(app_values(&text, &request->arena), over, &request->arena);
}

/* False: it has answered. */
static bool take_draft(struct http_request *request, const struct json *over,
		       struct connector_test_plan *plan, struct connector *connector,
		       struct buf *text)
{
	struct app *app = request->context;
	const struct organization *org = plan->organization;
	struct err err = {0};
	struct managed_edit edit = {
		.organization = org,
		.id = arena_slice(&request->arena, request->args[0]).p,
		.is_remote = true,
	};

	if (over->type != JSON_OBJECT) {
		http_problem(request, 422, "connector: is no object");
		return false;
	}
	edit.values = merged(request, organization_connector(org, request->args[0]), over);
	if (!connector_draft(&edit, &app->kinds, &request->arena, connector, text, &err)) {
		configured_refuse(request, &edit, &err);
		return false;
	}
	plan->connector = connector;
	plan->definition = buf_slice(text);
	return true;
}

/* False: only with a message, and this has answered. (A kind that says nothing of itself fails for
 * another reason.) */
static bool can_try(struct http_request *request, const struct connector_test_plan *plan)
{
	struct app *app = request->context;
	const struct json *description;
	struct err err = {0};

	if (plan->to || !(description = kinds_describe(&app->kinds, plan->connector->kind, &err)) ||
	    connector_test_signs_in(description))
		return true;
	http_problem(request, 422, "to: missing: kind %s is tried with a message alone",
		     plan->connector->kind);
	return false;
}

void connectors_test(struct http_request *request)
{
	struct app *app = request->context;
	static const char *const names[] = {"organization_id", "to", "from", "connector", NULL};
	const struct json *body = configured_body(request, true), *over;
	struct connector_test_plan plan = {.output = -1};
	struct connector draft;
	struct buf text = {0};
	struct err err = {0};

	if (!body || !configured_has_only(request, body, names) || !is_fresh(request) ||
	    !(plan.organization = configured_organization(request, body)))
		return;
	plan.conf = app->conf;
	plan.to = text_of(request, body, "to");
	plan.from = text_of(request, body, "from");
	plan.connector = organization_connector(plan.organization, request->args[0]);
	over = json_get(body, "connector");
	if (plan.from && !plan.to) {
		http_problem(request, 422, "from: goes with to");
	} else if (!over && !plan.connector) {
		http_problem(request, 404, "no such connector");
	} else if ((!over || take_draft(request, over, &plan, &draft, &text)) &&
		   can_try(request, &plan)) {
		configured_log(request, "connector-test", "connector", plan.organization,
			       arena_slice(&request->arena, request->args[0]).p);
		if (!trial_start(app->trials, request, &plan, &trial_as_json, &err))
			app_refuse(request, app_status(&err), &err);
	}
	secret_wipe(&text);
}
