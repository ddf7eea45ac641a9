#include "queue/connector_use.h"

#include "index/query.h"
#include "message/name.h"
#include "queue/pause.h"

struct count {
	char lane[INDEX_LANE_SIZE];
	uint64_t n;
};

static bool count_one(void *arg, struct slice stage, const struct index_item *item)
{
	struct count *count = arg;
	(void)stage;

	count->n += strcmp(item->lane, count->lane) == 0;
	return true;
}

/* How many messages are with it: routed to it, or being sent by it. */
static bool count_uses(struct queue *queue, const struct organization *org, const char *id,
		       uint64_t *n, struct err *err)
{
	struct count count = {.n = 0};

	*n = 0;
	if (!name_valid(slice_text(id))) /* what none can have; a lane has room for a name */
		return true;
	index_lane_name(count.lane, slice_text(org->id), slice_text(id));
	bool ok = index_each_work(queue->index, count_one, &count, err);
	*n = count.n;
	return ok;
}

bool queue_remove_connector(struct queue *queue, const struct managed_edit *edit, bool used,
			    struct arena *arena, struct err *err)
{
	uint64_t n = 0;

	if (!used && !count_uses(queue, edit->organization, edit->id, &n, err))
		return false;
	if (n)
		return err_set(err, EX_CANTCREAT, "%llu message%s wait%s for %s",
			       (unsigned long long)n, n == 1 ? "" : "s", n == 1 ? "s" : "",
			       edit->id);
	if (!connector_remove(queue->conf, edit, arena, err))
		return false;
	pause_forget(queue, edit->organization->id, edit->id);
	return true;
}
