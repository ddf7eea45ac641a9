#include "message/name.h"

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool name_valid(struct slice name)
{
	if (name.n == 0 || name.n > NAME_MOST || !is_alnum(name.p[0]))
		return false;
	for (size_t i = 1; i < name.n; i++)
		if (!is_alnum(name.p[i]) && name.p[i] != '_' && name.p[i] != '.' &&
		    name.p[i] != '-')
			return false;
	return true;
}
