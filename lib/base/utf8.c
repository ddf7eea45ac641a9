#include "base/utf8.h"

uint32_t utf8_decode(struct slice s, size_t *n)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)s.p;

	*n = 1;
	if (s.n == 0)
		return UTF8_BAD;
	if (p[0] < 0x80)
		return p[0];

	size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || s.n < length)
		return UTF8_BAD;

	uint32_t point = p[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return UTF8_BAD;
		point = point << 6 | (p[i] & 0x3f);
	}
	if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return UTF8_BAD;
	*n = length;
	return point;
}

size_t utf8_encode(uint32_t point, char out[4])
{
	unsigned char *p = (unsigned char *)out;

	if (point < 0x80) {
		p[0] = (unsigned char)point;
		return 1;
	}

	size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = length - 1; i > 0; i--, point >>= 6)
		p[i] = (unsigned char)(0x80 | (point & 0x3f));
	p[0] = (unsigned char)(lead[length] | point);
	return length;
}

static size_t ascii_run(struct slice s)
{
	size_t at = 0;
	uint64_t eight;

	for (; at + 8 <= s.n; at += 8) {
		memcpy(&eight, s.p + at, 8);
		if (eight & 0x8080808080808080u)
			break;
	}
	while (at < s.n && !(s.p[at] & 0x80))
		at++;
	return at;
}

size_t utf8_check(struct slice s)
{
	size_t at = 0, n;

	for (;;) {
		at += ascii_run(slice_after(s, at));
		if (at >= s.n)
			return s.n;
		if (utf8_decode(slice_after(s, at), &n) == UTF8_BAD)
			return at;
		at += n;
	}
}

bool utf8_is_ascii(struct slice s)
{
	return ascii_run(s) == s.n;
}

size_t utf8_length(struct slice s)
{
	size_t points = 0;

	for (size_t i = 0; i < s.n; i++)
		points += (s.p[i] & 0xc0) != 0x80;
	return points;
}
