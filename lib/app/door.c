#include "app/door.h"

#include "app/caller.h"
#include "app/page.h"
#include "app/throttle.h"
#include "app/words.h"
#include "base/clock.h"

#define COOKIE "mailq_session"

/* --- who may come in --- */

/* Whoever comes through a proxy on this machine is who the proxy says. */
static const char *address_of(struct http_request *request)
{
	struct slice list = slice_text(http_request_header(request, "X-Forwarded-For")), one, last;
	struct slice client = slice_text(request->client);

	if (!list.n || (!slice_starts(client, "127.") && !slice_is(client, "::1") &&
			!slice_is(client, "unix")))
		return request->client;
	for (last = list; slice_next(&list, ',', &one);)
		last = one;
	return arena_slice(&request->arena, slice_first(slice_trim(last), 45)).p;
}

/* To the door, and back from there to the page. */
static bool send_to_door(struct http_request *request)
{
	const char *app = page_app(request), *next = "";

	if (strcmp(request->method, "GET") == 0)
		next = arena_format(&request->arena, "?next=%s%s", app,
				    request->path + strlen("/email"));
	page_go(request, arena_format(&request->arena, "%s/sign-in%s", app, next));
	return false;
}

static bool is_cross_site(const struct http_request *request)
{
	const char *site = http_request_header(request, "Sec-Fetch-Site");

	return slice_is(slice_text(site), "cross-site");
}

/* False: it has answered. */
static bool may(struct http_request *request, enum token_role own, enum token_role role)
{
	if (!token_role_covers(own, role))
		page_error(request, 403, "Not with this token",
			   arena_format(&request->arena, "This takes a token with the role %s.",
					token_role_name(role)));
	else if (strcmp(request->method, "POST") == 0 && is_cross_site(request))
		page_error(request, 403, "Nothing was changed",
			   "The form came from a page of another site.");
	else
		return true;
	return false;
}

bool door_admit(struct http_request *request, int role)
{
	const struct app *app = request->context;
	struct slice id = slice_text(http_request_cookie(request, COOKIE));
	const struct tokens *tokens = caller_tokens(request);
	const struct token *token = NULL;

	if (!tokens)
		return false;
	const struct session *session = session_find(app->sessions, id, clock_boot_ms());
	if (session)
		token = tokens_find(tokens, slice_text(session->token));
	if (!token)
		return send_to_door(request);
	struct session *own = arena_alloc(&request->arena, sizeof *own);
	*own = *session;
	caller_is(request, token)->session = own;
	return may(request, token->role, (enum token_role)role);
}

/* Who types the server's address alone, or a slash too many, means the app. */
void door_lead(struct http_request *request)
{
	page_go(request, page_app(request));
}

void door_home(struct http_request *request)
{
	const struct app *app = request->context;
	const struct conf *conf = app->queue->conf;
	struct slice scope = app_scope(request);

	if (request->args[0].n && !page_organization(request, &scope))
		return;
	if (!scope.n)
		scope = conf->organization_count == 1 ? slice_text(conf->organizations[0].id)
						      : slice_text("-");
	page_go(request, arena_format(&request->arena, "%s/%.*s/queue", page_app(request),
				      SLICE_ARGS(scope)));
}

void door_slash(struct http_request *request)
{
	struct slice path = slice_after(slice_text(request->path), strlen("/email"));

	while (slice_ends(path, "/"))
		path.n--;
	page_go(request,
		arena_format(&request->arena, "%s%.*s", page_app(request), SLICE_ARGS(path)));
}

/* --- the door --- */

/* A path of ours to go on to, or the home page. */
static const char *next_of(struct http_request *request, struct slice next)
{
	return page_is_ours(request, next) ? arena_slice(&request->arena, next).p
					   : page_app(request);
}

struct door {
	unsigned status;
	const char *next, *wrong; /* NULL: nothing was */
	bool shut;
};

static void show(struct http_request *request, const struct door *door)
{
	struct buf values = {0};
	struct json_out out = {.buf = &values};

	json_open(&out, NULL, '{');
	json_put_text(&out, "app", page_app(request));
	json_put_text(&out, "theme", page_theme(request));
	json_put_text(&out, "next", door->next);
	json_put_text(&out, "wrong", door->wrong);
	json_put_bool(&out, "shut", door->shut);
	page_render_bare(request, door->status, "sign-in.html", &values);
}

/* Whether the caller has to wait; then it has answered. */
static bool is_shut(struct http_request *request, const char *next)
{
	const struct app *app = request->context;
	int64_t wait_ms = throttle_wait_ms(app->throttle, address_of(request), clock_boot_ms());
	int64_t now_ms = clock_now_ms();

	if (!wait_ms)
		return false;
	struct door door = {.status = 429, .next = next, .shut = true};
	door.wrong =
		arena_format(&request->arena, "%d wrong tokens from here. Try again at %s.",
			     THROTTLE_TRIES, words_time(now_ms + wait_ms, now_ms, &request->arena));
	show(request, &door);
	request->answer.retry_after = (unsigned)(wait_ms / 1000 + 1);
	return true;
}

