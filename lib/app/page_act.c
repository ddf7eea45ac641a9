#include "app/page_act.h"

#include <stdio.h>

#include "app/filter.h"
#include "app/job.h"
#include "app/words.h"
#include "base/clock.h"
#include "queue/act.h"

/* What a form asks for. */
struct selection {
	struct http_request *request;
	const struct app *app;
	struct slice organization;
	enum verb verb;
	const char *reason;       /* NULL: none was given */
	const char *reason_fault; /* NULL: it can be kept */
	bool all;                 /* that the filter finds */
	struct filter filter;
	char (*ids)[ID_SIZE];
	size_t n;
	bool more; /* than a job takes */
};

/* --- which messages --- */

/* One that cannot be opened may be anybody's: for who may act on all, the act says why. */
static bool is_ours(const struct selection *selection, const char *id)
{
	struct look look;
	struct err err = {0};

	if (!look_open(selection->app->queue, id, &look, &err))
		return err.code != EX_NOINPUT && !app_scope(selection->request).n;
	struct slice org = slice_text(look.file.place.org);
	bool ours = app_is_in_scope(selection->request, org) &&
		    (!selection->organization.n || slice_equal(org, selection->organization));
	look_close(&look);
	return ours;
}

static void read_ids(struct selection *selection)
{
	struct slice rest = selection->request->body, id;

	selection->ids = arena_alloc(&selection->request->arena,
				     HTTP_FORM_FIELDS_MOST * sizeof *selection->ids);
	while (selection->n < HTTP_FORM_FIELDS_MOST &&
	       http_request_form_next(selection->request, &rest, "id", &id)) {
		char *to = selection->ids[selection->n];
		if (!id_valid(id))
			continue;
		snprintf(to, ID_SIZE, "%.*s", SLICE_ARGS(id));
		selection->n += is_ours(selection, to);
	}
}

static bool find_all(struct selection *selection, struct err *err)
{
	int64_t until_ms = clock_boot_ms() + ACT_MS;
	struct filter_page page = {.more = true};
	unsigned examined = 0;

	selection->ids = arena_alloc(&selection->request->arena,
				     (JOB_IDS_MOST + 1) * sizeof *selection->ids);
	while (page.more && selection->n < JOB_IDS_MOST && examined < ACT_EXAMINED &&
	       clock_boot_ms() < until_ms) {
		if (!filter_next(&selection->filter, JOB_IDS_MOST - selection->n, &page, err))
			return false;
		for (size_t i = 0; i < page.count; i++)
			memcpy(selection->ids[selection->n++], page.rows[i].record->id, ID_SIZE);
		examined += page.examined;
	}
	selection->more = page.more;
	return true;
}

static void read_reason(struct selection *selection)
{
	struct slice text = slice_trim(http_request_form(selection->request, "reason"));
	struct arena *arena = &selection->request->arena;
	struct err err = {0};

	if (text.n)
		selection->reason = arena_slice(arena, text).p;
	if (!verb_check_reason(text, &err))
		selection->reason_fault = arena_text(arena, err.text);
}

/* False: it has answered. */
static bool read_selection(struct http_request *request, struct selection *selection)
{
	struct err err = {0};

	*selection = (struct selection){.request = request, .app = request->context};
	if (!page_organization(request, &selection->organization))
		return false;
	selection->verb = verb_from_name(http_request_form(request, "verb"));
	if (selection->verb == VERB_COUNT) {
		page_error(request, 422, "Nothing was changed", "There is no such act.");
		return false;
	}
	read_reason(selection);
	selection->all = http_request_form(request, "all").n > 0;
	filter_read(&selection->filter, request, selection->organization, true);
	if (!selection->all)
		read_ids(selection);
	else if (!find_all(selection, &err)) {
		page_refuse(request, &err);
		return false;
	}
	return true;
}

/* --- the question --- */

static bool is_for_good(enum verb verb)
{
	return verb == VERB_DELETE || verb == VERB_CANCEL;
}

/* The list that the form was sent from; through the question, what it says. */
static const char *back_of(struct http_request *request)
{
	struct slice back = http_request_form(request, "back");

	return page_is_ours(request, back) ? arena_slice(&request->arena, back).p
					   : page_back(request);
}

static bool is_typed(const struct selection *selection)
{
	return selection->verb == VERB_DELETE && selection->n >= ACT_TYPED;
}

static bool is_count_right(const struct selection *selection)
{
	struct slice count = slice_trim(http_request_form(selection->request, "count"));
	uint64_t typed;

	return !is_typed(selection) ||
	       (slice_number(count, JOB_IDS_MOST, &typed) && typed == selection->n);
}

static bool was_asked(const struct selection *selection)
{
	return http_request_form(selection->request, "sure").n > 0;
}

static bool is_sure(const struct selection *selection)
{
	return was_asked(selection) && is_count_right(selection) && !selection->reason_fault;
}

/* clang-format off */
static const struct question {
	const char *text, *keep, *kept, *milder;
} questions[2][2] = { /* cancels, deletes; one, more */
	{{"It is stopped for good, and its record stays. What a server has already is not called back.",
	  "Leave it", "Kept in its story.", NULL},
	 {"They are stopped for good, and their record stays. What a server has already is not called "
	  "back.", "Leave them", "Kept in their stories.", NULL}},
	{{"It leaves the disk, with its story and attachments, and is not sent. This cannot be undone.",
	  "Keep it", "Kept in the server’s log, since the story goes.",
	  "To stop it and keep the record, cancel it instead."},
	 {"They leave the disk, with their stories and attachments, and are not sent. This cannot be "
	  "undone.", "Keep them", "Kept in the server’s log, since the stories go.",
	  "To stop them and keep the record, cancel them instead."}},
};
/* clang-format on */

