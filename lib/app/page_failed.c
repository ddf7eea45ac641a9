#include "app/page_failed.h"

#include <stdio.h>
#include <sys/stat.h>

#include "app/cause.h"
#include "app/health.h"
#include "app/job.h"
#include "app/row.h"
#include "app/words.h"
#include "base/clock.h"
#include "queue/template_edit.h"

/* --- looking --- */

struct failed {
	struct page *page;
	struct causes causes;
	struct slice since; /* as given; empty: all */
	bool more;          /* than are looked at */
};

static bool look_at_failed(struct failed *failed, struct err *err)
{
	struct page *page = failed->page;
	struct index_query query = {.statuses = 1u << STATUS_FAILED, .limit = FAILED_EXAMINED};
	struct index_page found;
	int64_t age_ms;

	if (page->organization.n) {
		query.organizations = &page->organization;
		query.organization_count = 1;
	}
	if (clock_parse_age(failed->since, &age_ms))
		query.since_ms = page->now_ms - age_ms;
	else
		failed->since = (struct slice){0};
	if (!index_list(page->context->queue->index, &query, page->arena, &found, err))
		return false;
	for (size_t i = 0; i < found.count; i++)
		causes_add(&failed->causes, &found.records[i]);
	causes_sort(&failed->causes);
	failed->more = found.more;
	return true;
}

/* --- a group --- */

/* "conn_a", "conn_a and 2 more", "38 domains" */
static const char *names_text(const struct cause_names *names, const char *none, const char *many,
			      struct arena *arena)
{
	if (names->n == 0)
		return none;
	if (names->n == 1)
		return arena_slice(arena, names->at[0]).p;
	if (many)
		return arena_format(arena, "%zu%s %s", names->n,
				    names->n == CAUSE_NAMES_MOST ? " or more" : "", many);
	return arena_format(arena, "%.*s and %zu more", SLICE_ARGS(names->at[0]), names->n - 1);
}

static const char *bars(const struct cause *cause, struct arena *arena)
{
	unsigned most = 1; /* the highest; an hour without any has no bar */
	struct buf path = {0};

	for (int i = 0; i < 24; i++)
		most = cause->hours[i] > most ? cause->hours[i] : most;
	for (int i = 0; i < 24; i++)
		if (cause->hours[i])
			buf_addf(&path, "M%d 27v-%.1f", 6 * i + 2, 26.0 * cause->hours[i] / most);
	const char *text = arena_slice(arena, buf_slice(&path)).p;
	buf_free(&path);
	return text;
}

/* When the group's only template was changed after its newest failure; 0: it was not. */
static int64_t mended_ms(const struct page *page, const struct cause *cause)
{
	const struct organization *org =
		conf_organization(page->context->queue->conf, page->organization);
	struct stat st;

	if (!org || cause->templates.n != 1)
		return 0;
	const char *path = arena_format(page->arena, "%s/templates/%.*s.yaml", org->directory,
					SLICE_ARGS(cause->templates.at[0]));
	if (stat(path, &st) < 0)
		return 0;
	int64_t ms = st.st_mtim.tv_sec * 1000LL + st.st_mtim.tv_nsec / 1000000;
	return ms > cause->last_ms ? ms : 0;
}

static void ignore(void *data, const struct template_fault *fault)
{
	(void)data, (void)fault; /* its own page tells them */
}

/* Whether the group's template, as it is now, passes its check. */
static bool is_sound(const struct page *page, const struct cause *cause)
{
	const struct template_preview preview = {
		.organization = conf_organization(page->context->queue->conf, page->organization),
		.id = arena_slice(page->arena, cause->templates.at[0]).p,
	};
	struct err err = {0};

	return template_examine(&preview, ignore, NULL, page->arena, &err);
}

static void put_outlook(struct page *page, const struct cause *cause)
{
	static const struct {
		const char *class, *lead, *text;
	} outlooks[] = {
		[CAUSE_TEMPORARY] = {"deferred", "Temporary.",
				     "A retry starts with fresh attempts."},
		[CAUSE_PERMANENT] = {"failed", "Refused for good.",
				     "A retry will most likely hear the same."},
		[CAUSE_TEMPLATE] = {"failed", "Not rendered.",
				    "A retry renders afresh: mend the template first."},
	};
	int64_t mended = cause->kind == CAUSE_TEMPLATE ? mended_ms(page, cause) : 0;

	const char *lead = outlooks[cause->kind].lead, *text = outlooks[cause->kind].text;
	bool sound = mended && is_sound(page, cause);

	if (sound) {
		lead = "Mended.";
		text = arena_format(page->arena,
				    "The template was changed at %s and passes its check; a retry "
				    "renders afresh.",
				    words_moment(mended, page->now_ms, page->arena));
	} else if (mended) {
		text = arena_format(page->arena,
				    "The template was changed at %s and still has a problem.",
				    words_moment(mended, page->now_ms, page->arena));
	}
	json_open(&page->out, "outlook", '{');
	json_put_text(&page->out, "class", sound ? "sent" : outlooks[cause->kind].class);
	json_put_text(&page->out, "lead", lead);
	json_put_text(&page->out, "text", text);
	json_close(&page->out, '}');
}

static void put_where(struct page *page, const struct cause *cause)
{
	json_put_text(&page->out, "connector",
		      names_text(&cause->connectors, "before routing", NULL, page->arena));
	json_put_text(&page->out, "domain",
		      names_text(&cause->domains, "nobody", "domains", page->arena));
	json_put_text(&page->out, "template",
		      names_text(&cause->templates, "no template", NULL, page->arena));
}

