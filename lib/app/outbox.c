#include "app/outbox.h"

#include <stdio.h>

#include "app/app.h"
#include "base/clock.h"
#include "message/domain.h"
#include "queue/act.h"
#include "queue/look.h"

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

/* --- verbs --- */

/* The body may be empty, or {"reason": "..."}, which the message's history keeps. */
static bool read_reason(struct http_request *request, const char **reason)
{
	struct err err = {0};

	*reason = NULL;
	if (!request->body.n)
		return true;
	const struct json *json = json_parse(request->body, &request->arena, &err);
	struct slice text = json_get_text(json, "reason");
	if (!json || json->type != JSON_OBJECT || json->count != (text.p ? 1 : 0)) {
		http_problem(request, 422, "%s", json ? "not {\"reason\": text}" : err.text);
		return false;
	}
	*reason = text.p ? arena_slice(&request->arena, text).p : NULL;
	return true;
}

/* Whether it was done; else it has answered. */
static bool act_on(struct http_request *request, enum verb verb)
{
	const struct app *app = request->context;
	struct act act = {.verb = verb,
			  .by = arena_format(&request->arena, "token %s", app_token(request)->id)};
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

/* --- a listing: what is asked for --- */

struct listing {
	struct http_request *request;
	struct index_query query;
	struct slice organization;
	struct index_record after; /* where the cursor stands */
	const struct domain *domain;
	uint64_t limit;
};

static bool read_organization(struct listing *listing, const char *value)
{
	listing->organization = slice_text(value);
	return true;
}

static bool read_status(struct listing *listing, const char *value)
{
	struct slice rest = slice_text(value), word;

	while (slice_next(&rest, ',', &word)) {
		unsigned set = status_set(word);
		if (!set)
			return false;
		listing->query.statuses |= set;
	}
	return true;
}

static bool read_recipient(struct listing *listing, const char *value)
{
	listing->query.recipient = slice_text(value);
	return true;
}

static bool read_since(struct listing *listing, const char *value)
{
	return clock_parse(slice_text(value), &listing->query.since_ms);
}

static bool read_until(struct listing *listing, const char *value)
{
	return clock_parse(slice_text(value), &listing->query.until_ms);
}

static bool read_domain(struct listing *listing, const char *value)
{
	struct err err = {0};

	listing->domain = domain_parse(slice_text(value), &listing->request->arena, &err);
	if (!listing->domain)
		http_problem(listing->request, 422, "domain: %s", err.text);
	return listing->domain;
}

static bool read_limit(struct listing *listing, const char *value)
{
	return slice_number(slice_text(value), OUTBOX_PAGE_MOST, &listing->limit) &&
	       listing->limit > 0;
}

/* The time and the id of the last message before, as index_query needs them. */
static bool read_cursor(struct listing *listing, const char *value)
{
	struct slice rest = slice_text(value), time;
	uint64_t ms;

	if (!slice_next(&rest, '.', &time) || !slice_number(time, INT64_MAX, &ms) ||
	    !id_valid(rest))
		return false;
	listing->after.updated_ms = (int64_t)ms;
	memcpy(listing->after.id, rest.p, ID_LENGTH);
	listing->query.after = &listing->after;
	return true;
}

static const struct parameter {
	const char *name;
	bool (*read)(struct listing *listing, const char *value);
} parameters[] = {
	{"organization", read_organization},
	{      "status",       read_status},
	{	  "to",    read_recipient},
	{       "since",        read_since},
	{       "until",        read_until},
	{      "domain",       read_domain},
	{       "limit",        read_limit},
	{      "cursor",       read_cursor},
};

static bool read_parameters(struct listing *listing)
{
	const struct app *app = listing->request->context;
	struct err err = {0};

	for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
		const char *value = http_request_query(listing->request, parameters[i].name);
		if (!value || parameters[i].read(listing, value))
			continue;
		if (!listing->request->answer.status)
			http_problem(listing->request, 422, "%s: not understood",
				     parameters[i].name);
		return false;
	}
	struct slice scope = app_scope(listing->request);
	if (!listing->organization.n)
		listing->organization = scope;
	if (listing->organization.n) {
		listing->query.organizations = &listing->organization;
		listing->query.organization_count = 1;
	}
	if (app_is_in_scope(listing->request, listing->organization) &&
	    (!listing->organization.n ||
	     look_organization(app->queue, listing->organization, &err)))
		return true;
	http_problem(listing->request, 404, "no such organization");
	return false;
}

/* --- and what is found --- */

/* One more message at the end of the answer, unless it is gone or not asked for. */
static bool put_row(struct listing *listing, struct json_out *out, const struct look_row *row)
{
	const struct app *app = listing->request->context;
	struct buf text = {0};
	struct json_out message = {.buf = &text};
	struct arena arena = {0};
	struct look look;
	struct err err = {0};
	bool shown = false;

	if (look_open_row(app->queue, row, &look, &err)) {
		look_write_json(&message, &look);
		shown = !listing->domain ||
			domain_holds(listing->domain, json_parse(buf_slice(&text), &arena, &err));
	}
	if (shown)
		json_put_raw(out, NULL, buf_slice(&text));
	look_close(&look);
	buf_free(&text);
	arena_free(&arena);
	return shown;
}

/* *end: the last record that was examined. */
static bool put_rows(struct listing *listing, struct json_out *out, bool *more,
		     struct index_record *end, struct err *err)
{
	const struct app *app = listing->request->context;
	unsigned examined = 0, shown = 0;
	struct look_page page = {.more = true};

	while (page.more && shown < listing->limit && examined < OUTBOX_EXAMINED_MOST) {
		listing->query.limit = (unsigned)listing->limit - shown;
		if (!look_list(app->queue, &listing->query, &listing->request->arena, &page, err))
			return false;
		for (size_t i = 0; i < page.count; i++)
			shown += put_row(listing, out, &page.rows[i]);
		examined += listing->query.limit;
		listing->after = page.last;
		listing->query.after = &listing->after;
	}
	*more = page.more;
	*end = page.last;
	return true;
}

static void answer_list(struct listing *listing)
{
	struct http_request *request = listing->request;
	struct json_out out = http_json(request, 200);
	struct index_record end;
	struct err err = {0};
	bool more;

	json_open(&out, NULL, '{');
	json_open(&out, "messages", '[');
	if (!put_rows(listing, &out, &more, &end, &err)) {
		app_refuse(request, app_status(&err), &err);
		return;
	}
	json_close(&out, ']');
	json_put_text(&out, "next",
		      more ? arena_format(&request->arena, "%lld.%s", (long long)end.updated_ms,
					  end.id)
			   : NULL);
	json_close(&out, '}');
}

void outbox_list(struct http_request *request)
{
	struct listing listing = {.request = request, .limit = OUTBOX_PAGE};

	if (read_parameters(&listing))
		answer_list(&listing);
}
