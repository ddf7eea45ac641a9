#include "app/page.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/assets.h"
#include "app/caller.h"
#include "app/job.h"
#include "app/purge.h"
#include "app/words.h"
#include "base/clock.h"
#include "base/mem.h"
#include "http/route.h"
#include "queue/look.h"
#include "template/template.h"

#define PAGES_MOST 40

/* --- templates --- */

struct pages {
	struct template_env *env;
	struct {
		const char *name;
		struct template *template;
	} all[PAGES_MOST];
	size_t n;
	char tags[PAGES_MOST][SHA256_HEX_SIZE + 2]; /* of the assets, in their order */
};

static bool load(void *data, struct slice name, struct buf *source, struct err *err)
{
	struct slice text = asset_find(name);
	(void)data;

	if (!text.p)
		return err_set(err, EX_NOINPUT, "no such page");
	buf_add_slice(source, text);
	return true;
}

static bool compile(struct pages *pages, const struct asset *asset, struct err *err)
{
	struct slice source = slice_make(asset->begin, (size_t)(asset->end - asset->begin));
	struct template_error wrong = {0};

	pages->all[pages->n].name = asset->name;
	pages->all[pages->n].template = template_compile(pages->env, asset->name, source, &wrong);
	if (!pages->all[pages->n].template)
		return err_set(err, EX_SOFTWARE, "%s", wrong.err.text);
	pages->n++;
	return true;
}

/* An asset stays the same for as long as the program does. */
static void tag(struct pages *pages, const struct asset *asset)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(slice_make(asset->begin, (size_t)(asset->end - asset->begin)), hex);
	snprintf(pages->tags[asset - assets], sizeof pages->tags[0], "\"%s\"", hex);
}

struct pages *pages_open(struct err *err)
{
	struct template_options options = {.autoescape = true};
	struct template_loader loader = {.load = load};
	struct pages *pages = mem_zero(sizeof *pages);

	pages->env = template_env_open(&options, &loader);
	for (const struct asset *asset = assets; asset->name; asset++) {
		if (!slice_ends(slice_text(asset->name), ".html")) {
			tag(pages, asset);
		} else if (!compile(pages, asset, err)) {
			pages_close(pages);
			return NULL;
		}
	}
	return pages;
}

void pages_close(struct pages *pages)
{
	if (!pages)
		return;
	for (size_t i = 0; i < pages->n; i++)
		template_free(pages->all[i].template);
	template_env_close(pages->env);
	free(pages);
}

static struct template *find_template(const struct pages *pages, const char *name)
{
	for (size_t i = 0; i < pages->n; i++)
		if (strcmp(pages->all[i].name, name) == 0)
			return pages->all[i].template;
	return NULL;
}

/* --- files --- */

static const char *type_of(struct slice name)
{
	if (slice_ends(name, ".css"))
		return "text/css; charset=utf-8";
	if (slice_ends(name, ".json"))
		return "application/json";
	return slice_ends(name, ".js") ? "text/javascript; charset=utf-8" : "image/svg+xml";
}

void page_file(struct http_request *request)
{
	const struct app *app = request->context;
	const char *name = request->route->data;
	const struct asset *asset = assets;

	while (strcmp(asset->name, name) != 0)
		asset++;
	struct http_file file = {
		.type = type_of(slice_text(name)),
		.bytes = asset_find(slice_text(name)),
		.tag = app->pages->tags[asset - assets],
	};

	http_file(request, &file);
	http_add_header(request, "X-Content-Type-Options", "nosniff");
}

/* --- headers --- */

const char *page_ancestors(const struct http_request *request, const char *least)
{
	const struct app *app = request->context;
	const struct text_list *list = &app->queue->conf->app.frame_ancestors;
	struct http_request *own = (struct http_request *)request; /* its arena */
	const char *text = list->count ? "'self'" : least;

	for (size_t i = 0; i < list->count; i++)
		text = arena_format(&own->arena, "%s %s", text, list->text[i]);
	return text;
}

static void put_headers(struct http_request *request)
{
	http_add_header(request, "Content-Security-Policy",
			"default-src 'none'; style-src 'self'; script-src 'self'; "
			"connect-src 'self'; img-src 'self'; manifest-src 'self'; "
			"frame-src 'self'; form-action 'self'; base-uri 'none'; "
			"frame-ancestors %s",
			page_ancestors(request, "'none'"));
	http_add_header(request, "X-Content-Type-Options", "nosniff");
	http_add_header(request, "Referrer-Policy", "same-origin");
	http_add_header(request, "Cross-Origin-Opener-Policy", "same-origin");
}

/* Whether what the browser is told to keep may go over TLS alone: ours, or a proxy's. */
static bool is_secure(const struct http_request *request)
{
	const char *scheme = http_request_header(request, "X-Forwarded-Proto");

	return request->secure || slice_is_nocase(slice_text(scheme), "https");
}

