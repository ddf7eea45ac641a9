/*
 * Listings. Each organization and status is a stream that is already in order, newest first or
 * oldest first; a page is merged from them, so that it costs by its length and the number of
 * streams, not by what they hold. Each recipient and each tag of an organization is a stream too,
 * and so is what is ready in a lane, and in the order of creation all messages are one: of these,
 * what is not asked for is passed over.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "index/read.h"

/* The first that a stream has left. */
struct stream {
	MDB_cursor *cursor; /* NULL: the senders' leases */
	struct key prefix;  /* what its keys begin with */
	bool oldest_first;
	int64_t updated_ms; /* or its start, in a lane; 0 where ids alone give the order */
	char id[ID_SIZE];
};

struct place {
	int64_t updated_ms;
	char id[ID_SIZE];
};

struct listing {
	struct index *index;
	MDB_txn *mdb;
	const struct index_query *query;
	unsigned statuses;
	int64_t since_ms, until_ms; /* the query's, where streams are in the order of these times */
	size_t limit;
	struct sending sending;
	struct place *leased; /* what the senders' stream has left, the first last */
	size_t leased_count;
	struct stream **heap; /* the first first */
	size_t streams;
	size_t room;
	int rc;
};

static bool by_recipient(const struct listing *listing)
{
	return listing->query->recipient.n > 0;
}

/* Also where the recipient or the lane is the stream, and the tag is looked for in its records. */
static bool by_tag(const struct listing *listing)
{
	return listing->query->tag.n > 0;
}

static bool by_lane(const struct listing *listing)
{
	return listing->query->lane;
}

/* Whether ids alone give the order. */
static bool by_id(const struct listing *listing)
{
	return by_recipient(listing) || listing->query->by_created ||
	       (by_tag(listing) && !by_lane(listing));
}

static int compare_places(int64_t a_ms, const char *a_id, int64_t b_ms, const char *b_id)
{
	if (a_ms != b_ms)
		return a_ms < b_ms ? -1 : 1;
	return memcmp(a_id, b_id, ID_LENGTH);
}

static bool in_time(const struct index_query *query, int64_t updated_ms)
{
	return updated_ms >= query->since_ms && (!query->until_ms || updated_ms < query->until_ms);
}

/* Whether all that follows in the order of times is out of those that are asked for. */
static bool is_past(const struct listing *listing, int64_t updated_ms)
{
	return listing->query->oldest_first ? listing->until_ms && updated_ms >= listing->until_ms
					    : updated_ms < listing->since_ms;
}

/* Reads the key that the cursor stands on. False at the end of the stream. */
static bool read_place(struct listing *listing, struct stream *stream, MDB_val name)
{
	struct key_reader reader;

	if (!key_begins(&stream->prefix, name))
		return false;
	name.mv_data = (uint8_t *)name.mv_data + stream->prefix.n;
	name.mv_size -= stream->prefix.n;
	reader = key_read(name);
	if (!by_id(listing))
		stream->updated_ms = key_take_time(&reader);
	key_take_id(&reader, stream->id);
	return !reader.bad && (by_id(listing) || !is_past(listing, stream->updated_ms));
}

static bool step(struct listing *listing, struct stream *stream)
{
	MDB_val name, value;

	if (!stream->cursor) {
		if (!listing->leased_count)
			return false;
		struct place *place = &listing->leased[--listing->leased_count];
		stream->updated_ms = place->updated_ms;
		memcpy(stream->id, place->id, ID_SIZE);
		return true;
	}
	int rc = mdb_cursor_get(stream->cursor, &name, &value,
				stream->oldest_first ? MDB_NEXT : MDB_PREV);
	if (rc && rc != MDB_NOTFOUND)
		listing->rc = rc;
	return !rc && read_place(listing, stream, name);
}

/* Where the page ends above: behind the last record of the page before, and before `until`. */
static struct key upper_bound(const struct listing *listing, const struct stream *stream)
{
	const struct index_record *after = listing->query->after;
	struct key key = stream->prefix;

