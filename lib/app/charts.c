#include "app/charts.h"

#include <math.h>

#include "app/words.h"

#define WIDTH 600.0
#define LEAST_MS 100.0
#define MOST_MS 900000.0

/* --- shapes --- */

uint64_t charts_top(double value)
{
	static const unsigned steps[] = {4, 8, 20};

	for (uint64_t ten = 1;; ten *= 10)
		for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
			if (value <= (double)(steps[i] * ten))
				return steps[i] * ten;
}

double charts_log(double ms)
{
	double at = log(ms / LEAST_MS) / log(MOST_MS / LEAST_MS);

	return at < 0 ? 0 : at > 1 ? 1 : at;
}

const char *charts_path(const double *values, const double *where, size_t n, double most,
			struct arena *arena)
{
	struct buf path = {0};
	bool drawing = false;

	for (size_t i = 0; i < n; i++) {
		if (values[i] >= 0)
			buf_addf(&path, "%c%.1f %.1f", drawing ? 'L' : 'M', WIDTH * where[i],
				 100 - 100 * values[i] / most);
		drawing = values[i] >= 0;
	}
	const char *text = arena_slice(arena, buf_slice(&path)).p;
	buf_free(&path);
	return text;
}

/* --- which span --- */

/* clang-format off */
static const struct {
	const char *id, *name, *words;
} spans[RATES_SPANS] = {
	[RATES_HOUR] = {"1h",  "1 h",  "hour"},
	[RATES_DAY]  = {"24h", "24 h", "24 hours"},
	[RATES_WEEK] = {"7d",  "7 d",  "7 days"},
};
/* clang-format on */

static enum rates_span span_named(struct slice word)
{
	for (int i = 0; i < RATES_SPANS; i++)
		if (slice_is(word, spans[i].id))
			return (enum rates_span)i;
	return RATES_HOUR;
}

void charts_choose(struct http_request *request)
{
	enum rates_span span = span_named(http_request_form(request, "charts"));

	page_set_cookie(request, "mailq_charts", spans[span].id, PAGE_CHOICE_AGE_S);
	page_go(request, page_back(request));
}

static void put_spans(struct page *page, enum rates_span chosen)
{
	json_open(&page->out, "spans", '[');
	for (int i = 0; i < RATES_SPANS; i++) {
		json_open(&page->out, NULL, '{');
		json_put_text(&page->out, "id", spans[i].id);
		json_put_text(&page->out, "name", spans[i].name);
		json_put_bool(&page->out, "chosen", i == (int)chosen);
		json_close(&page->out, '}');
	}
	json_close(&page->out, ']');
}

/* --- a line: its path, and what it says in words --- */

struct line {
	double at[RATES_POINTS];
	double where[RATES_POINTS]; /* 0 to 1 */
	size_t n;
};

/* While no server ran there are no points: the next one stands where its time is. */
static struct line line_of(const struct rates_line *rates)
{
	struct line line = {.n = rates->n};

	for (size_t i = 1; i < line.n; i++)
		line.where[i] = (double)(rates->at[i].end_ms - rates->at[0].end_ms) /
				(double)(rates->end_ms - rates->at[0].end_ms);
	return line;
}

static double most_of(const struct line *line)
{
	double most = 0;

	for (size_t i = 0; i < line->n; i++)
		most = line->at[i] > most ? line->at[i] : most;
	return most;
}

static double last_of(const struct line *line)
{
	return line->n ? line->at[line->n - 1] : 0;
}

/* Few are told by the tenth: over two hours, 30 messages are 0.3 a minute. */
static const char *rate_words(double rate, struct arena *arena)
{
	if (rate < 10 && rate - (double)(uint64_t)rate > 0.05)
		return arena_format(arena, "%.1f", rate);
	return words_number((uint64_t)(rate + 0.5), arena);
}

/* One point is no line. */
static const char *path_of(const struct line *line, double most, struct arena *arena)
{
	return line->n < 2 ? "" : charts_path(line->at, line->where, line->n, most, arena);
}

static const char *tick(int64_t ms, enum rates_span span, struct arena *arena)
{
	if (span == RATES_WEEK)
		return words_day_of_year(ms, arena);
	return arena_format(arena, "%02d:%02d", (int)(ms / 3600000 % 24), (int)(ms / 60000 % 60));
}

