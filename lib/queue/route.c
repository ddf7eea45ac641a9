#include "queue/route.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue/health.h"

uint64_t queue_wire_bytes(const struct spool_file *file)
{
	const struct entry *message = entry_last(&file->entries, ENTRY_MESSAGE);
	const struct entry *raw = entry_last(&file->entries, ENTRY_RAW);
	const struct entry *parts = entry_last(&file->entries, ENTRY_PARTS);

	return (message ? message->body.n : raw ? raw->body.n : 0) + (parts ? parts->body.n : 0);
}

/* Health is asked for only where it can make a difference. */
static bool has_fallbacks(const struct organization *org)
{
	for (size_t i = 0; i < org->connector_count; i++)
		if (org->connectors[i].fallback)
			return true;
	return false;
}

static bool *read_pauses(const struct queue *queue, const struct organization *org)
{
	bool *paused = mem_array(org->connector_count, sizeof *paused);
	int64_t now_ms = clock_now_ms();

	for (size_t i = 0; i < org->connector_count; i++) {
		struct health health;
		health_read(queue, org->id, org->connectors[i].id, &health);
		paused[i] = breaker_is_paused(&health.breaker, now_ms);
	}
	return paused;
}

struct route_choice queue_route(const struct queue *queue, const struct organization *org,
				const struct spool_file *file, const struct story *story)
{
	bool *paused = has_fallbacks(org) ? read_pauses(queue, org) : NULL;
	struct route_facts facts = {.story = story,
				    .bytes = queue_wire_bytes(file),
				    .paused = paused};
	struct route_choice choice = route_choose(org, &facts);

	free(paused);
	return choice;
}

struct route_decision queue_decide_route(const struct queue *queue, const struct organization *org,
					 const struct story *story, uint64_t bytes, int64_t now_ms)
{
	bool *paused = org && has_fallbacks(org) ? read_pauses(queue, org) : NULL;
	struct route_facts facts = {.story = story, .bytes = bytes, .paused = paused};
	struct route_decision decision = route_decide(org, &facts, now_ms);

	free(paused);
	return decision;
}
