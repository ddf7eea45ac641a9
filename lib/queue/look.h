/*
 * look.h: what became of messages: one of them, a page of a listing, counts.
 *
 * What programs and handlers that show things call: each parses what it was asked, calls one of
 * these and prints. Nothing here locks, moves or writes a file.
 *
 * The index knows which messages there are; where each of them stands and what became of it is in
 * its file, so what is shown of it is never older than the file. Of two words for where it is,
 *
 *     state    is the directory that its file stands in,
 *     status   is what users are told: "sending" from the moment that a sender has claimed it.
 *
 * A message that moves while it is looked at is looked for again.
 *
 * One message can be looked at without an index; for all else the queue is open for QUEUE_WORK.
 */
#ifndef QUEUE_LOOK_H
#define QUEUE_LOOK_H

#include "index/query.h"
#include "message/story.h"
#include "queue/queue.h"

/* One message: its file as it was read, and what it tells. */
struct look {
	struct spool_file file; /* read, not locked; file.place is where it stood */
	struct story story;
	enum status status;
};

/* By its id. False: it does not exist (66), its file is damaged (65), or it was not picked up from
 * .drop/ yet (75). */
bool look_open(struct queue *queue, const char *id, struct look *look, struct err *err);

/* Says why the message stands in no state. Always false. */
bool look_missing(struct queue *queue, const char *id, struct err *err);
void look_close(struct look *look); /* harmless after a look that failed */

/* The read-back JSON of mailq.7. */
void look_write_json(struct json_out *out, const struct look *look);

/*
 * The RFC 5322 bytes, as pieces that point into the file: `message` (or `raw`), then `parts`.
 * Returns how many; 0: it has none yet.
 */
#define LOOK_PIECES 2
unsigned look_message(const struct look *look, struct slice pieces[LOOK_PIECES]);

/* A header field of those bytes, for people: on one line, encoded words decoded. p == NULL: it has
 * none, or there are no bytes yet. In the arena. */
struct slice look_field(const struct look *look, const char *name, struct arena *arena);

/* What people know it by: the subject that a template or a context made, or is to make. */
struct slice look_subject(const struct look *look, struct arena *arena);

/* One message of a listing. */
struct look_row {
	const struct index_record *record;
	enum status status;
	enum state state;
};

struct look_page {
	struct look_row *rows;
	size_t count;
	bool more;
	struct index_record last; /* query.after for the next page, also into the same struct */
};

/*
 * A page of what the query asks for, in the arena. Messages that moved out of what was asked for
 * since the index learned of them are left out, so a page may have fewer rows than its limit.
 */
bool look_list(struct queue *queue, const struct index_query *query, struct arena *arena,
	       struct look_page *page, struct err *err);

/* Where the message of a record stands. False: it has been deleted meanwhile. */
bool look_row_of(struct queue *queue, const struct index_record *record, struct look_row *row);

/* The message of a row. False with EX_NOINPUT when it has been deleted meanwhile. */
bool look_open_row(struct queue *queue, const struct look_row *row, struct look *look,
		   struct err *err);

struct look_counts {
	struct slice organization;
	uint64_t count[STATUS_COUNT]; /* what is sending is not in ready and deferred */
	int64_t oldest_ready_ms;      /* index_waits */
	int64_t oldest_due_ms;
};

/* By organization; or of the one that is asked for, if it has any messages. */
bool look_counts(struct queue *queue, struct slice organization, struct arena *arena,
		 struct look_counts **counts, size_t *n, struct err *err);

/* How many of them have one of these statuses, a set as of status_set. */
uint64_t look_count(const struct look_counts *counts, unsigned statuses);

/* Whether anything can be asked about the organization: it is configured, or has messages. Else
 * false and err (65). */
bool look_organization(struct queue *queue, struct slice organization, struct err *err);

#endif
