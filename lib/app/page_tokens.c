#include "app/page_tokens.h"

#include <string.h>

#include "app/caller.h"
#include "app/page.h"
#include "app/seen.h"
#include "app/words.h"
#include "base/clock.h"

#define ALL "*" /* in the place of an organization, as the file of tokens has it */

static const struct {
	const char *word, *means;
} roles[] = {
	[TOKEN_SUBMIT] = {"Submit", "hands messages in"},
	[TOKEN_READ] = {"Read", "sees what became of them"},
	[TOKEN_OPERATE] = {"Operate", "both, and acts on messages"},
	[TOKEN_ADMIN] = {"Admin", "all of it, and changes templates, connectors, tokens"},
};
#define ROLES (sizeof roles / sizeof *roles)

/* --- the list --- */

/* Those of the page's organization, and those for all where the caller's own is one. */
static bool is_shown(const struct http_request *request, struct slice organization,
		     const struct token *token)
{
	struct slice own = slice_text(token->organization);

	if (!own.n)
		return !app_scope(request).n;
	return !organization.n || slice_equal(own, organization);
}

static void put_token(struct page *page, const struct token *token)
{
	int64_t seen_ms = seen_last(page->context->seen, token->id);
	struct json_out *out = &page->out;

	json_open(out, NULL, '{');
	json_put_text(out, "id", token->id);
	json_put_text(out, "name", token->name);
	json_put_text(out, "org", token->organization);
	json_put_text(out, "role", roles[token->role].word);
	json_put_bool(out, "own", strcmp(token->id, app_token(page->request)->id) == 0);
	words_put_time(out, "made", token->created_ms, page->now_ms, page->arena);
	words_put_time(out, "seen", seen_ms, page->now_ms, page->arena);
	json_close(out, '}');
}

/* "6 tokens: 1 admin, 2 operate, 3 submit." */
static const char *sentence(const struct page *page, const struct tokens *tokens)
{
	unsigned of_role[ROLES] = {0}, n = 0;
	const char *text = "";

	for (size_t i = 0; i < tokens->count; i++) {
		if (!is_shown(page->request, page->organization, &tokens->all[i]))
			continue;
		of_role[tokens->all[i].role]++;
		n++;
	}
	for (size_t i = ROLES; i-- > 0;)
		if (of_role[i])
			text = arena_format(page->arena, "%s%s %u %s", text, *text ? "," : "",
					    of_role[i], token_role_name((enum token_role)i));
	return arena_format(page->arena, "%s:%s.", words_count(n, "token", page->arena), text);
}

/* The newest first. */
static void put_tokens(struct page *page, const struct tokens *tokens)
{
	json_put_text(&page->out, "sentence", sentence(page, tokens));
	json_open(&page->out, "tokens", '[');
	for (size_t i = tokens->count; i-- > 0;)
		if (is_shown(page->request, page->organization, &tokens->all[i]))
			put_token(page, &tokens->all[i]);
	json_close(&page->out, ']');
}

/* --- the form --- */

static void put_form(struct page *page)
{
	struct http_request *request = page->request;
	struct json_out *out = &page->out;

	json_put_bool(out, "for_all", !app_scope(request).n);
	json_open(out, "roles", '[');
	for (size_t i = 0; i < ROLES; i++) {
		json_open(out, NULL, '{');
		json_put_text(out, "id", token_role_name((enum token_role)i));
		json_put_text(out, "word", roles[i].word);
		json_put_text(out, "means", roles[i].means);
		json_close(out, '}');
	}
	json_close(out, ']');
}

/* made: the text of a token, to be shown this once, or NULL; wrong: why none was made, or NULL. */
static void show(struct http_request *request, unsigned status, const char *made, const char *wrong)
{
	const struct tokens *tokens = caller_tokens(request);
	struct page page;

	if (!tokens || !page_begin(&page, request, "tokens"))
		return;
	json_put_text(&page.out, "title", "Tokens");
	json_put_bool(&page.out, "live", true);
	json_put_text(&page.out, "made", made);
	json_put_text(&page.out, "wrong", wrong);
	json_open(&page.out, "typed", '{');
	json_put_slice(&page.out, "name", http_request_form(request, "name"));
	json_put_slice(&page.out, "organization", http_request_form(request, "organization"));
	json_put_slice(&page.out, "role", http_request_form(request, "role"));
	json_close(&page.out, '}');
	put_form(&page);
	put_tokens(&page, tokens);
	page_render(&page, status, "tokens.html");
}

