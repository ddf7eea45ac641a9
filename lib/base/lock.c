#include "base/lock.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
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

pid_t lock_holder(int fd)
{
	char line[256], kind[16];
	unsigned long inode;
	struct stat file;
	pid_t holder = 0;
	int pid;

	if (fstat(fd, &file) < 0)
		return 0;
	FILE *locks = fopen("/proc/locks", "re");
	if (!locks)
		return 0;
	while (!holder &&
	       fgets(line, sizeof line, locks)) /* "1: FLOCK ADVISORY WRITE 7 08:01:23 0 EOF" */
		if (sscanf(line, "%*[^:]: %15s %*s WRITE %d %*x:%*x:%lu", kind, &pid, &inode) ==
			    3 &&
		    strcmp(kind, "FLOCK") == 0 && inode == file.st_ino && pid > 0 &&
		    has_open(pid, &file))
			holder = pid;
	fclose(locks);
	return holder;
}