	if (by_id(listing)) {
		if (after)
			key_add_id(&key, after->id);
		else
			key_add_byte(&key, 0xff);
	} else if (after && (!listing->until_ms || after->updated_ms < listing->until_ms)) {
		key_add_time(&key, after->updated_ms);
		key_add_id(&key, after->id);
	} else if (listing->until_ms)
		key_add_time(&key, listing->until_ms);
	else
		key_add_byte(&key, 0xff);
	return key;
}

/* Where it begins below: with the last record of the page before, or with `since`. */
static struct key lower_bound(const struct listing *listing, const struct stream *stream)
{
	const struct index_record *after = listing->query->after;
	struct key key = stream->prefix;

	if (by_id(listing)) {
		if (after)
			key_add_id(&key, after->id);
	} else if (after && after->updated_ms >= listing->since_ms) {
		key_add_time(&key, after->updated_ms);
		key_add_id(&key, after->id);
	} else if (listing->since_ms) {
		key_add_time(&key, listing->since_ms);
	}
	return key;
}

/* Puts the cursor on the first key above the bound. */
static bool seek_oldest(struct listing *listing, struct stream *stream)
{
	struct key bound = lower_bound(listing, stream);
	MDB_val name = key_val(&bound), value;
	int rc = mdb_cursor_get(stream->cursor, &name, &value, bound.n ? MDB_SET_RANGE : MDB_FIRST);

	if (!rc && bound.n && name.mv_size == bound.n && key_begins(&bound, name))
		rc = mdb_cursor_get(stream->cursor, &name, &value, MDB_NEXT);
	if (rc && rc != MDB_NOTFOUND)
		listing->rc = rc;
	return !rc && read_place(listing, stream, name);
}

/* Puts the cursor on the last key below the bound. */
static bool seek_newest(struct listing *listing, struct stream *stream)
{
	struct key bound = upper_bound(listing, stream);
	MDB_val name = key_val(&bound), value;
	int rc = mdb_cursor_get(stream->cursor, &name, &value, MDB_SET_RANGE);

	if (rc == MDB_NOTFOUND)
		rc = mdb_cursor_get(stream->cursor, &name, &value, MDB_LAST);
	else if (!rc)
		rc = mdb_cursor_get(stream->cursor, &name, &value, MDB_PREV);
	if (rc && rc != MDB_NOTFOUND)
		listing->rc = rc;
	return !rc && read_place(listing, stream, name);
}

/* What is being sent stands in two streams; the senders' shows it, and so comes first. */
static bool comes_before(const struct stream *a, const struct stream *b)
{
	int order = compare_places(a->updated_ms, a->id, b->updated_ms, b->id);

	if (order == 0)
		return !a->cursor;
	return a->oldest_first ? order < 0 : order > 0;
}

static void sink(struct stream **heap, size_t n, size_t at)
{
	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && comes_before(heap[child + 1], heap[child]))
			child++;
		if (!comes_before(heap[child], heap[at]))
			return;
		struct stream *swap = heap[at];
		heap[at] = heap[child];
		heap[child] = swap;
	}
}

static void drop_stream(struct stream *stream)
{
	if (stream->cursor)
		mdb_cursor_close(stream->cursor);
	free(stream);
}

static void keep_stream(struct listing *listing, struct stream *stream)
{
	if (listing->streams == listing->room) {
		listing->room = listing->room ? 2 * listing->room : 16;
		listing->heap = mem_resize(listing->heap, listing->room, sizeof(struct stream *));
	}
	listing->heap[listing->streams++] = stream;
}

static void add_stream(struct listing *listing, enum table table, const struct key *prefix)
{
	struct stream *stream = mem_zero(sizeof *stream);
	int rc = mdb_cursor_open(listing->mdb, listing->index->dbi[table], &stream->cursor);

	stream->prefix = *prefix;
	stream->oldest_first = listing->query->oldest_first;
	if (rc) {
		listing->rc = rc;
		stream->cursor = NULL;
	} else if (stream->oldest_first ? seek_oldest(listing, stream)
					: seek_newest(listing, stream)) {
		keep_stream(listing, stream);
		return;
	}
	drop_stream(stream);
}

