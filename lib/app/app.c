#include "app/app.h"

#include <stdlib.h>

#include "app/caller.h"
#include "app/charts.h"
#include "app/connectors.h"
#include "app/door.h"
#include "app/events.h"
#include "app/frame.h"
#include "app/job.h"
#include "app/live.h"
#include "app/metrics.h"
#include "app/outbox.h"
#include "app/page.h"
#include "app/page_act.h"
#include "app/page_failed.h"
#include "app/page_import.h"
#include "app/page_message.h"
#include "app/page_purge.h"
#include "app/page_queue.h"
#include "app/page_template.h"
#include "app/page_templates.h"
#include "app/page_tokens.h"
#include "app/page_transport.h"
#include "app/page_transports.h"
#include "app/post.h"
#include "app/purge.h"
#include "app/rate.h"
#include "app/rates.h"
#include "app/seen.h"
#include "app/send.h"
#include "app/state.h"
#include "app/templates.h"
#include "app/throttle.h"
#include "app/trial.h"
#include "base/mem.h"

#define CHANGE(function) (&(const struct page_change){function})

/* The parameters that a route takes. Links to pages may have been kept, or lengthened on their way:
 * a page leaves out what means nothing to it. */
#define NONE ""
#define ANY NULL

/* clang-format off */
static const struct http_route routes[] = {
	{"POST",   "/api/email/queue",                    TOKEN_SUBMIT,  outbox_queue,        "draft"},
	{"POST",   "/api/email/send",                     TOKEN_SUBMIT,  outbox_send,         "wait"},
	{"GET",    "/api/email/outbox",                   TOKEN_READ,    outbox_list,         OUTBOX_PARAMETERS},
	{"GET",    "/api/email/outbox/{}",                TOKEN_READ,    outbox_show,         NONE},
	{"DELETE", "/api/email/outbox/{}",                TOKEN_OPERATE, outbox_delete,       NONE},
	{"GET",    "/api/email/outbox/{}/message",        TOKEN_READ,    outbox_message,      NONE},
	{"GET",    "/api/email/outbox/{}/explain",        TOKEN_READ,    outbox_explain,      NONE},
	{"POST",   "/api/email/outbox/{}/{}",             TOKEN_OPERATE, outbox_act,          NONE},
	{"POST",   "/api/email/process-queue",            TOKEN_OPERATE, state_process_queue, NONE},
	{"POST",   "/api/email/purge",                    TOKEN_OPERATE, outbox_purge,        "organization"},
	{"GET",    "/api/email/stats",                    TOKEN_READ,    state_stats,         "organization"},
	{"GET",    "/api/email/events",                   TOKEN_READ,    events_follow,       "organization last_event_id"},
	{"GET",    "/api/email/templates",                TOKEN_READ,    templates_list,      "organization domain limit"},
	{"POST",   "/api/email/templates",                TOKEN_ADMIN,   templates_create,    "organization"},
	{"POST",   "/api/email/templates/import",         TOKEN_ADMIN,   import_post_templates, "organization"},
	{"GET",    "/api/email/templates/{}",             TOKEN_READ,    templates_show,      "organization"},
	{"PUT",    "/api/email/templates/{}",             TOKEN_ADMIN,   templates_change,    "organization"},
	{"DELETE", "/api/email/templates/{}",             TOKEN_ADMIN,   templates_delete,    "organization"},
	{"POST",   "/api/email/templates/{}/preview",     TOKEN_READ,    templates_preview,   "organization"},
	{"GET",    "/api/email/template-drafts",          TOKEN_READ,    templates_list_drafts, "organization domain limit"},
	{"GET",    "/api/email/templates/{}/draft",       TOKEN_READ,    templates_show_draft, "organization"},
	{"PUT",    "/api/email/templates/{}/draft",       TOKEN_ADMIN,   templates_save_draft, "organization"},
	{"DELETE", "/api/email/templates/{}/draft",       TOKEN_ADMIN,   templates_discard_draft, "organization"},
	{"POST",   "/api/email/templates/{}/publish",     TOKEN_ADMIN,   templates_publish,   "organization force"},
	{"GET",    "/api/email/connectors",               TOKEN_READ,    connectors_list,     "organization domain limit"},
	{"POST",   "/api/email/connectors",               TOKEN_ADMIN,   connectors_create,   "organization"},
	{"POST",   "/api/email/connectors/import",        TOKEN_ADMIN,   import_post_connectors, "organization"},
	{"GET",    "/api/email/connectors/{}",            TOKEN_READ,    connectors_show,     "organization"},
	{"PUT",    "/api/email/connectors/{}",            TOKEN_ADMIN,   connectors_change,   "organization"},
	{"DELETE", "/api/email/connectors/{}",            TOKEN_ADMIN,   connectors_delete,   "organization force"},
	{"POST",   "/api/email/connectors/{}/test",       TOKEN_ADMIN,   connectors_test,     "organization"},
	{"GET",    "/api/email/connectors/{}/health",     TOKEN_READ,    connectors_health,   "organization"},
	{"POST",   "/api/email/connectors/{}/pause",      TOKEN_OPERATE, connectors_pause,    "organization"},
	{"POST",   "/api/email/connectors/{}/resume",     TOKEN_OPERATE, connectors_resume,   "organization"},
	{"POST",   "/api/email/sign-in-link",             TOKEN_READ,    door_link,           NONE},
	{"GET",    "/api/email/openapi.json",             HTTP_ANYBODY,  page_file,           NONE, "openapi.json"},

	{"GET",    "/metrics",                      TOKEN_READ,    metrics_show},
	{"GET",    "/healthz",                      HTTP_ANYBODY,  state_health},

	{"GET",    "/",                             HTTP_ANYBODY,  door_lead},
	{"GET",    "/email",                        TOKEN_READ,    door_home},
	{"GET",    "/email/",                       HTTP_ANYBODY,  door_lead},
	{"GET",    "/email/app.css",                HTTP_ANYBODY,  page_file, ANY, "app.css"},
	{"GET",    "/email/app.js",                 HTTP_ANYBODY,  page_file, ANY, "app.js"},
	{"GET",    "/email/icon.svg",               HTTP_ANYBODY,  page_file, ANY, "icon.svg"},
	{"GET",    "/email/manifest.json",          HTTP_ANYBODY,  door_manifest},
	{"GET",    "/email/sign-in",                HTTP_ANYBODY,  door_show},
	{"POST",   "/email/sign-in",                HTTP_ANYBODY,  door_sign_in},
	{"POST",   "/email/sign-out",               TOKEN_READ,    page_change, ANY, CHANGE(door_sign_out)},
	{"GET",    "/email/{}",                     TOKEN_READ,    door_home},
	{"GET",    "/email/{}/",                    TOKEN_READ,    door_home},
	{"GET",    "/email/{}/{}/",                 TOKEN_READ,    door_slash},
	{"GET",    "/email/{}/{}/{}/",              TOKEN_READ,    door_slash},
	{"POST",   "/email/theme",                  TOKEN_READ,    page_change, ANY, CHANGE(door_theme)},
	{"POST",   "/email/charts",                 TOKEN_READ,    page_change, ANY, CHANGE(charts_choose)},

	{"GET",    "/email/{}/queue",               TOKEN_READ,    queue_show},
	{"POST",   "/email/{}/run",                 TOKEN_OPERATE, page_change, ANY, CHANGE(queue_run)},
	{"POST",   "/email/{}/act",                 TOKEN_OPERATE, page_change, ANY, CHANGE(act_selected)},
	{"POST",   "/email/{}/undo",                TOKEN_OPERATE, page_change, ANY, CHANGE(act_undo)},
	{"GET",    "/email/{}/live",                TOKEN_READ,    live_follow},
	{"GET",    "/email/{}/failed",              TOKEN_READ,    failed_show},
	{"GET",    "/email/{}/messages/{}",         TOKEN_READ,    message_show},
	{"GET",    "/email/{}/messages/{}/html",    TOKEN_READ,    message_html},
	{"GET",    "/email/{}/messages/{}/raw",     TOKEN_READ,    message_raw},
	{"GET",    "/email/{}/messages/{}/attachments/{}", TOKEN_READ, message_attachment},
	{"GET",    "/email/{}/templates",           TOKEN_READ,    template_list_show},
	{"GET",    "/email/{}/templates/{}",        TOKEN_READ,    template_show},
	{"POST",   "/email/{}/templates/{}",        TOKEN_READ,    page_change, ANY, CHANGE(template_change)},
	{"GET",    "/email/{}/new-template",        TOKEN_ADMIN,   template_new_show},
	{"POST",   "/email/{}/new-template",        TOKEN_ADMIN,   page_change, ANY, CHANGE(template_new)},
	{"GET",    "/email/{}/import-templates",    TOKEN_ADMIN,   import_show, ANY, "templates"},
	{"POST",   "/email/{}/import-templates",    TOKEN_ADMIN,   page_change, ANY, CHANGE(import_templates)},
	{"GET",    "/email/{}/import-transports",   TOKEN_ADMIN,   import_show, ANY, "transports"},
	{"POST",   "/email/{}/import-transports",   TOKEN_ADMIN,   page_change, ANY, CHANGE(import_transports)},
	{"GET",    "/email/{}/transports",          TOKEN_READ,    transports_show},
	{"GET",    "/email/{}/transports/{}",       TOKEN_READ,    transport_show},
	{"POST",   "/email/{}/transports/{}",       TOKEN_READ,    page_change, ANY, CHANGE(transport_change)},
	{"GET",    "/email/{}/new-transport",       TOKEN_ADMIN,   transport_new_show},
	{"POST",   "/email/{}/new-transport",       TOKEN_ADMIN,   page_change, ANY, CHANGE(transport_new)},
	{"GET",    "/email/{}/purge",               TOKEN_OPERATE, purge_show},
	{"POST",   "/email/{}/purge",               TOKEN_OPERATE, page_change, ANY, CHANGE(purge_ask)},
	{"GET",    "/email/{}/tokens",              TOKEN_ADMIN,   token_list_show},
	{"POST",   "/email/{}/tokens",              TOKEN_ADMIN,   page_change, ANY, CHANGE(token_make)},
	{"POST",   "/email/{}/tokens/{}",           TOKEN_ADMIN,   page_change, ANY, CHANGE(token_end)},
	{"GET",    "/email/{}/frames/{}",           TOKEN_READ,    frame_show},
};
/* clang-format on */

