#include "app/page_templates.h"

#include <stdio.h>
#include <sys/stat.h>

#include "app/caller.h"
#include "app/configured.h"
#include "app/words.h"
#include "queue/template_edit.h"

/* --- how one is --- */

struct soundness {
	size_t faults, warnings;
	struct template_fault first; /* of the faults; else of the warnings */
	char what[200], where[100];
};

static void count_fault(void *data, const struct template_fault *fault)
{
	struct soundness *soundness = data;
	bool is_first = soundness->faults == 0 && (!fault->is_warning || soundness->warnings == 0);

	soundness->faults += !fault->is_warning;
	soundness->warnings += fault->is_warning;
	if (!is_first)
		return;
	soundness->first = *fault;
	snprintf(soundness->what, sizeof soundness->what, "%s", fault->what);
	snprintf(soundness->where, sizeof soundness->where, "%s", fault->where ? fault->where : "");
}

/* What the page says of all of them. */
struct tally {
	size_t total; /* of which n are shown */
	size_t n, sound, without_sample, n_faulty, warned;
	size_t drafts, unpublished, faulty_drafts;
	const char *faulty, *faulty_at; /* the first with a problem */
	const char *end;                /* the last that is shown: "acme/tpl_a" */
	bool more;                      /* follow */
};

/* What the first fault, or warning, says, and where. */
static const char *first_of(const struct soundness *soundness, struct arena *arena)
{
	if (!soundness->first.line)
		return arena_text(arena, soundness->what);
	return arena_format(arena, "%s, line %u: %s", soundness->where, soundness->first.line,
			    soundness->what);
}

static void put_check(struct json_out *out, const struct soundness *soundness,
		      const struct template_file *file, struct arena *arena)
{
	bool told = soundness->faults || soundness->warnings;

	json_open(out, "check", '{');
	json_put_text(out, "class",
		      soundness->faults     ? "failed"
		      : soundness->warnings ? "deferred"
		      : file->sample_count  ? "sent"
					    : "queued");
	json_put_text(out, "word",
		      soundness->faults     ? words_count(soundness->faults, "problem", arena)
		      : soundness->warnings ? words_count(soundness->warnings, "warning", arena)
		      : file->sample_count
			      ? arena_format(arena, "Renders with %s",
					     words_count(file->sample_count, "sample", arena))
			      : "No sample context");
	json_put_text(out, "text",
		      told                 ? first_of(soundness, arena)
		      : file->sample_count ? ""
					   : "only its syntax is checked");
	json_close(out, '}');
}

static void put_draft(struct page *page, const struct organization *org,
		      const struct template_draft *draft, struct tally *tally)
{
	struct soundness soundness = {0};
	struct json_out *out = &page->out;

	template_draft_check(org, draft, false, count_fault, &soundness);
	json_open(out, "draft", '{');
	json_put_text(out, "by", draft->by);
	words_put_time(out, "time", draft->at_ms, page->now_ms, page->arena);
	if (soundness.faults) {
		json_put_text(out, "problems",
			      words_count(soundness.faults, "problem", page->arena));
		json_put_text(out, "text", first_of(&soundness, page->arena));
	}
	json_close(out, '}');
	tally->drafts++;
	tally->faulty_drafts += soundness.faults > 0;
}

static void put_languages(struct json_out *out, const struct template_file *file)
{
	json_open(out, "languages", '[');
	for (size_t i = 0; i < file->language_count; i++)
		json_put_text(out, NULL, file->languages[i].tag);
	json_close(out, ']');
}

static void put_changed(struct page *page, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		words_put_time(&page->out, "changed", (int64_t)st.st_mtime * 1000, page->now_ms,
			       page->arena);
}

static void put_published(struct page *page, struct templates *templates,
			  const struct organization *org, const struct template_file *file,
			  struct tally *tally)
{
	struct json_out *out = &page->out;
	struct soundness soundness = {0};

	template_check(templates, org, slice_text(file->id), count_fault, &soundness);
	json_put_text(out, "name", file->name);
	json_put_text(out, "subject", file->fields.subject);
	json_put_bool(out, "managed", file->managed);
	put_languages(out, file);
	put_check(out, &soundness, file, page->arena);
	put_changed(page, file->file);
	tally->without_sample += !soundness.faults && !file->sample_count;
	tally->sound += !soundness.faults && file->sample_count;
	tally->warned += !soundness.faults && soundness.warnings;
	if (!soundness.faults || tally->n_faulty++)
		return;
	tally->faulty = file->name;
	tally->faulty_at =
		arena_format(page->arena, "%s/%s/templates/%s", page->app, org->id, file->id);
}

