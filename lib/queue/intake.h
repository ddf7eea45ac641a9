/*
 * intake.h: accepts messages: checked against the configuration, on disk, in the index.
 *
 *     struct intake *intake = intake_open(queue, &err);
 *     intake_add(intake, request, STATE_QUEUED, id, &err);  // 65, 78: this one only
 *     ...
 *     if (intake_commit(intake, &err))                      // 73, 74, 75: all of them
 *         print the ids
 *     intake_close(intake);                                 // gives up what was not committed
 *
 * The ids may be told once intake_commit has returned true, and not before: then each message is in
 * its directory and durable. Requests, and the JSON that they point into, have to live until then.
 *
 * The index and the doorbell come after the flush. If the index fails or is not to be had in 100
 * ms, the messages are accepted all the same, and a check enters them.
 */
#ifndef QUEUE_INTAKE_H
#define QUEUE_INTAKE_H

#include "message/attempt.h"
#include "message/request.h"
#include "mime/fit.h"
#include "queue/queue.h"

struct intake;

struct intake *intake_open(struct queue *queue, struct err *err);
void intake_close(struct intake *intake);

/* The limits that a request has to keep before its organization is known: the widest of all. */
struct request_limits intake_limits(const struct conf *conf);

/* What intake_add would refuse for the request's own sake, without taking it. */
bool intake_check(struct intake *intake, struct request *request, struct err *err);

/*
 * Fills in what the configuration decides (organization, sender) and checks what it must know
 * (connector, limits). state: STATE_QUEUED or STATE_DRAFT. The id is the caller's from now on.
 *
 * A request with an idempotency key that was accepted before gives the id that it got then, and
 * nothing is added; with another body it is refused (65). From the first key on, others wait with
 * theirs until this batch is committed.
 */
bool intake_add(struct intake *intake, struct request *request, enum state state, char id[ID_SIZE],
		struct err *err);

/* Whether intake_add refused it last because its idempotency key was used for another message. */
bool intake_key_was_used(const struct intake *intake);

/*
 * The same for a request whose first n attachments stand in files, to be read from there piece by
 * piece; their sizes are in the request.
 */
bool intake_add_files(struct intake *intake, struct request *request, enum state state,
		      const int *files, size_t n, char id[ID_SIZE], struct err *err);

/*
 * The same for a message that came whole: the request has the envelope and the options and no body;
 * the message is made fit for the wire (mime/fit.h) as it is written, edited as its caller asks.
 */
bool intake_add_raw(struct intake *intake, struct request *request, enum state state,
		    struct slice message, const struct mime_edit *edit, char id[ID_SIZE],
		    struct err *err);

/*
 * Of what is added from now on: the id that it got elsewhere, and the time that is in it, in place
 * of new ones (NULL: new ones again), and who brings it, as the JSON of its `origin` entry (p ==
 * NULL: none). Both are borrowed until the next call.
 */
void intake_bring(struct intake *intake, const char *id, struct slice origin);

/*
 * A message that its submitter was told yes for, and that cannot be taken all the same: it is kept
 * where the event leads, with its reason, unchecked. message: p == NULL for none.
 */
bool intake_add_refused(struct intake *intake, struct request *request, const char *org,
			struct slice message, const struct mime_edit *edit,
			const struct event *event, char id[ID_SIZE], struct err *err);

/* Messages added since the last commit; at INTAKE_MOST it is time for one. */
#define INTAKE_MOST 256
size_t intake_count(const struct intake *intake);

/* False: none of the batch was accepted, and none is on disk. */
bool intake_commit(struct intake *intake, struct err *err);

#endif
