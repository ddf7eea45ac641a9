#include "policy/guard.h"

#include <ctype.h>

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* On a mismatch the last '*' takes one character more: no recursion, so no pattern is slow. */
bool guard_matches(struct slice address, const char *pattern)
{
	const char *star = NULL;
	size_t at = 0, star_at = 0;

	while (at < address.n) {
		if (*pattern == '*') {
			star = pattern++;
			star_at = at;
		} else if (*pattern && same_letter(*pattern, address.p[at])) {
			pattern++;
			at++;
		} else if (star) {
			pattern = star + 1;
			at = ++star_at;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static bool any_matches(struct slice address, const struct text_list *patterns)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (guard_matches(address, patterns->text[i]))
			return true;
	return false;
}

struct slice guard_stops(const struct guard *guard, const struct slice *addresses, size_t count)
{
	for (size_t i = 0; guard->deliver_only_to.count && i < count; i++)
		if (!any_matches(addresses[i], &guard->deliver_only_to))
			return addresses[i];
	return slice_make(NULL, 0);
}
