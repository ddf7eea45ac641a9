#include "template/html.h"

#include "base/utf8.h"
#include "template/text.h"

/* --- character references --- */

static const struct html_entity *find_entity(struct slice name)
{
	uint32_t low = 0, high = html_entities_n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = slice_compare(name, slice_text(html_entities[middle].name));
		if (order == 0)
			return &html_entities[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static int digit_of(char c, int base)
{
	int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) - 'a' + 10;

	if (c >= '0' && c <= '9')
		return digit;
	return base == 16 && (c | 32) >= 'a' && (c | 32) <= 'f' ? digit : -1;
}

/* The C1 controls stand for what Windows-1252 has there. */
static uint32_t character(uint32_t point)
{
	static const uint16_t windows[32] = {
		0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
		0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
		0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
		0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178,
	};

	if (point >= 0x80 && point < 0xa0)
		return windows[point - 0x80];
	if (point == 0 || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return 0xfffd;
	return point;
}

/* &#65; or &#x41; at s; puts the character and returns the bytes used, 0 for none. */
static size_t put_numeric(struct run *run, struct slice s)
{
	int base = s.n > 2 && (s.p[2] | 32) == 'x' ? 16 : 10, digit;
	size_t begin = base == 16 ? 3 : 2, i = begin;
	uint32_t point = 0;

	for (; i < s.n && (digit = digit_of(s.p[i], base)) >= 0; i++)
		point = point > 0x110000 ? point : point * (unsigned)base + (unsigned)digit;
	if (i == begin)
		return 0;
	put_point(run, character(point));
	return i < s.n && s.p[i] == ';' ? i + 1 : i;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* &name; at s; names of Latin-1 characters may lack the semicolon, as browsers have it. */
static size_t put_named(struct run *run, struct slice s)
{
	size_t n = 1;

	while (n < s.n && n < 10 && is_alnum(s.p[n]))
		n++;
	if (n < s.n && s.p[n] == ';') {
		const struct html_entity *entity = find_entity(slice_make(s.p + 1, n - 1));
		if (entity) {
			put_point(run, entity->point);
			return n + 1;
		}
	}
	for (; n > 2; n--) {
		const struct html_entity *entity = find_entity(slice_make(s.p + 1, n - 1));
		if (entity && entity->point < 0x100 && entity->point != '\'') {
			put_point(run, entity->point);
			return n;
		}
	}
	return 0;
}

struct value html_unescape(struct run *run, struct slice s)
{
	size_t mark = text_begin(run);

	charge_bytes(run, s.n);
	while (s.n) {
		size_t at = slice_find(s, '&'), used;
		put_slice(run, slice_first(s, at));
		s = slice_after(s, at);
		if (s.n == 0)
			break;
		used = s.n > 1 && s.p[1] == '#' ? put_numeric(run, s) : put_named(run, s);
		if (used == 0)
			put_char(run, '&');
		s = slice_after(s, used ? used : 1);
	}
	return text_end(run, mark);
}

/* --- tags --- */

/* s without what stands from `open` to the next `close`; an open one without its close stays. */
static struct slice remove_between(struct run *run, struct slice s, const char *open,
				   const char *close)
{
	size_t mark = text_begin(run);
	struct slice from = slice_text(open), to = slice_text(close);

	charge_bytes(run, s.n);
	while (s.n) {
		size_t begin = text_find(s, from, 0), end;
		if (begin == SIZE_MAX || (end = text_find(s, to, begin + from.n)) == SIZE_MAX)
			break;
		put_slice(run, slice_first(s, begin));
		s = slice_after(s, end + to.n);
	}
	put_slice(run, s);
	return value_chars(text_end(run, mark));
}

struct value html_strip_tags(struct run *run, struct slice s)
{
	size_t mark;
	struct slice word;
	bool first = true;

	s = remove_between(run, s, "<!--", "-->");
	s = remove_between(run, s, "<", ">");
	mark = text_begin(run);
	while (text_next_word(&s, &word)) {
		if (!first)
			put_char(run, ' ');
		put_slice(run, word);
		first = false;
	}
	return html_unescape(run, value_chars(text_end(run, mark)));
}
