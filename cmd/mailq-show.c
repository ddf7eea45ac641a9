/*
 * mailq-show: what became of a message.
 *
 * Manual: man/mailq-show.1.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/options.h"
#include "base/print.h"
#include "queue/look.h"
#include "spool/purge.h"

static const struct usage usage = {
	.synopsis = "mailq-show [-C file] [--json | --message] [id ...]",
	.about = "Shows messages: status, envelope, every attempt. With no id, reads ids from\n"
		 "standard input.",
	.long_options = (const struct option[]){{"json", no_argument, NULL, 'j'},
						{"message", no_argument, NULL, 'm'},
						{0}},
};

#define LABEL 14
#define VERDICT 9
#define LEAST_ROOM 24

struct show {
	struct print print;
	struct buf line;
	size_t address_width;
	size_t at;     /* columns that this line has already */
	size_t indent; /* of what does not fit on it */
	bool began;
};

/* --- JSON, and the message itself --- */

static bool show_json(struct show *show, const struct look *look, struct err *err)
{
	struct json_out out = {.buf = &show->line};

	(void)err;
	look_write_json(&out, look);
	buf_add_char(&show->line, '\n');
	fwrite(show->line.p, 1, show->line.n, show->print.out);
	buf_clear(&show->line);
	return true;
}

static bool show_message(struct show *show, const struct look *look, struct err *err)
{
	struct slice pieces[LOOK_PIECES];
	unsigned n = look_message(look, pieces);

	if (n == 0 && spool_is_purged(&look->file.entries))
		return err_set(err, EX_DATAERR, "its bodies were purged");
	if (n == 0)
		return err_set(err, EX_DATAERR, "is %s: not rendered yet",
			       state_name(look->file.place.state));
	for (unsigned i = 0; i < n; i++)
		fwrite(pieces[i].p, 1, pieces[i].n, show->print.out);
	return true;
}

/* --- the story: a line is put together in show->line, then printed --- */

static void end_line(struct show *show)
{
	print_wrapped(&show->print, buf_slice(&show->line), show->at, show->indent);
	putc('\n', show->print.out);
	show->at = 0;
	buf_clear(&show->line);
}

static void add_time(struct show *show, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(ms, text);
	buf_add_text(&show->line, text);
}

static void label(struct show *show, const char *name)
{
	buf_addf(&show->line, "  %-*s", LABEL, name);
	show->indent = 2 + LABEL;
}

static void show_labelled(struct show *show, const char *name, struct slice text)
{
	if (text.n == 0)
		return;
	label(show, name);
	buf_add_slice(&show->line, text);
	end_line(show);
}

static void add_next_attempt(struct show *show, const struct look *look)
{
	int64_t due_ms = story_next_attempt_ms(&look->story, look->file.place.state);
	int64_t wait_ms = due_ms - clock_now_ms();
	char age[CLOCK_AGE_SIZE];

	if (due_ms == 0)
		return;
	clock_format_age(wait_ms < 0 ? -wait_ms : wait_ms, age);
	buf_add_text(&show->line, look->story.n ? ", next attempt " : ", scheduled for ");
	add_time(show, due_ms);
	buf_addf(&show->line, wait_ms < 0 ? ", due since %s" : ", in %s", age);
}

static void show_title(struct show *show, const struct look *look)
{
	static const enum print_colour colours[STATUS_COUNT] = {
		[STATUS_SENT] = PRINT_GOOD,
		[STATUS_DEFERRED] = PRINT_WAITS,
		[STATUS_HELD] = PRINT_WAITS,
		[STATUS_FAILED] = PRINT_BAD,
	};
	const char *status = status_public_name(look->status);
	const char *state = state_name(look->file.place.state);

	if (show->began)
		putc('\n', show->print.out);
	show->began = true;
	print_colour(&show->print, PRINT_STRONG);
	fputs(look->file.id, show->print.out);
	print_colour(&show->print, PRINT_PLAIN);
	fputs("  ", show->print.out);
	print_colour(&show->print, colours[look->status]);
	int used = strcmp(status, state) == 0 ? fprintf(show->print.out, "%s", status)
					      : fprintf(show->print.out, "%s (%s)", status, state);
	print_colour(&show->print, PRINT_PLAIN);
	add_next_attempt(show, look);
	show->indent = ID_LENGTH + 2;
	show->at = show->indent + (size_t)used;
	end_line(show);
}