/* The index has the beginning of a long one, which ends between two characters. */
static struct slice in_list(struct slice said, struct arena *arena)
{
	if (said.n < INDEX_TEXT_MOST - 3)
		return said;
	return slice_text(arena_format(arena, "%.*s…", SLICE_ARGS(said)));
}

static void put_said(struct page *page, const struct cause *cause)
{
	bool reply = row_is_reply(cause->said);
	struct slice said = in_list(cause->said, page->arena);

	json_put_slice(&page->out, "said", slice_first(said, reply ? said.n : 0));
	json_put_slice(&page->out, "text", slice_first(said, reply ? 0 : said.n));
}

static void put_group(struct failed *failed, const struct cause *cause, struct slice asked)
{
	struct page *page = failed->page;
	struct json_out *out = &page->out;
	const struct job *job = job_of_cause(page->context->jobs, page->organization, cause->id);
	int64_t starts_ms = job ? page->now_ms + job->at_ms - clock_boot_ms() : 0;

	json_open(out, NULL, '{');
	json_put_text(out, "id", cause->id);
	json_put_text(out, "name", cause->name);
	put_said(page, cause);
	put_outlook(page, cause);
	put_where(page, cause);
	json_put_text(out, "count", words_number(cause->count, page->arena));
	json_put_text(out, "messages", words_messages(cause->count, page->arena));
	json_put_text(out, "bars", bars(cause, page->arena));
	words_put_time(out, "last", cause->last_ms, page->now_ms, page->arena);
	json_put_text(out, "first", words_moment(cause->first_ms, page->now_ms, page->arena));
	json_put_text(out, "job",
		      !job || job->done
			      ? NULL
			      : arena_format(page->arena, "%llu", (unsigned long long)job->number));
	json_put_text(out, "running",
		      job ? job->done ? arena_format(page->arena, "%zu of %zu are back", job->done,
						     job->n)
				      : arena_format(page->arena, "Retry starts at %s",
						     words_time(starts_ms, page->now_ms,
								page->arena))
			  : NULL);
	json_put_bool(out, "asks", slice_is(asked, cause->id));
	json_close(out, '}');
}

/* --- the page --- */

/* How many have failed, whether looked at or not; in a time, that is not known of more. */
static const char *all_of(const struct failed *failed)
{
	struct page *page = failed->page;
	size_t looked_at = failed->causes.count;
	struct look_counts counts;
	struct err err = {0};

	if (!failed->more)
		return words_messages(looked_at, page->arena);
	if (!failed->since.n && health_counts(page, &counts, &err))
		return words_messages(counts.count[STATUS_FAILED], page->arena);
	return arena_format(page->arena, "more than %s", words_messages(looked_at, page->arena));
}

/* "of 1 cause", "by 100 connectors or more" */
static const char *groups_of(const struct causes *causes, struct arena *arena)
{
	static const char *const how[CAUSE_BY_COUNT] = {"of", "by", "to", "with"};

	return arena_format(arena, "%s %s%s", how[causes->by],
			    words_count(causes->n, cause_by_name(causes->by), arena),
			    causes->left_out ? " or more" : "");
}

static void put_sentence(struct failed *failed)
{
	const struct causes *causes = &failed->causes;
	struct page *page = failed->page;
	struct arena *arena = page->arena;
	const char *groups = groups_of(causes, arena), *text = "";
	size_t left_out = causes->left_out;

	for (size_t i = FAILED_GROUPS; i < causes->n; i++)
		left_out += causes->all[i].count;
	text = failed->more ? arena_format(arena, ". The newest %s are looked at here, %s.",
					   words_number(causes->count, arena), groups)
			    : arena_format(arena, ", %s.", groups);
	json_put_text(&page->out, "n", all_of(failed));
	json_put_text(&page->out, "sentence", text);
	json_put_text(&page->out, "likely", words_number(causes->temporary, arena));
	json_put_text(&page->out, "unlikely",
		      words_number(causes->count - causes->temporary, arena));
	json_put_text(&page->out, "left_out", left_out ? words_messages(left_out, arena) : NULL);
}

void failed_show(struct http_request *request)
{
	struct page page;
	struct failed failed = {.page = &page,
				.since = slice_text(http_request_query(request, "since"))};
	struct err err = {0};

	if (!page_begin(&page, request, "failed"))
		return;
	struct slice asked = slice_text(http_request_query(request, "ask"));
	failed.causes = (struct causes){.arena = page.arena,
					.now_ms = page.now_ms,
					.by = cause_by_named(
						slice_text(http_request_query(request, "by")))};
	if (!look_at_failed(&failed, &err)) {
		page_drop(&page);
		page_refuse(request, &err);
		return;
	}
	json_put_text(&page.out, "title", "Failed");
	json_put_bool(&page.out, "live", true);
	json_put_text(&page.out, "by", cause_by_name(failed.causes.by));
	json_put_slice(&page.out, "since", failed.since);
	put_sentence(&failed);
	json_open(&page.out, "causes", '[');
	for (size_t i = 0; i < failed.causes.n && i < FAILED_GROUPS; i++)
		put_group(&failed, &failed.causes.all[i], asked);
	json_close(&page.out, ']');
	page_render(&page, 200, "failed.html");
}
