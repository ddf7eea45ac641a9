/*
 * The filter wordwrap: Python's textwrap, line by line.
 *
 * A line becomes chunks that may not be broken: white space, words, and parts of words up to a
 * hyphen or around a dash. Lines are filled with as many chunks as fit.
 */
#include "base/utf8.h"
#include "template/filters.h"
#include "template/slice.h"
#include "template/text.h"
#include "template/unicode.h"

struct wrap {
	struct run *run;
	int64_t width;
	bool break_words, break_hyphens;
	struct slice wrapstring;
	bool first; /* no line was put yet */
};

/* --- chunks --- */

static uint32_t point_at(struct slice s, size_t at, size_t *n)
{
	*n = 1;
	return at < s.n ? utf8_decode(slice_after(s, at), n) : UTF8_BAD;
}

static uint32_t point_before(struct slice s, size_t at, size_t *begin)
{
	size_t n;

	if (at == 0)
		return UTF8_BAD;
	do
		at--;
	while (at > 0 && (s.p[at] & 0xc0) == 0x80);
	*begin = at;
	return utf8_decode(slice_after(s, at), &n);
}

static bool is_blank(uint32_t point)
{
	return point == ' ' || (point >= '\t' && point <= '\r');
}

static bool is_letter(uint32_t point) /* [^\d\W] */
{
	return unicode_is_word(point) && !(unicode_of(point) & UNICODE_DECIMAL);
}

static bool is_word_or_punctuation(uint32_t point)
{
	return unicode_is_word(point) || (point < 0x80 && point && strchr("!\"'&.,?", (int)point));
}

/* A dash of two or more hyphens at `at`, between words; its length, or 0. */
static size_t dash_at(struct slice s, size_t at)
{
	size_t n = 0, begin, length;

	while (at + n < s.n && s.p[at + n] == '-')
		n++;
	if (n < 2 || !is_word_or_punctuation(point_before(s, at, &begin)) ||
	    !unicode_is_word(point_at(s, at + n, &length)))
		return 0;
	return n;
}

/* A single hyphen at `at` that a word may be broken behind: letters around it on both sides. */
static bool hyphen_at(struct slice s, size_t at)
{
	size_t begin, n, more;
	uint32_t before = point_before(s, at, &begin), after, next;

	if (s.p[at] != '-' || !is_letter(before))
		return false;
	uint32_t further = point_before(s, begin, &begin);
	if (!is_letter(further) && !(further == '-' && is_letter(point_before(s, begin, &begin))))
		return false;
	after = point_at(s, at + 1, &n);
	if (!is_letter(after))
		return false;
	next = point_at(s, at + 1 + n, &more);
	if (next == '-')
		next = point_at(s, at + 2 + n, &more);
	return is_letter(next);
}

/* The length of the chunk at `at`. */
static size_t chunk_length(const struct wrap *w, struct slice s, size_t at)
{
	size_t n, end = at, dash;

	if (is_blank(point_at(s, at, &n))) {
		while (is_blank(point_at(s, end, &n)))
			end += n;
		return end - at;
	}
	if (w->break_hyphens && (dash = dash_at(s, at)))
		return dash;
	for (;;) {
		point_at(s, end, &n);
		if (w->break_hyphens && end > at && hyphen_at(s, end))
			return end + 1 - at;
		end += n;
		if (end >= s.n || is_blank(point_at(s, end, &n)))
			return end - at;
		if (w->break_hyphens && dash_at(s, end))
			return end - at;
	}
}

static struct value chunks_of(struct wrap *w, struct slice s)
{
	struct value chunks = list_value(w->run, 0);

	for (size_t at = 0, n; at < s.n; at += n) {
		n = chunk_length(w, s, at);
		charge(w->run, 1 + n / 16);
		list_add(w->run, chunks.list, value_slice(slice_make(s.p + at, n)));
	}
	return chunks;
}

/* --- lines --- */

static bool is_white(struct value chunk)
{
	return unicode_strip(value_chars(chunk)).n == 0;
}

