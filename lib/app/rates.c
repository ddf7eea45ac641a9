#include "app/rates.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "base/clock.h"
#include "base/mem.h"

#define MINUTE_MS 60000
#define LOOKS (RATES_MINUTES + 1)

struct counted {
	char organization[64]; /* "": not in use */
	struct rates_minute looks[LOOKS];
};

struct rates {
	struct app *app;
	struct loop_timer timer;
	struct counted all[RATES_ORGANIZATIONS];
	size_t taken; /* looks; each has its turn in a ring */
	int64_t last_ms;
};

/* --- looking --- */

static struct counted *find(struct rates *rates, struct slice organization)
{
	for (size_t i = 0; i < RATES_ORGANIZATIONS; i++) {
		struct counted *one = &rates->all[i];
		if (!*one->organization)
			snprintf(one->organization, sizeof one->organization, "%.*s",
				 SLICE_ARGS(organization));
		if (slice_is(organization, one->organization))
			return one;
	}
	return NULL;
}

static void add(struct rates_minute *look, const struct index_meter *meter)
{
	if (meter->meter == METER_ACCEPTED)
		look->accepted += meter->number[0];
	else if (meter->meter == METER_MESSAGES && meter->status == STATUS_SENT)
		look->sent += meter->number[0];
	else if (meter->meter == METER_MESSAGES && meter->status == STATUS_FAILED)
		look->failed += meter->number[0];
	else if (meter->meter == METER_DELIVERY)
		for (int i = 0; i <= METER_BOUNDS; i++)
			look->delivered[i] += meter->number[i];
}

void rates_take(struct rates *rates, const struct index_meter *meters, size_t n, int64_t now_ms)
{
	size_t at = rates->taken++ % LOOKS;

	rates->last_ms = now_ms;
	for (size_t i = 0; i < RATES_ORGANIZATIONS; i++)
		rates->all[i].looks[at] = (struct rates_minute){0};
	for (size_t i = 0; i < n; i++) {
		struct counted *one = find(rates, meters[i].organization);
		if (one)
			add(&one->looks[at], &meters[i]);
	}
}

static void on_time(void *context)
{
	struct rates *rates = context;
	struct queue *queue = rates->app->queue;
	int64_t now_ms = clock_now_ms();
	struct arena arena = {0};
	struct index_meter *meters;
	struct err err = {0};
	size_t n;

	if (queue->index &&
	    index_meters(queue->index, (struct slice){0}, &arena, &meters, &n, &err))
		rates_take(rates, meters, n, now_ms);
	arena_free(&arena);
	loop_start_timer(rates->app->loop, &rates->timer,
			 clock_boot_ms() + MINUTE_MS - now_ms % MINUTE_MS);
}

struct rates *rates_open(struct app *app)
{
	struct rates *rates = mem_zero(sizeof *rates);

	rates->app = app;
	rates->timer = (struct loop_timer){.fn = on_time, .context = rates};
	if (app->loop)
		on_time(rates);
	return rates;
}

void rates_close(struct rates *rates)
{
	if (rates && rates->app->loop)
		loop_stop_timer(rates->app->loop, &rates->timer);
	free(rates);
}

/* --- reading --- */

static uint64_t grown(uint64_t before, uint64_t after)
{
	return after >= before ? after - before : after;
}

static void add_grown(struct rates_minute *sum, const struct rates_minute *before,
		      const struct rates_minute *after)
{
	sum->accepted += grown(before->accepted, after->accepted);
	sum->sent += grown(before->sent, after->sent);
	sum->failed += grown(before->failed, after->failed);
	for (int i = 0; i <= METER_BOUNDS; i++)
		sum->delivered[i] += grown(before->delivered[i], after->delivered[i]);
}

void rates_read(const struct rates *rates, struct slice organization, struct rates_hour *hour)
{
	size_t looks = rates->taken < LOOKS ? rates->taken : LOOKS, first = rates->taken - looks;

	*hour = (struct rates_hour){.n = looks ? looks - 1 : 0, .end_ms = rates->last_ms};
	for (size_t i = 0; i < RATES_ORGANIZATIONS && *rates->all[i].organization; i++) {
		const struct counted *one = &rates->all[i];
		if (organization.n && !slice_is(organization, one->organization))
			continue;
		for (size_t m = 0; m < hour->n; m++)
			add_grown(&hour->minutes[m], &one->looks[(first + m) % LOOKS],
				  &one->looks[(first + m + 1) % LOOKS]);
	}
}

double rates_within_ms(const struct rates_minute *minute, double part)
{
	uint64_t all = 0;
	double below = 0;

	for (int i = 0; i <= METER_BOUNDS; i++)
		all += minute->delivered[i];
	for (int i = 0; i < METER_BOUNDS && all; i++) {
		double from = i ? (double)meter_bounds_ms[i - 1] : 0,
		       to = (double)meter_bounds_ms[i], n = (double)minute->delivered[i];
		if (n > 0 && below + n >= part * (double)all)
			return from + (to - from) * (part * (double)all - below) / n;
		below += n;
	}
	return all ? (double)meter_bounds_ms[METER_BOUNDS - 1] : 0;
}
