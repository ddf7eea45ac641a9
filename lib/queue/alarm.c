#include "queue/alarm.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "index/query.h"
#include "queue/explain.h"
#include "spool/instance.h"

void alarm_add(struct alarms *alarms, const char *what, const char *organization, const char *fmt,
	       ...)
{
	struct alarm *alarm = arena_alloc(alarms->arena, sizeof *alarm);
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	*alarm = (struct alarm){.what = what,
				.organization = organization,
				.text = arena_text(alarms->arena, text)};
	if (alarms->last)
		alarms->last->next = alarm;
	else
		alarms->first = alarm;
	alarms->last = alarm;
}

static void look_at_wait(struct alarms *alarms, const struct index_waits *waits, int64_t now_ms,
			 int64_t oldest_ms)
{
	const char *org = arena_slice(alarms->arena, waits->organization).p;

	if (waits->oldest_ready_ms && now_ms - waits->oldest_ready_ms > oldest_ms)
		alarm_add(alarms, "waiting", org, "a message has been ready since %s",
			  explain_time(waits->oldest_ready_ms, now_ms, alarms->arena));
	if (waits->oldest_due_ms && now_ms - waits->oldest_due_ms > oldest_ms)
		alarm_add(alarms, "overdue", org, "a message has been due since %s",
			  explain_time(waits->oldest_due_ms, now_ms, alarms->arena));
}

static void look_at_index(struct queue *queue, struct slice organization, int64_t oldest_ms,
			  struct alarms *alarms)
{
	struct index_waits *waits;
	struct err err = {0};
	size_t n;

	if (!queue->index)
		return alarm_add(alarms, "index", NULL, "the index cannot be opened");
	if (index_is_stale(queue->index))
		alarm_add(alarms, "index", NULL, "the index does not know the spool yet");
	if (!index_waits(queue->index, organization, alarms->arena, &waits, &n, &err))
		return alarm_add(alarms, "index", NULL, "%s", err.text);
	for (size_t i = 0; i < n; i++)
		look_at_wait(alarms, &waits[i], clock_now_ms(), oldest_ms);
}

static void look_at_connectors(const struct queue *queue, const struct organization *org,
			       struct alarms *alarms)
{
	int64_t now_ms = clock_now_ms();

	for (size_t i = 0; i < org->connector_count; i++) {
		struct explain_connector health =
			queue_explain_connector(queue, org->id, org->connectors[i].id,
						alarms->arena);
		if (breaker_is_paused(&health.breaker, now_ms))
			alarm_add(alarms, "paused", org->id, "%s is %s", health.id,
				  explain_health(&health, now_ms, alarms->arena));
	}
}

const char *queue_no_room_means(const struct spool *spool)
{
	return spool_can_record(spool) ? "no mail is accepted, but it is sent"
				       : "no mail is accepted, and none is sent";
}

static void look_at_spool(const struct queue *queue, struct alarms *alarms)
{
	struct err err = {0};
	size_t damaged = spool_count_condemned(queue->spool);

	if (damaged)
		alarm_add(alarms, "damaged", NULL,
			  "%zu damaged file%s in %s/.bad: read, then removed by hand", damaged,
			  damaged == 1 ? " is" : "s are", spool_path(queue->spool));
	if (!spool_has_room(queue->spool, &err))
		alarm_add(alarms, "space", NULL, "%s: %s", err.text,
			  queue_no_room_means(queue->spool));
	err = (struct err){0};
	if (!instance_check(queue->spool, &err))
		alarm_add(alarms, "copy", NULL, "%s", err.text);
}

void queue_alarms(struct queue *queue, struct slice organization, int64_t oldest_ms,
		  struct alarms *alarms)
{
	const struct conf *conf = queue->conf;

	look_at_spool(queue, alarms);
	look_at_index(queue, organization, oldest_ms, alarms);
	for (size_t i = 0; i < conf->organization_count; i++)
		if (!organization.n || slice_is(organization, conf->organizations[i].id))
			look_at_connectors(queue, &conf->organizations[i], alarms);
}
