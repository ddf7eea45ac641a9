#include "queue/listing.h"

#include <time.h>

#include "base/print.h"
#include "queue/look.h"

/* Every status but draft and the final ones. */
#define WAITING \
	(1u << STATUS_READY | 1u << STATUS_DEFERRED | 1u << STATUS_HELD | 1u << STATUS_SENDING)

struct listing {
	struct queue *queue;
	struct print print;
	uint64_t messages, bytes;
};

static char mark_of(enum status status)
{
	if (status == STATUS_SENDING)
		return '*';
	return status == STATUS_HELD ? '!' : ' ';
}

static void put_line(struct listing *listing, const char *before, struct slice text,
		     const char *behind)
{
	fputs(before, listing->print.out);
	print_text(&listing->print, text, SIZE_MAX);
	fputs(behind, listing->print.out);
}

static void put_message(struct listing *listing, const struct look *look, enum status status)
{
	time_t when = (time_t)(look->story.created_ms / 1000);
	struct slice sender = request_sender(look->story.request);
	char day[32];
	struct tm tm;

	strftime(day, sizeof day, "%a %b %d %H:%M:%S", localtime_r(&when, &tm));
	fprintf(listing->print.out, "%s%c  %8llu %s", look->file.id, mark_of(status),
		(unsigned long long)look->story.size, day);
	put_line(listing, "  ", sender.n ? sender : slice_text("MAILER-DAEMON"), "\n");
	if (look->story.last_error.n)
		put_line(listing, "   (", look->story.last_error, ")\n");
	for (size_t i = 0; i < look->story.n_recipients; i++) {
		if (!story_is_pending(&look->story.recipients[i]))
			continue;
		fprintf(listing->print.out, "%57s", "");
		put_line(listing, "", look->story.recipients[i].email, "\n");
	}
	fputc('\n', listing->print.out);
}

static void put_page(struct listing *listing, const struct look_page *page)
{
	for (size_t i = 0; i < page->count; i++) {
		struct look look;
		struct err gone = {0};
		if (!look_open_row(listing->queue, &page->rows[i], &look, &gone))
			continue;
		if (listing->messages++ == 0)
			fputs("-Queue ID------------------  --Size-- -Arrival Time--  "
			      "-Sender/Recipient-------\n",
			      listing->print.out);
		listing->bytes += look.story.size;
		put_message(listing, &look, page->rows[i].status);
		look_close(&look);
	}
}

bool listing_print(struct queue *queue, FILE *out, struct err *err)
{
	struct index_query query = {.statuses = WAITING, .limit = INDEX_PAGE_MOST};
	struct listing listing = {.queue = queue, .print = print_open(out)};
	struct look_page page = {.more = true};
	struct arena arena = {0};
	bool ok = true;

	while (page.more && (ok = look_list(queue, &query, &arena, &page, err))) {
		put_page(&listing, &page);
		query.after = &page.last;
	}
	arena_free(&arena);
	if (!ok)
		return false;
	if (listing.messages == 0)
		fputs("Mail queue is empty\n", out);
	else
		fprintf(out, "-- %llu Kbytes in %llu Request%s.\n",
			(unsigned long long)(listing.bytes + 1023) / 1024,
			(unsigned long long)listing.messages, listing.messages == 1 ? "" : "s");
	return print_close(&listing.print, err);
}
