#include "index/meter.h"

#include "index/read.h"

const int64_t meter_bounds_ms[METER_BOUNDS] = {
	100,    500,    1000,    5000,     10000,    30000,    60000,
	300000, 900000, 3600000, 14400000, 43200000, 86400000,
};

static struct key prefix(void)
{
	struct key key = {.n = 0};

	key_add_text(&key, slice_text("meter"));
	return key;
}

/* --- counting --- */

static bool same_key(const struct key *a, const struct key *b)
{
	return a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

/* Those of a batch are mostly the same few. */
static uint64_t *numbers_of(struct index_txn *txn, const struct key *key)
{
	struct meters_at_hand *meters = &txn->meters;

	for (size_t i = 0; i < meters->count; i++)
		if (same_key(&meters->at[i].key, key))
			return meters->at[i].more;
	if (meters->count == METERS_AT_HAND)
		meters_flush(txn);
	struct meter_at_hand *fresh = &meters->at[meters->count++];
	*fresh = (struct meter_at_hand){.key = *key};
	return fresh->more;
}

void meters_flush(struct index_txn *txn)
{
	for (size_t i = 0; i < txn->meters.count; i++) {
		struct meter_at_hand *meter = &txn->meters.at[i];
		struct key value = {.n = 0};
		MDB_val stored = {.mv_size = 0};
		txn_get(txn, TABLE_META, &meter->key, &stored);
		struct key_reader reader = key_read(stored);
		for (int n = 0; n < METER_NUMBERS; n++)
			key_add_number(&value, key_take_number(&reader) + meter->more[n]);
		txn_put(txn, TABLE_META, &meter->key, key_val(&value), 0);
	}
	txn->meters.count = 0;
}

static struct key key_of(enum meter meter, struct slice organization, struct slice connector,
			 enum status status)
{
	struct key key = prefix();

	key_add_byte(&key, (uint8_t)meter);
	key_add_text(&key, slice_first(organization, 63));
	key_add_text(&key, slice_first(connector, 63));
	key_add_byte(&key, (uint8_t)status);
	return key;
}

static uint64_t *meter_of(struct index_txn *txn, enum meter meter, struct slice organization,
			  struct slice connector, enum status status)
{
	struct key key = key_of(meter, organization, connector, status);

	return numbers_of(txn, &key);
}

/* The code is at the end, where there is one. */
static uint64_t *attempts_of(struct index_txn *txn, const struct index_record *record)
{
	unsigned code = record->reply_code;
	struct key key =
		key_of(METER_ATTEMPTS, record->organization, record->connector, record->status);

	if (code >= 100 && code < 600) {
		key_add_byte(&key, (uint8_t)(code >> 8));
		key_add_byte(&key, (uint8_t)code);
	}
	return numbers_of(txn, &key);
}

static void observe(struct index_txn *txn, enum meter meter, struct slice organization, int64_t ms)
{
	uint64_t *numbers = meter_of(txn, meter, organization, (struct slice){0}, 0);
	int bucket = 0;

	if (ms < 0) /* a clock that was set back */
		ms = 0;
	while (bucket < METER_BOUNDS && ms > meter_bounds_ms[bucket])
		bucket++;
	numbers[bucket]++;
	numbers[METER_SUM] += (uint64_t)ms;
}

static bool is_final(enum status status)
{
	return status == STATUS_SENT || status == STATUS_FAILED || status == STATUS_CANCELLED;
}

void meters_change(struct index_txn *txn, const struct index_record *old,
		   const struct index_record *record)
{
	struct slice organization = record->organization, connector = record->connector;
	int64_t since_ms = old->created_ms;

	if (old->attempts == 0 && old->due_ms > since_ms)
		since_ms = old->due_ms; /* it was scheduled */
	if (record->attempts > old->attempts)
		*attempts_of(txn, record) += record->attempts - old->attempts;
	if (record->attempts > 0 && old->attempts == 0)
		observe(txn, METER_WAITING, organization, record->updated_ms - since_ms);
	if (is_final(old->status) || !is_final(record->status))
		return;
	++*meter_of(txn, METER_MESSAGES, organization, connector, record->status);
	if (record->status == STATUS_SENT)
		observe(txn, METER_DELIVERY, organization, record->updated_ms - since_ms);
}

void index_count_accepted(struct index_txn *txn, struct slice organization)
{
	++*meter_of(txn, METER_ACCEPTED, organization, (struct slice){0}, STATUS_READY);
}

void index_count_throttled(struct index_txn *txn, struct slice organization, struct slice connector,
			   unsigned answers)
{
	*meter_of(txn, METER_THROTTLED, organization, connector, 0) += answers;
}

void meters_lapsed(struct index_txn *txn, const char *stage, const struct index_claim *claim)
{
	for (unsigned i = 0; i < claim->count; i++)
		++*meter_of(txn, METER_LAPSED, index_lane_organization(claim->items[i].lane),
			    slice_text(stage), 0);
}

/* --- reading --- */

struct gathering {
	struct key prefix;
	struct slice organization;
	struct arena *arena;
	struct index_meter *meters; /* NULL: they are only counted */
	size_t n;
};

static bool visit(void *arg, MDB_val name, MDB_val value)
{
	struct gathering *all = arg;
	struct key_reader key = key_read(name), reader = key_read(value);
	struct index_meter meter = {0};

	if (!key_begins(&all->prefix, name))
		return false;
	key_take_bytes(&key, all->prefix.n);
	meter.meter = key_take_byte(&key);
	meter.organization = key_take_text(&key);
	meter.connector = key_take_text(&key);
	meter.status = key_take_byte(&key);
	if (key.n >= 2) {
		meter.code = (unsigned)key_take_byte(&key) << 8;
		meter.code |= key_take_byte(&key);
	}
	if (all->organization.n && !slice_equal(all->organization, meter.organization))
		return true;
	if (all->meters) {
		for (int i = 0; i < METER_NUMBERS; i++)
			meter.number[i] = key_take_number(&reader);
		meter.organization = arena_slice(all->arena, meter.organization);
		meter.connector = arena_slice(all->arena, meter.connector);
		all->meters[all->n] = meter;
	}
	all->n++;
	return true;
}

bool index_meters(struct index *index, struct slice organization, struct arena *arena,
		  struct index_meter **meters, size_t *n, struct err *err)
{
	struct gathering all = {.prefix = prefix(), .organization = organization, .arena = arena};
	MDB_txn *mdb = read_begin(index, err);

	if (!mdb)
		return false;
	int rc = table_each(index, mdb, TABLE_META, &all.prefix, visit, &all);
	all.meters = *meters = arena_alloc(arena, (all.n + 1) * sizeof **meters);
	all.n = 0;
	if (!rc || rc == MDB_NOTFOUND)
		rc = table_each(index, mdb, TABLE_META, &all.prefix, visit, &all);
	*n = all.n;
	return read_end(index, mdb, rc, err);
}