static void show_envelope(struct show *show, const struct look *look)
{
	const struct request *request = look->story.request;
	struct slice sender = request_sender(request);
	struct arena arena = {0};
	struct slice made = sender.p ? sender : look_field(look, "From", &arena);

	show_labelled(show, "organization", slice_text(look->file.place.org));
	label(show, "from");
	if (!sender.p && made.p)
		buf_add_slice(&show->line, made);
	else if (request->from.name.n)
		buf_addf(&show->line, "%.*s ", SLICE_ARGS(request->from.name));
	if (sender.p)
		buf_addf(&show->line, "<%.*s>", SLICE_ARGS(sender));
	else if (!made.p)
		buf_add_text(&show->line, "by the template");
	end_line(show);
	show_labelled(show, "subject", look_subject(look, &arena));
	show_labelled(show, "template", request->template_id);
	arena_free(&arena);
}

/* What is said of an address stands under what was said; where that leaves too little, under the
 * address. */
static size_t reply_indent(const struct show *show)
{
	size_t at = 2 + LABEL + show->address_width + 2 + VERDICT + 2;

	return at + LEAST_ROOM <= show->print.columns ? at : 2 + LABEL + 2;
}

/* In a final state nobody tries what is still pending. */
static const char *recipient_status(const struct story_recipient *recipient, enum state state)
{
	if (!state_is_final(state) || !story_is_pending(recipient))
		return story_recipient_status(recipient);
	return recipient->verdict == VERDICT_NONE ? "not tried" : "given up";
}

static bool is_in(const struct address_list *list, struct slice email)
{
	for (size_t i = 0; i < list->n; i++)
		if (address_equal(list->at[i].email, email))
			return true;
	return false;
}

static void show_recipients(struct show *show, const struct story *story, enum state state)
{
	const struct request *request = story->request;

	for (size_t i = 0; i < story->n_recipients; i++) {
		const struct story_recipient *recipient = &story->recipients[i];
		const char *status = recipient_status(recipient, state);
		const char *role = is_in(&request->to, recipient->email)   ? "to"
				   : is_in(&request->cc, recipient->email) ? "cc"
									   : "bcc";
		label(show, role);
		show->indent = reply_indent(show);
		buf_addf(&show->line, "%.*s%*s  ", SLICE_ARGS(recipient->email),
			 (int)(show->address_width - print_width(recipient->email)), "");
		if (recipient->reply.n)
			buf_addf(&show->line, "%-*s  %.*s", VERDICT, status,
				 SLICE_ARGS(recipient->reply));
		else
			buf_add_text(&show->line, status);
		end_line(show);
	}
}

static void show_last_words(struct show *show, const struct story *story)
{
	show_labelled(show, "last error", story->last_error);
	show_labelled(show, "remote id", story->provider_message_id);
}

/* --- what happened, in the order of the file --- */

static void add_reply(struct show *show, const struct attempt_reply *reply)
{
	buf_addf(&show->line, "  %*s%.*s%*s  ", LABEL, "", SLICE_ARGS(reply->email),
		 (int)(show->address_width - print_width(reply->email)), "");
	if (reply->text.n)
		buf_addf(&show->line, "%-*s  %.*s", VERDICT, verdict_name(reply->verdict),
			 SLICE_ARGS(reply->text));
	else
		buf_add_text(&show->line, verdict_name(reply->verdict));
	end_line(show);
}

static void add_attempt(struct show *show, const struct attempt *attempt)
{
	buf_addf(&show->line, "attempt %u by %.*s: %s", attempt->n,
		 SLICE_ARGS(attempt->connector_id), attempt_result_name(attempt->result));
	if (!attempt->spent)
		buf_add_text(&show->line, ", not counted");
	buf_addf(&show->line, ", %u ms", attempt->ms);
	if (attempt->error.n)
		buf_addf(&show->line, ": %.*s", SLICE_ARGS(attempt->error));
	end_line(show);
	show->indent = reply_indent(show);
	for (size_t i = 0; i < attempt->n_recipients; i++)
		add_reply(show, &attempt->recipients[i]);
}

