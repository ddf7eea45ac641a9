/*
 * outbox.h: handlers for messages: taking them, showing them, acting on them.
 *
 * A message of an organization that the token is not for does not exist (404).
 */
#ifndef APP_OUTBOX_H
#define APP_OUTBOX_H

#include "http/request.h"

/*
 * POST /queue: a request object of mailq.7, or an array of them. One: 202 with its id once it is
 * durable, or a problem. An array: an answer for each, in order; 202 if all were taken, else 207.
 * With ?draft=true they wait for the verb `queue`.
 */
#define OUTBOX_ARRAY_MOST 1000
void outbox_queue(struct http_request *request);

/* POST /send: one message, delivered now: 200 and the message once there is a verdict, or 202. */
void outbox_send(struct http_request *request);

/*
 * GET /outbox: messages as they are read back, the one that changed last first. A page that has
 * `next` is not the last, however few it holds: ask again with it as `cursor`. What no index finds
 * (template, connector, subject, most of a domain expression) is looked for among so many records,
 * and for so long, in one call.
 */
#define OUTBOX_PARAMETERS                                                                      \
	"organization status to template connector tag subject since until domain sort limit " \
	"cursor"
#define OUTBOX_PAGE 50
#define OUTBOX_PAGE_MOST 500
#define OUTBOX_EXAMINED_MOST 50000
#define OUTBOX_EXAMINE_MS 200
#define OUTBOX_PORTION_MS 3000    /* where large messages are read one after another */
#define OUTBOX_PAGE_BYTES 4194304 /* where a page ends, however few it holds */
void outbox_list(struct http_request *request);

/*
 * POST /purge: {older_than, status, bodies}, as the options of mailq-purge. It goes on for about as
 * long as a listing may; where `next` is no null, there is more to do, with it as `cursor`.
 */
void outbox_purge(struct http_request *request);

void outbox_show(struct http_request *request);    /* GET /outbox/{id} */
void outbox_message(struct http_request *request); /* GET /outbox/{id}/message: RFC 5322 */
void outbox_explain(struct http_request *request); /* GET /outbox/{id}/explain: why it is there */
void outbox_delete(struct http_request *request);  /* DELETE /outbox/{id} */
void outbox_act(struct http_request *request);     /* POST /outbox/{id}/{verb} */

#endif
