/*
 * index_fill: an index of as many messages as one wants, quickly.
 *
 *     index_fill directory organization number [failed | waiting]
 *
 * Puts records into the index in the directory that no file of a spool stands behind: for pages of
 * which only the newest messages are shown. All were changed ten minutes ago or before, 1,000 in a
 * minute, so what is really in the spool comes first. Of a hundred, 84 are sent, 10 failed, 3
 * deferred, 2 held and 1 is ready; with `failed` all have failed, in more ways than a page shows;
 * with `waiting` all are deferred.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "index/work.h"

#define BATCH 1000
#define STEP_MS 60
#define LAST_MS 600000 /* how long ago the newest changed */
#define REASONS 300    /* different ones, of which each is said with particulars */

static enum status status_of(const char *kind, unsigned long n)
{
	static const struct {
		unsigned below;
		enum status status;
	} mixed[] = {{84, STATUS_SENT},
		     {94, STATUS_FAILED},
		     {97, STATUS_DEFERRED},
		     {99, STATUS_HELD}};

	if (strcmp(kind, "failed") == 0)
		return STATUS_FAILED;
	if (strcmp(kind, "waiting") == 0)
		return STATUS_DEFERRED;
	for (size_t i = 0; i < sizeof mixed / sizeof *mixed; i++)
		if (n % 100 < mixed[i].below)
			return mixed[i].status;
	return STATUS_READY;
}

/* Words of their own for each reason, and in each an address and a number that are not. */
static void say(char *text, size_t size, const char *address, unsigned long n)
{
	unsigned reason = (unsigned)(n * 7919 % REASONS);

	snprintf(text, size,
		 "%s %.*s is refused by policy %c%c of this server, ref %lu, after a long look at "
		 "everything that stands in it",
		 n % 3 ? "550 5.1.1" : "451 4.3.2", (int)strlen(address), address,
		 'a' + (int)(reason % 26), 'a' + (int)(reason / 26), n);
}

static void put(struct index_txn *txn, const char *organization, const char *kind, unsigned long n,
		int64_t begin_ms)
{
	uint8_t random[10] = {0}; /* other ids than in another organization */
	char to[64], said[256], subject[64], template[32], lane[INDEX_LANE_SIZE];
	struct slice recipients[1], tag = slice_text("order");
	struct index_record record = {
		.status = status_of(kind, n),
		.created_ms = begin_ms + (int64_t)n * STEP_MS,
		.updated_ms = begin_ms + (int64_t)n * STEP_MS + 5000,
		.attempts = 1,
		.size = 2048,
		.organization = slice_text(organization),
		.connector = slice_text("sink"),
		.recipients = recipients,
		.recipient_count = 1,
		.tags = &tag,
		.tag_count = n % 10 == 0,
	};

	snprintf(to, sizeof to, "customer%lu@d%lu.example", n % 50000, n % 997);
	snprintf(subject, sizeof subject, "Order A-%lu is on its way", n);
	snprintf(template, sizeof template, "tpl_%lu", n % 7);
	say(said, sizeof said, to, n);
	recipients[0] = slice_text(to);
	record.subject = slice_text(subject);
	record.template = slice_text(template);
	if (record.status == STATUS_FAILED || record.status == STATUS_DEFERRED)
		record.last_error = slice_text(said);
	if (record.status == STATUS_DEFERRED)
		record.due_ms = begin_ms + 86400000000 + (int64_t)n;
	memcpy(random, organization, strnlen(organization, sizeof random));
	id_make(record.id, record.created_ms, random);
	index_put(txn, &record);
	index_lane_name(lane, slice_text(organization), slice_text("sink"));
	if (record.status == STATUS_DEFERRED)
		index_due_put(txn, "route", record.due_ms, record.id, organization, STATE_DEFERRED);
	else if (record.status == STATUS_READY)
		index_ready(txn, "send-none", lane, record.id, record.created_ms, STATE_ROUTED);
}

static void fill(struct index *index, const char *organization, unsigned long number,
		 const char *kind)
{
	int64_t begin_ms = clock_now_ms() - LAST_MS - (int64_t)number * STEP_MS;
	struct index_txn *txn;
	struct err err;

	for (unsigned long n = 0; n < number;) {
		if (!(txn = index_begin(index, INDEX_WAIT_WORK, &err)))
			err_exit(&err);
		for (unsigned i = 0; i < BATCH && n < number; i++)
			put(txn, organization, kind, n++, begin_ms);
		if (!index_commit(txn, &err))
			err_exit(&err);
	}
}

int main(int argc, char **argv)
{
	struct index *index;
	struct err err;

	if (argc < 4) {
		fputs("usage: index_fill directory organization number [failed | waiting]\n",
		      stderr);
		return EX_USAGE;
	}
	if (!(index = index_open(argv[1], NULL, &err)))
		err_exit(&err);
	fill(index, argv[2], strtoul(argv[3], NULL, 10), argc > 4 ? argv[4] : "");
	index_close(index);
	return EXIT_SUCCESS;
}
