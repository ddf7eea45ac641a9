#include "app/app.h"
#include "app/cursor.h"
#include "app/outbox.h"
#include "base/clock.h"
#include "message/domain.h"
#include "queue/look.h"

#define PORTION 500 /* records of the index that are looked at together */

/* --- what is asked for --- */

struct listing {
	struct http_request *request;
	const struct app *app;
	struct index_query query;
	struct slice organization;
	struct index_record after;                 /* where the cursor stands */
	struct slice template, connector, subject; /* p == NULL: any */
	const struct domain *domain;
	char last[ID_SIZE]; /* that was looked at, of the organization's */
	uint64_t limit;
	int64_t since_ms; /* boot time */
	unsigned examined, shown;
};

static bool read_organization(struct listing *listing, struct slice value)
{
	listing->organization = value;
	return true;
}

static bool read_status(struct listing *listing, struct slice value)
{
	struct slice word;

	while (slice_next(&value, ',', &word)) {
		unsigned set = status_set(word);
		if (!set)
			return false;
		listing->query.statuses |= set;
	}
	return true;
}

static bool read_recipient(struct listing *listing, struct slice value)
{
	listing->query.recipient = value;
	return true;
}

static bool read_template(struct listing *listing, struct slice value)
{
	listing->template = value;
	return true;
}

static bool read_connector(struct listing *listing, struct slice value)
{
	listing->connector = value;
	return true;
}

static bool read_tag(struct listing *listing, struct slice value)
{
	listing->query.tag = value;
	return true;
}

static bool read_subject(struct listing *listing, struct slice value)
{
	listing->subject = value;
	return true;
}

static bool read_since(struct listing *listing, struct slice value)
{
	return clock_parse(value, &listing->query.since_ms);
}

static bool read_until(struct listing *listing, struct slice value)
{
	return clock_parse(value, &listing->query.until_ms);
}

static bool read_domain(struct listing *listing, struct slice value)
{
	struct err err = {0};

	listing->domain = domain_parse(value, STORY_FIELDS, &listing->request->arena, &err);
	if (!listing->domain)
		http_problem(listing->request, 422, "domain: %s", err.text);
	return listing->domain;
}

static bool read_sort(struct listing *listing, struct slice value)
{
	listing->query.oldest_first = !slice_starts(value, "-");
	if (!listing->query.oldest_first)
		value = slice_after(value, 1);
	listing->query.by_created = slice_is(value, "created_at");
	return listing->query.by_created || slice_is(value, "updated_at");
}

static bool read_limit(struct listing *listing, struct slice value)
{
	return slice_number(value, OUTBOX_PAGE_MOST, &listing->limit) && listing->limit > 0;
}

static bool read_cursor(struct listing *listing, struct slice value)
{
	listing->query.after = &listing->after;
	return cursor_read(value, &listing->after);
}

/* clang-format off */
static const struct parameter {
	const char *name;
	bool (*read)(struct listing *listing, struct slice value);
} parameters[] = {
	{"organization", read_organization},
	{"status",       read_status},
	{"to",           read_recipient},
	{"template",     read_template},
	{"connector",    read_connector},
	{"tag",          read_tag},
	{"subject",      read_subject},
	{"since",        read_since},
	{"until",        read_until},
	{"domain",       read_domain},
	{"sort",         read_sort},
	{"limit",        read_limit},
	{"cursor",       read_cursor},
};
/* clang-format on */
#define PARAMETERS (sizeof parameters / sizeof *parameters)

/* What the expression asks for in any case narrows the query down. False: nothing can hold. */
static bool narrow(struct listing *listing)
{
	const struct json *status = domain_requires(listing->domain, "status");
	const struct json *organization = domain_requires(listing->domain, "organization_id");
	unsigned set = status ? status_set(status->text) : 0;

	if (organization && listing->organization.n &&
	    !slice_equal(listing->organization, organization->text))
		return false;
	if (organization) {
		listing->organization = organization->text;
		listing->query.organizations = &listing->organization;
		listing->query.organization_count = 1;
	}
	if (!set)
		return !status;
	listing->query.statuses = listing->query.statuses ? listing->query.statuses & set : set;
	return listing->query.statuses;
}

