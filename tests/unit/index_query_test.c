/*
 * A plain array of records beside the index, under a random history: every answer has to be what a
 * walk over the array gives.
 */
#include "index/query.h"

#include "index_scratch.h"

#define MESSAGES 300
#define ORGANIZATIONS 5
#define ADDRESSES 6
#define TAGS 5
#define STEPS 4000

static struct scratch scratch;
static struct index *index_;
static struct arena arena;
static uint64_t random_state;

struct modelled {
	bool present;
	bool sending;
	struct index_item lease;
	struct index_record record;
	struct slice recipients[2], tags[2];
};

static struct modelled model[MESSAGES];

static const char *const organizations[ORGANIZATIONS] = {"acme", "acme-2", "b", "globex", "z.z"};
static const char *const addresses[ADDRESSES] = {
	"a@example.com", "b@example.com", "a@example.com.au", "B@example.com", "c@x", "cc@x",
};

static const char *const tags[TAGS] = {"news", "News", "new", "a tag", "\xc3\xa9t\xc3\xa9"};

static uint64_t random_below(uint64_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % n;
}

static void setup(void)
{
	scratch = scratch_make();
	index_ = scratch_open(&scratch);
	memset(model, 0, sizeof model);
}

static void teardown(void)
{
	index_close(index_);
	arena_free(&arena);
	scratch_remove(scratch.dir);
}

static enum status random_status(void)
{
	static const enum status stored[] = {STATUS_DRAFT, STATUS_READY, STATUS_DEFERRED,
					     STATUS_HELD,  STATUS_SENT,  STATUS_FAILED};

	return stored[random_below(sizeof stored / sizeof *stored)];
}

static void put_new(struct index_txn *txn, struct modelled *m, size_t n)
{
	*m = (struct modelled){.present = true};
	nth_id(m->record.id, n);
	m->record.status = random_status();
	m->record.created_ms = (int64_t)n;
	m->record.updated_ms = (int64_t)random_below(50);
	m->record.organization = slice_text(organizations[random_below(ORGANIZATIONS)]);
	m->record.subject = slice_text("a subject\nof two lines");
	for (int i = 0; i < 2; i++)
		m->recipients[i] = slice_text(addresses[random_below(ADDRESSES)]);
	m->record.recipients = m->recipients;
	m->record.recipient_count = 1 + random_below(2);
	for (int i = 0; i < 2; i++)
		m->tags[i] = slice_text(tags[random_below(TAGS)]);
	m->record.tags = m->tags;
	m->record.tag_count = random_below(3);
	index_put(txn, &m->record);
}

static void update(struct index_txn *txn, struct modelled *m)
{
	struct index_record *record = &m->record;

	record->status = random_status();
	record->updated_ms += (int64_t)random_below(3);
	record->attempts++;
	record->due_ms = record->status == STATUS_DEFERRED ? record->updated_ms + 60 : 0;
	record->last_error = slice_text("450 4.7.1 later");
	index_put(txn, record);
}

/* A sender takes the message, or settles it. */
static void toggle_lease(struct index_txn *txn, struct modelled *m)
{
	const char *stage = m->record.id[ID_LENGTH - 1] & 1 ? "send-smtp" : "send-x";

	if (m->sending) {
		ck_assert(index_settle(txn, stage, &m->lease));
		m->sending = false;
		return;
	}
	struct index_claim claim = {.items = &m->lease};
	index_ready(txn, stage, "lane", m->record.id, 1, STATE_ROUTED);
	index_take(txn, stage, 1, 1, &claim);
	ck_assert_uint_eq(claim.count, 1);
	ck_assert_str_eq(m->lease.id, m->record.id);
	m->sending = true;
}

