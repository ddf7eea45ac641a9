#include "template/unicode.h"

#include "base/utf8.h"

unsigned unicode_of(uint32_t point)
{
	uint32_t low = 0, high = unicode_properties_n;

	if (point > 0x10ffff)
		return 0;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (unicode_properties[middle] >> 8 <= point)
			low = middle;
		else
			high = middle;
	}
	return unicode_masks[unicode_properties[low] & 0xff];
}

/* Decimal digits come in tens; the first of a run of tens is a zero. */
int unicode_decimal(uint32_t point)
{
	uint32_t first = point;

	if (point < 0x80)
		return point >= '0' && point <= '9' ? (int)(point - '0') : -1;
	if (!(unicode_of(point) & UNICODE_DECIMAL))
		return -1;
	while (first > 0 && unicode_of(first - 1) & UNICODE_DECIMAL)
		first--;
	return (int)((point - first) % 10);
}

struct slice unicode_strip_left(struct slice s)
{
	size_t n;

	while (s.n && unicode_is_space(utf8_decode(s, &n)))
		s = slice_after(s, n);
	return s;
}

struct slice unicode_strip_right(struct slice s)
{
	while (s.n) {
		size_t last = s.n - 1, n;
		while (last > 0 && (s.p[last] & 0xc0) == 0x80)
			last--;
		if (!unicode_is_space(utf8_decode(slice_after(s, last), &n)))
			break;
		s.n = last;
	}
	return s;
}

struct slice unicode_strip(struct slice s)
{
	return unicode_strip_left(unicode_strip_right(s));
}

/* --- case --- */

static const struct unicode_run *find_run(const struct unicode_mapping *mapping, uint32_t point)
{
	uint32_t low = 0, high = mapping->runs_n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct unicode_run *run = &mapping->runs[middle];
		uint32_t last = run->first + (run->count - 1u) * run->stride;
		if (point < run->first)
			high = middle;
		else if (point > last)
			low = middle + 1;
		else
			return (point - run->first) % run->stride == 0 ? run : NULL;
	}
	return NULL;
}

static const struct unicode_longer *find_longer(const struct unicode_mapping *mapping,
						uint32_t point)
{
	uint32_t low = 0, high = mapping->longer_n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (mapping->longer[middle].point == point)
			return &mapping->longer[middle];
		if (mapping->longer[middle].point < point)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The number of code points, or 0 when the mapping says nothing about it. */
static unsigned map(const struct unicode_mapping *mapping, uint32_t point, uint32_t to[3])
{
	const struct unicode_longer *longer = find_longer(mapping, point);
	const struct unicode_run *run;

	if (longer) {
		memcpy(to, longer->to, sizeof longer->to);
		return to[2] ? 3 : 2;
	}
	if (!(run = find_run(mapping, point)))
		return 0;
	to[0] = (uint32_t)((int32_t)point + run->delta);
	return 1;
}

unsigned unicode_to_upper(uint32_t point, uint32_t to[3])
{
	to[0] = point;
	if (point < 0x80) {
		to[0] -= point >= 'a' && point <= 'z' ? 32 : 0;
		return 1;
	}
	unsigned n = map(&unicode_upper, point, to);
	return n ? n : 1;
}

unsigned unicode_to_lower(uint32_t point, uint32_t to[3])
{
	to[0] = point;
	if (point < 0x80) {
		to[0] += point >= 'A' && point <= 'Z' ? 32 : 0;
		return 1;
	}
	unsigned n = map(&unicode_lower, point, to);
	return n ? n : 1;
}

unsigned unicode_to_title(uint32_t point, uint32_t to[3])
{
	unsigned n = point < 0x80 ? 0 : map(&unicode_title, point, to);

	return n ? n : unicode_to_upper(point, to);
}

unsigned unicode_to_fold(uint32_t point, uint32_t to[3])
{
	unsigned n = point < 0x80 ? 0 : map(&unicode_fold, point, to);

	return n ? n : unicode_to_lower(point, to);
}
