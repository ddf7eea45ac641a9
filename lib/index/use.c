#include "index/use.h"

#include "index/read.h"

static struct key key_of(struct slice organization, struct slice connector)
{
	struct key key = {.n = 0};

	key_add_text(&key, slice_text("use"));
	key_add_text(&key, slice_first(organization, 63));
	key_add_text(&key, slice_first(connector, 63));
	return key;
}

/* --- as it is stored --- */

static struct key value_of(const struct index_use *use)
{
	struct key value = {.n = 0};

	key_add_time(&value, use->tried_ms);
	key_add_time(&value, use->sent_ms);
	key_add_time(&value, use->part);
	for (int i = 0; i < 2; i++)
		key_add_number(&value, use->tries[i]);
	for (size_t i = 0; i < use->n; i++) {
		key_add_time(&value, use->last[i].at_ms);
		key_add_number(&value, use->last[i].took_ms);
	}
	return value;
}

static void read_value(MDB_val value, struct index_use *use)
{
	struct key_reader reader = key_read(value);

	*use = (struct index_use){0};
	use->tried_ms = key_take_time(&reader);
	use->sent_ms = key_take_time(&reader);
	use->part = key_take_time(&reader);
	for (int i = 0; i < 2; i++)
		use->tries[i] = key_take_number(&reader);
	while (reader.n && use->n < USE_ATTEMPTS) {
		struct index_use_attempt *one = &use->last[use->n++];
		one->at_ms = key_take_time(&reader);
		one->took_ms = (uint32_t)key_take_number(&reader);
	}
}

/* --- keeping it --- */

/* Those of a batch are mostly of one connector. */
static struct index_use *use_of(struct index_txn *txn, struct slice organization,
				struct slice connector)
{
	struct uses_at_hand *uses = &txn->uses;
	struct key key = key_of(organization, connector);
	MDB_val stored;

	for (size_t i = 0; i < uses->count; i++)
		if (uses->at[i].key.n == key.n &&
		    memcmp(uses->at[i].key.bytes, key.bytes, key.n) == 0)
			return &uses->at[i].use;
	if (uses->count == USES_AT_HAND)
		uses_flush(txn);
	struct use_at_hand *fresh = &uses->at[uses->count++];
	fresh->key = key;
	fresh->use = (struct index_use){0};
	if (txn_get(txn, TABLE_META, &key, &stored))
		read_value(stored, &fresh->use);
	return &fresh->use;
}

void uses_flush(struct index_txn *txn)
{
	for (size_t i = 0; i < txn->uses.count; i++) {
		struct key value = value_of(&txn->uses.at[i].use);
		txn_put(txn, TABLE_META, &txn->uses.at[i].key, key_val(&value), 0);
	}
	txn->uses.count = 0;
}

/* A rebuild brings them in any order; what is older than both parts counts no more. */
static void count_try(struct index_use *use, int64_t at_ms)
{
	int64_t part = at_ms / USE_PART_MS;

	if (part > use->part) {
		use->tries[1] = part == use->part + 1 ? use->tries[0] : 0;
		use->tries[0] = 0;
		use->part = part;
	}
	if (part >= use->part - 1)
		use->tries[use->part - part]++;
}

/* In its place by time; of too many the oldest goes. */
static void keep_attempt(struct index_use *use, int64_t at_ms, uint32_t took_ms)
{
	size_t at = use->n;

	while (at > 0 && use->last[at - 1].at_ms > at_ms)
		at--;
	if (use->n == USE_ATTEMPTS) {
		if (at == 0)
			return;
		at--;
		memmove(use->last, use->last + 1, at * sizeof *use->last);
	} else {
		memmove(use->last + at + 1, use->last + at, (use->n - at) * sizeof *use->last);
		use->n++;
	}
	use->last[at] = (struct index_use_attempt){at_ms, took_ms};
}

void uses_change(struct index_txn *txn, const struct index_record *old,
		 const struct index_record *record)
{
	bool tried = record->attempts > (old ? old->attempts : 0);
	bool sent = record->status == STATUS_SENT && (!old || old->status != STATUS_SENT);
	int64_t at_ms = record->updated_ms;

	if (!record->connector.n || (!tried && !sent))
		return;
	struct index_use *use = use_of(txn, record->organization, record->connector);
	if (sent && at_ms > use->sent_ms)
		use->sent_ms = at_ms;
	if (!tried)
		return;
	if (at_ms > use->tried_ms)
		use->tried_ms = at_ms;
	count_try(use, at_ms);
	keep_attempt(use, at_ms, record->took_ms);
}

/* --- reading --- */

bool index_use(struct index *index, struct slice organization, struct slice connector,
	       struct index_use *use, struct err *err)
{
	struct key key = key_of(organization, connector);
	MDB_val name = key_val(&key), value;
	MDB_txn *mdb = read_begin(index, err);

	*use = (struct index_use){0};
	if (!mdb)
		return false;
	int rc = mdb_get(mdb, index->dbi[TABLE_META], &name, &value);
	if (!rc)
		read_value(value, use);
	return read_end(index, mdb, rc, err);
}

double index_use_rate(const struct index_use *use, int64_t now_ms)
{
	int64_t part = now_ms / USE_PART_MS;
	double left = 1 - (double)(now_ms % USE_PART_MS) / USE_PART_MS; /* of the part before */
	double tries = 0;

	if (use->part == part)
		tries = (double)use->tries[0] + left * (double)use->tries[1];
	else if (use->part == part - 1)
		tries = left * (double)use->tries[0];
	return tries * 1000 / USE_PART_MS;
}
