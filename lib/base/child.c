#include "base/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/slice.h"

static char *executable(struct slice dir, const char *name)
{
	char *path = mem_format("%.*s/%s", SLICE_ARGS(dir), name);

	if (access(path, X_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* Where the program is, to be freed; NULL: nowhere. */
static char *find_program(const char *name)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self);
	struct slice rest = slice_text(getenv("PATH")), dir;
	char *path = NULL;

	if (strchr(name, '/'))
		return mem_text(name);
	while (n > 0 && self[n - 1] != '/')
		n--;
	if (n > 1)
		path = executable(slice_make(self, (size_t)n - 1), name);
	while (!path && slice_next(&rest, ':', &dir))
		if (dir.n)
			path = executable(dir, name);
	return path;
}

/*
 * Puts the descriptors in their places. First all go above those places, so that moving one does
 * not close another; -1 becomes /dev/null. What we ourselves were given stays behind.
 */
static bool place_fds(const struct child_plan *plan)
{
	int above[CHILD_FDS_MOST];

	for (size_t i = 0; i < plan->n_fds; i++) {
		int fd = plan->fds[i] >= 0 ? plan->fds[i] : open("/dev/null", O_RDWR | O_CLOEXEC);
		above[i] = fcntl(fd, F_DUPFD_CLOEXEC, CHILD_FDS_MOST);
		if (above[i] < 0)
			return false;
	}
	for (size_t i = 0; i < plan->n_fds; i++)
		if (dup2(above[i], (int)i) < 0)
			return false;
	return close_range((unsigned)plan->n_fds, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

static void default_signals(void)
{
	struct sigaction by_default = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int signo = 1; signo < NSIG; signo++)
		sigaction(signo, &by_default, NULL); /* fails for two, which cannot be changed */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child: only calls that are safe between fork and exec. Tells errno through `report`. */
static _Noreturn void become(const struct child_plan *plan, const char *path, pid_t parent,
			     int report)
{
	setpgid(0, 0);
	default_signals();

	/* Above the places that are about to be filled. */
	report = fcntl(report, F_DUPFD_CLOEXEC, CHILD_FDS_MOST);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && place_fds(plan)) {
		if (getppid() != parent) /* it died before prctl took effect */
			_exit(EX_TEMPFAIL);
		execve(path, (char *const *)plan->argv, (char *const *)plan->env);
	}

	int error = errno;
	if (write(report, &error, sizeof error) < 0)
		_exit(EX_OSERR);
	_exit(EX_UNAVAILABLE);
}

/* Waits until the child has become the program (the pipe closes) or has said why not. */
static bool became(int report, const char *path, struct err *err)
{
	int error;
	ssize_t n;

	do
		n = read(report, &error, sizeof error);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof error)
		return true;
	errno = error;
	return err_sys(err, error == ENOENT ? EX_NOINPUT : EX_TEMPFAIL, "start %s", path);
}

static bool start(const struct child_plan *plan, const char *path, struct child *child,
		  struct err *err)
{
	int report[2];
	pid_t parent = getpid();

	if (pipe2(report, O_CLOEXEC) < 0)
		return err_sys(err, EX_TEMPFAIL, "pipe");

	child->pid = fork();
	if (child->pid == 0)
		become(plan, path, parent, report[1]);
	close(report[1]);
	if (child->pid < 0) {
		err_sys(err, EX_TEMPFAIL, "fork");
		close(report[0]);
		return false;
	}

	bool ok = became(report[0], path, err);
	close(report[0]);
	child->fd = ok ? pidfd_open(child->pid, 0) : -1;
	if (child->fd >= 0)
		return true;
	if (ok)
		err_sys(err, EX_TEMPFAIL, "pidfd_open");
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	return false;
}

bool child_start(const struct child_plan *plan, struct child *child, struct err *err)
{
	char *path = find_program(plan->program);
	bool ok;

	assert(plan->n_fds >= 3 && plan->n_fds <= CHILD_FDS_MOST);
	if (path)
		ok = start(plan, path, child, err);
	else
		ok = err_set(err, EX_NOINPUT, "there is no program %s", plan->program);
	free(path);
	if (!ok)
		*child = (struct child){.fd = -1};
	return ok;
}

void child_signal(const struct child *child, int signo)
{
	kill(-child->pid, signo);
}

void child_wait(struct child *child, int *status)
{
	pid_t pid;

	do
		pid = waitpid(child->pid, status, 0);
	while (pid < 0 && errno == EINTR);
	assert(pid == child->pid);
	close(child->fd);
	child->fd = -1;
}

const char *child_status_text(int status, char text[24])
{
	if (WIFSIGNALED(status))
		snprintf(text, 24, "signal %d", WTERMSIG(status));
	else
		snprintf(text, 24, "exit %d", WEXITSTATUS(status));
	return text;
}