/* How many columns it takes; of what is too long for any line, just one more than a line has. */
static int64_t length(const struct wrap *w, struct value chunk)
{
	struct slice s = value_chars(chunk);

	if (s.n > (size_t)w->width)
		s = text_part(s, 0, (size_t)w->width + 1);
	return (int64_t)utf8_length(s);
}

/* How much of a long chunk goes on a line with `left` columns: up to a hyphen, if there is one. */
static int64_t break_at(const struct wrap *w, struct slice chunk, int64_t left)
{
	struct slice fits = text_part(chunk, 0, (size_t)left);
	size_t hyphen = w->break_hyphens ? text_find_last(w->run, fits, slice_text("-")) : SIZE_MAX;

	if (hyphen != SIZE_MAX && hyphen > 0)
		for (size_t i = 0; i < hyphen; i++)
			if (chunk.p[i] != '-')
				return (int64_t)utf8_length(slice_first(chunk, hyphen + 1));
	return left;
}

static void begin_line(struct wrap *w)
{
	if (!w->first)
		put_slice(w->run, w->wrapstring);
	w->first = false;
}

/* What goes on one line: the chunks [from, to), then the part of a long one that was broken. */
struct line {
	uint32_t from, to;
	bool broken;
	struct slice part;
};

/* Puts a line without the white space that ends it; false when nothing is left of it. */
static bool put_line(struct wrap *w, const struct list *chunks, struct line line)
{
	if (line.broken && unicode_strip(line.part).n == 0)
		line.part.n = 0;
	else if (!line.broken && line.to > line.from && is_white(chunks->at[line.to - 1]))
		line.to--;
	if (line.to == line.from && line.part.n == 0)
		return false;
	begin_line(w);
	for (uint32_t i = line.from; i < line.to; i++)
		put_slice(w->run, value_chars(chunks->at[i]));
	put_slice(w->run, line.part);
	return true;
}

/* As many chunks as fit; if the next one fits on no line, as much of it as does. */
static struct line take_line(struct wrap *w, struct list *chunks, uint32_t at)
{
	struct line line = {.from = at, .part = slice_text("")};
	int64_t used = 0;

	while (at < chunks->n && used + length(w, chunks->at[at]) <= w->width)
		used += length(w, chunks->at[at++]);
	line.to = at;
	if (at == chunks->n || length(w, chunks->at[at]) <= w->width)
		return line;
	if (!w->break_words) {
		line.to += at == line.from;
		return line;
	}

	struct slice chunk = value_chars(chunks->at[at]);
	line.broken = true;
	line.part = text_part(chunk, 0, (size_t)break_at(w, chunk, w->width - used));
	chunks->at[at] = value_slice(slice_after(chunk, line.part.n));
	return line;
}

static void wrap_line(struct wrap *w, struct slice text)
{
	struct list *chunks = chunks_of(w, text).list;
	bool any = false;

	for (uint32_t at = 0; at < chunks->n;) {
		charge(w->run, 1);
		if (any && is_white(chunks->at[at]))
			at++;
		struct line line = take_line(w, chunks, at);
		at = line.to;
		any |= put_line(w, chunks, line);
	}
}

struct value filter_wordwrap(struct run *run, const struct value *arg)
{
	bool has_wrapstring = !is_missing(arg[3]) && !is_none(arg[3]);
	struct wrap w = {.run = run,
			 .width = arg_int(run, arg[1], 79),
			 .break_words = arg_bool(run, arg[2], true),
			 .break_hyphens = arg_bool(run, arg[4], true),
			 .wrapstring =
				 has_wrapstring ? arg_text(run, arg[3], "") : slice_text("\n")};
	struct slice rest = arg_text(run, arg[0], ""), line, line_end;
	size_t mark = text_begin(run);
	bool first = true;

	if (w.width <= 0)
		run_fail(run, "invalid width %lld (must be > 0)", (long long)w.width);
	while (text_next_line(&rest, &line, &line_end)) {
		if (!first)
			put_slice(run, w.wrapstring);
		first = false;
		w.first = true;
		wrap_line(&w, line);
	}
	return text_end(run, mark);
}
