/*
 * index_bench: what the index costs while the backlog grows.
 *
 *     index_bench [directory]
 *
 * 1,000 lanes have 50 messages each. Beside them a backlog stands behind one paused connector, or
 * stands in the 1,000 lanes and is ready. A line of the table is a size of the backlog;
 * microseconds are of processor time, so that what else the machine does shows less:
 *
 *     claim      microseconds for a claim of 25, in a transaction of its own
 *     settle     microseconds for settling 25 and making them ready again
 *     message    microseconds for a message from acceptance to "sent": its record, three stages
 * that claim, hand on and settle in batches of 25, its verdict look       microseconds for asking a
 * stage that has nothing page       microseconds for the newest 50 of all messages map        KiB
 * of the index that count as this process's memory, before and after a trim
 *
 * No column but the map's first should grow from line to line.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "index/query.h"

#define BATCH 25
#define LANES 1000
#define ROUNDS 4000

static const char sender[] = "send-smtp";

struct bench {
	struct index *index;
	uint64_t ids;
	int64_t now_ms; /* the bench's boot time: a millisecond for each claim */
	struct index_item items[BATCH];
};

static const char *make_id(struct bench *bench, char id[ID_SIZE])
{
	static const uint8_t random[10] = {0};

	id_make(id, (int64_t)(1800000000000 + bench->ids++), random);
	return id;
}