/* Where none is named: the one that the expression asks for, as far as it is in scope. */
static struct slice implied_organization(const struct listing *listing)
{
	struct slice scope = app_scope(listing->request);
	const struct json *asked =
		listing->domain ? domain_requires(listing->domain, "organization_id") : NULL;

	return scope.n && asked && app_is_in_scope(listing->request, asked->text) ? asked->text
										  : scope;
}

static bool choose_organization(struct listing *listing)
{
	struct err err = {0};

	if (!listing->organization.n)
		listing->organization = implied_organization(listing);
	if (listing->organization.n) {
		listing->query.organizations = &listing->organization;
		listing->query.organization_count = 1;
	}
	if (app_is_in_scope(listing->request, listing->organization) &&
	    (!listing->organization.n ||
	     look_organization(listing->app->queue, listing->organization, &err)))
		return true;
	http_problem(listing->request, 404, "no such organization");
	return false;
}

static bool read_parameters(struct listing *listing)
{
	for (size_t i = 0; i < PARAMETERS; i++) {
		const char *value = http_request_query(listing->request, parameters[i].name);
		if (!value || parameters[i].read(listing, slice_text(value)))
			continue;
		if (!listing->request->answer.status)
			http_problem(listing->request, 422, "%s: not understood",
				     parameters[i].name);
		return false;
	}
	return choose_organization(listing);
}

/* --- whether a message is asked for: by the index, then by its file --- */

static bool contains(struct slice text, struct slice part)
{
	for (size_t at = 0; at + part.n <= text.n; at++)
		if (slice_equal_nocase(slice_make(text.p + at, part.n), part))
			return true;
	return false;
}

static void put_member(struct json *object, struct json *member, const char *key,
		       enum json_type type, struct slice text)
{
	*member = (struct json){.type = type,
				.text = text,
				.key = slice_text(key),
				.next = object->first};
	object->first = member;
	object->count++;
}

/* What the index knows of it for sure. */
static bool may_hold(const struct domain *domain, const struct index_record *record)
{
	char created[CLOCK_TEXT_SIZE], attempts[12];
	struct json object = {.type = JSON_OBJECT}, members[4];

	clock_format(record->created_ms, created);
	snprintf(attempts, sizeof attempts, "%u", record->attempts);
	put_member(&object, &members[0], "id", JSON_STRING, slice_text(record->id));
	put_member(&object, &members[1], "organization_id", JSON_STRING, record->organization);
	put_member(&object, &members[2], "created_at", JSON_STRING, slice_text(created));
	put_member(&object, &members[3], "attempts", JSON_INT, slice_text(attempts));
	return domain_may_hold(domain, &object);
}

static bool record_fits(const struct listing *listing, const struct index_record *record)
{
	return (!listing->template.p || slice_equal(listing->template, record->template)) &&
	       (!listing->connector.p || slice_equal(listing->connector, record->connector)) &&
	       (!listing->subject.p || contains(record->subject, listing->subject)) &&
	       (!listing->domain || may_hold(listing->domain, record));
}

/* text: the message as it is read back. */
static bool message_fits(const struct listing *listing, struct slice text)
{
	struct arena arena = {0};
	struct err err = {0};

	if (!listing->domain)
		return true;
	bool holds = domain_holds(listing->domain, json_parse(text, &arena, &err));
	arena_free(&arena);
	return holds;
}

/* --- and what is found --- */

