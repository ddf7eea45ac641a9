#include "app/words.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"

const char *words_number(uint64_t n, struct arena *arena)
{
	char digits[24], *text = arena_alloc(arena, 32);
	int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
	size_t at = 0;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	return text;
}

const char *words_count(uint64_t n, const char *what, struct arena *arena)
{
	return arena_format(arena, "%s %s%s", words_number(n, arena), what, n == 1 ? "" : "s");
}

const char *words_messages(uint64_t n, struct arena *arena)
{
	return n ? words_count(n, "message", arena) : "no message";
}

const char *words_duration(int64_t ms, struct arena *arena)
{
	char text[CLOCK_SPAN_SIZE];

	clock_format_span(ms, text);
	return arena_text(arena, text);
}

const char *words_rate(double rate, struct arena *arena)
{
	uint64_t tenths = (uint64_t)(rate * 10 + 0.5);

	if (tenths < 100 && tenths % 10)
		return arena_format(arena, "%u.%u", (unsigned)tenths / 10, (unsigned)tenths % 10);
	return words_number((tenths + 5) / 10, arena);
}

const char *words_size(uint64_t bytes, struct arena *arena)
{
	if (bytes < 1000)
		return words_count(bytes, "byte", arena);
	if (bytes < 1000000)
		return arena_format(arena, "%.1f kB", (double)bytes / 1e3);
	return arena_format(arena, "%.1f MB", (double)bytes / 1e6);
}

/* --- times --- */

static struct tm parts_of(int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return tm;
}

static const char *day_of(const struct tm *tm, struct arena *arena)
{
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

	return arena_format(arena, "%d %s", tm->tm_mday, months[tm->tm_mon]);
}

const char *words_day(int64_t ms, struct arena *arena)
{
	struct tm tm = parts_of(ms);

	return arena_format(arena, "%s %d", day_of(&tm, arena), tm.tm_year + 1900);
}

const char *words_day_of_year(int64_t ms, struct arena *arena)
{
	struct tm tm = parts_of(ms);

	return day_of(&tm, arena);
}

const char *words_time(int64_t ms, int64_t now_ms, struct arena *arena)
{
	struct tm tm = parts_of(ms), now = parts_of(now_ms);

	if (tm.tm_year != now.tm_year)
		return words_day(ms, arena);
	if (tm.tm_yday != now.tm_yday)
		return day_of(&tm, arena);
	return arena_format(arena, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

const char *words_moment(int64_t ms, int64_t now_ms, struct arena *arena)
{
	const char *text = words_time(ms, now_ms, arena);
	struct tm tm = parts_of(ms);

	if (strchr(text, ':'))
		return text;
	return arena_format(arena, "%s %02d:%02d", text, tm.tm_hour, tm.tm_min);
}

const char *words_distance(int64_t ms, int64_t now_ms, struct arena *arena)
{
	if (ms > now_ms)
		return arena_format(arena, "in %s", words_duration(ms - now_ms, arena));
	if (now_ms - ms < 1000)
		return "just now";
	return arena_format(arena, "%s ago", words_duration(now_ms - ms, arena));
}

#define AGE_MOST 32
#define TIME_LENGTH 20 /* "2026-11-24T09:31:01Z" */

static bool is_time(struct slice text, int64_t *ms)
{
	return text.n == TIME_LENGTH && text.p[4] == '-' && text.p[10] == 'T' &&
	       text.p[TIME_LENGTH - 1] == 'Z' && clock_parse(text, ms);
}

/* " (in 48 s)" or " (2 h 3 min ago)", as policy/explain.h writes it behind a time: what follows
 * that; or NULL. */
static const char *behind_age(const char *text)
{
	struct slice age = slice_after(slice_first(slice_text(text), AGE_MOST), 2);
	size_t n = slice_find(age, ')');

	if (!slice_starts(slice_text(text), " (") || n == age.n)
		return NULL;
	age.n = n;
	return slice_starts(age, "in ") || slice_ends(age, " ago") ? age.p + n + 1 : NULL;
}

/* What the app has a button for is called as the button is. NULL: nothing of that stands there. */
static const char *as_button(const char **text)
{
	static const struct {
		const char *command, *words;
	} buttons[] = {
		{"before mailq-release", "before it is released"},
		{"before mailq-queue", "before it is queued"},
		{"so mailq-retry would", "so a retry would"},
		{"mailq-retry tries it again", "A retry tries it again"},
	};

	for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++)
		if (slice_starts(slice_text(*text), buttons[i].command)) {
			*text += strlen(buttons[i].command);
			return buttons[i].words;
		}
	return NULL;
}

const char *words_sentence(const char *text, int64_t now_ms, struct arena *arena)
{
	struct buf out = {0};
	const char *words;
	int64_t ms;

	while (*text) {
		struct slice time = slice_first(slice_text(text), TIME_LENGTH);
		if (is_time(time, &ms)) {
			buf_add_text(&out, words_moment(ms, now_ms, arena));
			text += TIME_LENGTH;
			const char *behind = behind_age(text);
			if (behind)
				buf_addf(&out, " (%s)", words_distance(ms, now_ms, arena));
			text = behind ? behind : text;
		} else if ((words = as_button(&text))) {
			buf_add_text(&out, words);
		} else {
			buf_add_char(&out, *text++);
		}
	}
	const char *copy = arena_slice(arena, buf_slice(&out)).p;
	buf_free(&out);
	return copy;
}

void words_put_time(struct json_out *out, const char *key, int64_t ms, int64_t now_ms,
		    struct arena *arena)
{
	char iso[CLOCK_TEXT_SIZE];

	if (!ms) {
		json_put_null(out, key);
		return;
	}
	clock_format(ms, iso);
	json_open(out, key, '{');
	json_put_text(out, "iso", iso);
	json_put_text(out, "text", words_time(ms, now_ms, arena));
	json_close(out, '}');
}

/* --- statuses --- */

/* clang-format off */
static const struct {
	const char *word, *class;
} statuses[STATUS_COUNT] = {
	[STATUS_DRAFT] =     {"Draft",     "draft"},
	[STATUS_READY] =     {"Ready",     "queued"},
	[STATUS_DEFERRED] =  {"Deferred",  "deferred"},
	[STATUS_HELD] =      {"Held",      "held"},
	[STATUS_SENDING] =   {"Sending",   "sending"},
	[STATUS_SENT] =      {"Sent",      "sent"},
	[STATUS_FAILED] =    {"Failed",    "failed"},
	[STATUS_CANCELLED] = {"Cancelled", "cancelled"},
};
/* clang-format on */

const char *words_status(enum status status)
{
	return statuses[status].word;
}

const char *words_status_class(enum status status)
{
	return statuses[status].class;
}
