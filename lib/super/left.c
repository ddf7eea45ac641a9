#include "super/left.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#define DIRECTORY ".run/moving"

/* An empty line comes first where nothing is on its way. */
static bool is_left(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	char first;

	if (fd < 0)
		return false;
	bool left = read(fd, &first, 1) == 1 && first != '\n' && flock(fd, LOCK_SH | LOCK_NB) == 0;
	close(fd);
	return left;
}

bool left_any(int spool)
{
	int fd = openat(spool, DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	bool left = false;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	for (struct dirent *entry; !left && (entry = readdir(dir));)
		left = entry->d_name[0] != '.' && is_left(fd, entry->d_name);
	closedir(dir);
	return left;
}
