/*
 * The writers' gate. LMDB's own lock cannot be waited for with a limit, and does not tell who holds
 * it; a flock does both, and the kernel gives it back when its holder dies.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "index/env.h"

#define FIRST_SLEEP_NS 20000
#define LONGEST_SLEEP_NS 250000

/* Who has the gate, as the kernel's list of locks says; 0 when nobody has. */
static pid_t holder(struct index *index)
{
	char line[256], kind[16];
	unsigned long inode;
	struct stat st;
	pid_t found = 0;
	int pid;
	FILE *locks = fopen("/proc/locks", "re");

	if (!locks)
		return 0;
	if (fstat(index->gate_fd, &st) < 0)
		st.st_ino = 0;
	while (!found && fgets(line, sizeof line, locks))
		if (sscanf(line, "%*[^:]: %15s %*s WRITE %d %*x:%*x:%lu", kind, &pid, &inode) ==
			    3 &&
		    strcmp(kind, "FLOCK") == 0 && inode == st.st_ino)
			found = pid;
	fclose(locks);
	return found;
}

/* A stopped process must not hold the gate, so nothing that can be caught stops it meanwhile. */
static bool try_gate(struct index *index, sigset_t *mask, int *error)
{
	sigset_t all;

	sigfillset(&all);
	for (int i = 0; i < 4; i++)
		sigdelset(&all, (int[]){SIGSEGV, SIGBUS, SIGILL, SIGFPE}[i]);
	pthread_sigmask(SIG_BLOCK, &all, mask);
	if (flock(index->gate_fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	*error = errno;
	pthread_sigmask(SIG_SETMASK, mask, NULL);
	return false;
}

static bool shut(struct index *index, int wait_ms, struct err *err)
{
	pid_t pid = holder(index);

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
			return shut(index, wait_ms, err);
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

pid_t index_gate_stuck(struct index *index, int64_t *for_ms)
{
	MDB_envinfo info = {.me_last_txnid = 0};
	int64_t now_ms = clock_boot_ms();
	pid_t pid = holder(index);

	if (index->env)
		mdb_env_info(index->env, &info);
	if (pid == 0 || pid != index->stuck_pid || info.me_last_txnid != index->stuck_txn) {
		index->stuck_pid = pid;
		index->stuck_txn = info.me_last_txnid;
		index->stuck_ms = now_ms;
	}
	*for_ms = now_ms - index->stuck_ms;
	return pid;
}
