/*
 * explain.h: the facts for policy/explain.h, gathered from this queue: the message, the
 * configuration, its connector's health, the index's lanes and leases, who holds its file.
 *
 *     look_open(queue, id, &look, &err);
 *     queue_explain(queue, &look, &arena, &facts);
 *     explain_message(&facts, &arena, &explanation);
 *
 * Nothing is locked or changed; what moves meanwhile may be told as it was a moment ago.
 */
#ifndef QUEUE_EXPLAIN_H
#define QUEUE_EXPLAIN_H

#include "policy/explain.h"
#include "queue/look.h"

/* The facts point into the look, the configuration and the arena. */
void queue_explain(struct queue *queue, const struct look *look, struct arena *arena,
		   struct explain_facts *facts);

/* What both tell, as mailq-explain --json prints it. */
void queue_explain_write_json(struct json_out *out, const struct look *look,
			      const struct explain_facts *facts,
			      const struct explanation *explanation);

/* The dry run of a request, which lives as long as the facts: accepts nothing. False and err: no
 * organization takes it. */
bool queue_explain_request(const struct queue *queue, const struct request *request,
			   struct arena *arena, struct explain_request_facts *facts,
			   struct err *err);

/* How one connector is. */
struct explain_connector queue_explain_connector(const struct queue *queue, const char *org,
						 const char *connector, struct arena *arena);

#endif
