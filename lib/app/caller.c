#include "app/caller.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>

#include "app/rate.h"
#include "base/clock.h"

#define OPERATORS "mailq-operator"
#define GROUPS_MOST 256

/* --- tokens --- */

struct caller *caller_read(struct http_request *request)
{
	const struct app *app = request->context;
	struct caller *caller = arena_alloc(&request->arena, sizeof *caller);
	struct err err = {0};

	if (!tokens_read(app->queue->conf->tokens, &caller->tokens, &err)) {
		queue_log_failure(app->queue, "tokens", NULL, &err);
		http_problem(request, 500, "tokens cannot be read");
		return NULL;
	}
	request->caller = caller;
	return caller;
}

void caller_leave(struct http_request *request)
{
	struct caller *caller = request->caller;

	if (caller)
		tokens_free(&caller->tokens);
}

static bool ask_for_token(struct http_request *request, const char *why)
{
	http_problem(request, 401, "%s", why);
	request->answer.challenge = "Bearer";
	return false;
}

static bool find_token(struct http_request *request, struct slice text)
{
	struct caller *caller = caller_read(request);

	if (!caller)
		return false;
	caller->token = tokens_verify(&caller->tokens, text);
	return caller->token || ask_for_token(request, "no such token");
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

/* What `submitters` lets a user do over SMTP and mailq-sendmail, he may here. */
static bool find_user(struct http_request *request)
{
	const struct app *app = request->context;
	struct caller *caller = arena_alloc(&request->arena, sizeof *caller);
	struct token *token = arena_alloc(&request->arena, sizeof *token);
	struct arena *arena = &request->arena;

	caller->rights = submitter_of_user(app->queue->conf, request->uid, arena);
	if (!caller->rights.all && !caller->rights.organizations.count)
		return ask_for_token(request, "this needs a token: submitters does not name you");
	const struct passwd *user = getpwuid(request->uid);
	token->id = user ? arena_format(arena, "user %s", user->pw_name)
			 : arena_format(arena, "uid %u", (unsigned)request->uid);
	token->organization = caller->rights.all ? NULL : caller->rights.organizations.text[0];
	token->role = caller->rights.all ? TOKEN_ADMIN : TOKEN_SUBMIT;
	caller->local = true;
	caller->operates = user && is_operator(user);
	caller->token = token;
	request->caller = caller;
	return true;
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
