/*
 * story.h: a message's entries, in their order, folded into what can be told about it.
 *
 * The index and mailq-show read only this, so both say the same, and an index made anew says it
 * again. Entries that the story does not know are skipped; a missing or bad `request` is a failure.
 *
 * A recipient is pending until an attempt delivered it or refused it for good. An event that
 * restarts the message makes those that were refused pending again.
 */
#ifndef MESSAGE_STORY_H
#define MESSAGE_STORY_H

#include "message/attempt.h"
#include "message/entry.h"
#include "message/request.h"

struct story_recipient {
	struct slice email;
	enum verdict verdict; /* the last one, VERDICT_NONE before the first */
	struct slice reply;   /* the last words about it */
};

enum story_kind {
	STORY_ROUTE,
	STORY_ATTEMPT,
	STORY_EVENT,
};

struct story_item {
	enum story_kind kind;
	int64_t time_ms;
	union {
		struct route route;
		struct attempt attempt;
		struct event event;
	};
};

struct story {
	const struct request *request;
	uint64_t size;                   /* bytes accepted: request, parts and raw */
	int64_t created_ms;              /* of the first `request` */
	int64_t updated_ms;              /* of the last request, attempt or event */
	bool has_message;                /* a `message` or `raw` stands: it needs no rendering */
	unsigned n;                      /* of the last attempt; 0: none yet */
	unsigned spent;                  /* attempts that count, since the last restart */
	enum state to;                   /* where the last attempt or event leads, or STATE_NONE */
	int64_t due_ms;                  /* next try or scheduled start; 0: none */
	struct slice connector_id, kind; /* of the last route or attempt; else the request's */
	struct slice last_error; /* of the last attempt that had one, or event that failed it */
	struct slice provider_message_id; /* of the last attempt that had one */
	struct story_recipient *recipients;
	size_t n_recipients;
	size_t n_pending;
	struct story_item *items;
	size_t n_items;
};

/* Everything in the story points into the entries or the arena. */
bool story_read(const struct entry *entries, size_t n, struct arena *arena, struct story *story,
		struct err *err);

bool story_is_pending(const struct story_recipient *recipient);

/* "pending", "delivered", "failed" */
const char *story_recipient_status(const struct story_recipient *recipient);

/* When it is tried next by itself; 0: at once, or, in held and the final states, not at all. */
int64_t story_next_attempt_ms(const struct story *story, enum state state);

/* The read-back JSON of mailq.7: the request, and what became of it. The status is the state's, or
 * STATUS_SENDING for a message that a sender has claimed already. Its members, as domain_parse
 * wants them: */
#define STORY_FIELDS                                                                               \
	"id status state organization_id from_email. envelope_from reply_to to_emails cc_emails "  \
	"bcc_emails subject body_html body_text template_id context. locale headers. attachments " \
	"connector_id priority scheduled_at expires_at max_attempts idempotency_key tags dsn. "    \
	"metadata. attempts last_error provider_message_id created_at updated_at next_attempt_at " \
	"recipients history"
void story_write_json(struct json_out *out, const struct story *story, struct slice id,
		      struct slice organization, enum status status, enum state state);

#endif
