/*
 * Several processes at one index: they take turns, and neither a killed nor a stopped one keeps the
 * others from going on.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "index/query.h"
#include "index_scratch.h"

#define WORKERS 3
#define MESSAGES 6000
#define BATCH 7

static struct scratch scratch;

static void setup(void)
{
	scratch = scratch_make();
}

static void teardown(void)
{
	scratch_remove(scratch.dir);
}

/* A child that is inside a transaction when this returns, and stays there. */
static pid_t start_holder(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	if ((pid = fork()) == 0) {
		struct index *index = scratch_open(&scratch);
		struct index_txn *txn = begin(index);
		char id[ID_SIZE];

		index_ready(txn, "render", "acme", nth_id(id, 1), 1, STATE_QUEUED);
		if (write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void end_holder(pid_t pid)
{
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(a_killed_holder_blocks_nobody)
{
	struct index *index = scratch_open(&scratch);
	struct index_lane lane;
	struct err err;

	for (int i = 0; i < 5; i++) {
		end_holder(start_holder());
		struct index_txn *txn = begin(index);
		index_lane_pace(txn, "render", "acme", 1);
		commit(txn);
	}
	ck_assert(index_lane_get(index, "render", "acme", &lane, &err));
	ck_assert_uint_eq(lane.ready, 0);
	index_close(index);
}
END_TEST

START_TEST(a_stopped_holder_is_named_in_time)
{
	struct index *index = scratch_open(&scratch);
	struct index_lane lane;
	struct err err = {0};
	char name[32];
	int status;
	pid_t pid = start_holder();

	kill(pid, SIGSTOP);
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	snprintf(name, sizeof name, "process %d ", (int)pid);

	int64_t since = clock_boot_ms();
	ck_assert_ptr_null(index_begin(index, INDEX_WAIT_ACCEPT, &err));
	int64_t waited = clock_boot_ms() - since;
	ck_assert_int_ge(waited, INDEX_WAIT_ACCEPT);
	ck_assert_int_lt(waited, 100 * INDEX_WAIT_ACCEPT); /* on a busy machine */
	ck_assert_int_eq(err.code, EX_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.text, name));

	/* Whoever only asks goes on asking, also one who comes later. */
	ck_assert(index_lane_get(index, "render", "acme", &lane, &err));
	index_close(index);
	index = scratch_open(&scratch);
	ck_assert(index_lane_get(index, "render", "acme", &lane, &err));

	end_holder(pid);
	commit(begin(index));
	index_close(index);
}
END_TEST

static volatile sig_atomic_t caught;

static void note(int signal)
{
	caught = signal;
}

START_TEST(signals_wait_until_the_gate_is_open_again)
{
	struct index *index = scratch_open(&scratch);
	struct index_txn *txn;

	signal(SIGTERM, note);
	txn = begin(index);
	raise(SIGTERM);
	raise(SIGTSTP);
	signal(SIGTSTP, SIG_IGN);
	ck_assert_int_eq(caught, 0);
	commit(txn);
	ck_assert_int_eq(caught, SIGTERM);
	index_close(index);
}
END_TEST

static const struct {
	int signal;
	bool inside; /* a transaction */
	bool stale;  /* what the next process finds */
} ends[] = {
	{SIGSEGV, true, true},  {SIGBUS, true, true},    {SIGABRT, true, true},
	{SIGKILL, true, false}, {SIGSEGV, false, false},
};

START_TEST(what_brings_a_process_down_inside_is_not_met_again)
{
	struct index *index = scratch_open(&scratch);
	struct index_txn *txn = begin(index);
	struct err err;
	int status;
	pid_t pid;

	index_mark_built(txn);
	commit(txn);
	index_close(index);
	if ((pid = fork()) == 0) {
		close(STDERR_FILENO); /* where a sanitizer reports what it takes for a mistake */
		index = index_open(scratch.path, NULL, &err);
		if (!index || (ends[_i].inside && !index_begin(index, 1000, &err)))
			_exit(0);
		raise(ends[_i].signal);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_ne(status, 0);
	index = scratch_open(&scratch);
	ck_assert_int_eq(index_is_stale(index), ends[_i].stale);
	index_close(index);
}
END_TEST

/* Claims until nothing is ready, and writes down each id before it settles. */
static void work(int out)
{
	struct index *index = scratch_open(&scratch);
	struct index_item items[BATCH];
	struct index_claim claim = {.items = items};
	struct err err;

	for (;;) {
		if (!index_claim(index, "send-smtp", 1, BATCH, &claim, &err))
			_exit(2);
		if (!claim.count)
			break;
		for (unsigned i = 0; i < claim.count; i++)
			if (write(out, items[i].id, ID_LENGTH) != ID_LENGTH)
				_exit(3);
		struct index_txn *txn = index_begin(index, INDEX_WAIT_WORK, &err);
		for (unsigned i = 0; txn && i < claim.count; i++)
			index_settle(txn, "send-smtp", &items[i]);
		if (!txn || !index_commit(txn, &err))
			_exit(4);
	}
	index_close(index);
	_exit(0);
}

static void fill(struct index *index)
{
	struct index_txn *txn = begin(index);
	char id[ID_SIZE], lane[INDEX_LANE_SIZE];

	for (uint64_t n = 0; n < MESSAGES; n++) {
		snprintf(lane, sizeof lane, "acme/%d", (int)(n % 10));
		index_ready(txn, "send-smtp", lane, nth_id(id, n), 1, STATE_ROUTED);
	}
	commit(txn);
}

static int compare_texts(const void *a, const void *b)
{
	return memcmp(a, b, ID_LENGTH);
}

START_TEST(no_message_is_claimed_twice_and_none_is_lost)
{
	struct index *index = scratch_open(&scratch);
	pid_t pids[WORKERS];
	int pipes[2], status;
	struct index_lease *leases;
	struct arena arena = {0};
	struct err err;
	size_t n = 0, left;
	static char ids[MESSAGES + 1][ID_LENGTH];

	fill(index);
	index_close(index);
	ck_assert_int_eq(pipe(pipes), 0);
	for (int i = 0; i < WORKERS; i++)
		if ((pids[i] = fork()) == 0) {
			close(pipes[0]);
			work(pipes[1]);
		}
	close(pipes[1]);
	FILE *in = fdopen(pipes[0], "r");
	while (n <= MESSAGES && fread(ids[n], ID_LENGTH, 1, in) == 1)
		if (++n == MESSAGES / 3)
			kill(pids[0], SIGKILL);
	fclose(in);
	for (int i = 0; i < WORKERS; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert(i == 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
	}

	qsort(ids, n, ID_LENGTH, compare_texts);
	for (size_t i = 1; i < n; i++)
		ck_assert_int_ne(memcmp(ids[i - 1], ids[i], ID_LENGTH), 0);

	/* What the killed one had claimed and did not tell is still leased. */
	index = scratch_open(&scratch);
	ck_assert(index_leases(index, &arena, &leases, &left, &err));
	size_t untold = 0;
	for (size_t i = 0; i < left; i++)
		untold += !bsearch(leases[i].item.id, ids, n, ID_LENGTH, compare_texts);
	ck_assert_uint_eq(n + untold, MESSAGES);
	arena_free(&arena);
	index_close(index);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("index/gate");
	TCase *t = tcase_create("gate");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_killed_holder_blocks_nobody);
	tcase_add_test(t, a_stopped_holder_is_named_in_time);
	tcase_add_test(t, signals_wait_until_the_gate_is_open_again);
	tcase_add_loop_test(t, what_brings_a_process_down_inside_is_not_met_again, 0,
			    sizeof ends / sizeof *ends);
	tcase_add_test(t, no_message_is_claimed_twice_and_none_is_lost);
	suite_add_tcase(s, t);
	return s;
}