void token_list_show(struct http_request *request)
{
	show(request, 200, NULL, NULL);
}

/* --- making one --- */

/* What the form asks for, which may not be more than the caller's own token is for. */
static bool read_form(struct http_request *request, struct slice organization, struct token *like,
		      struct err *err)
{
	const struct app *app = request->context;
	struct slice given = http_request_form(request, "organization");
	bool all = slice_is(given, ALL);

	if (!token_role_named(http_request_form(request, "role"), &like->role))
		return err_set(err, EX_DATAERR, "there is no such role");
	if (!given.n)
		given = organization;
	if (!given.n)
		return err_set(err, EX_DATAERR, "an organization has to be chosen, or all");
	if (!token_role_covers(app_token(request)->role, like->role) ||
	    (all ? app_scope(request).n > 0 : !app_is_in_scope(request, given)))
		return err_set(err, EX_NOPERM, "your own token is not for that");
	like->name = arena_slice(&request->arena, slice_trim(http_request_form(request, "name"))).p;
	like->organization = all ? NULL : arena_slice(&request->arena, given).p;
	return all || conf_given_organization(app->queue->conf, like->organization, err);
}

static void log_token(struct http_request *request, const char *event, const char *id,
		      const char *organization)
{
	const struct app *app = request->context;
	struct log *log = &app->queue->log;

	log_begin(log, event);
	log_text(log, "token", id);
	log_text(log, "org", organization ? organization : ALL);
	log_text(log, "by", app_who(request));
	log_end(log);
}

static const char *id_of(struct http_request *request, const char *text)
{
	return arena_format(&request->arena, "%.*s", (int)strcspn(text, "."), text);
}

void token_make(struct http_request *request)
{
	const struct app *app = request->context;
	struct token like = {0};
	struct slice organization;
	char text[TOKEN_SIZE];
	struct err err = {0};

	if (!page_organization(request, &organization))
		return;
	if (!read_form(request, organization, &like, &err) ||
	    !tokens_create(app->queue->conf->tokens, &like, text, &err)) {
		show(request, app_status(&err), NULL, err.text);
		return;
	}
	log_token(request, "token-create", id_of(request, text), like.organization);
	show(request, 200, text, NULL);
	explicit_bzero(text, sizeof text);
}

/* --- revoking one --- */

static void ask(struct http_request *request, const struct token *token)
{
	bool own = strcmp(token->id, app_token(request)->id) == 0;
	struct page page;

	if (!page_begin(&page, request, "tokens"))
		return;
	json_put_text(&page.out, "title",
		      *token->name ? arena_format(page.arena, "Revoke the token “%s”?", token->name)
				   : arena_format(page.arena, "Revoke the token %s?", token->id));
	json_put_text(&page.out, "text",
		      own ? "You are signed in by it: you are signed out with it, as is whatever "
			    "else has it. This cannot be undone."
			  : "Whatever has it is refused from then on. This cannot be undone.");
	json_put_text(&page.out, "act", "Revoke token");
	json_put_text(&page.out, "back", arena_format(page.arena, "%s/tokens", page.at));
	json_put_text(&page.out, "here",
		      arena_format(page.arena, "%s/tokens/%s", page.at, token->id));
	page_render(&page, 200, "sure.html");
}

static void revoke(struct http_request *request, const struct token *token)
{
	const struct app *app = request->context;
	const char *id = arena_text(&request->arena, token->id);
	const char *name = arena_text(&request->arena, token->name);
	const char *organization =
		token->organization ? arena_text(&request->arena, token->organization) : NULL;
	struct err err = {0};

	if (!tokens_revoke(app->queue->conf->tokens, id, &err)) {
		page_refuse(request, &err);
		return;
	}
	log_token(request, "token-revoke", id, organization);
	page_tell(request, "sent", arena_format(&request->arena, "The token %s is revoked.", id),
		  name,
		  arena_format(&request->arena, "%s/%.*s/tokens", page_app(request),
			       SLICE_ARGS(request->args[0])));
}

void token_end(struct http_request *request)
{
	const struct tokens *tokens = caller_tokens(request);
	struct slice organization;

	if (!tokens || !page_organization(request, &organization))
		return;
	const struct token *token = tokens_find(tokens, request->args[1]);
	if (!token || !is_shown(request, organization, token))
		page_error(request, 404, "No such token",
			   "It was revoked, or your own token is not for it.");
	else if (http_request_form(request, "sure").n)
		revoke(request, token);
	else
		ask(request, token);
}
