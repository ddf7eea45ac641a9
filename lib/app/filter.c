#include "app/filter.h"

#include "app/cursor.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define BATCH 500 /* records that are examined at once */

/* clang-format off */
static const char *const names[FILTER_FIELDS] = {
	[FILTER_STATUS] = "status",
	[FILTER_Q] = "q",
	[FILTER_TEMPLATE] = "template",
	[FILTER_CONNECTOR] = "connector",
	[FILTER_TAG] = "tag",
	[FILTER_WAITS] = "waits",
	[FILTER_SINCE] = "since",
	[FILTER_FROM] = "from",
	[FILTER_UNTIL] = "until",
	[FILTER_CAUSE] = "cause",
};
/* clang-format on */

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

/* As a field for a time of day gives it, or with a zone. */
static bool read_time(struct slice text, struct arena *arena, int64_t *ms)
{
	if (text.n == 16)
		text = slice_text(arena_format(arena, "%.*s:00Z", SLICE_ARGS(text)));
	return clock_parse(text, ms);
}

static void read_range(struct filter *filter)
{
	if (!slice_is(filter->field[FILTER_SINCE], "range")) {
		filter->field[FILTER_FROM] = filter->field[FILTER_UNTIL] = (struct slice){0};
		return;
	}
	if (!read_time(filter->field[FILTER_FROM], filter->arena, &filter->query.since_ms))
		filter->field[FILTER_FROM] = (struct slice){0};
	if (!read_time(filter->field[FILTER_UNTIL], filter->arena, &filter->query.until_ms))
		filter->field[FILTER_UNTIL] = (struct slice){0};
}

static void read_since(struct filter *filter)
{
	int64_t age_ms;

	if (clock_parse_age(filter->field[FILTER_SINCE], &age_ms))
		filter->query.since_ms = clock_now_ms() - age_ms;
	else if (!slice_is(filter->field[FILTER_SINCE], "range"))
		filter->field[FILTER_SINCE] = (struct slice){0};
	read_range(filter);
}

/* A connector that there is not counts as not given. */
static void read_waits(struct filter *filter)
{
	const struct organization *org =
		conf_organization(filter->app->queue->conf, filter->organization);
	struct slice id = filter->field[FILTER_WAITS];
	const struct connector *connector = org && id.n ? organization_connector(org, id) : NULL;

	filter->field[FILTER_WAITS] = slice_first(id, connector ? id.n : 0);
	if (!connector)
		return;
	queue_send_stage(filter->stage, connector->kind);
	index_lane_name(filter->lane, filter->organization, id);
}

/* What is no number is in no group. */
static void read_cause(struct filter *filter)
{
	struct slice cause = filter->field[FILTER_CAUSE];
	size_t dot = slice_find(cause, '.');
	char digits[CAUSE_ID_SIZE], *end;

	filter->by = cause_by_named(slice_first(cause, dot));
	snprintf(digits, sizeof digits, "%.*s", SLICE_ARGS(slice_after(cause, dot + 1)));
	filter->cause = strtoull(digits, &end, 16);
}

void filter_read(struct filter *filter, struct http_request *request, struct slice organization,
		 bool from_form)
{
	*filter = (struct filter){.app = request->context,
				  .arena = &request->arena,
				  .organization = organization};
	for (int i = 0; i < FILTER_FIELDS; i++)
		filter->field[i] = field(request, names[i], from_form);
	filter->query.statuses = status_set(filter->field[FILTER_STATUS]);
	if (!filter->query.statuses)
		filter->field[FILTER_STATUS] = (struct slice){0};
	read_since(filter);
	read_cause(filter);
	read_waits(filter);
	filter->query.tag = filter->field[FILTER_TAG];
	if (!*filter->lane && is_address(filter->field[FILTER_Q], filter->arena))
		filter->query.recipient = filter->field[FILTER_Q];
}

bool filter_is_set(const struct filter *filter)
{
	for (int i = 0; i < FILTER_FIELDS; i++)
		if (i != FILTER_STATUS && filter->field[i].n)
			return true;
	return false;
}

/* --- holding it against a record --- */

static bool contains(struct slice text, struct slice part)
{
	int first = tolower((unsigned char)part.p[0]);

	for (size_t i = 0; i + part.n <= text.n; i++)
		if (tolower((unsigned char)text.p[i]) == first &&
		    slice_equal_nocase(slice_make(text.p + i, part.n), part))
			return true;
	return false;
}

static bool is_found(const struct filter *filter, const struct index_record *record)
{
	struct slice q = filter->field[FILTER_Q];

	if (!q.n || filter->query.recipient.n || contains(record->subject, q) ||
	    contains(slice_text(record->id), q))
		return true;
	for (size_t i = 0; i < record->recipient_count; i++)
		if (contains(record->recipients[i], q))
			return true;
	return false;
}

static bool is_of(const struct filter *filter, enum filter_field field, struct slice name)
{
	return !filter->field[field].n || slice_equal(filter->field[field], name);
}

static bool is_of_cause(const struct filter *filter, const struct index_record *record)
{
	struct slice cause = filter->field[FILTER_CAUSE];

	if (!cause.n)
		return true;
	if (slice_starts(cause, "retry."))
		return (cause_kind(record) == CAUSE_TEMPORARY) == slice_is(cause, "retry.likely");
	return cause_key(filter->by, record) == filter->cause;
}

