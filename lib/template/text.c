#include "template/text.h"

#include "base/utf8.h"
#include "template/unicode.h"

size_t text_length(struct run *run, struct slice s)
{
	charge_bytes(run, s.n);
	return utf8_length(s);
}

/* --- case --- */

typedef unsigned map_point(uint32_t point, uint32_t to[3]);

static void put_mapped(struct run *run, map_point *map, uint32_t point)
{
	uint32_t to[3];
	unsigned n = map(point, to);

	for (unsigned i = 0; i < n; i++)
		put_point(run, to[i]);
}

void put_upper(struct run *run, uint32_t point)
{
	put_mapped(run, unicode_to_upper, point);
}

static struct value map_ascii(struct run *run, struct slice s, char first, char last)
{
	char *out = take(run, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		out[i] = s.p[i] >= first && s.p[i] <= last ? s.p[i] ^ 0x20 : s.p[i];
	return value_slice(slice_make(out, s.n));
}

static struct value map_all(struct run *run, struct slice s, map_point *map)
{
	size_t mark = text_begin(run), n;

	for (; s.n; s = slice_after(s, n))
		put_mapped(run, map, utf8_decode(s, &n));
	return text_end(run, mark);
}

struct value text_upper(struct run *run, struct slice s)
{
	charge_bytes(run, s.n);
	if (utf8_is_ascii(s))
		return map_ascii(run, s, 'a', 'z');
	return map_all(run, s, unicode_to_upper);
}

struct value text_casefold(struct run *run, struct slice s)
{
	charge_bytes(run, s.n);
	if (utf8_is_ascii(s))
		return map_ascii(run, s, 'A', 'Z');
	return map_all(run, s, unicode_to_fold);
}

#define SIGMA 0x3a3
#define SMALL_SIGMA 0x3c3
#define FINAL_SIGMA 0x3c2

/* The first code point at or behind `at` that does not just belong to a letter, is cased. */
static bool cased_after(struct slice s, size_t at)
{
	size_t n;

	for (; at < s.n; at += n) {
		uint32_t point = utf8_decode(slice_after(s, at), &n);
		if (!(unicode_of(point) & UNICODE_IGNORABLE))
			return unicode_is_cased(point);
	}
	return false;
}

static bool cased_before(struct slice s, size_t at)
{
	while (at > 0) {
		size_t n;
		do
			at--;
		while (at > 0 && (s.p[at] & 0xc0) == 0x80);
		uint32_t point = utf8_decode(slice_after(s, at), &n);
		if (!(unicode_of(point) & UNICODE_IGNORABLE))
			return unicode_is_cased(point);
	}
	return false;
}

/* A capital sigma at the end of a word has a small form of its own. */
static void put_lower_at(struct run *run, struct slice s, size_t at, uint32_t point, size_t n)
{
	if (point == SIGMA)
		put_point(run, cased_before(s, at) && !cased_after(s, at + n) ? FINAL_SIGMA
									      : SMALL_SIGMA);
	else
		put_mapped(run, unicode_to_lower, point);
}

struct value text_lower(struct run *run, struct slice s)
{
	size_t mark = text_begin(run), n;

	charge_bytes(run, s.n);
	if (utf8_is_ascii(s))
		return map_ascii(run, s, 'A', 'Z');
	for (size_t at = 0; at < s.n; at += n) {
		uint32_t point = utf8_decode(slice_after(s, at), &n);
		put_lower_at(run, s, at, point, n);
	}
	return text_end(run, mark);
}

struct value text_title(struct run *run, struct slice s)
{
	size_t mark = text_begin(run), n;
	bool in_word = false;

	charge(run, s.n / 8);
	for (size_t at = 0; at < s.n; at += n) {
		uint32_t point = utf8_decode(slice_after(s, at), &n);
		if (in_word)
			put_lower_at(run, s, at, point, n);
		else
			put_mapped(run, unicode_to_title, point);
		in_word = unicode_is_cased(point);
	}
	return text_end(run, mark);
}

struct value text_capitalize(struct run *run, struct slice s)
{
	size_t mark = text_begin(run), n;

	charge(run, s.n / 8);
	for (size_t at = 0; at < s.n; at += n) {
		uint32_t point = utf8_decode(slice_after(s, at), &n);
		if (at > 0)
			put_lower_at(run, s, at, point, n);
		else
			put_mapped(run, unicode_to_title, point);
	}
	return text_end(run, mark);
}

struct value text_swapcase(struct run *run, struct slice s)
{
	size_t mark = text_begin(run), n;

	charge(run, s.n / 8);
	for (size_t at = 0; at < s.n; at += n) {
		uint32_t point = utf8_decode(slice_after(s, at), &n);
		unsigned is = unicode_of(point);
		if (is & UNICODE_UPPER)
			put_lower_at(run, s, at, point, n);
		else if (is & UNICODE_LOWER)
			put_mapped(run, unicode_to_upper, point);
		else
			put_point(run, point);
	}
	return text_end(run, mark);
}

/* --- ends, lines, words --- */

static bool has_point(struct slice chars, struct slice point)
{
	return memmem(chars.p, chars.n, point.p, point.n) != NULL;
}

static struct slice last_point(struct slice s)
{
	size_t at = s.n - 1;

