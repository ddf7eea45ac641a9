#include "queue/traffic.h"

#include <stdio.h>

#include "index/use.h"
#include "policy/slow.h"
#include "queue/slots.h"

static void judge(const struct index_use *use, const struct connector *connector,
		  struct traffic *traffic)
{
	uint32_t took_ms[USE_ATTEMPTS];

	for (size_t i = 0; i < use->n; i++)
		took_ms[i] = use->last[i].took_ms;
	traffic->n = use->n;
	traffic->is_slow = slow_is(took_ms, use->n, connector->timeout_seconds, &traffic->half_ms);
}

void traffic_read(struct queue *queue, const char *org, const struct connector *connector,
		  int64_t now_ms, struct traffic *traffic)
{
	struct index_use use;
	struct err ignored;

	*traffic = (struct traffic){
		.connections = slots_taken(queue, org, connector->id, connector->max_connections),
	};
	if (!queue->index || index_is_stale(queue->index) ||
	    !index_use(queue->index, slice_text(org), slice_text(connector->id), &use, &ignored))
		return;
	traffic->is_known = true;
	traffic->tried_ms = use.tried_ms;
	traffic->sent_ms = use.sent_ms;
	traffic->rate = index_use_rate(&use, now_ms);
	judge(&use, connector, traffic);
}

void traffic_write_members(struct json_out *out, const struct traffic *traffic)
{
	char rate[32];

	json_put_time(out, "last_attempt_at", traffic->tried_ms);
	json_put_time(out, "last_sent_at", traffic->sent_ms);
	snprintf(rate, sizeof rate, "%.1f", traffic->rate);
	json_put_raw(out, "attempts_per_second", slice_text(traffic->is_known ? rate : "null"));
	json_put_bool(out, "slow", traffic->is_slow);
	json_put_int(out, "connections", traffic->connections);
}
