#include "queue/report.h"

#include <stdio.h>

#include "mime/dsn.h"
#include "queue/intake.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))

/* --- whether --- */

static bool was_told(const struct story *story)
{
	for (size_t i = 0; i < story->n_items; i++)
		if (story->items[i].kind == STORY_EVENT &&
		    slice_is(story->items[i].event.name, REPORT_EVENT))
			return true;
	return false;
}

static bool is_from_null_sender(const struct request *request)
{
	return request->envelope_from.p && !request->envelope_from.n;
}

/* Somebody was not reached, and may be told of (RFC 3461 4.1). */
static bool is_wanted(const struct story *story)
{
	for (size_t i = 0; i < story->n_recipients; i++)
		if (mime_dsn_names(story, &story->recipients[i]))
			return true;
	return false;
}

bool report_is_due(const struct conf *conf, const struct place *place, const struct story *story,
		   int64_t now_ms)
{
	if (place->state != STATE_FAILED)
		return false;
	const struct organization *org = conf_organization(conf, slice_text(place->org));
	return org && org->failures_to && now_ms - story->updated_ms < REPORT_DAYS * DAY_MS &&
	       !is_from_null_sender(story->request) && is_wanted(story) && !was_told(story);
}

/* --- the report --- */

static struct slice reporting_domain(const struct organization *org)
{
	if (org->from_email) {
		struct slice domain = address_domain(slice_trim(slice_text(org->from_email)));
		return slice_ends(domain, ">") ? slice_first(domain, domain.n - 1) : domain;
	}
	if (org->domains.count)
		return slice_text(org->domains.text[0]);
	return address_domain(slice_text(org->failures_to));
}

/* The fields of what was to be sent, up to the empty line. */
static struct slice header_of(const struct spool_file *file)
{
	const struct entry *message = entry_last(&file->entries, ENTRY_MESSAGE);
	struct slice rest, line, header = {0};

	if (!message)
		message = entry_last(&file->entries, ENTRY_RAW);
	if (!message)
		return header;
	rest = message->body;
	while (slice_next(&rest, '\n', &line) && line.n > 1)
		header = slice_make(message->body.p,
				    (size_t)(line.p + line.n + 1 - message->body.p));
	return slice_first(header, header.n < message->body.n ? header.n : message->body.n);
}

static bool make_request(const struct organization *org, const char *id, struct slice domain,
			 struct arena *arena, struct request *request, struct err *err)
{
	struct address *to = arena_alloc(arena, sizeof *to);

	if (!address_parse(slice_text(org->failures_to), arena, to, err))
		return err_at(err, "failures_to");
	*request = (struct request){
		.organization_id = slice_text(org->id),
		.envelope_from = SLICE(""),
		.subject = slice_text(arena_format(arena, "Undelivered: %s", id)),
		.idempotency_key = slice_text(id),
	};
	request->from.email =
		slice_text(arena_format(arena, "mailer-daemon@%.*s", SLICE_ARGS(domain)));
	request->to.at = to;
	request->to.n = 1;
	return true;
}

static bool accept_report(struct queue *queue, struct request *request, struct slice message,
			  char id[ID_SIZE], struct err *err)
{
	static const struct mime_edit edit = {0};
	struct intake *intake = intake_open(queue, err);
	bool ok = intake &&
		  intake_add_raw(intake, request, STATE_QUEUED, message, &edit, id, err) &&
		  intake_commit(intake, err);

	intake_close(intake);
	return ok;
}

bool report_send(struct queue *queue, const struct organization *org, const struct spool_file *file,
		 const struct story *story, char id[ID_SIZE], struct err *err)
{
	struct arena arena = {0};
	struct buf message = {0};
	struct request request;
	struct mime_dsn dsn = {
		.id = slice_text(file->id),
		.story = story,
		.header = header_of(file),
		.domain = reporting_domain(org),
	};

	bool ok = make_request(org, file->id, dsn.domain, &arena, &request, err);
	if (ok) {
		dsn.to = request.to.at->email;
		mime_dsn_compose(&dsn, &message);
		ok = accept_report(queue, &request, buf_slice(&message), id, err);
	}
	buf_free(&message);
	arena_free(&arena);
	return ok;
}