static void put_unpublished(struct page *page, const struct template_draft *draft,
			    struct tally *tally)
{
	json_put_slice(&page->out, "name", json_get_text(draft->members, "name"));
	json_put_slice(&page->out, "subject", json_get_text(draft->members, "subject"));
	json_put_bool(&page->out, "managed", true);
	json_put_bool(&page->out, "unpublished", true);
	tally->unpublished++;
}

static void put_one(struct page *page, struct templates *templates, const struct organization *org,
		    const char *id, struct tally *tally)
{
	struct json_out *out = &page->out;
	struct err err = {0}, no_draft = {0};
	const struct template_file *file = template_file_of(org, slice_text(id), page->arena, &err);
	const struct template_draft *draft =
		template_draft_of(org, slice_text(id), page->arena, &no_draft);

	json_open(out, NULL, '{');
	json_put_text(out, "id", id);
	json_put_text(out, "org", org->id);
	tally->n++;
	if (file)
		put_published(page, templates, org, file, tally);
	else if (draft && err.code == EX_NOINPUT)
		put_unpublished(page, draft, tally);
	else
		json_put_text(out, "wrong", err.code != EX_NOINPUT ? err.text : no_draft.text);
	if (draft)
		put_draft(page, org, draft, tally);
	json_close(out, '}');
	if (file || draft || tally->n_faulty++)
		return;
	tally->faulty = id;
	tally->faulty_at = arena_format(page->arena, "%s/%s/templates/%s", page->app, org->id, id);
}

/* --- the list --- */

static const char *words_of_drafts(const struct tally *tally, struct arena *arena)
{
	const char *text = arena_format(arena, "%s %s not published",
					words_count(tally->drafts, "draft", arena),
					tally->drafts == 1 ? "is" : "are");

	if (tally->faulty_drafts && tally->drafts == 1)
		text = arena_format(arena, "%s, and has problems", text);
	else if (tally->faulty_drafts)
		text = arena_format(arena, "%s, %zu of them with problems", text,
				    tally->faulty_drafts);
	return arena_format(arena, "%s.", text);
}

static void put_sentence(struct page *page, const struct tally *tally)
{
	struct arena *arena = page->arena;
	const char *text = words_count(tally->total, "template", arena);

	if (tally->n < tally->total)
		text = arena_format(arena, "%s, %zu of them here", text, tally->n);
	if (tally->n == tally->sound && !tally->warned)
		text = arena_format(arena, tally->n == 1 ? "%s. It is sound." : "%s, all sound.",
				    text);
	else
		text = arena_format(arena, "%s. %zu %s sound", text, tally->sound,
				    tally->sound == 1 ? "is" : "are");
	if (tally->without_sample)
		text = arena_format(arena, "%s, %zu %s no sample to be checked with", text,
				    tally->without_sample,
				    tally->without_sample == 1 ? "has" : "have");
	if (tally->warned)
		text = arena_format(arena, "%s, %zu with a warning", text, tally->warned);
	if (tally->n_faulty)
		text = arena_format(arena, "%s, %zu %s problems, first of all", text,
				    tally->n_faulty, tally->n_faulty == 1 ? "has" : "have");
	else if (tally->n != tally->sound || tally->warned)
		text = arena_format(arena, "%s.", text);
	json_put_text(&page->out, "sentence", text);
	json_put_text(&page->out, "drafts", tally->drafts ? words_of_drafts(tally, arena) : NULL);
	json_put_text(&page->out, "faulty", tally->faulty);
	json_put_text(&page->out, "faulty_at", tally->faulty_at);
}

/* Organizations and their templates are sorted each by their own names. */
static bool is_behind(const struct organization *org, const char *id, const char *after)
{
	struct slice rest = slice_text(after), first = {0};

	if (!after)
		return true;
	slice_next(&rest, '/', &first);
	int order = slice_compare(slice_text(org->id), first);
	return order > 0 || (order == 0 && slice_compare(slice_text(id), rest) > 0);
}

/* Of all that are published or have a draft; sorted. */
static bool list_ids(const struct organization *org, struct arena *arena, const char ***ids,
		     size_t *count, struct err *err)
{
	const char **files = NULL, **drafts = NULL;
	size_t n_files = 0, n_drafts = 0, n = 0;

	if (!template_file_ids(org, arena, &files, &n_files, err) ||
	    !template_draft_ids(org, arena, &drafts, &n_drafts, err))
		return false;
	*ids = arena_alloc(arena, (n_files + n_drafts + 1) * sizeof **ids);
	for (size_t i = 0, j = 0; i < n_files || j < n_drafts;) {
		int order = i == n_files ? 1 : j == n_drafts ? -1 : strcmp(files[i], drafts[j]);
		(*ids)[n++] = order <= 0 ? files[i] : drafts[j];
		i += order <= 0;
		j += order >= 0;
	}
	*count = n;
	return true;
}

