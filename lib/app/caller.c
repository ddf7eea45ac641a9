#include "app/caller.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>

#include "app/rate.h"
#include "app/seen.h"
#include "base/clock.h"
#include "queue/look.h"

#define OPERATORS "mailq-operator"
#define GROUPS_MOST 256
#define LOOK_AGAIN_MS 1000

/* --- tokens --- */

const struct tokens *caller_tokens(struct http_request *request)
{
	struct app *app = request->context;
	struct err err = {0};
	const struct tokens *tokens = tokens_look(&app->tokens, app->queue->conf->tokens, &err);

	if (!tokens) {
		queue_log_failure(app->queue, "tokens", NULL, &err);
		http_problem(request, 500, "tokens cannot be read");
	}
	return tokens;
}

struct caller *caller_is(struct http_request *request, const struct token *token)
{
	const struct app *app = request->context;
	struct caller *caller = arena_alloc(&request->arena, sizeof *caller);
	struct token *own = arena_alloc(&request->arena, sizeof *own);

	*own = *token;
	own->id = arena_text(&request->arena, token->id);
	if (token->organization)
		own->organization = arena_text(&request->arena, token->organization);
	caller->token = own;
	request->caller = caller;
	seen_note(app->seen, token->id, clock_now_ms());
	return caller;
}

static bool ask_for_token(struct http_request *request, const char *why)
{
	http_problem(request, 401, "%s", why);
	request->answer.challenge = "Bearer";
	return false;
}

static bool find_token(struct http_request *request, struct slice text)
{
	const struct tokens *tokens = caller_tokens(request);

	if (!tokens)
		return false;
	const struct token *token = tokens_verify(tokens, text);
	if (!token)
		return ask_for_token(request, "no such token");
	caller_is(request, token);
	return true;
}

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool token_stays(struct app *app, const struct token *token)
{
	struct err err = {0};
	const struct tokens *tokens = tokens_look(&app->tokens, app->queue->conf->tokens, &err);
	const struct token *now = tokens ? tokens_find(tokens, slice_text(token->id)) : NULL;

	return now && memcmp(now->hash, token->hash, sizeof now->hash) == 0 &&
	       now->role == token->role && is_same_text(now->organization, token->organization);
}

/* --- users of this machine --- */

static bool is_operator(const struct passwd *user)
{
	const struct group *operators = getgrnam(OPERATORS);
	gid_t wanted = operators ? operators->gr_gid : 0, groups[GROUPS_MOST];
	int n = GROUPS_MOST;

	if (!operators || getgrouplist(user->pw_name, user->pw_gid, groups, &n) < 0)
		return false;
	for (int i = 0; i < n; i++)
		if (groups[i] == wanted)
			return true;
	return false;
}

/* The lists are the configuration's, which a request may outlive. */
static struct submitter_rights rights_of(struct http_request *request)
{
	const struct app *app = request->context;
	struct arena *arena = &request->arena;
	struct submitter_rights rights = submitter_of_user(app->queue->conf, request->uid, arena);
	struct text_list *list = &rights.organizations;
	const char **own = arena_alloc(arena, (list->count + 1) * sizeof *own);

	for (size_t i = 0; i < list->count; i++)
		own[i] = arena_text(arena, list->text[i]);
	list->text = own;
	return rights;
}

/* What `submitters` lets a user do over SMTP and mailq-sendmail, he may here. */
static bool find_user(struct http_request *request)
{
	struct submitter_rights rights = rights_of(request);
	struct arena *arena = &request->arena;
	struct token token = {0};

	if (!rights.all && !rights.organizations.count)
		return ask_for_token(request, "this needs a token: submitters does not name you");
	const struct passwd *user = getpwuid(request->uid);
	token.id = user ? arena_format(arena, "user %s", user->pw_name)
			: arena_format(arena, "uid %u", (unsigned)request->uid);
	token.organization = rights.all ? NULL : rights.organizations.text[0];
	token.role = rights.all ? TOKEN_ADMIN : TOKEN_SUBMIT;
	struct caller *caller = caller_is(request, &token);
	caller->local = true;
	caller->operates = user && is_operator(user);
	caller->rights = rights;
	caller->looked_ms = clock_boot_ms();
	return true;
}

