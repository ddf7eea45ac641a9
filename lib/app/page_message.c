#include "app/page_message.h"

#include "app/content.h"
#include "app/job.h"
#include "app/row.h"
#include "app/steps.h"
#include "app/words.h"
#include "message/verb.h"
#include "queue/explain.h"

/* --- what stands above --- */

/* In the order of their buttons: what goes on, what waits, what ends. */
static const enum verb buttons[] = {VERB_QUEUE, VERB_SEND_NOW, VERB_RETRY, VERB_RELEASE,
				    VERB_HOLD,  VERB_CANCEL,   VERB_DELETE};

static void put_verbs(struct page *page, const struct look *look)
{
	struct json_out *out = &page->out;

	json_open(out, "verbs", '[');
	for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++) {
		enum verb verb = buttons[i];
		bool asks = verb == VERB_CANCEL || verb == VERB_DELETE;
		if (!verb_applies(verb, look->file.place.state))
			continue;
		json_open(out, NULL, '{');
		json_put_text(out, "id", verb_rows[verb].name);
		json_put_text(out, "word",
			      asks ? arena_format(page->arena, "%s message…", job_verb_word(verb))
				   : job_verb_word(verb));
		json_close(out, '}');
	}
	json_close(out, ']');
}

/* The first sentence, less the word that stands before it: "Sent" " at 14:02:33 by relay." */
static const char *words_after(const struct page *page, enum status status,
			       const struct explanation *explanation)
{
	const char *word = words_status(status);
	const char *text = explanation->n ? explanation->at[0] : "";

	text = words_sentence(text, page->now_ms, page->arena);
	if (slice_starts(slice_text(text), word))
		return text + strlen(word);
	return arena_format(page->arena, ". %s", text);
}

/* And what keeps it: its connector is paused, or was a moment ago. */
static const char *words_of_trouble(const struct page *page, const struct explain_facts *facts)
{
	const struct explain_connector *connector = &facts->connector;

	if (!connector->id || !connector->breaker.failures || state_is_final(facts->state))
		return "";
	const char *words = explain_health(connector, page->now_ms, page->arena);
	return arena_format(page->arena, " %s is %s.", connector->id,
			    words_sentence(words, page->now_ms, page->arena));
}

static void put_state(struct page *page, const struct look *look, const struct explain_facts *facts,
		      const struct explanation *explanation)
{
	struct json_out *out = &page->out;
	bool uncertain = row_is_uncertain(&look->story) && look->status != STATUS_SENT;

	json_open(out, "state", '{');
	json_put_text(out, "word", uncertain ? "Uncertain" : words_status(look->status));
	json_put_text(out, "class", uncertain ? "uncertain" : words_status_class(look->status));
	json_put_text(out, "text",
		      arena_format(page->arena, "%s%s",
				   words_after(page, look->status, explanation),
				   words_of_trouble(page, facts)));
	json_close(out, '}');
	json_open(out, "list", '{');
	json_put_text(out, "id", status_name(look->status));
	json_put_text(out, "word", words_status(look->status));
	json_close(out, '}');
}

/* --- facts --- */

static const char *address_text(const struct address *address, struct arena *arena)
{
	if (!address->name.n)
		return arena_slice(arena, address->email).p;
	return arena_format(arena, "%.*s <%.*s>", SLICE_ARGS(address->name),
			    SLICE_ARGS(address->email));
}

static void put_recipients(struct page *page, const struct story *story)
{
	struct json_out *out = &page->out;
	size_t n = story->n_recipients;

	json_open(out, "to", '[');
	for (size_t i = 0; i < n && i < MESSAGE_TO_MOST; i++)
		json_put_slice(out, NULL, story->recipients[i].email);
	json_close(out, ']');
	json_put_text(out, "more",
		      n > MESSAGE_TO_MOST ? words_number(n - MESSAGE_TO_MOST, page->arena) : NULL);
}

static void put_facts(struct page *page, const struct look *look)
{
	const struct request *request = look->story.request;
	struct json_out *out = &page->out;

	json_open(out, "facts", '{');
	json_put_text(out, "from",
		      request->from.email.n ? address_text(&request->from, page->arena)
					    : "the organization’s address");
	put_recipients(page, &look->story);
	json_put_slice(out, "template", request->template_id);
	json_put_slice(out, "locale", request->locale);
	json_put_slice(out, "connector", look->story.connector_id);
	json_open(out, "tags", '[');
	for (size_t i = 0; i < request->n_tags; i++)
		json_put_slice(out, NULL, request->tags[i]);
	json_close(out, ']');
	json_put_int(out, "priority", request->priority);
	json_put_text(out, "expires",
		      request->expires_ms
			      ? words_moment(request->expires_ms, page->now_ms, page->arena)
			      : NULL);
	json_put_text(out, "org", look->file.place.org);
	json_close(out, '}');
}

/* --- the page --- */

static const char *subject_of(const struct look *look, struct arena *arena)
{
	struct slice subject = look_subject(look, arena);

	return subject.n ? arena_slice(arena, subject).p : "(no subject)";
}

static bool open_message(struct http_request *request, struct look *look)
{
	const struct app *app = request->context;
	const char *id = arena_slice(&request->arena, request->args[1]).p;
	struct slice organization;
	struct err err = {0};

	if (!page_organization(request, &organization))
		return false;
	if (!look_open(app->queue, id, look, &err)) {
		if (err.code == EX_NOINPUT)
			page_error(request, 404, "No such message",
				   "It was deleted or purged, or it never was.");
		else
			page_refuse(request, &err);
		return false;
	}
	struct slice org = slice_text(look->file.place.org);
	if (app_is_in_scope(request, org) && (!organization.n || slice_equal(organization, org)))
		return true;
	look_close(look);
	page_error(request, 404, "No such message", "It was deleted or purged, or it never was.");
	return false;
}

static void put_message(struct page *page, const struct look *look)
{
	struct explain_facts facts;
	struct explanation explanation;

	queue_explain(page->context->queue, look, page->arena, &facts);
	explain_message(&facts, page->arena, &explanation);
	put_state(page, look, &facts, &explanation);
	put_verbs(page, look);
	put_facts(page, look);
	steps_put(page, "story", look, &explanation);
}

void message_show(struct http_request *request)
{
	struct look look;
	struct page page;

	if (!open_message(request, &look))
		return;
	if (page_begin(&page, request, "queue")) {
		json_put_text(&page.out, "title", subject_of(&look, page.arena));
		json_put_text(&page.out, "id", look.file.id);
		json_put_bool(&page.out, "live", true);
		json_put_text(&page.out, "here",
			      arena_format(page.arena, "%s/messages/%s", page.at, look.file.id));
		put_message(&page, &look);
		content_put_view(&page, &look, slice_text(http_request_query(request, "view")));
		page_render(&page, 200, "message.html");
	}
	look_close(&look);
}

/* --- its parts, at addresses of their own --- */

void message_html(struct http_request *request)
{
	struct look look;

	if (!open_message(request, &look))
		return;
	content_answer_html(request, &look, http_request_query(request, "images"));
	look_close(&look);
}

void message_raw(struct http_request *request)
{
	struct look look;

	if (!open_message(request, &look))
		return;
	content_answer_raw(request, &look);
	look_close(&look);
}

void message_attachment(struct http_request *request)
{
	struct look look;
	uint64_t n;

	if (!open_message(request, &look))
		return;
	if (slice_number(request->args[2], MIME_LEAVES_MOST, &n))
		content_answer_file(request, &look, (size_t)n);
	else
		page_error(request, 404, "No such attachment", "It has no such number.");
	look_close(&look);
}
