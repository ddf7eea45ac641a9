/*
 * limits: how many files a second this disk commits, whoever asks.
 *
 *     limits FOLDER FILES GROUP
 *
 * Writes 2 KB files in groups: all of a group created and written, all renamed, then one syncfs;
 * with GROUP 1, an fsync of the file in its place. Prints files per second.
 */
#include "base/clock.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void name_file(char *name, size_t size, const char *prefix, int n)
{
	snprintf(name, size, "%s%08d", prefix, n);
}

static int write_file(const char *name)
{
	char text[2048];
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	memset(text, 'x', sizeof text);
	if (fd < 0 || write(fd, text, sizeof text) != sizeof text)
		err(74, "%s", name);
	return fd;
}

/* Files first to last of one group: on disk under their final names when it returns. */
static void commit_group(int folder, int first, int last)
{
	char from[32], to[32];
	int fd = -1;

	for (int n = first; n < last; n++) {
		name_file(from, sizeof from, ".tmp", n);
		if (fd >= 0)
			close(fd);
		fd = write_file(from);
	}
	for (int n = first; n < last; n++) {
		name_file(from, sizeof from, ".tmp", n);
		name_file(to, sizeof to, "", n);
		if (rename(from, to) < 0)
			err(74, "rename %s", from);
	}
	if ((last - first > 1 ? syncfs(folder) : fsync(fd)) < 0)
		err(74, "flush");
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		errx(64, "usage: limits FOLDER FILES GROUP");
	int files = atoi(argv[2]), group = atoi(argv[3]);
	int folder = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (files <= 0 || group <= 0 || folder < 0 || fchdir(folder) < 0)
		err(66, "%s", argv[1]);
	int64_t begin = clock_boot_ms();
	for (int n = 0; n < files; n += group)
		commit_group(folder, n, n + group < files ? n + group : files);
	printf("%.0f\n", files * 1000.0 / (double)(clock_boot_ms() - begin + 1));
	return 0;
}
