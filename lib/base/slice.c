#include "base/slice.h"

#include <stdlib.h>

#include <strings.h>

bool slice_equal_nocase(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}

bool slice_is_nocase(struct slice s, const char *text)
{
	return slice_equal_nocase(s, slice_text(text));
}

bool slice_starts(struct slice s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && (n == 0 || memcmp(s.p, prefix, n) == 0);
}

bool slice_starts_nocase(struct slice s, const char *prefix)
{
	return slice_is_nocase(slice_first(s, strlen(prefix)), prefix);
}

bool slice_ends(struct slice s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.n >= n && (n == 0 || memcmp(s.p + s.n - n, suffix, n) == 0);
}

size_t slice_find(struct slice s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

bool slice_behind(struct slice s, const char *mark, struct slice *rest)
{
	size_t n = strlen(mark);
	const char *found = s.n ? memmem(s.p, s.n, mark, n) : NULL;

	if (found)
		*rest = slice_after(s, (size_t)(found - s.p) + n);
	return found != NULL;
}

struct slice slice_after(struct slice s, size_t n)
{
	if (n > s.n)
		n = s.n;
	return n ? slice_make(s.p + n, s.n - n) : s;
}

struct slice slice_first(struct slice s, size_t n)
{
	return slice_make(s.p, n < s.n ? n : s.n);
}

struct slice slice_trim(struct slice s)
{
	while (s.n && slice_is_space(*s.p))
		s = slice_after(s, 1);
	while (s.n && slice_is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool slice_next(struct slice *rest, char c, struct slice *part)
{
	if (rest->n == 0)
		return false;

	size_t at = slice_find(*rest, c);
	*part = slice_first(*rest, at);
	*rest = slice_after(*rest, at + 1);
	return true;
}

bool slice_number(struct slice s, uint64_t most, uint64_t *value)
{
	uint64_t sum = 0;

	if (s.n == 0 || s.n > 20)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned char)s.p[i] - (unsigned)'0';
		if (digit > 9 || sum > (most - digit) / 10 || digit > most)
			return false;
		sum = sum * 10 + digit;
	}
	*value = sum;
	return true;
}

int slice_compare(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void slice_sort_texts(const char **texts, size_t n)
{
	if (n)
		qsort(texts, n, sizeof *texts, compare_texts);
}
