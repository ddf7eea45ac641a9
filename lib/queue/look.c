#include "queue/look.h"

#include <errno.h>
#include <stdio.h>

#include "base/io.h"
#include "mime/scan.h"
#include "mime/words.h"
#include "spool/drop.h"

#define ROUNDS 5 /* for a message that moves between being found and being read */

/* --- one message --- */

static bool read_at(struct queue *queue, const struct place *place, const char *id,
		    struct look *look, struct err *err)
{
	const struct entry_list *entries = &look->file.entries;

	if (!spool_peek(queue->spool, place, id, &look->file, err))
		return false;
	bool ok = entries->tail != ENTRY_TAIL_DAMAGED ||
		  err_set(err, EX_DATAERR, "damaged behind byte %zu", entries->whole);
	if (ok && story_read(entries->at, entries->count, &look->file.arena, &look->story, err))
		return true;
	spool_release(&look->file);
	return false;
}

bool look_missing(struct queue *queue, const char *id, struct err *err)
{
	if (spool_is_condemned(queue->spool, id))
		return err_set(err, EX_DATAERR, "damaged: its file is in .bad");
	if (drop_has(queue->spool, id))
		return err_set(err, EX_TEMPFAIL, "is in .drop: waits for mailq-pickup");
	return err_set(err, EX_NOINPUT, "no such message");
}

static bool find_and_read(struct queue *queue, const char *org, const char *id, struct look *look,
			  struct err *err)
{
	struct place place;

	for (int round = 0; round < ROUNDS; round++) {
		bool found = spool_find(queue->spool, org, id, &place);
		if (!found && errno != ENOENT)
			return io_err(err, "look for it");
		if (!found)
			return look_missing(queue, id, err);
		if (read_at(queue, &place, id, look, err))
			return true;
		if (err->code != EX_NOINPUT)
			return false;
	}
	return err_set(err, EX_TEMPFAIL, "moves too fast to be read");
}

/*
 * The file decides, but for two things that only the index knows: that a sender has claimed a
 * message which still stands in routed/, and that one which waits after a try and is on its way to
 * the next is still deferred.
 */
static enum status told_status(enum state state, enum status known)
{
	enum status status = state_status(state);

	if (status != STATUS_READY && status != STATUS_DEFERRED)
		return status;
	return known == STATUS_SENDING || known == STATUS_DEFERRED ? known : status;
}

static bool open_known(struct queue *queue, const char *org, const char *id, enum status known,
		       struct look *look, struct err *err)
{
	if (!find_and_read(queue, org, id, look, err))
		return false;
	look->status = told_status(look->file.place.state, known);
	return true;
}

bool look_open(struct queue *queue, const char *id, struct look *look, struct err *err)
{
	struct index_record record;
	struct arena arena = {0};
	char org[PLACE_NAME_SIZE];

	*look = (struct look){.file = {.fd = -1}};
	if (!id_valid(slice_text(id)))
		return err_set(err, EX_NOINPUT, "no such message");
	bool known = queue->index && index_get(queue->index, id, &arena, &record, err);
	if (known)
		snprintf(org, sizeof org, "%.*s", SLICE_ARGS(record.organization));
	arena_free(&arena);

	if (known && open_known(queue, org, id, record.status, look, err))
		return true;
	if (known && err->code != EX_NOINPUT)
		return false;
	return open_known(queue, NULL, id, STATUS_READY, look, err);
}

void look_close(struct look *look)
{
	spool_release(&look->file);
}

void look_write_json(struct json_out *out, const struct look *look)
{
	story_write_json(out, &look->story, slice_text(look->file.id),
			 slice_text(look->file.place.org), look->status, look->file.place.state);
}

unsigned look_message(const struct look *look, struct slice pieces[LOOK_PIECES])
{
	const struct entry *message = entry_last(&look->file.entries, ENTRY_MESSAGE);
	const struct entry *parts = entry_last(&look->file.entries, ENTRY_PARTS);
	unsigned n = 0;

	if (!message)
		message = entry_last(&look->file.entries, ENTRY_RAW);
	if (message)
		pieces[n++] = message->body;
	if (message && parts)
		pieces[n++] = parts->body;
	return n;
}

struct slice look_field(const struct look *look, const char *name, struct arena *arena)
{
	struct slice pieces[LOOK_PIECES], value = {0};
	struct buf line = {0}, text = {0};

