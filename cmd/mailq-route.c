/*
 * mailq-route: picks the connector of each message that is rendered, or due again.
 *
 * Manual: man/mailq-route.8.
 */
#include "queue/recover.h"
#include "queue/route.h"
#include "queue/work.h"

static const struct usage usage = {
	.synopsis = "mailq-route [-C file] [--follow] [id ...]",
	.about = "Hands rendered messages, and deferred ones that are due, to their senders.",
	.long_options = (const struct option[]){{"follow", no_argument, NULL, 'f'}, {0}},
};

/* Nothing to send it by is held: an operator can mend the configuration and release it. */
static void tell_event(struct buf *json, struct work_step *step,
		       const struct route_decision *decision)
{
	struct json_out out = {.buf = json};
	struct event event = {.name = SLICE("route"),
			      .to = decision->to,
			      .by = SLICE("mailq-route"),
			      .reason = slice_text(decision->reason)};

	event_write(&out, &event);
	*step = (struct work_step){.to = decision->to,
				   .entry = ENTRY_EVENT,
				   .body = buf_slice(json)};
}

static void tell_route(struct buf *json, struct work_step *step,
		       const struct route_decision *decision)
{
	struct json_out out = {.buf = json};
	struct route route = {.connector_id = slice_text(decision->connector->id),
			      .kind = slice_text(decision->connector->kind),
			      .reason = slice_text(decision->reason)};

	route_write(&out, &route);
	*step = (struct work_step){
		.to = STATE_ROUTED,
		.entry = ENTRY_ROUTE,
		.body = buf_slice(json),
		.kind = route.kind,
		.connector = route.connector_id,
	};
}

static bool route_one(void *context, struct work_item *item, struct work_step *step,
		      struct err *err)
{
	struct buf *json = context;
	struct route_decision decision;
	struct place place;
	(void)err;

	buf_clear(json);
	if (recover_place(item->file, item->story, &place)) {
		*step = (struct work_step){.to = place.state};
		return true;
	}
	decision = queue_decide_route(item->queue, item->org, item->story,
				      queue_wire_bytes(item->file), item->now_ms);
	if (decision.to == STATE_ROUTED)
		tell_route(json, step, &decision);
	else
		tell_event(json, step, &decision);
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
