#include "index/read.h"

#include <stdlib.h>

#include "base/mem.h"

int table_each(struct index *index, MDB_txn *mdb, enum table table, const struct key *from,
	       table_visit *visit, void *arg)
{
	MDB_cursor *cursor;
	MDB_val name = {0}, value;
	int rc = mdb_cursor_open(mdb, index->dbi[table], &cursor);

	if (rc)
		return rc;
	if (from)
		name = key_val(from);
	rc = mdb_cursor_get(cursor, &name, &value, from ? MDB_SET_RANGE : MDB_FIRST);
	for (; !rc && visit(arg, name, value); index->since_trim++)
		rc = mdb_cursor_get(cursor, &name, &value, MDB_NEXT);
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

int record_find(struct index *index, MDB_txn *mdb, const char *id, struct stored *stored)
{
	struct key key = {.n = 0};
	MDB_val name, value;
	int rc;

	index->since_trim++;
	key_add_id(&key, id);
	name = key_val(&key);
	if ((rc = mdb_get(mdb, index->dbi[TABLE_MESSAGE], &name, &value)))
		return rc;
	return record_decode(value, id, stored) ? 0 : MDB_CORRUPTED;
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, ID_LENGTH);
}

/* The stages of senders, and no others, begin like this. */
static struct key senders(void)
{
	struct key key = {.n = 5, .bytes = "send-"};

	return key;
}

static bool add_sending(void *arg, MDB_val name, MDB_val value)
{
	const struct key prefix = senders();
	struct key_reader reader = key_read(name);
	struct sending *sending = arg;

	(void)value;
	if (!key_begins(&prefix, name))
		return false;
	if (sending->n == sending->room) {
		sending->room = sending->room ? 2 * sending->room : 64;
		sending->ids = mem_resize(sending->ids, sending->room, sizeof *sending->ids);
	}
	key_take_text(&reader);
	key_take_time(&reader);
	key_take_id(&reader, sending->ids[sending->n++]);
	return true;
}

int sending_load(struct index *index, MDB_txn *mdb, struct sending *sending)
{
	const struct key from = senders();
	int rc = table_each(index, mdb, TABLE_LEASE, &from, add_sending, sending);

	if (sending->n)
		qsort(sending->ids, sending->n, sizeof *sending->ids, compare_ids);
	return rc;
}

void sending_free(struct sending *sending)
{
	free(sending->ids);
	*sending = (struct sending){.n = 0};
}

enum status sending_status(const struct sending *sending, const struct index_record *record)
{
	if (record->status != STATUS_READY && record->status != STATUS_DEFERRED)
		return record->status;
	if (sending->n &&
	    bsearch(record->id, sending->ids, sending->n, sizeof *sending->ids, compare_ids))
		return STATUS_SENDING;
	return record->status;
}
