#include "message/text.h"

/* The lead bytes of C1 (C2 80-9F) and of U+2028 and U+2029 (E2 80 A8-A9) are looked at closer. */
static bool is_control(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	if (p[0] < 0x20)
		return p[0] != '\t';
	if (p[0] == 0x7f)
		return true;
	if (p[0] == 0xc2)
		return s.n >= 2 && p[1] < 0xa0;
	return p[0] == 0xe2 && s.n >= 3 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9);
}

size_t text_control(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_control(slice_after(s, i)))
			return i;
	return s.n;
}

bool text_is_token(struct slice s, size_t most)
{
	if (s.n == 0 || s.n > most)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || strchr("()<>@,;:\\\"/[]?=", s.p[i]))
			return false;
	return true;
}

struct slice text_cut(struct slice s, size_t most)
{
	if (s.n <= most)
		return s;

	size_t n = most;
	while (n > 0 && (s.p[n] & 0xc0) == 0x80)
		n--;
	return slice_first(s, n);
}
