/*
 * A text of what the index holds, in the order of its keys: one line a key, its table first.
 */
#include <inttypes.h>

#include "index/read.h"

/* A word: spaces, controls and the bytes above ASCII are written as \xx, nothing as \-. */
static void put_text(FILE *out, struct slice text)
{
	putc(' ', out);
	if (!text.n)
		fputs("\\-", out);
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c > ' ' && c < 0x7f && c != '\\')
			putc(c, out);
		else
			fprintf(out, "\\%02x", c);
	}
}

static void put_status(FILE *out, unsigned status)
{
	fprintf(out, " %s", status < STATUS_COUNT ? status_name((enum status)status) : "?");
}

static void dump_message(FILE *out, MDB_val name, MDB_val value)
{
	struct key_reader reader = key_read(name);
	char id[ID_SIZE];
	struct stored stored;

	key_take_id(&reader, id);
	fprintf(out, " %s", id);
	if (!record_decode(value, id, &stored)) {
		fputs(" damaged", out);
		return;
	}

	const struct index_record *record = &stored.record;
	put_status(out, record->status);
	fprintf(out, " %" PRIu32 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRIu64, record->attempts,
		record->created_ms, record->updated_ms, record->due_ms, record->size);
	put_text(out, record->organization);
	put_text(out, record->template);
	put_text(out, record->connector);
	put_text(out, record->subject);
	put_text(out, record->last_error);
	for (size_t n = record_recipients(stored.lists, &reader); n && !reader.bad; n--)
		put_text(out, record_next(&reader));
	size_t tags = record_tags(&reader);
	if (tags)
		fputs(" tags", out);
	for (; tags && !reader.bad; tags--)
		put_text(out, record_next(&reader));
}

static void dump_listing(FILE *out, MDB_val name, MDB_val value)
{
	struct key_reader reader = key_read(name);
	char id[ID_SIZE];

	(void)value;
	put_text(out, key_take_text(&reader));
	put_status(out, key_take_byte(&reader));
	fprintf(out, " %" PRId64, key_take_time(&reader));
	key_take_id(&reader, id);
	fprintf(out, " %s", id);
}

static void dump_count(FILE *out, MDB_val name, MDB_val value)
{
	struct key_reader key = key_read(name), reader = key_read(value);

	put_text(out, key_take_text(&key));
	for (int i = 0; i < STATUS_COUNT; i++)
		fprintf(out, " %" PRIu64, key_take_number(&reader));
}

/* A recipient or a tag. */
static void dump_text(FILE *out, MDB_val name, MDB_val value)
{
	struct key_reader reader = key_read(name);
	char id[ID_SIZE];

	(void)value;
	put_text(out, key_take_text(&reader));
	put_text(out, key_take_text(&reader));
	key_take_id(&reader, id);
	fprintf(out, " %s", id);
}

static void dump_due(FILE *out, MDB_val name, MDB_val value)
{
	struct key_reader reader = key_read(name);
	struct index_item item;
	char id[ID_SIZE];

	put_text(out, key_take_text(&reader));
	fprintf(out, " %" PRId64, key_take_time(&reader));
	key_take_id(&reader, id);
	fprintf(out, " %s", id);
	if (work_decode_timed(value, &item))
		fprintf(out, " %s %s", item.lane, state_name(item.state));
}

static const struct dumped {
	enum table table;
	const char *name;
	void (*dump)(FILE *out, MDB_val name, MDB_val value);
} dumped[] = {
	{TABLE_MESSAGE, "message", dump_message},
	{TABLE_STATUS, "status", dump_listing},
	{TABLE_COUNT, "count", dump_count},
	{TABLE_RECIPIENT, "recipient", dump_text},
	{TABLE_TAG, "tag", dump_text},
	{TABLE_DUE, "due", dump_due},
};

struct dump {
	const struct dumped *table;
	FILE *out;
};

static bool dump_key(void *arg, MDB_val name, MDB_val value)
{
	struct dump *dump = arg;

	fputs(dump->table->name, dump->out);
	dump->table->dump(dump->out, name, value);
	putc('\n', dump->out);
	return true;
}

bool index_dump(struct index *index, FILE *out, struct err *err)
{
	MDB_txn *mdb = read_begin(index, err);
	int rc = 0;

	if (!mdb)
		return false;
	for (size_t i = 0; i < sizeof dumped / sizeof *dumped && !rc; i++) {
		struct dump dump = {.table = &dumped[i], .out = out};

		rc = table_each(index, mdb, dumped[i].table, NULL, dump_key, &dump);
	}
	return read_end(index, mdb, rc, err);
}
