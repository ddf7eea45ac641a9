#include "queue/record.h"

#include <stdio.h>

#include "queue/queue.h"

#define PRIORITY_STEP_MS 60000

static const struct attempt *last_attempt(const struct story *story)
{
	for (size_t i = story->n_items; i > 0; i--)
		if (story->items[i - 1].kind == STORY_ATTEMPT)
			return &story->items[i - 1].attempt;
	return NULL;
}

/* What the remote said to somebody who did not get it; 0: nothing, or all did. */
static unsigned reply_code(const struct attempt *attempt)
{
	for (size_t r = 0; r < attempt->n_recipients; r++)
		if (attempt->recipients[r].verdict != VERDICT_DELIVERED)
			return attempt->recipients[r].code;
	return 0;
}

/* Whether a message in the queue waits after a try is told by its last entry, not by its directory:
 * it stays "deferred" while it travels to its next try. */
static enum status status_of(const struct story *story, enum state state)
{
	enum status status = state_status(state);

	if (status == STATUS_SENDING || status == STATUS_DEFERRED || status == STATUS_READY)
		return story->to == STATE_DEFERRED ? STATUS_DEFERRED : STATUS_READY;
	return status;
}

/* Most messages have none. */
static const struct slice *tags_of(const struct request *request, struct arena *arena)
{
	struct slice *tags =
		request->n_tags ? arena_alloc(arena, request->n_tags * sizeof *tags) : NULL;

	for (size_t i = 0; i < request->n_tags; i++)
		tags[i] = arena_slice(arena, request->tags[i]);
	return tags;
}

struct index_record record_of(const struct story *story, const char *id, const char *org,
			      enum state state, struct arena *arena)
{
	struct slice *recipients =
		arena_alloc(arena, (story->n_recipients + 1) * sizeof *recipients);
	const struct attempt *attempt = last_attempt(story);
	struct slice connector = attempt ? attempt->connector_id : story->request->connector_id;
	struct index_record record = {
		.status = status_of(story, state),
		.attempts = story->spent,
		.created_ms = story->created_ms,
		.updated_ms = story->updated_ms,
		.due_ms = state_is_final(state) ? 0 : story->due_ms,
		.size = story->size,
		.organization = arena_slice(arena, slice_text(org)),
		.template = arena_slice(arena, story->request->template_id),
		.connector = arena_slice(arena, connector),
		.subject = arena_slice(arena, story->request->subject),
		.last_error = arena_slice(arena, story->last_error),
		.recipients = recipients,
		.recipient_count = story->n_recipients,
		.tags = tags_of(story->request, arena),
		.tag_count = story->request->n_tags,
		.reply_code = attempt ? reply_code(attempt) : 0,
		.took_ms = attempt ? attempt->ms : 0,
	};

	snprintf(record.id, sizeof record.id, "%s", id);
	for (size_t i = 0; i < story->n_recipients; i++)
		recipients[i] = arena_slice(arena, story->recipients[i].email);
	return record;
}

struct story record_new_story(const struct request *request, uint64_t size, int64_t now_ms,
			      struct arena *arena)
{
	struct address_list envelope = request_recipients(request, arena);
	struct story_recipient *recipients =
		arena_alloc(arena, (envelope.n + 1) * sizeof *recipients);

	for (size_t i = 0; i < envelope.n; i++)
		recipients[i].email = envelope.at[i].email;
	return (struct story){
		.request = request,
		.size = size,
		.created_ms = now_ms,
		.updated_ms = now_ms,
		.due_ms = request->scheduled_ms,
		.connector_id = request->connector_id,
		.recipients = recipients,
		.n_recipients = envelope.n,
		.n_pending = envelope.n,
	};
}

/* When it became ready, less a minute for each step of priority. */
static int64_t start_ms(const struct story *story)
{
	int64_t ready_ms = story->due_ms > story->created_ms ? story->due_ms : story->created_ms;

	return ready_ms - story->request->priority * PRIORITY_STEP_MS;
}

static void set_stage(struct record_work *work, const char *stage, const struct story *story)
{
	snprintf(work->stage, sizeof work->stage, "%s", stage);
	work->at_ms = start_ms(story);
}

static void wait_until(struct record_work *work, int64_t due_ms)
{
	work->waits = true;
	work->at_ms = due_ms;
}

bool record_work_of(const struct story *story, const char *id, const struct place *place,
		    struct slice connector, struct record_work *work)
{
	struct slice org = slice_text(place->org);

	*work = (struct record_work){.state = place->state};
	snprintf(work->id, sizeof work->id, "%s", id);
	index_lane_name(work->lane, org, slice_make(NULL, 0));
	switch (place->state) {
	case STATE_QUEUED:
		set_stage(work, "render", story);
		if (story->due_ms > 0 && story->n == 0)
			wait_until(work, story->due_ms);
		return true;
	case STATE_RENDERED:
		set_stage(work, "route", story);
		return true;
	case STATE_DEFERRED:
		set_stage(work, "route", story);
		wait_until(work, story->due_ms);
		return true;
	case STATE_ROUTED:
		set_stage(work, "", story);
		queue_send_stage(work->stage, place->kind);
		index_lane_name(work->lane, org, connector);
		return true;
	default:
		return false;
	}
}

void record_work_enter(struct index_txn *txn, const struct record_work *work)
{
	if (work->waits)
		index_due_put(txn, work->stage, work->at_ms, work->id, work->lane, work->state);
	else
		index_ready(txn, work->stage, work->lane, work->id, work->at_ms, work->state);
}