static void add_event(struct show *show, const struct event *event)
{
	buf_addf(&show->line, "%.*s", SLICE_ARGS(event->name));
	if (event->by.n)
		buf_addf(&show->line, " by %.*s", SLICE_ARGS(event->by));
	if (event->to != STATE_NONE)
		buf_addf(&show->line, ", to %s", state_name(event->to));
	if (event->reason.n)
		buf_addf(&show->line, ": %.*s", SLICE_ARGS(event->reason));
	end_line(show);
}

static void add_item(struct show *show, const struct story_item *item)
{
	switch (item->kind) {
	case STORY_ROUTE:
		buf_addf(&show->line, "routed to %.*s (%.*s): %.*s",
			 SLICE_ARGS(item->route.connector_id), SLICE_ARGS(item->route.kind),
			 SLICE_ARGS(item->route.reason));
		end_line(show);
		break;
	case STORY_ATTEMPT:
		add_attempt(show, &item->attempt);
		break;
	case STORY_EVENT:
		add_event(show, &item->event);
		break;
	}
}

/* Entries that the story keeps no item of. */
static const struct {
	struct slice name;
	const char *text;
} plain_entries[] = {
	{SLICE(ENTRY_REQUEST), "accepted"},
	{SLICE(ENTRY_PARTS), "attachments"},
	{SLICE(ENTRY_RAW), "came whole"},
	{SLICE(ENTRY_MESSAGE), "rendered"},
};

static bool add_plain(struct show *show, const struct entry *entry)
{
	for (size_t i = 0; i < sizeof plain_entries / sizeof *plain_entries; i++)
		if (slice_equal(entry->name, plain_entries[i].name)) {
			buf_addf(&show->line, "%s, %zu bytes", plain_entries[i].text,
				 entry->body.n);
			end_line(show);
			return true;
		}
	return false;
}

static bool is_item(const struct entry *entry)
{
	return slice_is(entry->name, ENTRY_ROUTE) || slice_is(entry->name, ENTRY_ATTEMPT) ||
	       slice_is(entry->name, ENTRY_EVENT);
}

static void begin_entry(struct show *show, const struct entry *entry)
{
	buf_add_text(&show->line, "  ");
	add_time(show, entry->time_ms);
	buf_add_text(&show->line, "  ");
	show->indent = show->line.n;
}

/* The last that happened, though its entry stands where the bodies were. */
static void show_purge(struct show *show, const struct entry *purged)
{
	begin_entry(show, purged);
	buf_add_text(&show->line, "its bodies were purged");
	end_line(show);
}

static void show_history(struct show *show, const struct look *look)
{
	const struct entry_list *entries = &look->file.entries;
	const struct entry *purged = entry_last(entries, ENTRY_PURGED);
	size_t item = 0;

	for (size_t i = 0; i < entries->count; i++) {
		begin_entry(show, &entries->at[i]);
		if (is_item(&entries->at[i]))
			add_item(show, &look->story.items[item++]);
		else if (!add_plain(show, &entries->at[i]))
			buf_clear(&show->line);
	}
	if (purged)
		show_purge(show, purged);
}

static bool show_story(struct show *show, const struct look *look, struct err *err)
{
	const struct story *story = &look->story;

	(void)err;
	show->address_width = 0;
	for (size_t i = 0; i < story->n_recipients; i++) {
		size_t width = print_width(story->recipients[i].email);
		if (width > show->address_width)
			show->address_width = width;
	}
	show_title(show, look);
	show_envelope(show, look);
	show_recipients(show, story, look->file.place.state);
	show_last_words(show, story);
	show_history(show, look);
	return true;
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	bool (*view)(struct show *, const struct look *, struct err *) = show_story;
	struct show show = {.print = print_open(stdout)};
	struct queue *queue;
	struct conf *conf;
	struct err err = {0};

	for (int c; (c = options_next(&options)) != -1;)
		view = c == 'j' ? show_json : show_message;
	if (!(conf = conf_load(options.conf_path, &err)) ||
	    !(queue = queue_open(conf, QUEUE_ACCEPT, &err)))
		err_exit(&err);

	struct ids ids = ids_open(&options);
	for (const char *id; (id = ids_next(&ids));) {
		struct look look;
		bool ok = look_open(queue, id, &look, &err) && view(&show, &look, &err);
		ids_report(&ids, ok, &err);
		look_close(&look);
	}
	if (!print_close(&show.print, &err))
		err_exit(&err);

	buf_free(&show.line);
	queue_close(queue);
	conf_free(conf);
	return ids_close(&ids);
}
