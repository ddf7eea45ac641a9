/*
 * submit.h: one whole message after another, handed in by whoever calls: into the queue by root and
 * the spool's owner, into .drop/ by everyone else.
 *
 *     struct submit submit;
 *     if (!submit_open(&submit, options.conf_path, QUEUE_ACCEPT, &err))
 *             ...
 *     submission_read(message, &facts, &arena, &submission, &err);
 *     if (submit_message(&submit, &submission, message, id, &err))
 *             ...                              // durable, here or there: yes may be said
 *     submit_close(&submit);
 *
 * A server of many clients has a queue and an intake of its own, fills in what is below, and lets
 * several messages share a flush: submit_add for each, then one submit_commit.
 *
 * What is dropped is checked by mailq-pickup alone, since only it knows the organizations: its
 * refusals stand in failed/. An idempotency key cannot be honoured there and is refused (77).
 */
#ifndef QUEUE_SUBMIT_H
#define QUEUE_SUBMIT_H

#include "base/spill.h"
#include "mime/submission.h"
#include "queue/intake.h"

struct submit {
	struct conf *conf;     /* without organizations where messages are dropped */
	struct queue *queue;   /* NULL: they are dropped */
	struct intake *intake; /* likewise */
	struct err wrong;      /* the organization's file for which they are, though trusted */
	uint64_t most;         /* bytes of a message that any organization takes */
};

/*
 * Root becomes the spool's owner (spool/owner.h). Where an organization's file is wrong, the
 * messages of who would only accept are dropped: mailq-pickup goes on with the configuration that
 * was good.
 */
bool submit_open(struct submit *submit, const char *conf_path, enum queue_use use, struct err *err);
void submit_close(struct submit *submit);

/*
 * A message from a descriptor, to its end; with dot_ends to a line with nothing but a dot (sendmail
 * without -i). Held by the spill, which starts empty. EX_DATAERR: more than any organization takes.
 */
bool submit_read(const struct submit *submit, int fd, bool dot_ends, struct spill *spill,
		 struct slice *message, struct err *err);

/* What it points into has to live until submit_commit, before which its id may not be told. */
bool submit_add(struct submit *submit, const struct submission *submission, struct slice message,
		char id[ID_SIZE], struct err *err);
bool submit_commit(struct submit *submit, struct err *err);

/* Both. */
bool submit_message(struct submit *submit, const struct submission *submission,
		    struct slice message, char id[ID_SIZE], struct err *err);

/* Whether it would be taken; says nothing of what only mailq-pickup checks. */
bool submit_check(struct submit *submit, const struct submission *submission, struct err *err);

#endif