void page_set_cookie(struct http_request *request, const char *name, const char *value,
		     long long age_s)
{
	http_add_header(request, "Set-Cookie",
			"%s=%s; Path=%s; Max-Age=%lld; HttpOnly; SameSite=Strict%s", name, value,
			page_app(request), age_s, is_secure(request) ? "; Secure" : "");
}

/* --- paths --- */

const char *page_app(const struct http_request *request)
{
	const struct app *app = request->context;
	const char *prefix = app->queue->conf->app.prefix;
	struct http_request *own = (struct http_request *)request; /* its arena */

	return prefix ? arena_format(&own->arena, "%s/email", prefix) : "/email";
}

const char *page_server(const struct http_request *request)
{
	const struct app *app = request->context;
	const char *host = http_request_header(request, "Host");
	const char *prefix = app->queue->conf->app.prefix;
	struct http_request *own = (struct http_request *)request; /* its arena */

	return arena_format(&own->arena, "%s://%s%s", is_secure(request) ? "https" : "http",
			    host ? host : "localhost", prefix ? prefix : "");
}

const char *page_theme(const struct http_request *request)
{
	struct slice theme = slice_text(http_request_cookie(request, "mailq_theme"));

	if (slice_is(theme, "light"))
		return "light";
	return slice_is(theme, "dark") ? "dark" : "";
}

bool page_is_ours(const struct http_request *request, struct slice path)
{
	const char *app = page_app(request);
	size_t n = strlen(app);

	if (!slice_starts(path, app) || (path.n > n && !strchr("/?", path.p[n])))
		return false;
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] <= ' ' || path.p[i] > '~' || strchr("\\\"<>", path.p[i]))
			return false;
	return true;
}

void page_go(struct http_request *request, const char *path)
{
	put_headers(request);
	http_redirect(request, 303,
		      page_is_ours(request, slice_text(path)) ? path : page_app(request));
}

void page_tell(struct http_request *request, const char *class, const char *lead, const char *text,
	       const char *where)
{
	const struct app *app = request->context;
	const struct caller *caller = request->caller;

	session_tell(app->sessions, slice_text(caller->session->id), class, lead, text);
	page_go(request, where);
}

const char *page_back(struct http_request *request)
{
	struct slice from = slice_text(http_request_header(request, "Referer"));
	struct slice scope = request->args[0].n ? request->args[0] : app_scope(request);

	from = slice_after(from, slice_find(from, ':') + 3);
	from = slice_after(from, slice_find(from, '/'));
	from = slice_first(from, slice_find(from, '#'));
	if (page_is_ours(request, from))
		return arena_slice(&request->arena, from).p;
	return arena_format(&request->arena, "%s/%.*s/queue", page_app(request),
			    SLICE_ARGS(scope.n ? scope : slice_text("-")));
}

/* --- the values of all pages --- */

bool page_organization(struct http_request *request, struct slice *organization)
{
	const struct app *app = request->context;
	struct err err = {0};

	*organization = request->args[0];
	if (!organization->n || slice_is(*organization, "-")) {
		*organization = app_scope(request);
		return true;
	}
	if (app_is_in_scope(request, *organization) &&
	    look_organization(app->queue, *organization, &err))
		return true;
	request->args[0] = (struct slice){0};
	page_error(request, 404, "No such organization",
		   "It does not exist, or your token is not for it.");
	return false;
}

static void put_organization(struct json_out *out, const char *key, const struct conf *conf,
			     struct slice id)
{
	const struct organization *org = conf_organization(conf, id);

	json_open(out, key, '{');
	json_put_slice(out, "id", id);
	json_put_slice(out, "name", org ? slice_text(org->name) : id);
	json_close(out, '}');
}

/* Those that the caller may see; all of them only where he may see all. */
static void put_organizations(struct page *page)
{
	const struct conf *conf = page->context->queue->conf;
	struct slice scope = app_scope(page->request);

	if (page->organization.n)
		put_organization(&page->out, "org", conf, page->organization);
	else
		json_put_null(&page->out, "org");
	json_put_bool(&page->out, "everywhere", !scope.n && conf->organization_count > 1);
	json_open(&page->out, "orgs", '[');
	for (size_t i = 0; i < conf->organization_count; i++)
		if (!scope.n || slice_is(scope, conf->organizations[i].id))
			put_organization(&page->out, NULL, conf,
					 slice_text(conf->organizations[i].id));
	json_close(&page->out, ']');
}

static void put_failed(struct page *page)
{
	struct index *index = page->context->queue->index;
	struct index_counts *counts;
	struct err err = {0};
	uint64_t failed = 0;
	size_t n;

	if (index && index_counts(index, page->organization, page->arena, &counts, &n, &err))
		for (size_t i = 0; i < n; i++)
			failed += counts[i].count[STATUS_FAILED];
	json_put_text(&page->out, "failed", failed ? words_number(failed, page->arena) : "");
}