static bool is_same_rights(const struct submitter_rights *a, const struct submitter_rights *b)
{
	bool same = a->all == b->all && a->organizations.count == b->organizations.count;

	for (size_t i = 0; same && i < a->organizations.count; i++)
		same = strcmp(a->organizations.text[i], b->organizations.text[i]) == 0;
	return same;
}

/* Users and groups may be far away: they are asked for now and then. */
static bool user_stays(struct app *app, struct caller *caller, uid_t uid)
{
	struct arena arena = {0};

	if (clock_boot_ms() - caller->looked_ms < LOOK_AGAIN_MS)
		return true;
	caller->looked_ms = clock_boot_ms();
	struct submitter_rights now = submitter_of_user(app->queue->conf, uid, &arena);
	bool same = is_same_rights(&now, &caller->rights);
	arena_free(&arena);
	return same;
}

bool caller_stays(struct http_request *request)
{
	struct caller *caller = request->caller;

	if (caller->local)
		return user_stays(request->context, caller, request->uid);
	return token_stays(request->context, caller->token);
}

/* --- what they may --- */

static bool may(const struct caller *caller, enum token_role role)
{
	if (token_role_covers(caller->token->role, role))
		return true;
	return caller->local && (role == TOKEN_READ || (role == TOKEN_OPERATE && caller->operates));
}

static bool comes_too_often(struct http_request *request)
{
	const struct app *app = request->context;
	unsigned wait_s = rate_take(app->rate, app_token(request)->id, app->queue->conf->httpd.rate,
				    clock_boot_ms());

	if (wait_s) {
		http_problem(request, 429, "more than %u requests a second",
			     app->queue->conf->httpd.rate);
		request->answer.retry_after = wait_s;
		http_add_header(request, "RateLimit-Limit", "%u", app->queue->conf->httpd.rate);
		http_add_header(request, "RateLimit-Remaining", "0");
		http_add_header(request, "RateLimit-Reset", "%u", wait_s);
	}
	return wait_s;
}

/* RFC 6750, 2.1: in the header alone, so that no token stands in a URL. */
bool caller_admit(struct http_request *request, int role)
{
	struct slice text = slice_text(http_request_header(request, "Authorization"));
	bool bearer = slice_is_nocase(slice_first(text, 7), "Bearer ");

	if (!bearer && (text.p || request->uid == (uid_t)-1))
		return ask_for_token(request, "this needs a token");
	if (bearer ? !find_token(request, slice_trim(slice_after(text, 7))) : !find_user(request))
		return false;
	if (comes_too_often(request))
		return false;
	if (may(request->caller, (enum token_role)role))
		return true;
	http_problem(request, 403, "this takes a token with the role %s",
		     token_role_name((enum token_role)role));
	return false;
}

const struct token *app_token(const struct http_request *request)
{
	return ((const struct caller *)request->caller)->token;
}

const char *app_who(struct http_request *request)
{
	const struct caller *caller = request->caller;

	return caller->local ? caller->token->id
			     : arena_format(&request->arena, "token %s", caller->token->id);
}

struct slice app_scope(const struct http_request *request)
{
	return slice_text(app_token(request)->organization);
}

bool app_asked_organization(struct http_request *request, struct slice *organization)
{
	const struct app *app = request->context;
	struct slice asked = slice_text(http_request_query(request, "organization"));
	struct err err = {0};

	*organization = asked.n ? asked : app_scope(request);
	if (app_is_in_scope(request, *organization) &&
	    (!asked.n || look_organization(app->queue, asked, &err)))
		return true;
	http_problem(request, 404, "no such organization");
	return false;
}

bool app_is_in_scope(const struct http_request *request, struct slice organization)
{
	const struct caller *caller = request->caller;
	struct slice scope = app_scope(request);

	if (!scope.n || slice_equal(scope, organization))
		return true;
	for (size_t i = 0; i < caller->rights.organizations.count; i++)
		if (slice_is(organization, caller->rights.organizations.text[i]))
			return true;
	return false;
}
