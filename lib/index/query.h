/*
 * query.h: what users ask: listings, counts, who is being sent to, what changed.
 *
 * Each call reads one state of the index and holds no lock and no transaction when it returns.
 * Results are the arena's.
 */
#ifndef INDEX_QUERY_H
#define INDEX_QUERY_H

#include <stdio.h>

#include "index/work.h"

/*
 * In all that this header answers, a ready or deferred message that a sender has leased has the
 * status STATUS_SENDING.
 *
 * A page of a listing, newest first: by updated_ms, then id. With a recipient or a tag, or
 * by_created: by id, which is the order of acceptance.
 *
 * statuses: a set of 1u << status; 0 for all.
 * since_ms, until_ms: of updated_ms, since <= updated < until; 0 for no limit.
 * after: the last record of the page before; NULL for the first page.
 * limit: records a page, at most INDEX_PAGE_MOST.
 * examine: how many places are looked at, at most, for a page that is short of its limit; 0: all.
 * places: no records, only how many places there are (`examined`, `more`): up to `examine`,
 *   for less than it takes to look at their records.
 * stage, lane: only what is ready there, and neither a recipient nor by_created. In the order of
 *   when it became ready, which `after` and the page's `end` then have as updated_ms.
 */
#define INDEX_PAGE_MOST 10000

struct index_query {
	const struct slice *organizations;
	size_t organization_count; /* 0: all */
	unsigned statuses;
	struct slice recipient;   /* an address, ASCII letters alike in both cases; empty: any */
	struct slice tag;         /* one of its tags, byte by byte; empty: any */
	const char *stage, *lane; /* NULL: any */
	int64_t since_ms;
	int64_t until_ms;
	const struct index_record *after; /* its id and updated_ms */
	unsigned limit;
	unsigned examine;
	bool places;
	bool by_created;
	bool oldest_first;
};

struct index_page {
	struct index_record *records;
	size_t count;
	bool more;
	unsigned examined;
	struct index_record end; /* id and updated_ms of the last place that was looked at: `after`
				    of the next page */
};

bool index_list(struct index *index, const struct index_query *query, struct arena *arena,
		struct index_page *page, struct err *err);

/* How many messages an organization has in each status. */
struct index_counts {
	struct slice organization;
	uint64_t count[STATUS_COUNT];
};

/* All organizations that have messages, by name; or the one that is asked for, if it has any. */
bool index_counts(struct index *index, struct slice organization, struct arena *arena,
		  struct index_counts **counts, size_t *n, struct err *err);

/*
 * Since when work waits, for each organization that has some.
 *
 * oldest_ready_ms: of the messages that go next, each the head of its lane or claimed by a stage,
 * when the one that waits longest became ready; 0: none is ready.
 * oldest_due_ms: when the first of those that wait for a time is due; 0: none does. Of each stage
 * the INDEX_DUE_EXAMINED that are due first are looked at, so that it costs the same however many
 * wait: an organization of which none is among them counts as one of which none waits.
 */
#define INDEX_DUE_EXAMINED 10000

struct index_waits {
	struct slice organization;
	int64_t oldest_ready_ms;
	int64_t oldest_due_ms;
};
bool index_waits(struct index *index, struct slice organization, struct arena *arena,
		 struct index_waits **waits, size_t *n, struct err *err);

/* Who has claimed what: all leases of all stages. */
struct index_lease {
	struct slice stage;
	struct index_item item;
};
bool index_leases(struct index *index, struct arena *arena, struct index_lease **leases, size_t *n,
		  struct err *err);

/*
 * All that some stage will come to by itself: ready, leased or due. For a check that compares them
 * with the spool. The visitor returns false to stop.
 */
typedef bool index_visit(void *arg, struct slice stage, const struct index_item *item);
bool index_each_work(struct index *index, index_visit *visit, void *arg, struct err *err);

/*
 * The changes after serial `since`, at most max, oldest first. The last 100,000 are kept: *gap says
 * that some after `since` are gone, so that the caller has to look at everything once. Serials
 * only grow, also over a rebuild; index_last_change is where a new follower begins.
 */
struct index_change {
	uint64_t serial;
	char id[ID_SIZE];
	unsigned status; /* enum status, or INDEX_GONE */
	struct slice organization;
};
bool index_changes(struct index *index, uint64_t since, size_t max, struct arena *arena,
		   struct index_change **changes, size_t *n, bool *gap, struct err *err);
bool index_last_change(struct index *index, uint64_t *serial, struct err *err);

/*
 * Everything that a rebuild has to give again, as sorted lines: messages, listings, counts,
 * recipients, tags and due. Two indexes of one spool have the same dump.
 */
bool index_dump(struct index *index, FILE *out, struct err *err);

#endif