/* Not to HEAD, nor to a page that only looks what has changed: what is told is told once. */
static void put_notices(struct page *page)
{
	const struct caller *caller = page->request->caller;
	struct json_out *out = &page->out;
	struct session_notice notice = {0};

	if (strcmp(page->request->method, "HEAD") != 0 &&
	    !http_request_query(page->request, "live"))
		notice = session_told(page->context->sessions, slice_text(caller->session->id));
	if (*notice.class) {
		json_open(out, "notice", '{');
		json_put_text(out, "class", notice.class);
		json_put_text(out, "lead", notice.lead);
		json_put_text(out, "text", notice.text);
		json_close(out, '}');
	}
	jobs_put(out, "jobs", page->context->jobs, page->organization, page->arena);
	purges_put(out, "purge", page->context->purges, page->organization, page->arena);
}

static void put_layout(struct page *page, const char *section)
{
	const struct caller *caller = page->request->caller;
	struct json_out *out = &page->out;

	json_put_text(out, "app", page->app);
	json_put_text(out, "at", page->at);
	json_put_text(out, "section", section);
	json_put_text(out, "theme", page_theme(page->request));
	json_put_text(out, "csrf", caller->session->csrf);
	json_put_text(out, "who", caller->token->id);
	json_put_text(out, "role", token_role_name(caller->token->role));
	json_put_bool(out, "may_operate", page->may_operate);
	json_put_bool(out, "may_manage", page->may_manage);
	json_put_text(out, "version", MAILQ_VERSION);
	put_organizations(page);
	put_failed(page);
	put_notices(page);
}

static void begin(struct page *page, struct http_request *request, const char *section)
{
	const struct token *token = app_token(request);

	page->request = request;
	page->context = request->context;
	page->arena = &request->arena;
	page->now_ms = clock_now_ms();
	page->app = page_app(request);
	page->may_operate = token_role_covers(token->role, TOKEN_OPERATE);
	page->may_manage = token_role_covers(token->role, TOKEN_ADMIN);
	page->at = arena_format(page->arena, "%s/%.*s", page->app,
				SLICE_ARGS(page->organization.n ? page->organization
								: slice_text("-")));
	page->out.buf = &page->values;
	json_open(&page->out, NULL, '{');
	put_layout(page, section);
}

bool page_begin(struct page *page, struct http_request *request, const char *section)
{
	*page = (struct page){0};
	if (!page_organization(request, &page->organization))
		return false;
	begin(page, request, section);
	return true;
}

/* --- rendering --- */

static bool fill(struct http_request *request, const char *name, struct buf *values,
		 struct buf *out)
{
	const struct app *app = request->context;
	struct template *template = find_template(app->pages, name);
	struct template_error wrong = {.err = {.text = "no such page"}};

	buf_add_char(values, '}');
	const struct json *json = json_parse(buf_slice(values), &request->arena, &wrong.err);
	bool ok = template && json && template_render(template, json, out, &wrong);
	if (!ok)
		queue_log_failure(app->queue, "page", NULL, &wrong.err);
	buf_free(values);
	return ok;
}

void page_render_bare(struct http_request *request, unsigned status, const char *name,
		      struct buf *values)
{
	struct buf *out = http_content(request, status, "text/html; charset=utf-8");

	put_headers(request);
	if (!fill(request, name, values, out))
		http_problem(request, 500, "the page cannot be rendered");
}

void page_render_piece(struct http_request *request, const char *name, struct buf *values,
		       struct buf *out)
{
	if (!fill(request, name, values, out))
		buf_clear(out);
}

void page_drop(struct page *page)
{
	buf_free(&page->values);
}

void page_render(struct page *page, unsigned status, const char *name)
{
	page_render_bare(page->request, status, name, &page->values);
}

void page_error(struct http_request *request, unsigned status, const char *title, const char *text)
{
	struct page page = {.organization = app_scope(request)};

	begin(&page, request, "");
	json_put_text(&page.out, "title", title);
	json_put_text(&page.out, "text", text);
	page_render(&page, status, "error.html");
}

void page_refuse(struct http_request *request, const struct err *err)
{
	unsigned status = app_status(err);

	page_error(request, status, status == 503 ? "Not now" : "That did not work", err->text);
}

/* --- changes --- */

void page_change(struct http_request *request)
{
	const struct page_change *change = request->route->data;
	const struct caller *caller = request->caller;

	if (session_key_is(http_request_form(request, "csrf"), caller->session->csrf))
		change->make(request);
	else
		page_error(request, 403, "Nothing was changed",
			   "The form came from a page of another session. Open the page again.");
}