static void put_axis(struct page *page, const struct rates_line *line, enum rates_span span)
{
	json_open(&page->out, "x", '[');
	for (int i = 0; i <= 4; i++)
		json_put_text(&page->out, NULL,
			      tick(line->from_ms + (line->end_ms - line->from_ms) * i / 4, span,
				   page->arena));
	json_close(&page->out, ']');
}

static void put_rate(struct page *page, const char *name, const struct line *line, double top)
{
	struct arena *arena = page->arena;

	json_open(&page->out, name, '{');
	json_put_text(&page->out, "now", rate_words(last_of(line), arena));
	json_put_text(&page->out, "most", rate_words(most_of(line), arena));
	json_put_text(&page->out, "path", path_of(line, top, arena));
	json_close(&page->out, '}');
}

static void put_flow(struct page *page, const struct rates_line *rates)
{
	struct line accepted = line_of(rates), sent = accepted, failed = accepted;

	for (size_t i = 0; i < rates->n; i++) {
		double minutes = fmax(rates->at[i].minutes, 0.01);
		accepted.at[i] = (double)rates->at[i].accepted / minutes;
		sent.at[i] = (double)rates->at[i].sent / minutes;
		failed.at[i] = (double)rates->at[i].failed / minutes;
	}
	uint64_t top = charts_top(fmax(most_of(&accepted), fmax(most_of(&sent), most_of(&failed))));
	put_rate(page, "accepted", &accepted, (double)top);
	put_rate(page, "sent", &sent, (double)top);
	put_rate(page, "failed", &failed, (double)top);
	json_open(&page->out, "y", '[');
	for (unsigned i = 4; i + 1 > 0; i--)
		json_put_text(&page->out, NULL, words_number(top * i / 4, page->arena));
	json_close(&page->out, ']');
}

static void put_delay(struct page *page, const struct rates_line *rates)
{
	struct line half = line_of(rates), most = half;
	struct arena *arena = page->arena;
	const char *half_text = NULL, *most_text = NULL;

	for (size_t i = 0; i < rates->n; i++) {
		double half_ms = rates_within_ms(&rates->at[i], 0.5);
		double most_ms = rates_within_ms(&rates->at[i], 0.95);
		half.at[i] = half_ms > 0 ? charts_log(half_ms) : -1;
		most.at[i] = most_ms > 0 ? charts_log(most_ms) : -1;
		if (half_ms > 0) {
			half_text = words_duration((int64_t)half_ms, arena);
			most_text = words_duration((int64_t)most_ms, arena);
		}
	}
	json_put_text(&page->out, "half", half_text);
	json_put_text(&page->out, "most", most_text);
	json_put_text(&page->out, "half_path", path_of(&half, 1, arena));
	json_put_text(&page->out, "most_path", path_of(&most, 1, arena));
}

/* "hour", or since when, as long as it is less. */
static const char *words_of(const struct rates_line *line, enum rates_span span,
			    struct arena *arena)
{
	static const int64_t whole_ms[RATES_SPANS] = {3540000, 84600000, 597600000};
	int64_t known_ms = line->end_ms - line->from_ms;

	return known_ms >= whole_ms[span] ? spans[span].words : words_duration(known_ms, arena);
}

/* When there are two points. The newest is known before its time is full. */
static const char *begins(const struct rates_line *line, enum rates_span span, struct arena *arena)
{
	int64_t step_ms = (int64_t)rates_step(span) * 60000;
	int64_t ms = (line->end_ms / step_ms + 1) * step_ms;

	if (span != RATES_HOUR || line->n == 0)
		ms += 60000;
	return arena_format(arena, "%02d:%02d", (int)(ms / 3600000 % 24), (int)(ms / 60000 % 60));
}

void charts_put(struct page *page, const char *key)
{
	const char *cookie = http_request_cookie(page->request, "mailq_charts");
	enum rates_span span = span_named(slice_text(cookie));
	struct rates_line line;

	rates_read(page->context->rates, span, page->organization, &line);
	json_open(&page->out, key, '{');
	put_spans(page, span);
	json_put_bool(&page->out, "known", line.n >= 2);
	json_put_text(&page->out, "span", words_of(&line, span, page->arena));
	json_put_text(&page->out, "begins", begins(&line, span, page->arena));
	put_axis(page, &line, span);
	put_flow(page, &line);
	put_delay(page, &line);
	json_close(&page->out, '}');
}