static void step(struct index_txn *txn)
{
	size_t n = random_below(MESSAGES);
	struct modelled *m = &model[n];

	if (!m->present)
		put_new(txn, m, n);
	else if (random_below(8) == 0) {
		if (m->sending)
			toggle_lease(txn, m);
		ck_assert(index_remove(txn, m->record.id));
		m->present = false;
	} else if (random_below(6) == 0)
		toggle_lease(txn, m);
	else if (random_below(10) == 0) { /* put again, with other recipients and tags */
		m->recipients[0] = slice_text(addresses[random_below(ADDRESSES)]);
		m->tags[0] = slice_text(tags[random_below(TAGS)]);
		m->record.tag_count = random_below(3);
		index_put(txn, &m->record);
	} else
		update(txn, m);
}

static void steps(int n)
{
	while (n > 0) {
		struct index_txn *txn = begin(index_);

		for (int batch = 1 + (int)random_below(20); batch > 0 && n > 0; batch--, n--)
			step(txn);
		commit(txn);
	}
}

static enum status shown(const struct modelled *m)
{
	if (m->sending && (m->record.status == STATUS_READY || m->record.status == STATUS_DEFERRED))
		return STATUS_SENDING;
	return m->record.status;
}

static bool matches(const struct modelled *m, const struct index_query *query)
{
	const struct index_record *record = &m->record;
	bool organization = !query->organization_count, recipient = !query->recipient.n;
	bool tag = !query->tag.n;

	for (size_t i = 0; i < query->organization_count; i++)
		organization |= slice_equal(query->organizations[i], record->organization);
	for (size_t i = 0; i < record->recipient_count; i++)
		recipient |= slice_equal_nocase(query->recipient, record->recipients[i]);
	for (size_t i = 0; i < record->tag_count; i++)
		tag |= slice_equal(query->tag, record->tags[i]);
	return m->present && organization && recipient && tag &&
	       (!query->statuses || query->statuses & 1u << shown(m)) &&
	       record->updated_ms >= query->since_ms &&
	       (!query->until_ms || record->updated_ms < query->until_ms);
}

static bool by_id, oldest_first; /* how `in_order` sorts */

static int in_order(const void *left, const void *right)
{
	const void *a = oldest_first ? right : left, *b = oldest_first ? left : right;
	const struct modelled *x = *(struct modelled *const *)a, *y = *(struct modelled *const *)b;

	if (!by_id && x->record.updated_ms != y->record.updated_ms)
		return x->record.updated_ms > y->record.updated_ms ? -1 : 1;
	return strcmp(y->record.id, x->record.id);
}

static struct index_query random_query(struct slice asked[2])
{
	struct index_query query = {.limit = 1 + (unsigned)random_below(40)};

	query.organizations = asked;
	query.organization_count = random_below(3);
	asked[0] = slice_text(organizations[random_below(ORGANIZATIONS)]);
	asked[1] = slice_text("nobody");
	if (random_below(3))
		query.statuses = (unsigned)random_below(1u << STATUS_COUNT);
	if (random_below(2))
		query.recipient = slice_text(addresses[random_below(ADDRESSES)]);
	if (random_below(3) == 0)
		query.tag = slice_text(tags[random_below(TAGS)]);
	if (random_below(2))
		query.since_ms = (int64_t)random_below(60);
	if (random_below(2))
		query.until_ms = 1 + (int64_t)random_below(60);
	if (random_below(2))
		query.examine = 1 + (unsigned)random_below(50);
	query.by_created = random_below(3) == 0;
	query.oldest_first = random_below(2);
	return query;
}

