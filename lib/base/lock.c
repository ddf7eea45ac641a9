#include "base/lock.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

/* The inode number is all that /proc/locks tells for certain: its device is not that of stat(2) on
 * every file system. */
static bool has_open(pid_t pid, const struct stat *file)
{
	char path[32];
	struct stat st;
	bool found = false;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	DIR *dir = opendir(path);
	if (!dir)
		return false;
	for (struct dirent *entry; !found && (entry = readdir(dir));)
		found = fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 &&
			st.st_dev == file->st_dev && st.st_ino == file->st_ino;
	closedir(dir);
	return found;
}

/* A line of /proc/locks, such as "7: FLOCK  ADVISORY  WRITE 4711 fe:00:131842 0 EOF". */
static bool is_lock(const char *line, ino_t inode, int *pid)
{
	unsigned long number;

	return sscanf(line, "%*[^:]: FLOCK %*s WRITE %d %*x:%*x:%lu", pid, &number) == 2 &&
	       number == inode && *pid > 0;
}

static pid_t find_holder(const struct stat *file)
{
	char line[256];
	int pid = 0;
	bool found = false;
	FILE *locks = fopen("/proc/locks", "re");

	while (locks && !found && fgets(line, sizeof line, locks))
		found = is_lock(line, file->st_ino, &pid) && has_open(pid, file);
	if (locks)
		fclose(locks);
	return found ? pid : 0;
}

pid_t lock_holder(int fd)
{
	struct stat file;
	pid_t holder = 0;

	/* The list is read in portions and can miss a lock while others come and go. */
	if (fstat(fd, &file) == 0)
		for (int i = 0; i < 5 && !holder; i++)
			holder = find_holder(&file);
	return holder;
}