/* Those behind `after`, as many as are shown. */
static bool put_of(struct page *page, struct templates *templates, const struct organization *org,
		   const char *after, struct tally *tally, struct err *err)
{
	const char **ids = NULL;
	size_t n = 0;

	if (!list_ids(org, page->arena, &ids, &n, err))
		return false;
	tally->total += n;
	for (size_t i = 0; i < n; i++) {
		if (!is_behind(org, ids[i], after))
			continue;
		if (tally->n == TEMPLATES_SHOWN) {
			tally->more = true;
			break;
		}
		put_one(page, templates, org, ids[i], tally);
		tally->end = arena_format(page->arena, "%s/%s", org->id, ids[i]);
	}
	return true;
}

static void put_all(struct page *page, const char *after)
{
	const struct conf *conf = page->context->queue->conf;
	struct templates *templates = template_open_checked(false);
	struct tally tally = {0};
	struct err err = {0};
	bool ok = true;

	json_open(&page->out, "templates", '[');
	for (size_t i = 0; i < conf->organization_count && ok; i++)
		if (!page->organization.n ||
		    slice_is(page->organization, conf->organizations[i].id))
			ok = put_of(page, templates, &conf->organizations[i], after, &tally, &err);
	json_close(&page->out, ']');
	put_sentence(page, &tally);
	json_put_text(&page->out, "wrong", ok ? NULL : err.text);
	json_put_text(&page->out, "after", after);
	json_put_text(&page->out, "more", tally.more ? tally.end : NULL);
	templates_close(templates);
}

void template_list_show(struct http_request *request)
{
	struct page page;

	if (!page_begin(&page, request, "templates"))
		return;
	json_put_text(&page.out, "title", "Templates");
	put_all(&page, http_request_query(request, "after"));
	page_render(&page, 200, "templates.html");
}

/* --- a new one --- */

/* Where the page is of all organizations, the form says which. NULL: it has answered. */
static const struct organization *choose(struct http_request *request)
{
	const struct app *app = request->context;
	const struct conf *conf = app->queue->conf;
	struct slice only;

	if (!page_organization(request, &only))
		return NULL;
	if (!only.n)
		only = http_request_form(request, "organization");
	for (size_t i = 0; i < conf->organization_count; i++)
		if (slice_is(only, conf->organizations[i].id) || conf->organization_count == 1)
			return &conf->organizations[i];
	page_error(request, 422, "Nothing was made", "It has to belong to an organization.");
	return NULL;
}

static void show_form(struct http_request *request, unsigned status, const char *name,
		      const char *title, const char *wrong)
{
	static const char *const typed[] = {"id", "name", "subject", "xml", "organization"};
	struct page page;

	if (!page_begin(&page, request, "templates"))
		return;
	json_put_text(&page.out, "title", title);
	json_put_text(&page.out, "wrong", wrong);
	json_open(&page.out, "typed", '{');
	for (size_t i = 0; i < sizeof typed / sizeof *typed; i++)
		json_put_slice(&page.out, typed[i], http_request_form(request, typed[i]));
	json_close(&page.out, '}');
	page_render(&page, status, name);
}

void template_new_show(struct http_request *request)
{
	show_form(request, 200, "template-new.html", "New template", NULL);
}

/* Enough to see how one is made, and sound. */
static const struct json *starter(struct http_request *request)
{
	struct slice name = slice_trim(http_request_form(request, "name"));
	struct buf text = {0};
	struct json_out out = {.buf = &text};

	json_open(&out, NULL, '{');
	if (name.n)
		json_put_slice(&out, "name", name);
	json_put_slice(&out, "subject", slice_trim(http_request_form(request, "subject")));
	json_put_text(&out, "body_html", "<p>Hello {{ name }},</p>\n<p>…</p>\n");
	json_put_raw(&out, "samples", (struct slice)SLICE("{\"first\":{\"name\":\"Alice\"}}"));
	json_close(&out, '}');
	return app_values(&text, &request->arena);
}

void template_new(struct http_request *request)
{
	const struct organization *org = choose(request);
	struct managed_edit edit = {.organization = org, .is_new = true, .is_remote = true};
	struct err err = {0};

	if (!org)
		return;
	edit.id = arena_slice(&request->arena, slice_trim(http_request_form(request, "id"))).p;
	edit.values = starter(request);
	if (template_draft_put(&edit, "", app_who(request), &request->arena, &err)) {
		configured_log(request, "template-draft", "template", org, edit.id);
		page_go(request, arena_format(&request->arena, "%s/%s/templates/%s",
					      page_app(request), org->id, edit.id));
	} else {
		show_form(request, err.code == EX_CANTCREAT ? 409 : app_status(&err),
			  "template-new.html", "New template", err.text);
	}
}
