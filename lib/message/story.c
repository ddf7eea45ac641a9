#include "message/story.h"

/* --- folding --- */

struct reader {
	struct story *story;
	struct arena *arena;
	struct err *err;
	size_t room; /* of story->items */
};

static struct story_item *add_item(struct reader *r, enum story_kind kind, int64_t time_ms)
{
	struct story *story = r->story;

	if (story->n_items == r->room) {
		r->room = r->room ? r->room * 2 : 8;
		struct story_item *items = arena_alloc(r->arena, r->room * sizeof *items);
		if (story->n_items)
			memcpy(items, story->items, story->n_items * sizeof *items);
		story->items = items;
	}

	struct story_item *item = &story->items[story->n_items++];
	item->kind = kind;
	item->time_ms = time_ms;
	return item;
}

static void keep(struct slice *old, struct slice text)
{
	if (text.n)
		*old = text;
}

static bool read_request_entry(struct reader *r, const struct entry *entry)
{
	struct story *story = r->story;
	struct request *request = request_read(entry->body, r->arena, r->err);

	if (!request)
		return false;
	if (!story->request)
		story->created_ms = entry->time_ms;
	story->request = request;
	story->updated_ms = entry->time_ms;
	story->size += entry->body.n;
	story->due_ms = request->scheduled_ms;
	story->connector_id = request->connector_id;

	struct address_list list = request_recipients(request, r->arena);
	story->recipients = arena_alloc(r->arena, list.n * sizeof *story->recipients);
	story->n_recipients = list.n;
	for (size_t i = 0; i < list.n; i++)
		story->recipients[i].email = list.at[i].email;
	return true;
}

static bool read_bytes(struct reader *r, const struct entry *entry)
{
	r->story->size += entry->body.n;
	return true;
}

/* Made fit for the wire when it was accepted, so there is nothing left to render. */
static bool read_raw(struct reader *r, const struct entry *entry)
{
	r->story->has_message = true;
	return read_bytes(r, entry);
}

static bool read_message(struct reader *r, const struct entry *entry)
{
	(void)entry;
	r->story->has_message = true;
	return true;
}

static bool read_route(struct reader *r, const struct entry *entry)
{
	struct story_item *item = add_item(r, STORY_ROUTE, entry->time_ms);

	if (!route_read(entry->body, r->arena, &item->route, r->err))
		return false;
	keep(&r->story->connector_id, item->route.connector_id);
	keep(&r->story->kind, item->route.kind);
	return true;
}

/* Replies come in the order of the recipients, some missing: each search goes on where the last
 * one ended. */
static void settle_recipients(struct story *story, const struct attempt *attempt)
{
	size_t at = 0;

	for (size_t i = 0; i < attempt->n_recipients; i++) {
		const struct attempt_reply *reply = &attempt->recipients[i];
		for (size_t turn = 0; turn < story->n_recipients; turn++) {
			struct story_recipient *recipient = &story->recipients[at];
			at = (at + 1) % story->n_recipients;
			if (!address_equal(recipient->email, reply->email))
				continue;
			if (reply->verdict == VERDICT_NONE)
				break;
			recipient->verdict = reply->verdict;
			recipient->reply = reply->text;
			break;
		}
	}
}

static bool read_attempt(struct reader *r, const struct entry *entry)
{
	struct story *story = r->story;
	struct story_item *item = add_item(r, STORY_ATTEMPT, entry->time_ms);
	const struct attempt *attempt = &item->attempt;

	if (!attempt_read(entry->body, r->arena, &item->attempt, r->err))
		return false;
	story->updated_ms = entry->time_ms;
	story->n = attempt->n;
	story->spent += attempt->spent;
	story->to = attempt->to;
	story->due_ms = attempt->due_ms;
	keep(&story->connector_id, attempt->connector_id);
	keep(&story->last_error, attempt->error);
	keep(&story->provider_message_id, attempt->provider_message_id);
	settle_recipients(story, attempt);
	return true;
}

static void restart(struct story *story)
{
	story->spent = 0;
	for (size_t i = 0; i < story->n_recipients; i++)
		if (story->recipients[i].verdict == VERDICT_PERMANENT)
			story->recipients[i].verdict = VERDICT_NONE;
}

static bool read_event(struct reader *r, const struct entry *entry)
{
	struct story *story = r->story;
	struct story_item *item = add_item(r, STORY_EVENT, entry->time_ms);

	if (!event_read(entry->body, r->arena, &item->event, r->err))
		return false;
	story->updated_ms = entry->time_ms;
	if (item->event.restarts)
		restart(story);
	if (item->event.to != STATE_NONE) {
		story->to = item->event.to;
		story->due_ms = item->event.due_ms;
	}
	if (item->event.to == STATE_FAILED)
		keep(&story->last_error, item->event.reason);
	return true;
}