static void check_query(void)
{
	struct slice asked[2];
	struct index_query query = random_query(asked);
	struct modelled *expected[MESSAGES];
	struct index_record last;
	struct index_page page;
	struct err err;
	size_t n = 0, seen = 0;

	for (size_t i = 0; i < MESSAGES; i++)
		if (matches(&model[i], &query))
			expected[n++] = &model[i];
	by_id = query.recipient.n > 0 || query.tag.n > 0 || query.by_created;
	oldest_first = query.oldest_first;
	qsort(expected, n, sizeof(struct modelled *), in_order);

	do {
		arena_reset(&arena);
		ck_assert_msg(index_list(index_, &query, &arena, &page, &err), "%s", err.text);
		ck_assert_uint_le(page.count, query.limit);
		for (size_t i = 0; i < page.count; i++, seen++) {
			ck_assert_uint_lt(seen, n);
			ck_assert_str_eq(page.records[i].id, expected[seen]->record.id);
			ck_assert_int_eq(page.records[i].status, shown(expected[seen]));
		}
		ck_assert(page.more || seen == n);
		ck_assert(query.examine || page.more == (seen < n));
		ck_assert(!query.examine || page.examined <= query.examine);
		last = page.end;
		query.after = &last;
	} while (page.more);
	ck_assert_uint_eq(seen, n);
}

static void check_counts(void)
{
	struct index_counts *counts;
	uint64_t present = 0, counted = 0;
	struct err err;
	size_t n;

	for (size_t m = 0; m < MESSAGES; m++)
		present += model[m].present;
	arena_reset(&arena);
	ck_assert(index_counts(index_, slice_text(NULL), &arena, &counts, &n, &err));
	for (size_t i = 0; i < n; i++) {
		uint64_t expected[STATUS_COUNT] = {0};

		for (size_t m = 0; m < MESSAGES; m++)
			if (model[m].present &&
			    slice_equal(model[m].record.organization, counts[i].organization))
				expected[shown(&model[m])]++;
		for (int status = 0; status < STATUS_COUNT; status++) {
			ck_assert_uint_eq(counts[i].count[status], expected[status]);
			counted += expected[status];
		}
	}
	ck_assert_uint_eq(counted, present);
}

static char *dump(struct index *index)
{
	struct err err;
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	ck_assert(index_dump(index, out, &err));
	fclose(out);
	return text;
}

/* An index filled from what stands at the end is the one that lived through the history. */
static void check_rebuild(void)
{
	struct index_txn *txn;
	char *before = dump(index_), *after;

	txn = begin(index_);
	index_clear(txn);
	for (size_t m = 0; m < MESSAGES; m++)
		if (model[m].present)
			index_put(txn, &model[m].record);
	commit(txn);
	after = dump(index_);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
}

START_TEST(answers_are_those_of_a_walk_over_all_messages)
{
	random_state = 88172645463325252u + (unsigned)_i;
	for (int round = 0; round < 20; round++) {
		steps(STEPS / 20);
		for (int i = 0; i < 40; i++)
			check_query();
		check_counts();
	}
	check_rebuild();
}
END_TEST

