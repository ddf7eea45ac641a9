#include "app/page_purge.h"

#include "app/page.h"
#include "app/page_act.h"
#include "app/purge.h"
#include "app/words.h"
#include "base/clock.h"

static const struct {
	enum status status;
	const char *word;
} statuses[] = {
	{STATUS_SENT, "sent"},
	{STATUS_FAILED, "failed"},
	{STATUS_CANCELLED, "cancelled"},
};
#define STATUSES (sizeof statuses / sizeof *statuses)

/* --- the form --- */

static const char *here(struct http_request *request)
{
	return arena_format(&request->arena, "%s/%.*s/purge", page_app(request),
			    SLICE_ARGS(request->args[0]));
}

static void show(struct http_request *request, unsigned status, const char *wrong)
{
	struct page page;

	if (!page_begin(&page, request, "purge"))
		return;
	json_put_text(&page.out, "title", "Remove old messages");
	json_put_bool(&page.out, "live", true);
	json_put_text(&page.out, "wrong", wrong);
	page_render(&page, status, "purge.html");
}

void purge_show(struct http_request *request)
{
	show(request, 200, NULL);
}

/* An age is counted back from now; the question says, and sends back, the time that this was. */
static bool read_time(struct http_request *request, int64_t *until_ms)
{
	struct slice time = http_request_form(request, "until");
	struct slice number = slice_trim(http_request_form(request, "age"));
	struct slice unit = http_request_form(request, "unit");

	if (!time.n && number.n < 10 && unit.n == 1)
		time = slice_text(arena_format(&request->arena, "%.*s%.*s", SLICE_ARGS(number),
					       SLICE_ARGS(unit)));
	return purge_until(time, clock_now_ms(), until_ms);
}

static unsigned read_statuses(struct http_request *request)
{
	struct slice rest = request->body, word;
	unsigned set = 0;

	while (http_request_form_next(request, &rest, "status", &word))
		set |= purge_statuses(word);
	return set;
}

/* False: it has answered. */
static bool read_form(struct http_request *request, struct purge *what)
{
	*what = (struct purge){.statuses = read_statuses(request),
			       .bodies = !slice_is(http_request_form(request, "what"), "messages")};
	if (!page_organization(request, &what->organization))
		return false;
	if (!read_time(request, &what->until_ms))
		show(request, 422, "An age is a number of hours, days or weeks.");
	else if (!what->statuses)
		show(request, 422, "Choose at least one: sent, failed or cancelled.");
	else
		return true;
	return false;
}

/* --- the question --- */

/* "sent, failed or cancelled" */
static const char *statuses_text(unsigned set, struct arena *arena)
{
	const char *text = "", *before = "";

	for (size_t i = STATUSES; i-- > 0;) {
		if (!(set & 1u << statuses[i].status))
			continue;
		text = arena_format(arena, "%s%s%s", statuses[i].word, before, text);
		before = *before ? ", " : " or ";
	}
	return text;
}

static void put_question(struct page *page, const struct purge *what)
{
	const char *messages = words_messages(what->messages, page->arena);
	const char *act =
		arena_format(page->arena, what->bodies ? "Remove what was in %s" : "Remove %s",
			     messages);
	char until[CLOCK_TEXT_SIZE];

	clock_format(what->until_ms, until);
	json_put_text(&page->out, "title", arena_format(page->arena, "%s?", act));
	json_put_text(&page->out, "act", act);
	json_put_text(&page->out, "statuses", statuses_text(what->statuses, page->arena));
	json_put_bool(&page->out, "bodies", what->bodies);
	json_put_text(&page->out, "until", until);
	json_put_text(&page->out, "moment",
		      words_moment(what->until_ms, page->now_ms, page->arena));
	json_put_text(&page->out, "count",
		      what->messages < ACT_TYPED
			      ? NULL
			      : arena_format(page->arena, "%llu",
					     (unsigned long long)what->messages));
}

static void ask(struct http_request *request, const struct purge *what)
{
	struct page page;

	if (!page_begin(&page, request, "purge"))
		return;
	put_question(&page, what);
	json_put_bool(&page.out, "wrong", http_request_form(request, "count").n > 0);
	json_open(&page.out, "chosen", '[');
	for (size_t i = 0; i < STATUSES; i++)
		if (what->statuses & 1u << statuses[i].status)
			json_put_text(&page.out, NULL, statuses[i].word);
	json_close(&page.out, ']');
	page_render(&page, 200, "purge-ask.html");
}

/* --- the act --- */

static bool is_sure(struct http_request *request, const struct purge *what)
{
	uint64_t typed;

	if (!http_request_form(request, "sure").n)
		return false;
	return what->messages < ACT_TYPED ||
	       (slice_number(slice_trim(http_request_form(request, "count")), INT64_MAX, &typed) &&
		typed == what->messages);
}

static void start(struct http_request *request, const struct purge *what)
{
	const struct app *app = request->context;
	struct purge_plan plan = {.what = *what,
				  .expected = what->messages,
				  .by = app_who(request)};
	struct err err = {0};

	if (purge_start(app->purges, &plan, NULL, NULL, &err))
		page_go(request, here(request));
	else
		page_refuse(request, &err);
}

/* They are counted each time, so that nobody confirms another number than that of now. */
static void counted(struct http_request *request, const struct purge *what, int code)
{
	if (code)
		page_error(request, 503, "Nothing was removed",
			   "The messages could not be counted: the log says why.");
	else if (!what->messages)
		page_tell(request, "dot", "Nothing was removed.", "No such message is that old.",
			  here(request));
	else if (is_sure(request, what))
		start(request, what);
	else
		ask(request, what);
}

void purge_ask(struct http_request *request)
{
	const struct app *app = request->context;
	struct purge_plan plan = {.dry_run = true, .by = app_who(request)};
	struct err err = {0};

	if (read_form(request, &plan.what) &&
	    !purge_start(app->purges, &plan, request, counted, &err))
		page_refuse(request, &err);
}