static bool holds(const struct filter *filter, const struct index_record *record)
{
	return is_of(filter, FILTER_TEMPLATE, record->template) &&
	       is_of(filter, FILTER_CONNECTOR, record->connector) && is_of_cause(filter, record) &&
	       is_found(filter, record);
}

/* Whether each record has to be looked at. */
static bool examines(const struct filter *filter)
{
	return filter->field[FILTER_TEMPLATE].n || filter->field[FILTER_CONNECTOR].n ||
	       filter->field[FILTER_CAUSE].n ||
	       (filter->field[FILTER_Q].n && !filter->query.recipient.n);
}

/* --- pages --- */

static void go_on_after(struct filter *filter, const struct index_record *record)
{
	filter->after = *record;
	filter->query.after = &filter->after;
}

static bool list(struct filter *filter, size_t limit, struct index_page *found, struct err *err)
{
	if (*filter->lane) {
		filter->query.stage = filter->stage;
		filter->query.lane = filter->lane;
	}
	if (filter->organization.n) {
		filter->query.organizations = &filter->organization;
		filter->query.organization_count = 1;
	}
	filter->query.limit = (unsigned)limit;
	filter->query.examine = examines(filter) && !filter->query.places ? BATCH : FILTER_EXAMINED;
	return index_list(filter->app->queue->index, &filter->query, filter->arena, found, err);
}

/* Where it stands now: what moved out of what is asked for since the index learned of it is none.
 */
static bool find_row(const struct filter *filter, const struct index_record *record,
		     struct look_row *row)
{
	unsigned statuses = filter->query.statuses;

	return holds(filter, record) && look_row_of(filter->app->queue, record, row) &&
	       (!statuses || statuses & 1u << row->status);
}

/* Up to the page's limit; the rest of the batch is left for the next page. */
static void keep(struct filter *filter, const struct index_page *found, size_t limit,
		 struct filter_page *page)
{
	for (size_t i = 0; i < found->count; i++) {
		if (page->count == limit) {
			page->more = true;
			return;
		}
		page->examined++;
		go_on_after(filter, &found->records[i]);
		page->count += find_row(filter, &found->records[i], &page->rows[page->count]);
	}
	page->more = found->more;
	page->examined += found->examined - (unsigned)found->count;
	if (found->examined)
		go_on_after(filter, &found->end);
}

/* A record does not tell where it stands in a lane: of those no more are taken than the page has
 * room for, so that it ends where they do. */
static size_t batch_of(const struct filter *filter, size_t room)
{
	return examines(filter) && !*filter->lane ? BATCH : room;
}

bool filter_next(struct filter *filter, size_t limit, struct filter_page *page, struct err *err)
{
	struct index_page found;

	*page = (struct filter_page){.more = true};
	page->rows = arena_alloc(filter->arena, (limit + 1) * sizeof *page->rows);
	do {
		if (!list(filter, batch_of(filter, limit - page->count), &found, err))
			return false;
		keep(filter, &found, limit, page);
	} while (page->more && page->count < limit && page->examined < FILTER_EXAMINED);
	return true;
}

/* All that waits for a connector. */
static bool is_whole_lane(const struct filter *filter)
{
	for (int i = 0; i < FILTER_FIELDS; i++)
		if (i != FILTER_WAITS && filter->field[i].n)
			return false;
	return *filter->lane;
}

static bool count_lane(const struct filter *filter, uint64_t *n)
{
	struct index_lane lane;
	struct err err = {0};

	if (!index_lane_get(filter->app->queue->index, filter->stage, filter->lane, &lane, &err))
		return false;
	*n = lane.ready;
	return true;
}

/* Whether so many have to be looked at that it is not done. */
static bool is_long(const struct filter *filter)
{
	struct filter copy = *filter;
	struct index_page found;
	struct err err = {0};

	copy.query.places = true;
	return !list(&copy, 1, &found, &err) || found.more;
}

bool filter_count(const struct filter *filter, uint64_t *n)
{
	struct filter copy = *filter;
	struct index_page found = {.more = true};
	unsigned examined = 0;
	struct err err = {0};

	*n = 0;
	copy.query.after = NULL;
	if (is_whole_lane(filter))
		return count_lane(filter, n);
	if (is_long(&copy))
		return false;
	while (found.more && examined < FILTER_EXAMINED) {
		if (!list(&copy, BATCH, &found, &err))
			return false;
		for (size_t i = 0; i < found.count; i++)
			*n += holds(&copy, &found.records[i]);
		examined += found.examined;
		go_on_after(&copy, &found.end);
	}
	return !found.more;
}

const char *filter_cursor(const struct filter *filter)
{
	return cursor_text(&filter->after, filter->arena);
}

bool filter_seek(struct filter *filter, struct slice cursor)
{
	struct index_record after = {0};

	if (!cursor_read(cursor, &after))
		return false;
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

	for (int i = 0; i < FILTER_FIELDS; i++)
		add_field(&text, names[i], filter->field[i], filter->arena);
	return text;
}

void filter_put(struct json_out *out, const char *key, const struct filter *filter)
{
	json_open(out, key, '{');
	for (int i = 0; i < FILTER_FIELDS; i++)
		json_put_slice(out, names[i], filter->field[i]);
	json_close(out, '}');
}
