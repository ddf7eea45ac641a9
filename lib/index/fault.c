/*
 * Damage inside a page is not always an answer of LMDB's: it can be an assertion of its, or a fault
 * in the middle of a look-up, and the next process would end the same way. So whoever is brought
 * down inside the index takes the environment out of force as its last act, and the next one begins
 * anew.
 */
#include <unistd.h>

#include "index/env.h"

static const int faults[FAULTS] = {SIGSEGV, SIGBUS, SIGABRT};

/* A handler is given nothing else to find it by; a process has one index. */
static struct index *volatile guarded;

/* The signal comes again when this returns, to whoever had it before. */
static void on_fault(int signal)
{
	struct index *index = guarded;

	if ((index->opening || index->reading || index->txn.mdb) && env_in_force(index))
		unlinkat(index->dir_fd, "current", 0);
	for (int i = 0; i < FAULTS; i++)
		if (faults[i] == signal)
			sigaction(signal, &index->before[i], NULL);
	raise(signal);
}

void fault_guard(struct index *index)
{
	struct sigaction action = {.sa_handler = on_fault};

	if (guarded)
		return;
	guarded = index;
	for (int i = 0; i < FAULTS; i++)
		sigaction(faults[i], &action, &index->before[i]);
}

void fault_unguard(struct index *index)
{
	if (guarded != index)
		return;
	for (int i = 0; i < FAULTS; i++)
		sigaction(faults[i], &index->before[i], NULL);
	guarded = NULL;
}