	if (look_message(look, pieces) > 0)
		value = mime_header_find(mime_header_start(pieces[0]), name);
	if (!value.p)
		return value;
	buf_reserve(&text, 1);
	mime_header_unfold(value, &line);
	mime_words_decode(buf_slice(&line), &text);
	value = arena_slice(arena, buf_slice(&text));
	buf_free(&line);
	buf_free(&text);
	return value;
}

struct slice look_subject(const struct look *look, struct arena *arena)
{
	const struct request *request = look->story.request;
	bool made = request->template_id.p || request->context;
	struct slice subject = made ? look_field(look, "Subject", arena) : request->subject;

	return subject.p ? subject : request->subject;
}

/* --- listings --- */

/* A message of a final state stays there by itself; where the others are, the directories tell. */
bool look_row_of(struct queue *queue, const struct index_record *record, struct look_row *row)
{
	static const enum state finals[STATUS_COUNT] = {[STATUS_SENT] = STATE_SENT,
							[STATUS_FAILED] = STATE_FAILED,
							[STATUS_CANCELLED] = STATE_CANCELLED};
	char org[PLACE_NAME_SIZE];
	struct place place;

	*row = (struct look_row){.record = record,
				 .status = record->status,
				 .state = finals[record->status]};
	if (row->state != STATE_NONE)
		return true;
	snprintf(org, sizeof org, "%.*s", SLICE_ARGS(record->organization));
	if (!spool_find(queue->spool, org, record->id, &place))
		return false;
	row->state = place.state;
	row->status = told_status(place.state, record->status);
	return true;
}

bool look_list(struct queue *queue, const struct index_query *query, struct arena *arena,
	       struct look_page *page, struct err *err)
{
	struct index_page found;

	if (!index_list(queue->index, query, arena, &found, err))
		return false;
	*page = (struct look_page){.more = found.more};
	page->rows = arena_alloc(arena, (found.count + 1) * sizeof *page->rows);
	for (size_t i = 0; i < found.count; i++) {
		struct look_row *row = &page->rows[page->count];
		if (look_row_of(queue, &found.records[i], row) &&
		    (!query->statuses || query->statuses & 1u << row->status))
			page->count++;
		page->last = found.records[i];
	}
	return true;
}

bool look_open_row(struct queue *queue, const struct look_row *row, struct look *look,
		   struct err *err)
{
	char org[PLACE_NAME_SIZE];

	*look = (struct look){.file = {.fd = -1}};
	snprintf(org, sizeof org, "%.*s", SLICE_ARGS(row->record->organization));
	return open_known(queue, org, row->record->id, row->status, look, err);
}

/* --- counts --- */

bool look_counts(struct queue *queue, struct slice organization, struct arena *arena,
		 struct look_counts **counts, size_t *n, struct err *err)
{
	struct index_counts *found;
	struct index_waits *waits;
	size_t n_waits, w = 0;

	if (!index_counts(queue->index, organization, arena, &found, n, err) ||
	    !index_waits(queue->index, organization, arena, &waits, &n_waits, err))
		return false;
	*counts = arena_alloc(arena, (*n + 1) * sizeof **counts);
	for (size_t i = 0; i < *n; i++) {
		struct look_counts *shown = &(*counts)[i];
		shown->organization = found[i].organization;
		memcpy(shown->count, found[i].count, sizeof shown->count);
		while (w < n_waits && /* both are in the order of names */
		       slice_compare(waits[w].organization, found[i].organization) < 0)
			w++;
		if (w == n_waits || !slice_equal(waits[w].organization, found[i].organization))
			continue;
		shown->oldest_ready_ms = waits[w].oldest_ready_ms;
		shown->oldest_due_ms = waits[w].oldest_due_ms;
	}
	return true;
}

uint64_t look_count(const struct look_counts *counts, unsigned statuses)
{
	uint64_t sum = 0;

	for (enum status status = 0; status < STATUS_COUNT; status++)
		if (statuses & 1u << status)
			sum += counts->count[status];
	return sum;
}

bool look_organization(struct queue *queue, struct slice organization, struct err *err)
{
	struct index_counts *counts;
	struct arena arena = {0};
	size_t n = 0;

	if (conf_organization(queue->conf, organization))
		return true;
	bool ok = index_counts(queue->index, organization, &arena, &counts, &n, err);
	arena_free(&arena);
	return ok && (n > 0 || err_set(err, EX_DATAERR, "no such organization '%.*s'",
				       SLICE_ARGS(organization)));
}
