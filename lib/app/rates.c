#include "app/rates.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "message/name.h"
#include "queue/run_file.h"

#define MINUTE_MS 60000
#define RATES_BYTES_MOST (4 << 20) /* RATES_ORGANIZATIONS take half of it */

/* A span has one look more than parts, and the newest look of all beside them. */
static const struct {
	unsigned step; /* minutes */
	size_t looks;
} spans[RATES_SPANS] = {
	[RATES_HOUR] = {1, 61},
	[RATES_DAY] = {15, RATES_POINTS},
	[RATES_WEEK] = {120, 85},
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

/* A timer may come a little early, and a server may start soon after another's look. */
static bool has_its_turn(const struct rates *rates, enum rates_span span)
{
	unsigned step = spans[span].step;
	size_t taken = rates->taken[span];

	if (!taken)
		return true;
	int64_t last_ms = rates->taken_ms[span][(taken - 1) % spans[span].looks];
	return (rates->now_ms + MINUTE_MS / 2) / MINUTE_MS % step == 0 &&
	       rates->now_ms - last_ms >= step * MINUTE_MS / 2;
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

/* --- over a restart --- */

/* What the bytes are of: with other numbers they are of another release. */
static void put_head(struct buf *bytes)
{
	buf_addf(bytes, "mailq-rates 1 %zu %zu %zu %zu\n", sizeof(struct counts),
		 spans[RATES_HOUR].looks, spans[RATES_DAY].looks, spans[RATES_WEEK].looks);
}

static void put_digest(struct buf *bytes, struct slice of)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(of, hex);
	buf_addf(bytes, "%s\n", hex);
}

/* In the order of time, the oldest first. */
static size_t ring_at(const struct rates *rates, enum rates_span span, size_t i)
{
	size_t taken = rates->taken[span], most = spans[span].looks;

	return taken <= most ? i : (taken + i) % most;
}

static size_t ring_count(const struct rates *rates, enum rates_span span)
{
	return rates->taken[span] < spans[span].looks ? rates->taken[span] : spans[span].looks;
}

static void put_organization(struct buf *bytes, const struct rates *rates,
			     const struct counted *one)
{
	buf_add(bytes, one->organization, sizeof one->organization);
	for (enum rates_span span = 0; span < RATES_SPANS; span++)
		for (size_t i = 0; i < ring_count(rates, span); i++)
			buf_add(bytes, &one->looks[span][ring_at(rates, span, i)],
				sizeof **one->looks);
}

void rates_write(const struct rates *rates, struct buf *bytes)
{
	struct buf body = {0};

	for (enum rates_span span = 0; span < RATES_SPANS; span++) {
		uint64_t n = ring_count(rates, span);
		buf_add(&body, &n, sizeof n);
		for (size_t i = 0; i < n; i++)
			buf_add(&body, &rates->taken_ms[span][ring_at(rates, span, i)],
				sizeof **rates->taken_ms);
	}
	for (size_t i = 0; i < RATES_ORGANIZATIONS && *rates->all[i].organization; i++)
		put_organization(&body, rates, &rates->all[i]);
	put_head(bytes);
	put_digest(bytes, buf_slice(&body));
	buf_add_slice(bytes, buf_slice(&body));
	buf_free(&body);
}

/* The next n bytes off the front; false where there are not so many. */
static bool take(struct slice *bytes, void *to, size_t n)
{
	if (bytes->n < n)
		return false;
	memcpy(to, bytes->p, n);
	*bytes = slice_after(*bytes, n);
	return true;
}

/* How many looks of each span there are, and which of them is the first still in it. */
struct kept {
	uint64_t n[RATES_SPANS], first[RATES_SPANS];
};

static bool take_times(struct rates *rates, struct slice *bytes, int64_t now_ms, struct kept *kept)
{
	for (enum rates_span span = 0; span < RATES_SPANS; span++) {
		int64_t whole_ms =
			(int64_t)((spans[span].looks - 1) * spans[span].step) * MINUTE_MS;
		int64_t ms = 0, last_ms = 0;
		if (!take(bytes, &kept->n[span], sizeof kept->n[span]) ||
		    kept->n[span] > spans[span].looks)
			return false;
		for (uint64_t i = 0; i < kept->n[span]; i++, last_ms = ms) {
			if (!take(bytes, &ms, sizeof ms) || ms <= last_ms || ms > now_ms)
				return false;
			if (now_ms - ms > whole_ms)
				kept->first[span] = i + 1;
			else
				rates->taken_ms[span][i - kept->first[span]] = ms;
		}
	}
	return true;
}

static bool take_organization(struct rates *rates, struct slice *bytes, const struct kept *kept)
{
	char name[sizeof rates->all->organization];
	struct counts counts;

	if (!take(bytes, name, sizeof name) || !memchr(name, '\0', sizeof name) ||
	    !name_valid(slice_text(name)))
		return false;
	struct counted *one = find(rates, slice_text(name));
	for (enum rates_span span = 0; span < RATES_SPANS; span++)
		for (uint64_t i = 0; i < kept->n[span]; i++) {
			if (!one || !take(bytes, &counts, sizeof counts))
				return false;
			if (i >= kept->first[span])
				one->looks[span][i - kept->first[span]] = counts;
		}
	return true;
}

static void forget_all(struct rates *rates)
{
	for (size_t i = 0; i < RATES_ORGANIZATIONS; i++) {
		for (int span = 0; span < RATES_SPANS; span++)
			free(rates->all[i].looks[span]);
		rates->all[i] = (struct counted){0};
	}
}

static bool is_whole(struct slice *bytes)
{
	struct buf head = {0};

	put_head(&head);
	size_t n = head.n;
	put_digest(&head, slice_after(*bytes, n + SHA256_HEX_SIZE));
	bool whole = slice_equal(buf_slice(&head), slice_first(*bytes, head.n));
	*bytes = slice_after(*bytes, head.n);
	buf_free(&head);
	return whole;
}

bool rates_restore(struct rates *rates, struct slice bytes, int64_t now_ms)
{
	struct kept kept = {0};
	bool ok = is_whole(&bytes) && take_times(rates, &bytes, now_ms, &kept);

	while (ok && bytes.n)
		ok = take_organization(rates, &bytes, &kept);
	if (!ok) {
		forget_all(rates);
		return false;
	}
	for (enum rates_span span = 0; span < RATES_SPANS; span++)
		rates->taken[span] = kept.n[span] - kept.first[span];
	return true;
}

/* No look is lost that the next one does not make up for. */
static void keep_file(const struct rates *rates)
{
	struct buf bytes = {0};
	struct err ignored = {0};

	rates_write(rates, &bytes);
	run_file_write(rates->app->queue, RATES_FILE, buf_slice(&bytes), &ignored);
	buf_free(&bytes);
}

static void read_file(struct rates *rates)
{
	struct buf bytes = {0};
	struct err ignored = {0};

	if (run_file_read(rates->app->queue, RATES_FILE, &bytes, RATES_BYTES_MOST, &ignored))
		rates_restore(rates, buf_slice(&bytes), clock_now_ms());
	buf_free(&bytes);
}

/* --- once a minute --- */

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
	    index_meters(queue->index, (struct slice){0}, &arena, &meters, &n, &err)) {
		rates_take(rates, meters, n, now_ms);
		keep_file(rates);
	}
	arena_free(&arena);
	loop_start_timer(rates->app->loop, &rates->timer,
			 clock_boot_ms() + MINUTE_MS - now_ms % MINUTE_MS);
}