	while (at > 0 && (s.p[at] & 0xc0) == 0x80)
		at--;
	return slice_after(s, at);
}

struct slice text_strip(struct run *run, struct slice s, struct slice chars, enum text_sides sides)
{
	size_t n;

	charge_bytes(run, s.n);
	if (chars.n == 0)
		return s;
	charge(run, s.n * chars.n / 64);
	while (sides & TEXT_LEFT && s.n) {
		utf8_decode(s, &n);
		if (!has_point(chars, slice_first(s, n)))
			break;
		s = slice_after(s, n);
	}
	while (sides & TEXT_RIGHT && s.n) {
		struct slice last = last_point(s);
		if (!has_point(chars, last))
			break;
		s.n -= last.n;
	}
	return s;
}

static bool ends_line(uint32_t point)
{
	return (point >= '\n' && point <= '\r') || (point >= 0x1c && point <= 0x1e) ||
	       point == 0x85 || point == 0x2028 || point == 0x2029;
}

bool text_next_line(struct slice *rest, struct slice *line, struct slice *line_end)
{
	struct slice s = *rest;
	size_t at = 0, n = 1;

	if (s.n == 0)
		return false;
	while (at < s.n && !ends_line(utf8_decode(slice_after(s, at), &n)))
		at += n;
	if (at < s.n && s.p[at] == '\r' && at + 1 < s.n && s.p[at + 1] == '\n')
		n = 2;
	if (at >= s.n)
		n = 0;
	*line = slice_first(s, at);
	*line_end = slice_make(s.p + at, n);
	*rest = slice_make(s.p + at + n, s.n - at - n);
	return true;
}

bool text_next_word(struct slice *rest, struct slice *word)
{
	size_t at = 0, n;

	*rest = unicode_strip_left(*rest);
	if (rest->n == 0)
		return false;
	while (at < rest->n && !unicode_is_space(utf8_decode(slice_after(*rest, at), &n)))
		at += n;
	*word = slice_first(*rest, at);
	*rest = slice_make(rest->p + at, rest->n - at);
	return true;
}

/* --- finding and replacing --- */

size_t text_find(struct slice s, struct slice what, size_t from)
{
	if (from > s.n)
		return SIZE_MAX;
	if (what.n == 0)
		return from;

	const char *at = memmem(s.p + from, s.n - from, what.p, what.n);
	return at ? (size_t)(at - s.p) : SIZE_MAX;
}

static struct slice reversed(struct run *run, struct slice s)
{
	char *copy = take(run, s.n + 1);

	charge_bytes(run, s.n);
	for (size_t i = 0; i < s.n; i++)
		copy[i] = s.p[s.n - 1 - i];
	return slice_make(copy, s.n);
}

#define SHORT 16

/* Comparing at each place would be quadratic for long text; memmem is linear, but only forwards. */
size_t text_find_last(struct run *run, struct slice s, struct slice what)
{
	size_t at;

	if (what.n > s.n)
		return SIZE_MAX;
	if (what.n > SHORT) {
		at = text_find(reversed(run, s), reversed(run, what), 0);
		return at == SIZE_MAX ? at : s.n - at - what.n;
	}
	for (at = s.n - what.n + 1; at > 0; at--)
		if (what.n == 0 || memcmp(s.p + at - 1, what.p, what.n) == 0)
			break;
	charge_bytes(run, s.n - at);
	return at > 0 ? at - 1 : SIZE_MAX;
}

/* "ab".replace("", "-") is "-a-b-". */
static void replace_nothing(struct run *run, struct slice s, struct slice to, int64_t most)
{
	size_t n = 0;

	for (; most != 0; most--) {
		put_slice(run, to);
		if (s.n == 0)
			return;
		utf8_decode(s, &n);
		put_slice(run, slice_first(s, n));
		s = slice_after(s, n);
		charge(run, 1);
	}
	put_slice(run, s);
}

struct value text_replace(struct run *run, struct slice s, struct slice from, struct slice to,
			  int64_t most)
{
	size_t mark = text_begin(run), at;

	charge_bytes(run, s.n);
	if (from.n == 0) {
		replace_nothing(run, s, to, most);
		return text_end(run, mark);
	}
	while (most != 0 && (at = text_find(s, from, 0)) != SIZE_MAX) {
		put_slice(run, slice_first(s, at));
		put_slice(run, to);
		s = slice_after(s, at + from.n);
		if (most > 0)
			most--;
		charge(run, 1);
	}
	put_slice(run, s);
	return text_end(run, mark);
}

struct value text_pad(struct run *run, struct slice s, struct slice fill, int64_t left,
		      int64_t right)
{
	size_t mark = text_begin(run);

	put_times(run, fill, left > 0 ? (uint64_t)left : 0);
	put_slice(run, s);
	put_times(run, fill, right > 0 ? (uint64_t)right : 0);
	return text_end(run, mark);
}
