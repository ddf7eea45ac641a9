#include "queue/act.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

void act_who(char by[64])
{
	const struct passwd *user = getpwuid(getuid());

	if (user)
		snprintf(by, 64, "%.40s", user->pw_name);
	else
		snprintf(by, 64, "uid %u", (unsigned)getuid());
}
