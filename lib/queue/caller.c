#include "queue/caller.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"

/* The name in /etc/mailname, where Debian keeps it, else the kernel's. */
static const char *host_name(struct arena *arena)
{
	struct buf name = {0};
	struct err err = {0};
	char host[256];
	int fd = open("/etc/mailname", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		io_read_all(fd, &name, 255, "/etc/mailname", &err);
		close(fd);
	}
	struct slice first =
		slice_trim(slice_first(buf_slice(&name), slice_find(buf_slice(&name), '\n')));
	if (first.n == 0 && gethostname(host, sizeof host) == 0) {
		host[sizeof host - 1] = '\0';
		first = slice_text(host);
	}
	const char *result = arena_slice(arena, first.n ? first : slice_text("localhost")).p;
	buf_free(&name);
	return result;
}

static void find_user(void *self, struct slice *name, struct slice *full_name)
{
	const struct caller *caller = self;
	const struct passwd *user = getpwuid(caller->uid);
	const char *full = caller->full_name ? caller->full_name : getenv("NAME");

	if (user && (!full || !*full))
		full = user->pw_gecos;
	*full_name = slice_text(full);
	if (!caller->full_name) /* only the name, of all that may stand in passwd(5) */
		*full_name = slice_first(*full_name, slice_find(*full_name, ','));
	*full_name = arena_slice(caller->arena, *full_name);
	*name = slice_text(user ? arena_text(caller->arena, user->pw_name)
				: arena_format(caller->arena, "uid%u", caller->uid));
}

void caller_tell(struct caller *caller, struct submission_facts *facts)
{
	facts->domain = slice_text(host_name(caller->arena));
	facts->find_user = find_user;
	facts->self = caller;
}