/* clang-format off */
static const struct {
	struct slice name;
	bool (*read)(struct reader *r, const struct entry *entry);
} readers[] = {
	{SLICE(ENTRY_REQUEST), read_request_entry},
	{SLICE(ENTRY_PARTS), read_bytes},
	{SLICE(ENTRY_RAW), read_raw},
	{SLICE(ENTRY_MESSAGE), read_message},
	{SLICE(ENTRY_ROUTE), read_route},
	{SLICE(ENTRY_ATTEMPT), read_attempt},
	{SLICE(ENTRY_EVENT), read_event},
};
/* clang-format on */

static bool read_entry(struct reader *r, const struct entry *entry)
{
	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
		if (slice_equal(entry->name, readers[i].name))
			return readers[i].read(r, entry) ||
			       err_at(r->err, "entry %s", readers[i].name.p);
	return true;
}

bool story_read(const struct entry *entries, size_t n, struct arena *arena, struct story *story,
		struct err *err)
{
	struct reader r = {.story = story, .arena = arena, .err = err};

	*story = (struct story){0};
	for (size_t i = 0; i < n; i++)
		if (!read_entry(&r, &entries[i]))
			return false;
	if (!story->request)
		return err_set(err, EX_DATAERR, "no entry request");
	for (size_t i = 0; i < story->n_recipients; i++)
		story->n_pending += story_is_pending(&story->recipients[i]);
	return true;
}

/* --- telling --- */

bool story_is_pending(const struct story_recipient *recipient)
{
	return recipient->verdict != VERDICT_DELIVERED && recipient->verdict != VERDICT_PERMANENT;
}

const char *story_recipient_status(const struct story_recipient *recipient)
{
	if (story_is_pending(recipient))
		return "pending";
	return recipient->verdict == VERDICT_DELIVERED ? "delivered" : "failed";
}

static void put_text(struct json_out *out, const char *key, struct slice text)
{
	if (text.n)
		json_put_slice(out, key, text);
	else
		json_put_null(out, key);
}

static void put_recipients(struct json_out *out, const struct story *story)
{
	json_open(out, "recipients", '[');
	for (size_t i = 0; i < story->n_recipients; i++) {
		const struct story_recipient *recipient = &story->recipients[i];
		json_open(out, NULL, '{');
		json_put_slice(out, "email", recipient->email);
		json_put_text(out, "status", story_recipient_status(recipient));
		put_text(out, "reply", recipient->reply);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void put_item(struct json_out *out, const struct story_item *item)
{
	json_open(out, NULL, '{');
	json_put_time(out, "at", item->time_ms);
	switch (item->kind) {
	case STORY_ROUTE:
		json_put_text(out, "what", ENTRY_ROUTE);
		route_write_members(out, &item->route);
		break;
	case STORY_ATTEMPT:
		json_put_text(out, "what", ENTRY_ATTEMPT);
		attempt_write_members(out, &item->attempt);
		break;
	case STORY_EVENT:
		json_put_text(out, "what", ENTRY_EVENT);
		event_write_members(out, &item->event);
		break;
	}
	json_close(out, '}');
}

int64_t story_next_attempt_ms(const struct story *story, enum state state)
{
	return state == STATE_QUEUED || state == STATE_DEFERRED || state == STATE_DRAFT
		       ? story->due_ms
		       : 0;
}

void story_write_json(struct json_out *out, const struct story *story, struct slice id,
		      struct slice organization, enum status status, enum state state)
{
	struct request shown = *story->request;

	shown.organization_id = organization;
	json_open(out, NULL, '{');
	json_put_slice(out, "id", id);
	json_put_text(out, "status", status_public_name(status));
	json_put_text(out, "state", state_name(state));
	request_write_members(out, &shown);
	json_put_int(out, "attempts", story->spent);
	put_text(out, "last_error", story->last_error);
	put_text(out, "provider_message_id", story->provider_message_id);
	json_put_time(out, "created_at", story->created_ms);
	json_put_time(out, "updated_at", story->updated_ms);
	json_put_time(out, "next_attempt_at", story_next_attempt_ms(story, state));
	put_recipients(out, story);
	json_open(out, "history", '[');
	for (size_t i = 0; i < story->n_items; i++)
		put_item(out, &story->items[i]);
	json_close(out, ']');
	json_close(out, '}');
}
