/*
 * index_bench: what a claim, and a message's whole way, cost while the backlog grows.
 *
 *     index_bench [directory]
 *
 * Prints a line for each size of backlog: microseconds for a claim of 25 and their settling, alone
 * and a message; then those of a message through three stages, with its records; and the memory of
 * the map. A backlog of n stands behind one paused connector, in 1,000 organizations' lanes, and
 * again in one lane. The columns should not grow from line to line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "index/query.h"

#define BATCH 25
#define ROUNDS 2000
#define LANES 1000

static uint64_t next_id;

static const char *make_id(char id[ID_SIZE])
{
	uint8_t random[10] = {0};

	id_make(id, (int64_t)(1800000000000 + next_id++), random);
	return id;
}

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static struct index_txn *begin(struct index *index)
{
	struct err err;
	struct index_txn *txn = index_begin(index, INDEX_WAIT_WORK, &err);

	if (!txn)
		err_exit(&err);
	return txn;
}

static void commit(struct index_txn *txn)
{
	struct err err;

	if (!index_commit(txn, &err))
		err_exit(&err);
}

static void put(struct index_txn *txn, const char *id, const char *organization)
{
	static const struct slice to[] = {SLICE("somebody@example.com")};
	struct index_record record = {
		.status = STATUS_READY,
		.created_ms = (int64_t)next_id,
		.updated_ms = (int64_t)next_id,
		.size = 2048,
		.organization = slice_text(organization),
		.template = slice_text("tpl_welcome"),
		.subject = slice_text("Your order has been received"),
		.recipients = to,
		.recipient_count = 1,
	};

	memcpy(record.id, id, ID_SIZE);
	index_put(txn, &record);
}

/* n messages with their records: one in ten behind a paused connector, the rest over all lanes. */
static void fill(struct index *index, unsigned n)
{
	char id[ID_SIZE], organization[32];

	for (unsigned done = 0; done < n;) {
		struct index_txn *txn = begin(index);

		for (unsigned i = 0; i < 1000 && done < n; i++, done++) {
			make_id(id);
			if (done % 10) {
				index_ready(txn, "send-smtp", "paused/conn", id, done,
					    STATE_ROUTED);
				put(txn, id, "paused");
				continue;
			}
			snprintf(organization, sizeof organization, "org%u/conn",
				 done / 10 % LANES);
			index_ready(txn, "send-smtp", organization, id, done, STATE_ROUTED);
			put(txn, id, "org");
		}
		index_lane_turn(txn, "send-smtp", "paused/conn", INDEX_NEVER);
		commit(txn);
	}
}

/* Claims and gives back, so that the backlog stays as it is. */
static double claims(struct index *index, int64_t *clock)
{
	static struct index_item items[BATCH];
	struct index_claim claim = {.items = items};
	unsigned taken = 0;
	struct err err;
	double start = now_us();

	for (int round = 0; round < ROUNDS; round++) {
		if (!index_claim(index, "send-smtp", ++*clock, BATCH, &claim, &err))
			err_exit(&err);
		taken += claim.count;
		struct index_txn *txn = begin(index);
		for (unsigned i = 0; i < claim.count; i++)
			if (round % 2)
				index_unclaim(txn, "send-smtp", &items[i]);
			else {
				index_settle(txn, "send-smtp", &items[i]);
				index_ready(txn, "send-smtp", items[i].lane, items[i].id,
					    items[i].start_ms, STATE_ROUTED);
			}
		commit(txn);
	}
	return taken ? (now_us() - start) / taken : 0;
}

static void stage(struct index *index, const char *from, const char *to, const char *lane,
		  int64_t *clock)
{
	static struct index_item items[BATCH];
	struct index_claim claim = {.items = items};
	struct err err;

	if (!index_claim(index, from, ++*clock, BATCH, &claim, &err))
		err_exit(&err);
	struct index_txn *txn = begin(index);
	for (unsigned i = 0; i < claim.count; i++) {
		if (to)
			index_ready(txn, to, lane, items[i].id, items[i].start_ms, STATE_QUEUED);
		else
			index_update(txn, &(struct index_update){.id = items[i].id,
								 .status = STATUS_SENT,
								 .updated_ms = *clock,
								 .attempts = 1,
								 .connector = slice_text("conn")});
		index_settle(txn, from, &items[i]);
	}
	commit(txn);
}

/* Acceptance, three stages and a verdict, in batches, for one organization among them. */
static double whole_way(struct index *index, int64_t *clock)
{
	char id[ID_SIZE];
	double start = now_us();

	for (int round = 0; round < ROUNDS / 2; round++) {
		struct index_txn *txn = begin(index);

		for (int i = 0; i < BATCH; i++) {
			make_id(id);
			put(txn, id, "org");
			index_ready(txn, "render", "org", id, *clock, STATE_QUEUED);
		}
		commit(txn);
		stage(index, "render", "route", "org", clock);
		stage(index, "route", "send-x", "org/conn", clock);
		stage(index, "send-x", NULL, NULL, clock);
	}
	return (now_us() - start) / (ROUNDS / 2) / BATCH;
}

/* What a look at an empty stage costs. */
static double looks(struct index *index)
{
	struct index_item item;
	struct index_claim claim = {.items = &item};
	struct err err;
	double start = now_us();

	for (int i = 0; i < 100000; i++)
		if (!index_claim(index, "send-none", 1, 1, &claim, &err))
			err_exit(&err);
	return (now_us() - start) / 100000;
}

/* KiB of the index that are mapped and counted as this process's. */
static long mapped(void)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	char line[4352];
	bool ours = false;
	long kib = 0, n;

	while (file && fgets(line, sizeof line, file)) {
		if (strchr(line, '-') && strchr(line, ':') && strchr(line, '/'))
			ours = strstr(line, "data.mdb") != NULL;
		if (ours && sscanf(line, "Pss: %ld", &n) == 1)
			kib += n;
	}
	if (file)
		fclose(file);
	return kib;
}

int main(int argc, char **argv)
{
	static const unsigned backlogs[] = {100, 1000, 10000, 100000, 200000};
	char dir[256], command[512];
	struct err err;

	snprintf(dir, sizeof dir, "%s/mailq-bench.XXXXXX", argc > 1 ? argv[1] : "/tmp");
	if (!mkdtemp(dir))
		return EXIT_FAILURE;
	printf("%10s %14s %14s %14s %10s %10s %10s\n", "backlog", "claim+settle", "whole way",
	       "empty look", "map KiB", "trimmed", "trim us");
	for (size_t i = 0; i < sizeof backlogs / sizeof *backlogs; i++) {
		char path[300];
		int64_t clock = 1;

		snprintf(path, sizeof path, "%s/%u", dir, backlogs[i]);
		struct index *index = index_open(path, NULL, &err);
		if (!index)
			err_exit(&err);
		fill(index, backlogs[i]);
		double claim_us = claims(index, &clock), way_us = whole_way(index, &clock);
		double look_us = looks(index);
		long before = mapped();
		double start = now_us();
		index_trim(index);
		double trim_us = now_us() - start;
		printf("%10u %14.2f %14.2f %14.2f %10ld %10ld %10.0f\n", backlogs[i], claim_us,
		       way_us, look_us, before, mapped(), trim_us);
		index_close(index);
	}
	snprintf(command, sizeof command, "rm -r '%s'", dir);
	return system(command) ? EXIT_FAILURE : EXIT_SUCCESS;
}