START_TEST(changes_are_told_in_order_and_gaps_are_told_too)
{
	struct index_change *changes;
	uint64_t start, last;
	struct err err;
	size_t n, told = 0;
	bool gap;

	random_state = 1;
	steps(10);
	ck_assert(index_last_change(index_, &start, &err));
	ck_assert_uint_gt(start, 0);
	struct index_txn *txn = begin(index_);
	struct modelled *m = &model[0];
	put_new(txn, m, 0);
	update(txn, m);
	index_remove(txn, m->record.id);
	commit(txn);

	ck_assert(index_changes(index_, start, 2, &arena, &changes, &n, &gap, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert(!gap);
	ck_assert_str_eq(changes[0].id, m->record.id);
	ck_assert(slice_equal(changes[0].organization, m->record.organization));
	ck_assert_int_eq(changes[1].status, m->record.status);
	ck_assert(index_changes(index_, changes[1].serial, 99, &arena, &changes, &n, &gap, &err));
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(changes[0].status, INDEX_GONE);
	ck_assert(index_changes(index_, start + 1000, 99, &arena, &changes, &n, &gap, &err));
	ck_assert(gap);
	ck_assert_uint_eq(n, 0);

	/* More than are kept: the oldest go, and whoever asks for them hears it. */
	for (int i = 0; i < 100600; i += 100) {
		txn = begin(index_);
		for (int k = 0; k < 100; k++) {
			put_new(txn, m, 0);
			told++;
		}
		commit(txn);
	}
	ck_assert(index_last_change(index_, &last, &err));
	ck_assert_uint_eq(last, start + 3 + told);
	ck_assert(index_changes(index_, start, 1, &arena, &changes, &n, &gap, &err));
	ck_assert(gap);
	ck_assert(index_changes(index_, last - 100000, 1, &arena, &changes, &n, &gap, &err));
	ck_assert(!gap);
	ck_assert_uint_eq(changes[0].serial, last - 99999);
}
END_TEST

static size_t count_tagged(const char *tag)
{
	struct index_query query = {.tag = slice_text(tag), .limit = 10};
	struct index_page page;
	struct err err;

	ck_assert(index_list(index_, &query, &arena, &page, &err));
	return page.count;
}

START_TEST(places_are_counted_without_their_records)
{
	const struct slice tag = slice_text("news");
	struct index_query query = {.tag = tag, .places = true, .limit = 1, .examine = 5};
	struct index_txn *txn = begin(index_);
	struct index_page page;
	struct err err;
	char id[ID_SIZE];

	for (uint64_t n = 0; n < 10; n++) {
		struct index_record record = {
			.organization = slice_text("acme"),
			.tags = &tag,
			.tag_count = 1,
		};
		memcpy(record.id, nth_id(id, n), ID_SIZE);
		index_put(txn, &record);
	}
	commit(txn);
	ck_assert(index_list(index_, &query, &arena, &page, &err));
	ck_assert_uint_eq(page.count, 0);
	ck_assert_uint_eq(page.examined, 5);
	ck_assert(page.more);
	query.examine = 10;
	ck_assert(index_list(index_, &query, &arena, &page, &err));
	ck_assert_uint_eq(page.count, 0);
	ck_assert_uint_eq(page.examined, 10);
	ck_assert(!page.more);
}
END_TEST

START_TEST(the_longest_tags_are_found_and_gone_with_their_message)
{
	char organization[64] = "", longest[129] = "", id[ID_SIZE];
	struct slice all[3];

	memset(organization, 'o', 63);
	memset(longest, 't', 128);
	all[0] = slice_text(longest);
	all[1] = all[2] = slice_text("twice");
	struct index_record record = {
		.status = STATUS_READY,
		.organization = slice_text(organization),
		.tags = all,
		.tag_count = 3,
	};
	memcpy(record.id, nth_id(id, 1), ID_SIZE);
	struct index_txn *txn = begin(index_);
	index_put(txn, &record);
	index_put(txn, &record);
	commit(txn);
	ck_assert_uint_eq(count_tagged(longest), 1);
	ck_assert_uint_eq(count_tagged("twice"), 1);
	ck_assert_uint_eq(count_tagged(longest + 1), 0);
	txn = begin(index_);
	ck_assert(index_remove(txn, id));
	commit(txn);
	ck_assert_uint_eq(count_tagged(longest), 0);
	ck_assert_uint_eq(count_tagged("twice"), 0);
	char *empty = dump(index_);
	ck_assert_ptr_null(strstr(empty, "tag"));
	free(empty);
}
END_TEST

struct counted {
	unsigned ready, leased, due;
};

static bool count_work(void *arg, struct slice stage, const struct index_item *item)
{
	struct counted *counted = arg;

	if (item->lease_ms)
		counted->leased++;
	else if (slice_is(stage, "route"))
		counted->due++;
	else
		counted->ready++;
	return counted->ready + counted->leased + counted->due < 4;
}

/* Ten of each of two lanes, whose starts are not in the order of their changes. */
static void put_in_lanes(void)
{
	struct index_txn *txn = begin(index_);
	const struct slice tag = slice_text("news");
	char id[ID_SIZE];

	for (uint64_t n = 0; n < 20; n++) {
		struct index_record record = {
			.status = n % 4 ? STATUS_READY : STATUS_DEFERRED,
			.organization = slice_text("acme"),
			.updated_ms = (int64_t)(1000 - n),
			.tags = &tag,
			.tag_count = n < 6,
		};
		memcpy(record.id, nth_id(id, n), ID_SIZE);
		index_put(txn, &record);
		index_ready(txn, "send-smtp", n % 2 ? "acme/b" : "acme/a", id,
			    (int64_t)(n * 7 % 20), STATE_ROUTED);
	}
	commit(txn);
}

START_TEST(what_is_ready_in_a_lane_is_a_listing)
{
	struct index_query query = {.stage = "send-smtp", .lane = "acme/b", .limit = 3};
	struct index_record after;
	struct index_page page = {.more = true};
	struct index_lane lane;
	int64_t last_ms = INT64_MAX;
	uint64_t n = 0;
	struct err err;

	put_in_lanes();
	for (; page.more; query.after = &after) {
		ck_assert(index_list(index_, &query, &arena, &page, &err));
		ck_assert_uint_le(page.count, 3);
		for (size_t i = 0; i < page.count; i++, n++) {
			int64_t nth = id_time_ms(page.records[i].id) - 1800000000000;
			ck_assert_int_eq(nth % 2, 1);
			ck_assert_int_lt(nth * 7 % 20, last_ms);
			last_ms = nth * 7 % 20;
		}
		after = page.end;
	}
	ck_assert_uint_eq(n, 10);
	ck_assert(index_lane_get(index_, "send-smtp", "acme/b", &lane, &err));
	ck_assert_uint_eq(n, lane.ready);
	query.after = NULL;
	query.statuses = 1u << STATUS_DEFERRED;
	query.lane = "acme/a";
	query.limit = 100;
	ck_assert(index_list(index_, &query, &arena, &page, &err));
	ck_assert_uint_eq(page.count, 5);
	query.tag = slice_text("news");
	ck_assert(index_list(index_, &query, &arena, &page, &err));
	ck_assert_uint_eq(page.count, 2); /* the 1st and the 5th */
	query.lane = "acme/c";
	ck_assert(index_list(index_, &query, &arena, &page, &err));
	ck_assert_uint_eq(page.count, 0);
}
END_TEST

START_TEST(all_work_is_shown_wherever_it_waits)
{
	struct index_item items[2];
	struct index_claim claim = {.items = items};
	struct counted counted = {0};
	struct index_lease *leases;
	struct err err;
	char id[ID_SIZE];
	size_t n;

	struct index_txn *txn = begin(index_);
	for (uint64_t i = 0; i < 3; i++)
		index_ready(txn, "render", "acme", nth_id(id, i), (int64_t)i, STATE_QUEUED);
	index_due_put(txn, "route", 77, nth_id(id, 9), "acme", STATE_DEFERRED);
	index_take(txn, "render", 1, 2, &claim);
	commit(txn);
	ck_assert(index_each_work(index_, count_work, &counted, &err));
	ck_assert_uint_eq(counted.ready, 1);
	ck_assert_uint_eq(counted.leased, 2);
	ck_assert_uint_eq(counted.due, 1);

	ck_assert(index_leases(index_, &arena, &leases, &n, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert(slice_is(leases[1].stage, "render"));
	ck_assert_str_eq(leases[1].item.id, nth_id(id, 1));
	ck_assert_str_eq(leases[1].item.lane, "acme");
	ck_assert_int_eq(leases[1].item.lease_ms, 1 + INDEX_LEASE_MS);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("index/query");
	TCase *t = tcase_create("query");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, answers_are_those_of_a_walk_over_all_messages, 0, 4);
	tcase_add_test(t, changes_are_told_in_order_and_gaps_are_told_too);
	tcase_add_test(t, places_are_counted_without_their_records);
	tcase_add_test(t, the_longest_tags_are_found_and_gone_with_their_message);
	tcase_add_test(t, what_is_ready_in_a_lane_is_a_listing);
	tcase_add_test(t, all_work_is_shown_wherever_it_waits);
	suite_add_tcase(s, t);
	return s;
}