static void add_organization(struct listing *listing, struct slice organization,
			     const uint64_t count[STATUS_COUNT])
{
	struct key prefix = {.n = 0};

	key_add_text(&prefix, organization);
	if (by_recipient(listing)) {
		key_add_folded(&prefix, listing->query->recipient);
		add_stream(listing, TABLE_RECIPIENT, &prefix);
		return;
	}
	if (by_tag(listing)) {
		key_add_text(&prefix, listing->query->tag);
		add_stream(listing, TABLE_TAG, &prefix);
		return;
	}
	for (int status = 0; status < STATUS_COUNT; status++)
		if (count[status] && listing->statuses & 1u << status) {
			struct key own = prefix;

			key_add_byte(&own, (uint8_t)status);
			add_stream(listing, TABLE_STATUS, &own);
		}
}

static bool is_asked_for(const struct index_query *query, struct slice organization)
{
	for (size_t i = 0; i < query->organization_count; i++)
		if (slice_equal(query->organizations[i], organization))
			return true;
	return query->organization_count == 0;
}

static bool visit_count(void *arg, MDB_val name, MDB_val value)
{
	struct listing *listing = arg;
	struct key_reader key = key_read(name), reader = key_read(value);
	struct slice organization = key_take_text(&key);
	uint64_t count[STATUS_COUNT];

	for (int i = 0; i < STATUS_COUNT; i++)
		count[i] = key_take_number(&reader);
	if (is_asked_for(listing->query, organization))
		add_organization(listing, organization, count);
	return !listing->rc;
}

static int compare_leased(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return compare_places(x->updated_ms, x->id, y->updated_ms, y->id);
}

/* All organizations', whatever their status. */
static void add_all(struct listing *listing)
{
	struct key nothing = {.n = 0};

	add_stream(listing, TABLE_MESSAGE, &nothing);
}

static void add_lane(struct listing *listing)
{
	struct key prefix = {.n = 0};

	key_add_text(&prefix, slice_text(listing->query->stage));
	key_add_text(&prefix, slice_text(listing->query->lane));
	add_stream(listing, TABLE_READY, &prefix);
}

static bool is_behind(const struct listing *listing, const struct index_record *record)
{
	const struct index_record *after = listing->query->after;

	if (!after)
		return true;
	int order = compare_places(record->updated_ms, record->id, after->updated_ms, after->id);
	return listing->query->oldest_first ? order > 0 : order < 0;
}

/* The one that is wanted first at the end. */
static void order_leased(struct listing *listing)
{
	struct place *leased = listing->leased;
	size_t n = listing->leased_count;

	qsort(leased, n, sizeof *leased, compare_leased);
	for (size_t i = 0; listing->query->oldest_first && i < n / 2; i++) {
		struct place swap = leased[i];
		leased[i] = leased[n - 1 - i];
		leased[n - 1 - i] = swap;
	}
}

/* What is being sent stands in no table of its own; there is never more of it than senders hold. */
static void add_leased(struct listing *listing)
{
	const struct index_query *query = listing->query;
	const struct sending *sending = &listing->sending;
	struct stored stored;

	listing->leased = mem_array(sending->n + 1, sizeof *listing->leased);
	for (size_t i = 0; i < sending->n; i++) {
		const struct index_record *record = &stored.record;

		if (record_find(listing->index, listing->mdb, sending->ids[i], &stored) ||
		    sending_status(sending, record) != STATUS_SENDING ||
		    !is_asked_for(query, record->organization) ||
		    !in_time(query, record->updated_ms) || !is_behind(listing, record))
			continue;
		struct place *place = &listing->leased[listing->leased_count++];
		place->updated_ms = record->updated_ms;
		memcpy(place->id, record->id, ID_SIZE);
	}
	order_leased(listing);

	struct stream *stream = mem_zero(sizeof *stream);
	stream->oldest_first = query->oldest_first;
	if (step(listing, stream))
		keep_stream(listing, stream);
	else
		free(stream);
}

