/*
 * report.h: tells failures_to of a message that failed for good: a DSN, sent through the queue.
 *
 * Whatever makes a message fail (a sender's verdict, mailq-render, mailq-route, a replay after a
 * crash) enters it into the index by queue/batch.h, which makes it work for mailq-route where a
 * report is due. That accepts the DSN, with the failed id as its idempotency key, and appends the
 * event `dsn`. Killed in between, it is done again and the key gives the same DSN; an index that is
 * made anew finds what has no event yet.
 */
#ifndef QUEUE_REPORT_H
#define QUEUE_REPORT_H

#include "message/story.h"
#include "queue/queue.h"

#define REPORT_EVENT "dsn"

/* Older failures are nobody's news: failures_to may have been set long after them. */
#define REPORT_DAYS 4

/*
 * Whether it failed within the last days, its organization has failures_to, and nobody was told.
 * Never of a message from the null sender, as every DSN is, nor of one whose submitter asked for
 * no report (NOTIFY=NEVER).
 */
bool report_is_due(const struct conf *conf, const struct place *place, const struct story *story,
		   int64_t now_ms);

/* Accepts the DSN: durable, and its id is told. False and err: not now. */
bool report_send(struct queue *queue, const struct organization *org, const struct spool_file *file,
		 const struct story *story, char id[ID_SIZE], struct err *err);

#endif
