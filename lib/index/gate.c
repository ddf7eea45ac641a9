/*
 * The writers' gate. LMDB's own lock cannot be waited for with a limit, and does not tell who holds
 * it; a flock does both, and the kernel gives it back when its holder dies.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/file.h>
#include <time.h>

#include "base/clock.h"
#include "base/lock.h"
#include "index/env.h"

#define FIRST_SLEEP_NS 20000
#define LONGEST_SLEEP_NS 250000

/* A stopped process must not hold the gate, so no signal but a fault of its own reaches it. */
static bool try_gate(struct index *index, sigset_t *mask, int *error)
{
	static const int kept[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
	sigset_t all;

	sigfillset(&all);
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		sigdelset(&all, kept[i]);
	pthread_sigmask(SIG_BLOCK, &all, mask);
	if (flock(index->gate_fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	*error = errno;
	pthread_sigmask(SIG_SETMASK, mask, NULL);
	return false;
}

static bool tell_shut(struct index *index, int wait_ms, struct err *err)
{
	pid_t pid = lock_holder(index->gate_fd);

	if (pid > 0)
		return err_set(err, EX_UNAVAILABLE, "index: process %d has held %s/gate for %d ms",
			       (int)pid, index->dir, wait_ms);
	return err_set(err, EX_UNAVAILABLE, "index: no turn at %s/gate within %d ms", index->dir,
		       wait_ms);
}

bool gate_take(struct index *index, int wait_ms, sigset_t *mask, struct err *err)
{
	int64_t until_ms = 0;
	int error = 0;

	for (long sleep_ns = FIRST_SLEEP_NS;; sleep_ns *= 2) {
		if (try_gate(index, mask, &error))
			return true;
		if (error != EWOULDBLOCK) {
			errno = error;
			return err_sys(err, EX_UNAVAILABLE, "index: lock %s/gate", index->dir);
		}
		if (!until_ms)
			until_ms = clock_boot_ms() + wait_ms;
		else if (clock_boot_ms() >= until_ms)
			return tell_shut(index, wait_ms, err);
		if (sleep_ns > LONGEST_SLEEP_NS)
			sleep_ns = LONGEST_SLEEP_NS;
		nanosleep(&(struct timespec){.tv_nsec = sleep_ns}, NULL);
	}
}

void gate_drop(struct index *index, const sigset_t *mask)
{
	flock(index->gate_fd, LOCK_UN);
	pthread_sigmask(SIG_SETMASK, mask, NULL);
}
