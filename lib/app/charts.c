#include "app/charts.h"

#include <math.h>

#include "app/words.h"

#define WIDTH 600.0
#define MINUTE_MS 60000
#define LEAST_MS 100.0
#define MOST_MS 900000.0

/* --- shapes --- */

uint64_t charts_top(uint64_t value)
{
	static const unsigned steps[] = {4, 8, 20};

	for (uint64_t ten = 1;; ten *= 10)
		for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
			if (value <= steps[i] * ten)
				return steps[i] * ten;
}

double charts_log(double ms)
{
	double at = log(ms / LEAST_MS) / log(MOST_MS / LEAST_MS);

	return at < 0 ? 0 : at > 1 ? 1 : at;
}

const char *charts_path(const double *values, size_t n, double most, struct arena *arena)
{
	struct buf path = {0};
	bool drawing = false;

	for (size_t i = 0; i < n; i++) {
		if (values[i] >= 0)
			buf_addf(&path, "%c%.1f %.1f", drawing ? 'L' : 'M',
				 n > 1 ? WIDTH * (double)i / (double)(n - 1) : 0,
				 100 - 100 * values[i] / most);
		drawing = values[i] >= 0;
	}
	const char *text = arena_slice(arena, buf_slice(&path)).p;
	buf_free(&path);
	return text;
}

/* --- a line: its path, and what it says in words --- */

struct line {
	double at[RATES_MINUTES];
	size_t n;
};

static double most_of(const struct line *line)
{
	double most = 0;

	for (size_t i = 0; i < line->n; i++)
		most = line->at[i] > most ? line->at[i] : most;
	return most;
}

static void put_axis(struct page *page, const struct rates_hour *hour)
{
	int64_t from_ms = hour->end_ms - (int64_t)hour->n * MINUTE_MS;

	json_open(&page->out, "x", '[');
	for (int i = 0; i <= 4; i++) {
		int64_t ms = from_ms + (hour->end_ms - from_ms) * i / 4;
		json_put_text(&page->out, NULL,
			      arena_format(page->arena, "%02d:%02d", (int)(ms / 3600000 % 24),
					   (int)(ms / 60000 % 60)));
	}
	json_close(&page->out, ']');
}

static void put_flow(struct page *page, const struct rates_hour *hour)
{
	struct line accepted = {.n = hour->n}, sent = {.n = hour->n}, failed = {.n = hour->n};
	const struct rates_minute *last = &hour->minutes[hour->n - 1];
	struct json_out *out = &page->out;
	struct arena *arena = page->arena;

	for (size_t i = 0; i < hour->n; i++) {
		accepted.at[i] = (double)hour->minutes[i].accepted;
		sent.at[i] = (double)hour->minutes[i].sent;
		failed.at[i] = (double)hour->minutes[i].failed;
	}
	double most = fmax(most_of(&accepted), fmax(most_of(&sent), most_of(&failed)));
	uint64_t top = charts_top((uint64_t)most);
	json_put_text(out, "accepted", words_number(last->accepted, arena));
	json_put_text(out, "sent", words_number(last->sent, arena));
	json_put_text(out, "failed", words_number(last->failed, arena));
	json_put_text(out, "accepted_path", charts_path(accepted.at, hour->n, (double)top, arena));
	json_put_text(out, "sent_path", charts_path(sent.at, hour->n, (double)top, arena));
	json_put_text(out, "failed_path", charts_path(failed.at, hour->n, (double)top, arena));
	json_put_text(out, "most_sent", words_number((uint64_t)most_of(&sent), arena));
	json_put_text(out, "most_accepted", words_number((uint64_t)most_of(&accepted), arena));
	json_put_text(out, "most_failed", words_number((uint64_t)most_of(&failed), arena));
	json_open(out, "y", '[');
	for (unsigned i = 4; i + 1 > 0; i--)
		json_put_text(out, NULL, words_number(top * i / 4, arena));
	json_close(out, ']');
}

static void put_delay(struct page *page, const struct rates_hour *hour)
{
	struct line half = {.n = hour->n}, most = {.n = hour->n};
	struct arena *arena = page->arena;
	const char *half_text = NULL, *most_text = NULL;

	for (size_t i = 0; i < hour->n; i++) {
		double half_ms = rates_within_ms(&hour->minutes[i], 0.5);
		double most_ms = rates_within_ms(&hour->minutes[i], 0.95);
		half.at[i] = half_ms > 0 ? charts_log(half_ms) : -1;
		most.at[i] = most_ms > 0 ? charts_log(most_ms) : -1;
		if (half_ms > 0) {
			half_text = words_duration((int64_t)half_ms, arena);
			most_text = words_duration((int64_t)most_ms, arena);
		}
	}
	json_put_text(&page->out, "half", half_text);
	json_put_text(&page->out, "most", most_text);
	json_put_text(&page->out, "half_path", charts_path(half.at, hour->n, 1, arena));
	json_put_text(&page->out, "most_path", charts_path(most.at, hour->n, 1, arena));
}

void charts_put(struct page *page, const char *key, const struct rates_hour *hour)
{
	if (hour->n < 2) {
		json_put_null(&page->out, key);
		return;
	}
	json_open(&page->out, key, '{');
	json_put_text(&page->out, "span",
		      words_duration((int64_t)hour->n * MINUTE_MS, page->arena));
	put_axis(page, hour);
	put_flow(page, hour);
	put_delay(page, hour);
	json_close(&page->out, '}');
}