struct rates *rates_open(struct app *app)
{
	struct rates *rates = mem_zero(sizeof *rates);

	rates->app = app;
	rates->timer = (struct loop_timer){.fn = on_time, .context = rates};
	if (app->loop) {
		read_file(rates);
		on_time(rates);
	}
	return rates;
}

void rates_close(struct rates *rates)
{
	if (!rates)
		return;
	if (rates->app->loop)
		loop_stop_timer(rates->app->loop, &rates->timer);
	forget_all(rates);
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
	for (size_t p = 0; p < line->n; p++) {
		line->at[p].end_ms = look_ms(&looks, p + 1);
		line->at[p].minutes = (double)(line->at[p].end_ms - look_ms(&looks, p)) / MINUTE_MS;
	}
	for (size_t i = 0; i < RATES_ORGANIZATIONS && *rates->all[i].organization; i++) {
		const struct counted *one = &rates->all[i];
		if (organization.n && !slice_is(organization, one->organization))
			continue;
		for (size_t p = 0; p < line->n; p++)
			add_grown(&line->at[p], look(&looks, one, p), look(&looks, one, p + 1));
	}
}

bool rates_flow(const struct rates_line *line, unsigned minutes, double *accepted, double *gone)
{
	double in = 0, out = 0, known = 0;

	for (size_t i = line->n; i > 0 && known < minutes; i--) {
		in += (double)line->at[i - 1].accepted;
		out += (double)(line->at[i - 1].sent + line->at[i - 1].failed);
		known += line->at[i - 1].minutes;
	}
	if (known < minutes)
		return false;
	*accepted = in / known;
	*gone = out / known;
	return true;
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
