#include "app/row.h"

#include "app/words.h"
#include "message/text.h"

#define SAID_MOST 160 /* bytes; no column of a list shows as much */

bool row_is_reply(struct slice text)
{
	return text.n >= 3 && text.p[0] >= '2' && text.p[0] <= '5' && text.p[1] >= '0' &&
	       text.p[1] <= '9' && text.p[2] >= '0' && text.p[2] <= '9' &&
	       (text.n == 3 || text.p[3] == ' ' || text.p[3] == '-');
}

bool row_is_uncertain(const struct story *story)
{
	for (size_t i = story->n_items; i > 0; i--)
		if (story->items[i - 1].kind == STORY_ATTEMPT)
			return story->items[i - 1].attempt.result == ATTEMPT_UNCERTAIN;
	return false;
}

/* --- the last word: what the remote said, or why it waits --- */

struct word {
	struct slice said;
	const char *text;
};

static const struct event *last_event(const struct story *story)
{
	for (size_t i = story->n_items; i > 0; i--)
		if (story->items[i - 1].kind == STORY_EVENT &&
		    story->items[i - 1].event.to != STATE_NONE)
			return &story->items[i - 1].event;
	return NULL;
}

static void say_error(const struct look *look, struct arena *arena, struct word *word)
{
	struct slice error = look->story.last_error;

	if (row_is_reply(error))
		word->said = error;
	else
		word->text = arena_slice(arena, error).p;
}

static void say_held(const struct look *look, struct arena *arena, struct word *word)
{
	const struct event *event = last_event(&look->story);
	const char *what = look->status == STATUS_HELD ? "Held" : "Cancelled";

	if (event && event->reason.n)
		word->text = arena_format(arena, "%s by %.*s: %.*s", what, SLICE_ARGS(event->by),
					  SLICE_ARGS(event->reason));
	else if (event)
		word->text = arena_format(arena, "%s by %.*s", what, SLICE_ARGS(event->by));
	else
		word->text =
			arena_format(arena, "%s: %.*s", what, SLICE_ARGS(look->story.last_error));
}

static void say_ready(const struct look *look, int64_t now_ms, struct arena *arena,
		      struct word *word)
{
	int64_t due_ms = look->story.due_ms;

	if (look->file.place.state == STATE_QUEUED && due_ms > now_ms)
		word->text = arena_format(arena, "Scheduled for %s",
					  words_moment(due_ms, now_ms, arena));
	else if (look->file.place.state == STATE_QUEUED)
		word->text = "Waits to be rendered";
	else if (look->file.place.state == STATE_RENDERED)
		word->text = "Waits for a connector";
	else
		word->text = "Waits for its turn";
}

static void say_sent(const struct look *look, struct word *word)
{
	if (look->story.n_recipients)
		word->said = look->story.recipients[look->story.n_recipients - 1].reply;
}

static void say_deferred(const struct look *look, int64_t now_ms, struct arena *arena,
			 struct word *word)
{
	const char *next = "";

	say_error(look, arena, word);
	if (look->story.due_ms > now_ms)
		next = arena_format(arena, "next %s",
				    words_moment(look->story.due_ms, now_ms, arena));
	if (word->said.p || !*word->text)
		word->text = next;
	else if (*next)
		word->text = arena_format(arena, "%s · %s", word->text, next);
}

static struct word last_word(const struct look *look, int64_t now_ms, struct arena *arena)
{
	struct word word = {.text = ""};

	switch (look->status) {
	case STATUS_READY:
		say_ready(look, now_ms, arena, &word);
		break;
	case STATUS_DEFERRED:
		say_deferred(look, now_ms, arena, &word);
		break;
	case STATUS_HELD:
	case STATUS_CANCELLED:
		say_held(look, arena, &word);
		break;
	case STATUS_SENT:
		say_sent(look, &word);
		break;
	case STATUS_FAILED:
		say_error(look, arena, &word);
		break;
	case STATUS_SENDING:
		word.text = "Is being sent";
		break;
	case STATUS_DRAFT:
		word.text = "Not submitted yet";
		break;
	}
	return word;
}

/* A long one is whole in the story; a list of fifty has no room for it. */
static struct slice in_list(struct slice said, struct arena *arena)
{
	if (said.n <= SAID_MOST)
		return said;
	return slice_text(arena_format(arena, "%.*s…", SLICE_ARGS(text_cut(said, SAID_MOST))));
}

/* --- the row --- */

static void put_status(struct json_out *out, const struct look *look)
{
	bool uncertain = row_is_uncertain(&look->story) && look->status != STATUS_SENT;

	json_put_text(out, "status", uncertain ? "Uncertain" : words_status(look->status));
	json_put_text(out, "class", uncertain ? "uncertain" : words_status_class(look->status));
}

static void put_recipients(struct json_out *out, const struct story *story, struct arena *arena)
{
	size_t n = story->n_recipients;

	json_put_slice(out, "to", n ? story->recipients[0].email : slice_text("nobody"));
	json_put_text(out, "more", n > 1 ? words_number(n - 1, arena) : NULL);
}

bool row_put(struct page *page, const char *key, const struct look_row *row)
{
	struct json_out *out = &page->out;
	struct look look;
	struct err err = {0};

	if (!look_open_row(page->context->queue, row, &look, &err))
		return false;
	struct word word = last_word(&look, page->now_ms, page->arena);
	struct slice subject = look_subject(&look, page->arena);
	json_open(out, key, '{');
	json_put_text(out, "id", look.file.id);
	json_put_text(out, "org", look.file.place.org);
	put_status(out, &look);
	put_recipients(out, &look.story, page->arena);
	json_put_slice(out, "subject", subject.n ? subject : slice_text("(no subject)"));
	json_put_slice(out, "connector", look.story.connector_id);
	json_open(out, "word", '{');
	json_put_slice(out, "said", in_list(word.said, page->arena));
	json_put_text(out, "text", word.text);
	json_close(out, '}');
	words_put_time(out, "changed", look.story.updated_ms, page->now_ms, page->arena);
	json_close(out, '}');
	look_close(&look);
	return true;
}
