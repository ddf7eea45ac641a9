#include "app/page_queue.h"

#include "app/charts.h"
#include "app/filter.h"
#include "app/health.h"
#include "app/job.h"
#include "app/row.h"
#include "app/words.h"
#include "conf/template_file.h"

#define SHOWN_MOST 100
#define CHOICES_MOST 100

/* --- counts --- */

/* clang-format off */
static const struct count {
	const char *id; /* of status_set */
	const char *word, *class;
} strip[] = {
	{"ready",     "Ready",     "queued"},
	{"deferred",  "Deferred",  "deferred"},
	{"held",      "Held",      "held"},
	{"sending",   "Sending",   "sending"},
	{"sent",      "Sent",      "sent"},
	{"failed",    "Failed",    "failed"},
	{"cancelled", "Cancelled", "cancelled"},
	{"draft",     "Draft",     "draft"},
	{"all",       "All",       ""},
};
/* clang-format on */

static void put_count(struct page *page, const struct count *count,
		      const struct look_counts *counts, const struct filter *filter)
{
	unsigned set = status_set(slice_text(count->id));
	uint64_t n = look_count(counts, set ? set : ~0u);

	json_open(&page->out, NULL, '{');
	json_put_text(&page->out, "id", count->id);
	json_put_text(&page->out, "word", count->word);
	json_put_text(&page->out, "class", count->class);
	json_put_int(&page->out, "n", (int64_t)n);
	json_put_text(&page->out, "text", words_number(n, page->arena));
	json_put_bool(&page->out, "current",
		      filter->query.statuses == set && !filter_is_set(filter));
	json_close(&page->out, '}');
}

static void put_counts(struct page *page, const struct look_counts *counts,
		       const struct filter *filter)
{
	unsigned queued = status_set(slice_text("queued"));
	uint64_t n = look_count(counts, queued);

	json_open(&page->out, "counts", '[');
	for (size_t i = 0; i < sizeof strip / sizeof *strip; i++)
		put_count(page, &strip[i], counts, filter);
	json_close(&page->out, ']');
	json_open(&page->out, "queued", '{');
	json_put_int(&page->out, "n", (int64_t)n);
	json_put_text(&page->out, "text", words_number(n, page->arena));
	json_put_bool(&page->out, "current", filter->query.statuses == queued);
	json_put_text(&page->out, "oldest",
		      counts->oldest_ready_ms
			      ? words_duration(page->now_ms - counts->oldest_ready_ms, page->arena)
			      : NULL);
	json_close(&page->out, '}');
}

/* --- what can be chosen --- */

/* Where all organizations are shown, or there are too many to choose from, a name is typed. */
static void put_choices(struct page *page, const struct organization *org)
{
	const char **ids;
	struct err err = {0};
	size_t n = 0;

	bool listed = org && template_file_ids(org, page->arena, &ids, &n, &err);
	json_open(&page->out, "templates", '[');
	for (size_t i = 0; listed && n <= CHOICES_MOST && i < n; i++)
		json_put_text(&page->out, NULL, ids[i]);
	json_close(&page->out, ']');
	json_open(&page->out, "connectors", '[');
	for (size_t i = 0; org && org->connector_count <= CHOICES_MOST && i < org->connector_count;
	     i++)
		json_put_text(&page->out, NULL, org->connectors[i].id);
	json_close(&page->out, ']');
	const struct connector *via = org ? organization_default(org) : NULL;
	json_put_text(&page->out, "via", via ? via->name : NULL);
}

/* --- the list --- */

static const char *heading_of(const struct filter *filter, struct arena *arena)
{
	unsigned set = filter->query.statuses;
	struct slice status = filter->field[FILTER_STATUS], waits = filter->field[FILTER_WAITS];

	if (waits.n)
		return arena_format(arena, "Messages that wait for %.*s", SLICE_ARGS(waits));
	if (!set)
		return "All messages";
	if (set & (set - 1))
		return arena_format(arena, "%c%.*s messages", status.p[0] - 'a' + 'A',
				    SLICE_ARGS(slice_after(status, 1)));
	return arena_format(arena, "%s messages", words_status((enum status)__builtin_ctz(set)));
}

static const char *empty_of(const struct filter *filter, struct arena *arena)
{
	struct slice status = filter->field[FILTER_STATUS], q = filter->field[FILTER_Q];
	const char *status_ = status.n ? arena_format(arena, "%.*s ", SLICE_ARGS(status)) : "";
	const char *for_ = q.n ? arena_format(arena, " for “%.*s”", SLICE_ARGS(q)) : "";

	return arena_format(arena, "No %smessage%s.", status_, for_);
}

/* How many the list has; false where that is not known without looking through it all. A page that
 * is followed has said it already. */
static bool count_list(const struct filter *filter, const struct filter_page *rows,
		       const struct look_counts *counts, bool cursor, bool is_followed, uint64_t *n)
{
	unsigned set = filter->query.statuses;

	if (!filter_is_set(filter)) {
		*n = look_count(counts, set ? set : ~0u);
		return true;
	}
	*n = rows->count;
	if (!rows->more && !cursor)
		return true;
	return !is_followed && filter_count(filter, n);
}

