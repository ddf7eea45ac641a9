#include "queue/explain.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "queue/bell.h"
#include "queue/health.h"
#include "queue/record.h"
#include "queue/route.h"
#include "queue/slots.h"
#include "spool/instance.h"
#include "spool/purge.h"

struct explain_connector queue_explain_connector(const struct queue *queue, const char *org,
						 const char *connector, struct arena *arena)
{
	struct health health;

	health_read(queue, org, connector, &health);
	return (struct explain_connector){
		.id = connector,
		.breaker = health.breaker,
		.since_ms = health.since_ms,
		.text = arena_text(arena, health.text),
	};
}

/* "mailq-send-smtp (process 4711)" */
static const char *process_name(pid_t pid, struct arena *arena)
{
	char link[64], path[4096];

	snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
	ssize_t n = readlink(link, path, sizeof path - 1);
	if (n <= 0)
		return arena_format(arena, "Process %d", (int)pid);
	path[n] = '\0';
	const char *slash = strrchr(path, '/');
	return arena_format(arena, "%s (process %d)", slash ? slash + 1 : path, (int)pid);
}

/* The stage that takes it up next, and the lane in which it waits; "" where nothing does. */
static void find_lane(const struct look *look, char stage[INDEX_STAGE_SIZE],
		      char lane[INDEX_LANE_SIZE])
{
	const struct place *place = &look->file.place;
	struct record_work work;

	*stage = *lane = '\0';
	if (!record_work_of(&look->story, look->file.id, place, look->story.connector_id, &work))
		return;
	memcpy(stage, work.stage, INDEX_STAGE_SIZE);
	memcpy(lane, work.lane, INDEX_LANE_SIZE);
}

static bool is_claimed(struct queue *queue, const char *id, const char *stage, struct arena *arena)
{
	struct index_lease *leases;
	struct err ignored = {0};
	size_t n;

	if (!queue->index || !index_leases(queue->index, arena, &leases, &n, &ignored))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(leases[i].item.id, id) == 0 && slice_is(leases[i].stage, stage))
			return true;
	return false;
}

static void find_stage(struct queue *queue, const struct look *look, struct arena *arena,
		       struct explain_facts *facts)
{
	char stage[INDEX_STAGE_SIZE], name[INDEX_LANE_SIZE];
	struct index_lane lane;
	struct err ignored = {0};

	find_lane(look, stage, name);
	if (!*stage)
		return;
	facts->stage = arena_format(arena, "mailq-%s", stage);
	facts->is_awaited = bell_is_heard(queue->spool, stage);
	facts->is_claimed = is_claimed(queue, look->file.id, stage, arena);
	if (!queue->index || !index_lane_get(queue->index, stage, name, &lane, &ignored))
		return;
	facts->ready = lane.ready;
	if (lane.turn_ms && lane.turn_ms != INDEX_NEVER)
		facts->next_turn_ms = facts->now_ms + (lane.turn_ms - clock_boot_ms());
}

/* The one that it is with, or would be given to. */
static void find_connector(const struct queue *queue, const struct look *look, struct arena *arena,
			   struct explain_facts *facts)
{
	const struct place *place = &look->file.place;
	struct slice id = look->story.connector_id;
	const struct connector *connector;

	if (place->state != STATE_ROUTED && place->state != STATE_SENDING) {
		if (facts->decision.connector)
			facts->connector =
				queue_explain_connector(queue, place->org,
							facts->decision.connector->id, arena);
		return;
	}
	connector = facts->org ? organization_connector(facts->org, id) : NULL;
	facts->is_connector_there = connector && (place->state != STATE_ROUTED ||
						  strcmp(connector->kind, place->kind) == 0);
	/* with a rate, a connection that waits for its turn is taken too */
	if (facts->is_connector_there && !connector->rate) {
		facts->connections_most = connector->max_connections;
		facts->connections =
			slots_taken(queue, place->org, connector->id, connector->max_connections);
	}
	facts->connector =
		queue_explain_connector(queue, place->org, arena_slice(arena, id).p, arena);
}

void queue_explain(struct queue *queue, const struct look *look, struct arena *arena,
		   struct explain_facts *facts)
{
	const struct place *place = &look->file.place;
	const struct organization *org = conf_organization(queue->conf, slice_text(place->org));
	pid_t holder = spool_holder(queue->spool, place, look->file.id);
	struct err copy = {0};

	*facts = (struct explain_facts){
		.story = &look->story,
		.state = place->state,
		.org = org,
		.settings = org ? &org->settings : &queue->conf->settings,
		.holder = holder ? process_name(holder, arena) : NULL,
		.is_short = !spool_can_record(queue->spool),
		.is_copy = !instance_check(queue->spool, &copy) && copy.code == EX_CONFIG,
		.is_purged = spool_is_purged(&look->file.entries),
		.now_ms = clock_now_ms(),
	};
	facts->decision = queue_decide_route(queue, org, &look->story,
					     queue_wire_bytes(&look->file), facts->now_ms);
	find_connector(queue, look, arena, facts);
	find_stage(queue, look, arena, facts);
}

static uint64_t request_bytes(const struct request *request)
{
	struct buf json = {0};
	struct json_out out = {.buf = &json};
	uint64_t bytes;

	request_write(&out, request);
	bytes = json.n;
	buf_free(&json);
	for (size_t i = 0; i < request->n_attachments; i++)
		bytes += request->attachments[i].content.n;
	return bytes;
}

bool queue_explain_request(const struct queue *queue, const struct request *request,
			   struct arena *arena, struct explain_request_facts *facts,
			   struct err *err)
{
	int64_t now_ms = clock_now_ms();
	uint64_t bytes = request_bytes(request);
	struct story story = record_new_story(request, bytes, now_ms, arena);

	*facts = (struct explain_request_facts){
		.is_named = request->organization_id.n > 0,
		.sender_domain = address_domain(request_sender(request)),
		.bytes = bytes,
		.now_ms = now_ms,
	};
	facts->org = conf_choose_organization(queue->conf, request->organization_id,
					      facts->sender_domain, err);
	if (!facts->org)
		return false;
	facts->decision = queue_decide_route(queue, facts->org, &story, bytes, now_ms);
	if (facts->decision.connector)
		facts->connector = queue_explain_connector(queue, facts->org->id,
							   facts->decision.connector->id, arena);
	return true;
}

/* --- as JSON --- */

void queue_explain_write_json(struct json_out *out, const struct look *look,
			      const struct explain_facts *facts,
			      const struct explanation *explanation)
{
	const struct breaker *breaker = &facts->connector.breaker;
	bool is_paused = breaker_is_paused(breaker, facts->now_ms);

	json_open(out, NULL, '{');
	json_put_text(out, "id", look->file.id);
	json_put_text(out, "organization_id", look->file.place.org);
	json_put_text(out, "status", status_public_name(look->status));
	json_put_text(out, "state", state_name(look->file.place.state));
	json_put_text(out, "connector_id", facts->connector.id);
	json_put_time(out, "paused_until",
		      is_paused && !breaker_is_stopped(breaker) ? breaker->until_ms : 0);
	json_put_text(out, "paused_why", is_paused ? breaker_why_name(breaker->why) : NULL);
	json_put_int(out, "attempts", look->story.spent);
	json_put_time(out, "next_attempt_at",
		      story_next_attempt_ms(&look->story, look->file.place.state));
	json_put_text(out, "held_by", facts->holder);
	json_open(out, "explanation", '[');
	for (size_t i = 0; i < explanation->n; i++)
		json_put_text(out, NULL, explanation->at[i]);
	json_close(out, ']');
	json_close(out, '}');
}
