/*
 * child.h: other programs, started with exactly what they are given.
 *
 * A child has the environment, the descriptors and the arguments named here and nothing else; its
 * signals are as at login, whatever the caller blocked or ignored. It leads a process group of its
 * own and is killed when the thread that started it ends. No shell is involved.
 *
 *     struct child child;
 *     int fds[] = {pipe_read_end, -1, STDERR_FILENO};
 *     struct child_plan plan = {.program = "mailq-index", .argv = argv, .env = env, .fds = fds,
 *                                .n_fds = 3};
 *     if (!child_start(&plan, &child, &err))
 *             ...
 *     watch.fd = child.fd; // readable once it has ended
 *     child_wait(&child, &status);
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct child_plan {
	const char *program; /* a path; or a name: beside the running program, else in PATH */
	const char *const *argv;
	const char *const *env;
	const int *fds; /* its descriptor i is our fds[i]; -1: /dev/null */
	size_t n_fds;   /* at least 3, at most CHILD_FDS_MOST */
};

#define CHILD_FDS_MOST 8

struct child {
	pid_t pid; /* and its process group; 0 where it could not be started */
	int fd;    /* a pidfd */
};

/* False and err where it cannot be started; a program that cannot be executed is found here. */
bool child_start(const struct child_plan *plan, struct child *child, struct err *err);

/* Sends the signal to its whole process group. */
void child_signal(const struct child *child, int signo);

/* Waits until it has ended: *status as for waitpid(2), and child->fd is closed. */
void child_wait(struct child *child, int *status);

/* "exit 75" or "signal 9", written into text. */
const char *child_status_text(int status, char text[24]);

#endif