static bool admit(struct http_request *request, int role)
{
	return slice_starts(slice_text(request->path), "/email") ? door_admit(request, role)
								 : caller_admit(request, role);
}

/* --- serving --- */

bool app_open(struct app *app, struct err *err)
{
	app->events = events_open(app);
	app->posts = posts_open(app);
	app->sends = sends_open(app, err);
	app->sessions = sessions_open();
	app->throttle = mem_zero(sizeof *app->throttle);
	app->rate = mem_zero(sizeof *app->rate);
	app->seen = mem_zero(sizeof *app->seen);
	app->jobs = jobs_open(app);
	app->purges = purges_open(app);
	app->live = live_open(app);
	app->rates = rates_open(app);
	app->trials = trials_open(app);
	app->frames = frames_open();
	return app->sends && (app->pages = pages_open(err));
}

void app_stop(struct app *app)
{
	sends_stop(app->sends);
	trials_stop(app->trials);
}

void app_close(struct app *app)
{
	pages_close(app->pages);
	sessions_close(app->sessions);
	free(app->throttle);
	free(app->rate);
	free(app->seen);
	jobs_close(app->jobs);
	purges_close(app->purges);
	live_close(app->live);
	rates_close(app->rates);
	trials_close(app->trials);
	frames_close(app->frames);
	kinds_free(&app->kinds);
	tokens_forget(&app->tokens);
	events_close(app->events);
	posts_close(app->posts);
	sends_close(app->sends);
}

static void turned(void *context)
{
	const struct app *app = context;

	posts_flush(app->posts);
}

/* Base64 makes 4 bytes of 3, and there may be more than one message. */
void app_serve(struct http_service *service)
{
	const struct app *app = service->context;

	service->routes = routes;
	service->n_routes = sizeof routes / sizeof *routes;
	service->otherwise = NULL;
	service->admit = admit;
	service->stays = caller_stays;
	service->turned = turned;
	service->prefix = app->queue->conf->app.prefix;
	service->body_most = 2 * intake_limits(app->queue->conf).max_message_bytes + 1048576;
}