/* A stream of the tag itself has no others. */
static bool is_tagged(const struct listing *listing, const struct stored *stored)
{
	bool is_sure = !by_recipient(listing) && !by_lane(listing);

	return !by_tag(listing) || is_sure || record_has_tag(stored->lists, listing->query->tag);
}

/* Adds the message to the page, if it is what was asked for. */
static void show(struct listing *listing, const struct stream *from, const char *id,
		 struct arena *arena, struct index_page *page)
{
	struct stored stored;
	int rc = record_find(listing->index, listing->mdb, id, &stored);

	if (rc) {
		if (rc != MDB_NOTFOUND)
			listing->rc = rc;
		return;
	}
	enum status status = sending_status(&listing->sending, &stored.record);
	if (!(listing->statuses & 1u << status) || !is_tagged(listing, &stored))
		return;
	if (by_id(listing) || by_lane(listing)) {
		if (!in_time(listing->query, stored.record.updated_ms) ||
		    !is_asked_for(listing->query, stored.record.organization))
			return;
	} else if (status == STATUS_SENDING && from->cursor)
		return; /* the senders' stream has it */
	stored.record.status = status;
	record_copy(&stored, arena, &page->records[page->count++]);
}

static bool is_full(const struct listing *listing, const struct index_page *page)
{
	return page->count > listing->limit ||
	       (listing->query->examine && page->examined == listing->query->examine);
}

/* One more than the page takes is looked for, to know whether there is more. */
static void merge(struct listing *listing, struct arena *arena, struct index_page *page)
{
	struct stream **heap = listing->heap;

	for (size_t i = listing->streams; i-- > 0;)
		sink(heap, listing->streams, i);
	while (listing->streams && !is_full(listing, page) && !listing->rc) {
		struct stream *first = heap[0];
		struct place at = {.updated_ms = first->updated_ms};

		memcpy(at.id, first->id, ID_SIZE);
		if (!listing->query->places)
			show(listing, first, first->id, arena, page);
		if (page->count > listing->limit)
			break;
		page->examined++;
		page->end.updated_ms = at.updated_ms;
		memcpy(page->end.id, at.id, ID_SIZE);
		if (!step(listing, first)) {
			drop_stream(first);
			heap[0] = heap[--listing->streams];
		}
		sink(heap, listing->streams, 0);
	}
	page->more = listing->streams > 0;
	if (page->count > listing->limit)
		page->count--;
}

bool index_list(struct index *index, const struct index_query *query, struct arena *arena,
		struct index_page *page, struct err *err)
{
	struct listing listing = {
		.index = index,
		.query = query,
		.statuses = query->statuses ? query->statuses : ~0u,
		.mdb = read_begin(index, err),
	};

	*page = (struct index_page){.count = 0};
	if (!listing.mdb)
		return false;
	if (!by_lane(&listing)) {
		listing.since_ms = query->since_ms;
		listing.until_ms = query->until_ms;
	}
	listing.limit = query->limit < INDEX_PAGE_MOST ? query->limit : INDEX_PAGE_MOST;
	page->records = arena_alloc(arena, (listing.limit + 1) * sizeof *page->records);
	listing.rc = sending_load(index, listing.mdb, &listing.sending);
	if (by_lane(&listing))
		add_lane(&listing);
	else if (query->by_created && !by_recipient(&listing) && !by_tag(&listing))
		add_all(&listing);
	else if (!listing.rc)
		listing.rc =
			table_each(index, listing.mdb, TABLE_COUNT, NULL, visit_count, &listing);
	if (!by_id(&listing) && !by_lane(&listing) && listing.statuses & 1u << STATUS_SENDING)
		add_leased(&listing);
	merge(&listing, arena, page);

	while (listing.streams)
		drop_stream(listing.heap[--listing.streams]);
	free(listing.heap);
	free(listing.leased);
	sending_free(&listing.sending);
	return read_end(index, listing.mdb, listing.rc, err);
}