/* The one that the browser had before is over. */
static void begin_session(struct http_request *request, const char *token)
{
	const struct app *app = request->context;

	session_end(app->sessions, slice_text(http_request_cookie(request, COOKIE)));
	page_set_cookie(request, COOKIE, session_begin(app->sessions, token, clock_boot_ms())->id,
			SESSION_LIFE_MS / 1000);
}

/* A HEAD, or a browser that fetches ahead: it must not use a link up, and tries none. */
static bool only_looks(const struct http_request *request)
{
	struct slice purpose = slice_text(http_request_header(request, "Sec-Purpose"));

	return strcmp(request->method, "GET") != 0 || slice_starts(purpose, "prefetch");
}

static void follow_link(struct http_request *request, const char *key)
{
	const struct app *app = request->context;
	struct buf values = {0};
	struct json_out out = {.buf = &values};
	const char *token = session_follow(app->sessions, slice_text(key), clock_boot_ms());

	if (!token) {
		throttle_wrong(app->throttle, address_of(request), clock_boot_ms());
		show(request, &(struct door){403, page_app(request),
					     "This link was used, or is too old. A token signs in "
					     "as well.",
					     false});
		return;
	}
	begin_session(request, token);
	json_open(&out, NULL, '{');
	json_put_text(&out, "app", page_app(request));
	json_put_text(&out, "theme", page_theme(request));
	page_render_bare(request, 200, "entered.html", &values);
}

void door_show(struct http_request *request)
{
	const char *key = http_request_query(request, "key");
	const char *next = next_of(request, slice_text(http_request_query(request, "next")));

	if (is_shut(request, next))
		return;
	if (key && !only_looks(request))
		follow_link(request, key);
	else
		show(request, &(struct door){.status = 200, .next = next});
}

/* NULL and *wrong: what is the matter with the token. */
static const struct token *check_token(struct http_request *request, const struct tokens *tokens,
				       const char **wrong)
{
	const struct app *app = request->context;
	const char *address = address_of(request);
	struct slice text = slice_trim(http_request_form(request, "token"));
	const struct token *token = tokens_verify(tokens, text);

	if (!token) {
		throttle_wrong(app->throttle, address, clock_boot_ms());
		*wrong = "This token is not known here, or was revoked.";
		return NULL;
	}
	throttle_right(app->throttle, address);
	*wrong = "This token is for submitting. One with the role read or operate is asked for.";
	return token_role_covers(token->role, TOKEN_READ) ? token : NULL;
}

void door_sign_in(struct http_request *request)
{
	const char *next = next_of(request, http_request_form(request, "next")), *wrong;
	const struct token *token;
	const struct tokens *tokens;

	if (is_shut(request, next) || !(tokens = caller_tokens(request)))
		return;
	if (is_cross_site(request)) {
		show(request, &(struct door){403, next, "Sign in from this page.", false});
	} else if ((token = check_token(request, tokens, &wrong))) {
		begin_session(request, token->id);
		page_go(request, next);
	} else {
		show(request, &(struct door){403, next, wrong, false});
	}
}

void door_sign_out(struct http_request *request)
{
	const struct app *app = request->context;
	const struct caller *caller = request->caller;

	session_end(app->sessions, slice_text(caller->session->id));
	page_set_cookie(request, COOKIE, "", 0);
	page_go(request, arena_format(&request->arena, "%s/sign-in", page_app(request)));
}

void door_theme(struct http_request *request)
{
	struct slice theme = http_request_form(request, "theme");
	bool known = slice_is(theme, "light") || slice_is(theme, "dark");

	page_set_cookie(request, "mailq_theme", known ? arena_slice(&request->arena, theme).p : "",
			known ? PAGE_CHOICE_AGE_S : 0);
	page_go(request, page_back(request));
}

void door_link(struct http_request *request)
{
	const struct app *app = request->context;
	const struct caller *caller = request->caller;
	char key[SESSION_KEY_SIZE];

	if (caller->local) {
		http_problem(request, 403, "a link stands for a token: come with one");
		return;
	}
	struct json_out out = http_json(request, 201);
	session_link(app->sessions, app_token(request)->id, clock_boot_ms(), key);
	json_open(&out, NULL, '{');
	json_put_text(&out, "path",
		      arena_format(&request->arena, "%s/sign-in?key=%s", page_app(request), key));
	json_put_int(&out, "seconds", SESSION_LINK_MS / 1000);
	json_close(&out, '}');
	explicit_bzero(key, sizeof key);
}

void door_manifest(struct http_request *request)
{
	const char *app = page_app(request);
	struct json_out out = {.buf = http_content(request, 200, "application/manifest+json")};

	json_open(&out, NULL, '{');
	json_put_text(&out, "name", "mailq: Email");
	json_put_text(&out, "short_name", "Email");
	json_put_text(&out, "start_url", app);
	json_put_text(&out, "scope", app);
	json_put_text(&out, "display", "standalone");
	json_open(&out, "icons", '[');
	json_open(&out, NULL, '{');
	json_put_text(&out, "src", arena_format(&request->arena, "%s/icon.svg", app));
	json_put_text(&out, "type", "image/svg+xml");
	json_put_text(&out, "sizes", "any");
	json_close(&out, '}');
	json_close(&out, ']');
	json_close(&out, '}');
}
