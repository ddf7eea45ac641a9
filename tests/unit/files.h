/*
 * files.h: a directory of its own for each test that needs files. The test stands in it; fixtures
 * are files_enter and files_leave.
 */
#ifndef UNIT_FILES_H
#define UNIT_FILES_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inline void files_enter(void)
{
	char directory[] = "/tmp/mailq-unit.XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chdir(directory), 0);
}

static inline void files_leave(void)
{
	ck_assert_int_eq(system("rm -rf \"$PWD\""), 0);
}

/* Makes the file, and the directories above it. */
static inline void files_put(const char *path, const char *text)
{
	char copy[256];

	snprintf(copy, sizeof copy, "%s", path);
	for (char *slash = copy; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(copy, 0777);
		*slash = '/';
	}
	FILE *file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

/* The whole file, until the next call. */
static inline const char *files_get(const char *path)
{
	static char text[65536];
	FILE *file = fopen(path, "r");

	ck_assert_msg(file != NULL, "%s is not there", path);
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	return text;
}

#endif
