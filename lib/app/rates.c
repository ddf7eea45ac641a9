#include "app/rates.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "base/clock.h"
#include "base/mem.h"

#define MINUTE_MS 60000

/* A span has one look more than parts, and the newest look of all beside them. */
static const struct {
	unsigned step; /* minutes */
	size_t looks;
} spans[RATES_SPANS] = {
	[RATES_HOUR] = {  1,           61},
	[RATES_DAY] = { 15, RATES_POINTS},
	[RATES_WEEK] = {120,           85},
};

struct counts {
	uint64_t accepted, sent, failed;
	uint64_t delivered[METER_BOUNDS + 1];
};

struct counted {
	char organization[64]; /* "": not in use */
	struct counts now;
	struct counts *looks[RATES_SPANS]; /* rings */
};

struct rates {
	struct app *app;
	struct loop_timer timer;
	struct counted all[RATES_ORGANIZATIONS];
	size_t taken[RATES_SPANS]; /* looks; each has its turn in a ring */
	int64_t taken_ms[RATES_SPANS][RATES_POINTS];
	int64_t now_ms; /* of the newest look */
};

unsigned rates_step(enum rates_span span)
{
	return spans[span].step;
}

/* --- looking --- */

static void begin(struct counted *one, struct slice organization)
{
	snprintf(one->organization, sizeof one->organization, "%.*s", SLICE_ARGS(organization));
	for (int s = 0; s < RATES_SPANS; s++)
		one->looks[s] = mem_zero(spans[s].looks * sizeof *one->looks[s]);
}

static struct counted *find(struct rates *rates, struct slice organization)
{
	for (size_t i = 0; i < RATES_ORGANIZATIONS; i++) {
		struct counted *one = &rates->all[i];
		if (!*one->organization)
			begin(one, organization);
		if (slice_is(organization, one->organization))
			return one;
	}
	return NULL;
}

static void add(struct counts *counts, const struct index_meter *meter)
{
	if (meter->meter == METER_ACCEPTED)
		counts->accepted += meter->number[0];
	else if (meter->meter == METER_MESSAGES && meter->status == STATUS_SENT)
		counts->sent += meter->number[0];
	else if (meter->meter == METER_MESSAGES && meter->status == STATUS_FAILED)
		counts->failed += meter->number[0];
	else if (meter->meter == METER_DELIVERY)
		for (int i = 0; i <= METER_BOUNDS; i++)
			counts->delivered[i] += meter->number[i];
}

static void keep(struct rates *rates, enum rates_span span)
{
	size_t at = rates->taken[span]++ % spans[span].looks;

	rates->taken_ms[span][at] = rates->now_ms;
	for (size_t i = 0; i < RATES_ORGANIZATIONS && *rates->all[i].organization; i++)
		rates->all[i].looks[span][at] = rates->all[i].now;
}

/* A timer may come a little early. */
static bool has_its_turn(const struct rates *rates, enum rates_span span)
{
	return !rates->taken[span] ||
	       (rates->now_ms + MINUTE_MS / 2) / MINUTE_MS % spans[span].step == 0;
}

void rates_take(struct rates *rates, const struct index_meter *meters, size_t n, int64_t now_ms)
{
	rates->now_ms = now_ms;
	for (size_t i = 0; i < RATES_ORGANIZATIONS; i++)
		rates->all[i].now = (struct counts){0};
	for (size_t i = 0; i < n; i++) {
		struct counted *one = find(rates, meters[i].organization);
		if (one)
			add(&one->now, &meters[i]);
	}
	for (int span = 0; span < RATES_SPANS; span++)
		if (has_its_turn(rates, (enum rates_span)span))
			keep(rates, (enum rates_span)span);
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
	if (!rates)
		return;
	if (rates->app->loop)
		loop_stop_timer(rates->app->loop, &rates->timer);
	for (size_t i = 0; i < RATES_ORGANIZATIONS; i++)
		for (int span = 0; span < RATES_SPANS; span++)
			free(rates->all[i].looks[span]);
	free(rates);
}

/* --- reading --- */

static uint64_t grown(uint64_t before, uint64_t after)
{
	return after >= before ? after - before : after;
}

static void add_grown(struct rates_part *sum, const struct counts *before,
		      const struct counts *after)
{
	sum->accepted += grown(before->accepted, after->accepted);
	sum->sent += grown(before->sent, after->sent);
	sum->failed += grown(before->failed, after->failed);
	for (int i = 0; i <= METER_BOUNDS; i++)
		sum->delivered[i] += grown(before->delivered[i], after->delivered[i]);
}

/* The looks of a span in their order, and the newest of all behind them. */
struct looks {
	const struct rates *rates;
	enum rates_span span;
	size_t first, n; /* in the ring */
	bool newer;      /* there is one more */
};

static struct looks looks_of(const struct rates *rates, enum rates_span span)
{
	size_t most = spans[span].looks, taken = rates->taken[span];
	struct looks looks = {.rates = rates, .span = span, .n = taken < most ? taken : most};

	looks.first = taken - looks.n;
	looks.newer = taken && rates->taken_ms[span][(taken - 1) % most] != rates->now_ms;
	return looks;
}

static int64_t look_ms(const struct looks *looks, size_t i)
{
	return i == looks->n ? looks->rates->now_ms
			     : looks->rates->taken_ms[looks->span][(looks->first + i) %
								   spans[looks->span].looks];
}

static const struct counts *look(const struct looks *looks, const struct counted *one, size_t i)
{
	return i == looks->n
		       ? &one->now
		       : &one->looks[looks->span][(looks->first + i) % spans[looks->span].looks];
}

void rates_read(const struct rates *rates, enum rates_span span, struct slice organization,
		struct rates_line *line)
{
	struct looks looks = looks_of(rates, span);
	size_t n = looks.n + looks.newer;

	*line = (struct rates_line){.n = n ? n - 1 : 0, .end_ms = rates->now_ms};
	line->from_ms = n ? look_ms(&looks, 0) : rates->now_ms;
	for (size_t p = 0; p < line->n; p++)
		line->at[p].minutes =
			(double)(look_ms(&looks, p + 1) - look_ms(&looks, p)) / MINUTE_MS;
	for (size_t i = 0; i < RATES_ORGANIZATIONS && *rates->all[i].organization; i++) {
		const struct counted *one = &rates->all[i];
		if (organization.n && !slice_is(organization, one->organization))
			continue;
		for (size_t p = 0; p < line->n; p++)
			add_grown(&line->at[p], look(&looks, one, p), look(&looks, one, p + 1));
	}
}

double rates_within_ms(const struct rates_part *of, double part)
{
	uint64_t all = 0;
	double below = 0;

	for (int i = 0; i <= METER_BOUNDS; i++)
		all += of->delivered[i];
	for (int i = 0; i < METER_BOUNDS && all; i++) {
		double from = i ? (double)meter_bounds_ms[i - 1] : 0,
		       to = (double)meter_bounds_ms[i], n = (double)of->delivered[i];
		if (n > 0 && below + n >= part * (double)all)
			return from + (to - from) * (part * (double)all - below) / n;
		below += n;
	}
	return all ? (double)meter_bounds_ms[METER_BOUNDS - 1] : 0;
}
