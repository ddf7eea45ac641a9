#include "queue/adopt.h"

#include "base/clock.h"
#include "base/io.h"
#include "message/story.h"
#include "queue/act.h"
#include "queue/rebuild.h"
#include "spool/instance.h"

struct adoption {
	struct queue *queue;
	int64_t now_ms;
	uint64_t held;
	struct err *err;
};

/* When it should have gone out: its time if it has one, else when it was accepted. */
static int64_t wanted_ms(const struct story *story)
{
	return story->due_ms ? story->due_ms : story->created_ms;
}

static bool is_overdue(const struct adoption *adoption, const struct place *place, const char *id)
{
	const struct organization *org =
		conf_organization(adoption->queue->conf, slice_text(place->org));
	const struct settings *settings = org ? &org->settings : &adoption->queue->conf->settings;
	struct spool_file file;
	struct story story;
	struct err err = {0};
	bool overdue = false;

	if (!spool_peek(adoption->queue->spool, place, id, &file, &err))
		return false;
	if (story_read(file.entries.at, file.entries.count, &file.arena, &story, &err))
		overdue = adoption->now_ms - wanted_ms(&story) >
			  (int64_t)settings->max_lateness_seconds * 1000;
	spool_release(&file);
	return overdue;
}

static bool visit(void *context, const struct place *place, const char *id)
{
	static const struct act hold = {
		.verb = VERB_HOLD,
		.by = "mailq-supervise --adopt",
		.reason = "overdue when this copy of the spool was adopted",
	};
	struct adoption *adoption = context;
	struct err err = {0};

	if (!is_overdue(adoption, place, id))
		return true;
	if (queue_act(adoption->queue, id, &hold, &err))
		adoption->held++;
	else
		queue_log_failure(adoption->queue, "adopt", id, &err);
	return true;
}

static bool visit_org(void *context, const char *org)
{
	static const enum state waiting[] = {STATE_QUEUED, STATE_RENDERED, STATE_ROUTED,
					     STATE_DEFERRED};
	struct adoption *adoption = context;

	for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++)
		if (!spool_each_file(adoption->queue->spool, org, waiting[i], visit, context))
			return io_err(adoption->err, "read %s/%s", org, state_name(waiting[i]));
	return true;
}

bool queue_adopt(struct queue *queue, uint64_t *held, struct err *err)
{
	struct adoption adoption = {.queue = queue, .now_ms = clock_now_ms(), .err = err};

	*held = 0;
	if (instance_check(queue->spool, err))
		return true;
	*err = (struct err){0};
	if (!queue_rebuild(queue, err)) /* the index came along with the copy */
		return false;
	if (!spool_each_org(queue->spool, visit_org, &adoption))
		io_err(err, "read %s", spool_path(queue->spool));
	*held = adoption.held;
	if (err->code) /* what was not seen would go out overdue */
		return false;
	return instance_adopt(queue->spool, err);
}