static void put_words(struct page *page, const struct selection *selection)
{
	const char *messages = words_messages(selection->n, page->arena);
	const char *word = job_verb_word(selection->verb);
	const struct question *question =
		&questions[selection->verb == VERB_DELETE][selection->n != 1];
	const char *more = selection->more ? " There are more, and these are the newest." : "";

	json_put_text(&page->out, "title", arena_format(page->arena, "%s %s?", word, messages));
	json_put_text(&page->out, "text", arena_format(page->arena, "%s%s", question->text, more));
	json_put_text(&page->out, "act", arena_format(page->arena, "%s %s", word, messages));
	json_put_text(&page->out, "keep", question->keep);
	json_put_text(&page->out, "kept", question->kept);
	json_put_text(&page->out, "milder", question->milder);
	json_put_text(&page->out, "milder_act", arena_format(page->arena, "Cancel %s", messages));
	json_put_text(&page->out, "verb", verb_rows[selection->verb].name);
}

static void ask(const struct selection *selection)
{
	struct http_request *request = selection->request;
	struct page page;

	if (!page_begin(&page, request, "queue"))
		return;
	put_words(&page, selection);
	filter_put(&page.out, "filter", &selection->filter);
	json_put_bool(&page.out, "all", selection->all);
	json_put_text(&page.out, "back", back_of(request));
	json_put_text(&page.out, "count",
		      is_typed(selection) ? arena_format(page.arena, "%zu", selection->n) : NULL);
	json_put_bool(&page.out, "wrong", was_asked(selection) && !is_count_right(selection));
	json_put_text(&page.out, "reason", selection->reason);
	json_put_text(&page.out, "reason_fault", selection->reason_fault);
	json_open(&page.out, "ids", '[');
	for (size_t i = 0; !selection->all && i < selection->n; i++)
		json_put_text(&page.out, NULL, selection->ids[i]);
	json_close(&page.out, ']');
	page_render(&page, 200, "ask.html");
}

/* --- the act --- */

/* The page of a message that was deleted is no more. */
static void tell(struct http_request *request, bool good, const char *lead, const char *text)
{
	const char *back = back_of(request);

	if (good && slice_is(http_request_form(request, "verb"), "delete") &&
	    strstr(back, "/messages/"))
		back = arena_format(&request->arena, "%s/%.*s/queue", page_app(request),
				    SLICE_ARGS(request->args[0]));
	page_tell(request, good ? "sent" : "failed", lead, text, back);
}

static void act_now(const struct selection *selection, const char *by)
{
	struct http_request *request = selection->request;
	struct act act = {.verb = selection->verb, .by = by, .reason = selection->reason};
	struct err first = {0}, err;
	size_t done = 0;

	for (size_t i = 0; i < selection->n; i++) {
		err = (struct err){0};
		if (queue_act(selection->app->queue, selection->ids[i], &act, &err))
			done++;
		else if (!first.code)
			first = err;
	}
	const char *messages = words_messages(selection->n, &request->arena);
	const char *done_word = job_verb_done(selection->verb);
	if (done == selection->n)
		tell(request, true, arena_format(&request->arena, "%s %s.", messages, done_word),
		     "");
	else
		tell(request, false,
		     arena_format(&request->arena, "%s of %s %s.",
				  done ? words_number(done, &request->arena) : "None", messages,
				  done_word),
		     arena_format(&request->arena, "The first that could not be: %s.", first.text));
}

static void act_later(const struct selection *selection, const char *by)
{
	struct http_request *request = selection->request;
	struct jobs *jobs = selection->app->jobs;
	struct job *job = job_add(jobs, selection->verb, selection->organization, by);

	if (!job) {
		tell(request, false, "Too much is under way.", "Try again in a minute.");
		return;
	}
	struct slice cause = selection->filter.field[FILTER_CAUSE];
	if (selection->reason)
		snprintf(job->reason, sizeof job->reason, "%s", selection->reason);
	snprintf(job->cause, sizeof job->cause, "%.*s",
		 SLICE_ARGS(slice_after(cause, slice_find(cause, '.') + 1)));
	for (size_t i = 0; i < selection->n; i++)
		job_add_id(job, selection->ids[i]);
	job_start(jobs, job, is_for_good(selection->verb) ? 0 : JOB_DELAY_MS);
	page_go(request, back_of(request));
}

void act_selected(struct http_request *request)
{
	const char *by = app_who(request);
	struct selection selection;

	if (!read_selection(request, &selection))
		return;
	if (!selection.n)
		tell(request, false, "Nothing was changed.", "No message is selected.");
	else if (is_for_good(selection.verb) && !is_sure(&selection))
		ask(&selection);
	else if (selection.reason_fault)
		page_error(request, 422, "Nothing was changed",
			   arena_format(&request->arena, "The reason cannot be kept: %s.",
					selection.reason_fault));
	else if (selection.n <= ACT_AT_ONCE && !http_request_form(request, "later").n)
		act_now(&selection, by);
	else
		act_later(&selection, by);
}

void act_undo(struct http_request *request)
{
	const struct app *app = request->context;
	struct slice organization;
	uint64_t number = 0;

	if (!page_organization(request, &organization))
		return;
	slice_number(http_request_form(request, "job"), INT64_MAX, &number);
	if (job_undo(app->jobs, number, organization))
		tell(request, true, "Taken back.", "Nothing has moved.");
	else
		tell(request, false, "Too late to take it back.", "It has begun.");
}
