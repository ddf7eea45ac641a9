#include "app/filter.h"

#include "base/clock.h"

#define BATCH 200 /* records that are examined at once */

/* --- reading --- */

static struct slice field(struct http_request *request, const char *name, bool from_form)
{
	if (from_form)
		return http_request_form(request, name);
	return slice_trim(slice_text(http_request_query(request, name)));
}

/* Without a transport for it: "a@b" and no more. */
static bool is_address(struct slice text, struct arena *arena)
{
	struct slice email;
	struct err err = {0};

	return slice_find(text, '@') < text.n && address_parse_email(text, arena, &email, &err);
}

void filter_read(struct filter *filter, struct http_request *request, struct slice organization,
		 bool from_form)
{
	struct slice by;
	int64_t age_ms;

	*filter = (struct filter){
		.app = request->context,
		.arena = &request->arena,
		.organization = organization,
		.status = field(request, "status", from_form),
		.q = field(request, "q", from_form),
		.template = field(request, "template", from_form),
		.connector = field(request, "connector", from_form),
		.since = field(request, "since", from_form),
		.cause = field(request, "cause", from_form),
	};
	filter->query.statuses = status_set(filter->status);
	if (!filter->query.statuses)
		filter->status = (struct slice){0};
	if (clock_parse_age(filter->since, &age_ms))
		filter->query.since_ms = clock_now_ms() - age_ms;
	else
		filter->since = (struct slice){0};
	by = slice_first(filter->cause, slice_find(filter->cause, '.'));
	filter->by = cause_by_named(by);
	if (is_address(filter->q, filter->arena))
		filter->query.recipient = filter->q;
}

bool filter_is_set(const struct filter *filter)
{
	return filter->q.n || filter->template.n || filter->connector.n || filter->since.n ||
	       filter->cause.n;
}

/* --- holding it against a record --- */

static bool contains(struct slice text, struct slice part)
{
	for (size_t i = 0; i + part.n <= text.n; i++)
		if (slice_equal_nocase(slice_make(text.p + i, part.n), part))
			return true;
	return false;
}

static bool is_found(const struct filter *filter, const struct index_record *record)
{
	if (!filter->q.n || filter->query.recipient.n || contains(record->subject, filter->q) ||
	    contains(slice_text(record->id), filter->q))
		return true;
	for (size_t i = 0; i < record->recipient_count; i++)
		if (contains(record->recipients[i], filter->q))
			return true;
	return false;
}

static bool is_of_cause(const struct filter *filter, const struct index_record *record)
{
	struct slice wanted = slice_after(filter->cause, slice_find(filter->cause, '.') + 1);
	char id[CAUSE_ID_SIZE];

	if (!filter->cause.n)
		return true;
	cause_id(filter->by, record, id);
	return slice_is(wanted, id);
}

static bool holds(const struct filter *filter, const struct index_record *record)
{
	if (filter->template.n && !slice_equal(record->template, filter->template))
		return false;
	if (filter->connector.n && !slice_equal(record->connector, filter->connector))
		return false;
	return is_of_cause(filter, record) && is_found(filter, record);
}

static bool examines(const struct filter *filter)
{
	return filter->template.n || filter->connector.n || filter->cause.n ||
	       (filter->q.n && !filter->query.recipient.n);
}

/* --- pages --- */

static void go_on_after(struct filter *filter, const struct index_record *record)
{
	filter->after = *record;
	filter->query.after = &filter->after;
}

/* Up to the page's limit; the rest of the batch is left for the next page. */
static void keep(struct filter *filter, const struct look_page *batch, size_t limit,
		 struct filter_page *page)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (page->count == limit) {
			page->more = true;
			return;
		}
		go_on_after(filter, batch->rows[i].record);
		if (holds(filter, batch->rows[i].record))
			page->rows[page->count++] = batch->rows[i];
	}
	if (batch->more || batch->count)
		go_on_after(filter, &batch->last);
}

bool filter_next(struct filter *filter, size_t limit, struct filter_page *page, struct err *err)
{
	struct look_page batch;

	if (filter->organization.n) {
		filter->query.organizations = &filter->organization;
		filter->query.organization_count = 1;
	}
	*page = (struct filter_page){.more = true};
	page->rows = arena_alloc(filter->arena, (limit + 1) * sizeof *page->rows);
	while (page->more && page->count < limit && page->examined < FILTER_EXAMINED) {
		filter->query.limit = examines(filter) ? BATCH : (unsigned)(limit - page->count);
		if (!look_list(filter->app->queue, &filter->query, filter->arena, &batch, err))
			return false;
		page->more = batch.more;
		page->examined += filter->query.limit;
		keep(filter, &batch, limit, page);
	}
	return true;
}

const char *filter_cursor(const struct filter *filter)
{
	return arena_format(filter->arena, "%lld.%s", (long long)filter->after.updated_ms,
			    filter->after.id);
}

bool filter_seek(struct filter *filter, struct slice cursor)
{
	struct index_record after = {0};
	struct slice time;
	uint64_t ms;

	if (!slice_next(&cursor, '.', &time) || !slice_number(time, INT64_MAX, &ms) ||
	    !id_valid(cursor))
		return false;
	after.updated_ms = (int64_t)ms;
	memcpy(after.id, cursor.p, ID_LENGTH);
	go_on_after(filter, &after);
	return true;
}

/* --- as text --- */

static void add_field(const char **text, const char *name, struct slice value, struct arena *arena)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
	char *coded = arena_alloc(arena, 3 * value.n + 1), *to = coded;

	if (!value.n)
		return;
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		if (strchr(plain, c)) {
			*to++ = (char)c;
		} else {
			*to++ = '%';
			*to++ = "0123456789ABCDEF"[c >> 4];
			*to++ = "0123456789ABCDEF"[c & 15];
		}
	}
	*text = arena_format(arena, "%s%c%s=%s", *text, **text ? '&' : '?', name, coded);
}

const char *filter_text(const struct filter *filter)
{
	const char *text = "";

	add_field(&text, "status", filter->status, filter->arena);
	add_field(&text, "q", filter->q, filter->arena);
	add_field(&text, "template", filter->template, filter->arena);
	add_field(&text, "connector", filter->connector, filter->arena);
	add_field(&text, "since", filter->since, filter->arena);
	add_field(&text, "cause", filter->cause, filter->arena);
	return text;
}

void filter_put(struct json_out *out, const char *key, const struct filter *filter)
{
	json_open(out, key, '{');
	json_put_slice(out, "status", filter->status);
	json_put_slice(out, "q", filter->q);
	json_put_slice(out, "template", filter->template);
	json_put_slice(out, "connector", filter->connector);
	json_put_slice(out, "since", filter->since);
	json_put_slice(out, "cause", filter->cause);
	json_close(out, '}');
}