static double cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static struct index_txn *begin(struct bench *bench)
{
	struct err err;
	struct index_txn *txn = index_begin(bench->index, INDEX_WAIT_WORK, &err);

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

static void put(struct index_txn *txn, const char *id, const char *organization, int64_t now_ms,
		enum status status)
{
	static const struct slice to[] = {SLICE("somebody@example.com")};
	struct index_record record = {
		.status = status,
		.attempts = status == STATUS_SENT,
		.created_ms = now_ms,
		.updated_ms = now_ms,
		.size = 2048,
		.organization = slice_text(organization),
		.template = slice_text("tpl_welcome"),
		.connector = slice_text(status == STATUS_SENT ? "conn" : ""),
		.subject = slice_text("Your order has been received"),
		.recipients = to,
		.recipient_count = 1,
	};

	memcpy(record.id, id, ID_SIZE);
	index_put(txn, &record);
}

/* n messages with their records, ready in one paused lane or in all the others. */
static void fill(struct bench *bench, unsigned n, bool paused)
{
	char id[ID_SIZE], organization[64] = "paused", lane[INDEX_LANE_SIZE];
	struct index_txn *txn = begin(bench);

	for (unsigned i = 0; i < n; i++) {
		if (!paused)
			snprintf(organization, sizeof organization, "org%u", i % LANES);
		index_lane_name(lane, slice_text(organization), slice_text("conn"));
		make_id(bench, id);
		index_ready(txn, sender, lane, id, (int64_t)bench->ids, STATE_ROUTED);
		put(txn, id, organization, (int64_t)bench->ids, STATUS_READY);
		if (i % 1000 == 999) {
			commit(txn);
			txn = begin(bench);
		}
	}
	if (paused)
		index_lane_turn(txn, sender, "paused/conn", INDEX_NEVER);
	commit(txn);
}

static unsigned claim(struct bench *bench, const char *stage)
{
	struct index_claim claim = {.items = bench->items};
	struct err err;

	if (!index_claim(bench->index, stage, ++bench->now_ms, BATCH, &claim, &err))
		err_exit(&err);
	return claim.count;
}

/* Claims and makes ready again, so that the backlog stays as it is. */
static void measure_claims(struct bench *bench, double *claim_us, double *settle_us)
{
	*claim_us = *settle_us = 0;
	for (int round = 0; round < ROUNDS; round++) {
		double start = cpu_us();
		unsigned n = claim(bench, sender);
		double claimed = cpu_us();
		struct index_txn *txn = begin(bench);

		for (unsigned i = 0; i < n; i++) {
			const struct index_item *item = &bench->items[i];

			index_settle(txn, sender, item);
			index_ready(txn, sender, item->lane, item->id, item->start_ms, item->state);
		}
		commit(txn);
		*claim_us += (claimed - start) / ROUNDS;
		*settle_us += (cpu_us() - claimed) / ROUNDS;
	}
}

static void hand_on(struct bench *bench, const char *from, const char *to, const char *lane)
{
	unsigned n = claim(bench, from);
	struct index_txn *txn = begin(bench);

	for (unsigned i = 0; i < n; i++) {
		const struct index_item *item = &bench->items[i];

		if (to)
			index_ready(txn, to, lane, item->id, item->start_ms, STATE_RENDERED);
		else
			put(txn, item->id, "org", (int64_t)bench->ids, STATUS_SENT);
		index_settle(txn, from, item);
	}
	commit(txn);
}

static double measure_way(struct bench *bench)
{
	char id[ID_SIZE];
	double start = cpu_us();

	for (int round = 0; round < ROUNDS; round++) {
		struct index_txn *txn = begin(bench);

		for (int i = 0; i < BATCH; i++) {
			make_id(bench, id);
			put(txn, id, "org", (int64_t)bench->ids, STATUS_READY);
			index_ready(txn, "render", "org", id, (int64_t)bench->ids, STATE_QUEUED);
		}
		commit(txn);
		hand_on(bench, "render", "route", "org");
		hand_on(bench, "route", "send-x", "org/conn");
		hand_on(bench, "send-x", NULL, NULL);
	}
	return (cpu_us() - start) / ROUNDS / BATCH;
}

static double measure_looks(struct bench *bench)
{
	double start = cpu_us();

	for (int i = 0; i < 10 * ROUNDS; i++)
		claim(bench, "send-none");
	return (cpu_us() - start) / (10 * ROUNDS);
}

static double measure_pages(struct bench *bench)
{
	struct index_query query = {.limit = 50};
	struct arena arena = {0};
	struct index_page page;
	struct err err;
	double start = cpu_us();

	for (int i = 0; i < 100; i++) {
		arena_reset(&arena);
		if (!index_list(bench->index, &query, &arena, &page, &err))
			err_exit(&err);
	}
	arena_free(&arena);
	return (cpu_us() - start) / 100;
}

/* KiB of the index's pages that count as ours. */
static long mapped_kib(void)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	char line[4352];
	bool ours = false;
	long kib = 0, n;

	while (file && fgets(line, sizeof line, file)) {
		if (strchr(line, '/'))
			ours = strstr(line, "data.mdb") != NULL;
		if (ours && sscanf(line, "Pss: %ld", &n) == 1)
			kib += n;
	}
	if (file)
		fclose(file);
	return kib;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void measure(const char *dir, unsigned backlog, bool paused)
{
	struct bench bench = {.now_ms = 1};
	double claim_us, settle_us;
	struct err err;

	if (!(bench.index = index_open(dir, NULL, &err)))
		err_exit(&err);
	fill(&bench, 50 * LANES, false);
	fill(&bench, backlog, paused);
	measure_claims(&bench, &claim_us, &settle_us);
	printf("%8u %-6s %9.1f %9.1f", backlog, paused ? "paused" : "ready", claim_us, settle_us);
	printf(" %9.2f", measure_way(&bench));
	printf(" %9ld", mapped_kib());
	printf(" %9.2f %9.0f\n", measure_looks(&bench), measure_pages(&bench));
	index_close(bench.index);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(int argc, char **argv)
{
	static const unsigned backlogs[] = {0, 1000, 10000, 100000, 200000};
	char dir[256];

	snprintf(dir, sizeof dir, "%s/mailq-index-bench.%d", argc > 1 ? argv[1] : "/tmp", getpid());
	printf("%8s %-6s %9s %9s %9s %9s %9s %9s\n", "backlog", "", "claim", "settle", "message",
	       "map", "look", "page");
	for (int paused = 1; paused >= 0; paused--)
		for (size_t i = 0; i < sizeof backlogs / sizeof *backlogs; i++)
			measure(dir, backlogs[i], paused);
	return EXIT_SUCCESS;
}