/* One more message at the end of the answer, unless it is gone or not asked for. */
static bool put_message(struct listing *listing, struct json_out *out, const struct look_row *row)
{
	struct buf text = {0};
	struct json_out message = {.buf = &text};
	struct look look;
	struct err err = {0};
	bool shown = false;

	if (look_open_row(listing->app->queue, row, &look, &err)) {
		look_write_json(&message, &look);
		shown = message_fits(listing, buf_slice(&text));
	}
	if (shown)
		json_put_raw(out, NULL, buf_slice(&text));
	look_close(&look);
	buf_free(&text);
	return shown;
}

static void put_record(struct listing *listing, struct json_out *out,
		       const struct index_record *record)
{
	unsigned statuses = listing->query.statuses;
	struct look_row row;

	if (record_fits(listing, record) && look_row_of(listing->app->queue, record, &row) &&
	    (!statuses || statuses & 1u << row.status))
		listing->shown += put_message(listing, out, &row);
}

/* Others wait meanwhile: what takes long ends with a cursor; within a portion, what takes very
 * long.
 */
static bool is_full(const struct listing *listing, const struct json_out *out, int64_t most_ms)
{
	return listing->shown == listing->limit || out->buf->n > OUTBOX_PAGE_BYTES ||
	       clock_boot_ms() - listing->since_ms > most_ms;
}

/* The records of the portion, at least one, until the answer is full: then the cursor stands on the
 * last. */
static void put_portion(struct listing *listing, struct json_out *out, struct index_page *page)
{
	size_t i = 0;

	while (i < page->count && (i == 0 || !is_full(listing, out, OUTBOX_PORTION_MS)))
		put_record(listing, out, &page->records[i++]);
	if (i < page->count || (listing->shown == listing->limit && page->count)) {
		page->more = page->more || i < page->count;
		page->end = page->records[i - 1];
	}
	if (i)
		memcpy(listing->last, page->records[i - 1].id, ID_SIZE);
	listing->examined += page->examined;
	listing->after.updated_ms = page->end.updated_ms;
	memcpy(listing->after.id, page->end.id, ID_SIZE);
	listing->query.after = &listing->after;
}

static bool put_messages(struct listing *listing, struct json_out *out, bool *more, struct err *err)
{
	struct arena arena = {0};
	struct index_page page = {.more = true};
	bool ok = true;

	listing->since_ms = clock_boot_ms();
	while (page.more && listing->examined < OUTBOX_EXAMINED_MOST &&
	       !is_full(listing, out, OUTBOX_EXAMINE_MS)) {
		bool plain = !listing->examined && listing->limit < PORTION;
		listing->query.limit = plain ? (unsigned)listing->limit : PORTION;
		listing->query.examine = PORTION;
		if (!(ok = index_list(listing->app->queue->index, &listing->query, &arena, &page,
				      err)))
			break;
		put_portion(listing, out, &page);
		arena_reset(&arena);
	}
	arena_free(&arena);
	*more = page.more;
	return ok;
}

/* In the order of creation all organizations' messages are one list (index/query.h). */
static bool may_be_anothers(const struct listing *listing)
{
	return listing->query.by_created && !listing->query.recipient.n && !listing->query.tag.n &&
	       listing->query.organization_count && strcmp(listing->after.id, listing->last) != 0;
}

static void answer(struct listing *listing)
{
	struct http_request *request = listing->request;
	struct json_out out = http_json(request, 200);
	struct err err = {0};
	bool more = false;

	json_open(&out, NULL, '{');
	json_open(&out, "messages", '[');
	if (!(listing->domain && !narrow(listing)) && !put_messages(listing, &out, &more, &err)) {
		app_refuse(request, app_status(&err), &err);
		return;
	}
	json_close(&out, ']');
	if (more && may_be_anothers(listing))
		cursor_hide(&listing->after, listing->last, listing->query.oldest_first);
	json_put_text(&out, "next", more ? cursor_text(&listing->after, &request->arena) : NULL);
	json_close(&out, '}');
}

void outbox_list(struct http_request *request)
{
	struct listing listing = {.request = request,
				  .app = request->context,
				  .limit = OUTBOX_PAGE};

	if (read_parameters(&listing))
		answer(&listing);
}
