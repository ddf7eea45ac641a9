/*
 * mailq-route: picks the connector of each message that is rendered, or due again.
 *
 * Manual: man/mailq-route.8.
 */
#include <stdio.h>

#include "policy/guard.h"
#include "queue/recover.h"
#include "queue/route.h"
#include "queue/work.h"

static const struct usage usage = {
	.synopsis = "mailq-route [-C file] [--follow] [id ...]",
	.about = "Hands rendered messages, and deferred ones that are due, to their senders.",
	.long_options = (const struct option[]){{"follow", no_argument, NULL, 'f'}, {0}},
};

/* Nothing to send it by: held, since an operator can mend the configuration and release it. */
static void hold(struct buf *json, struct work_step *step, const char *reason)
{
	struct json_out out = {.buf = json};
	struct event event = {.name = SLICE("route"),
			      .to = STATE_HELD,
			      .by = SLICE("mailq-route"),
			      .reason = slice_text(reason)};

	event_write(&out, &event);
	*step = (struct work_step){.to = STATE_HELD, .entry = ENTRY_EVENT, .body = buf_slice(json)};
}

/* The staging guard: a recipient that this system must not write to. */
static bool is_stopped(const struct work_item *item, char why[ADDRESS_MOST + 64])
{
	const struct story *story = item->story;
	struct slice *addresses =
		arena_alloc(item->arena, (story->n_recipients + 1) * sizeof *addresses);

	for (size_t i = 0; i < story->n_recipients; i++)
		addresses[i] = story->recipients[i].email;
	struct slice stopped = guard_stops(&item->org->guard, addresses, story->n_recipients);
	if (stopped.p)
		snprintf(why, ADDRESS_MOST + 64, "deliver_only_to does not allow %.*s",
			 SLICE_ARGS(stopped));
	return stopped.p != NULL;
}

static bool route_one(void *context, struct work_item *item, struct work_step *step,
		      struct err *err)
{
	struct buf *json = context;
	struct json_out out = {.buf = json};
	char why[ADDRESS_MOST + 64];
	struct place place;
	(void)err;

	buf_clear(json);
	if (recover_place(item->file, item->story, &place)) {
		*step = (struct work_step){.to = place.state};
		return true;
	}
	if (!item->org) {
		hold(json, step, "the organization is gone from the configuration");
		return true;
	}
	if (is_stopped(item, why)) {
		hold(json, step, why);
		return true;
	}

	struct route_choice choice = queue_route(item->queue, item->org, item->file, item->story);
	if (!choice.connector) {
		hold(json, step, choice.reason);
		return true;
	}
	struct route route = {.connector_id = slice_text(choice.connector->id),
			      .kind = slice_text(choice.connector->kind),
			      .reason = slice_text(choice.reason)};
	route_write(&out, &route);
	*step = (struct work_step){
		.to = STATE_ROUTED,
		.entry = ENTRY_ROUTE,
		.body = buf_slice(json),
		.kind = route.kind,
		.connector = route.connector_id,
	};
	return true;
}

int main(int argc, char **argv)
{
	struct buf json = {0};
	const struct work_stage stage = {
		.name = "route",
		.from = {STATE_RENDERED, STATE_DEFERRED},
		.handle = route_one,
		.context = &json,
	};

	int code = work_main(argc, argv, &usage, &stage);
	buf_free(&json);
	return code;
}