/* "50 of 129,670"; of a list that was looked through, how far. */
static const char *shown_of(const struct page *page, const struct filter_page *rows, uint64_t n,
			    bool is_known)
{
	const char *shown = words_number(rows->count, page->arena);

	if (is_known)
		return arena_format(page->arena, "%s of %s", shown, words_number(n, page->arena));
	if (rows->more && rows->count < QUEUE_PAGE)
		return arena_format(page->arena, "%s among %s looked through", shown,
				    words_number(rows->examined, page->arena));
	return arena_format(page->arena, "%s shown", shown);
}

/* What "all" selects: a job takes so many and no more. */
static const char *all_of(const struct page *page, uint64_t n, bool is_known)
{
	if (!is_known)
		return "All that match";
	if (n > JOB_IDS_MOST)
		return arena_format(page->arena, "The newest %s of %s",
				    words_number(JOB_IDS_MOST, page->arena),
				    words_number(n, page->arena));
	return arena_format(page->arena, "All %s that match", words_number(n, page->arena));
}

static void put_list(struct page *page, struct filter *filter, const struct filter_page *rows,
		     const struct look_counts *counts)
{
	const char *text = filter_text(filter);
	bool cursor = http_request_query(page->request, "cursor");
	bool is_followed = http_request_query(page->request, "live");
	uint64_t n;
	bool is_known = count_list(filter, rows, counts, cursor, is_followed, &n);

	json_put_text(&page->out, "heading", heading_of(filter, page->arena));
	json_put_text(&page->out, "empty", empty_of(filter, page->arena));
	json_put_bool(&page->out, "filtered",
		      filter->field[FILTER_STATUS].n || filter_is_set(filter));
	filter_put(&page->out, "filter", filter);
	json_open(&page->out, "messages", '[');
	for (size_t i = 0; i < rows->count; i++)
		row_put(page, NULL, &rows->rows[i]);
	json_close(&page->out, ']');
	json_open(&page->out, "page", '{');
	json_put_text(&page->out, "shown", shown_of(page, rows, n, is_known));
	json_put_text(&page->out, "all", all_of(page, n, is_known));
	json_put_bool(&page->out, "cursor", cursor);
	json_put_bool(&page->out, "short", rows->more && rows->count < QUEUE_PAGE);
	json_put_text(&page->out, "first", arena_format(page->arena, "%s/queue%s", page->at, text));
	json_put_text(&page->out, "more",
		      rows->more ? arena_format(page->arena, "%s/queue%s%ccursor=%s", page->at,
						text, *text ? '&' : '?', filter_cursor(filter))
				 : NULL);
	json_close(&page->out, '}');
}

/* --- rows that an open page shows already, wherever they are now --- */

static bool is_listed(const struct filter_page *rows, const char *id)
{
	for (size_t i = 0; i < rows->count; i++)
		if (strcmp(rows->rows[i].record->id, id) == 0)
			return true;
	return false;
}

static void put_one(struct page *page, const char *id)
{
	struct index_record record;
	struct err err = {0};

	if (!index_get(page->context->queue->index, id, page->arena, &record, &err) ||
	    !app_is_in_scope(page->request, record.organization))
		return;
	row_put(page, NULL, &(struct look_row){.record = &record, .status = record.status});
}

static void put_shown(struct page *page, const struct filter_page *rows)
{
	struct slice rest = slice_text(http_request_query(page->request, "shown")), id;

	json_open(&page->out, "shown", '[');
	for (int i = 0; i < SHOWN_MOST && slice_next(&rest, '.', &id); i++) {
		const char *text = arena_slice(page->arena, id).p;
		if (id_valid(id) && !is_listed(rows, text))
			put_one(page, text);
	}
	json_close(&page->out, ']');
}

void queue_show(struct http_request *request)
{
	struct look_counts counts;
	struct filter_page rows;
	struct filter filter;
	struct page page;
	struct err err = {0};

	if (!page_begin(&page, request, "queue"))
		return;
	filter_read(&filter, request, page.organization, false);
	filter_seek(&filter, slice_text(http_request_query(request, "cursor")));
	if (!health_counts(&page, &counts, &err) ||
	    !filter_next(&filter, QUEUE_PAGE, &rows, &err)) {
		page_drop(&page);
		page_refuse(request, &err);
		return;
	}
	json_put_text(&page.out, "title", "Queue");
	json_put_bool(&page.out, "live", true);
	health_put(&page, "health", &counts);
	charts_put(&page, "charts");
	put_counts(&page, &counts, &filter);
	put_choices(&page, conf_organization(page.context->queue->conf, page.organization));
	put_list(&page, &filter, &rows, &counts);
	put_shown(&page, &rows);
	json_put_bool(&page.out, "first_day", !look_count(&counts, ~0u));
	json_put_text(&page.out, "server", page_server(request));
	page_render(&page, 200, "queue.html");
}

void queue_run(struct http_request *request)
{
	const struct app *app = request->context;

	queue_ring_all(app->queue);
	page_go(request, page_back(request));
}
