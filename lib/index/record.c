#include "index/record.h"

#define VERSION 1
#define NAME_MOST 63
#define LIST_MOST 10000

static void add16(struct buf *buf, size_t number)
{
	number = number > UINT16_MAX ? UINT16_MAX : number;
	buf_add_char(buf, (char)(number >> 8));
	buf_add_char(buf, (char)number);
}

static void add64(struct buf *buf, uint64_t number)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (56 - 8 * i));
	buf_add(buf, bytes, sizeof bytes);
}

/* Cut between two characters of UTF-8. */
static void add_text(struct buf *buf, struct slice text, size_t most)
{
	if (text.n > most) {
		while (most && ((unsigned char)text.p[most] & 0xc0) == 0x80)
			most--;
		text.n = most;
	}
	buf_add_char(buf, (char)text.n);
	buf_add_slice(buf, text);
}

static void add_list(struct buf *buf, const struct slice *texts, size_t count)
{
	count = count > LIST_MOST ? LIST_MOST : count;
	add16(buf, count);
	for (size_t i = 0; i < count; i++) {
		struct slice text = slice_first(texts[i], KEY_TEXT_MAX);

		add16(buf, text.n);
		buf_add_slice(buf, text);
	}
}

void record_encode_lists(struct buf *buf, const struct index_record *record)
{
	add_list(buf, record->recipients, record->recipient_count);
	if (record->tag_count)
		add_list(buf, record->tags, record->tag_count);
}

void record_encode(struct buf *buf, const struct index_record *record, struct slice lists)
{
	buf_add_char(buf, VERSION);
	buf_add_char(buf, (char)record->status);
	add16(buf, record->attempts);
	add64(buf, (uint64_t)record->created_ms);
	add64(buf, (uint64_t)record->updated_ms);
	add64(buf, (uint64_t)record->due_ms);
	add64(buf, record->size);
	add_text(buf, record->organization, NAME_MOST);
	add_text(buf, record->template, NAME_MOST);
	add_text(buf, record->connector, NAME_MOST);
	add_text(buf, record->subject, INDEX_TEXT_MOST);
	add_text(buf, record->last_error, INDEX_TEXT_MOST);
	buf_add_slice(buf, lists);
}

static size_t take16(struct key_reader *reader)
{
	size_t high = key_take_byte(reader);

	return high << 8 | key_take_byte(reader);
}

static struct slice take_text(struct key_reader *reader)
{
	return key_take_bytes(reader, key_take_byte(reader));
}

bool record_decode(MDB_val value, const char *id, struct stored *stored)
{
	struct key_reader reader = key_read(value);
	struct index_record *record = &stored->record;

	if (key_take_byte(&reader) != VERSION)
		return false;
	memcpy(record->id, id, ID_LENGTH);
	record->id[ID_LENGTH] = '\0';
	record->status = (enum status)key_take_byte(&reader);
	record->attempts = (uint32_t)take16(&reader);
	record->created_ms = (int64_t)key_take_number(&reader);
	record->updated_ms = (int64_t)key_take_number(&reader);
	record->due_ms = (int64_t)key_take_number(&reader);
	record->size = key_take_number(&reader);
	record->organization = take_text(&reader);
	record->template = take_text(&reader);
	record->connector = take_text(&reader);
	record->subject = take_text(&reader);
	record->last_error = take_text(&reader);
	record->recipients = NULL;
	record->recipient_count = 0;
	record->tags = NULL;
	record->tag_count = 0;
	record->reply_code = 0;
	record->took_ms = 0;
	stored->lists = slice_make(reader.p, reader.n);
	return !reader.bad && reader.n >= 2 && record->status < STATUS_COUNT;
}

size_t record_recipients(struct slice lists, struct key_reader *reader)
{
	*reader = key_read((MDB_val){.mv_size = lists.n, .mv_data = (void *)lists.p});
	return take16(reader);
}

size_t record_tags(struct key_reader *reader)
{
	return reader->n ? take16(reader) : 0;
}

struct slice record_next(struct key_reader *reader)
{
	return key_take_bytes(reader, take16(reader));
}

bool record_has_tag(struct slice lists, struct slice tag)
{
	struct key_reader reader;

	for (size_t n = record_recipients(lists, &reader); n && !reader.bad; n--)
		record_next(&reader);
	for (size_t n = record_tags(&reader); n && !reader.bad; n--)
		if (slice_equal(record_next(&reader), tag))
			return true;
	return false;
}

/* The next `count` texts. Returns how many there were. */
static size_t copy_list(struct key_reader *reader, size_t count, struct arena *arena,
			const struct slice **texts)
{
	struct slice *copy = arena_alloc(arena, (count ? count : 1) * sizeof *copy);
	size_t n = 0;

	while (n < count && !reader->bad)
		copy[n++] = arena_slice(arena, record_next(reader));
	*texts = copy;
	return n;
}

void record_copy(const struct stored *stored, struct arena *arena, struct index_record *record)
{
	struct key_reader reader;
	size_t count = record_recipients(stored->lists, &reader);

	*record = stored->record;
	record->organization = arena_slice(arena, record->organization);
	record->template = arena_slice(arena, record->template);
	record->connector = arena_slice(arena, record->connector);
	record->subject = arena_slice(arena, record->subject);
	record->last_error = arena_slice(arena, record->last_error);
	record->recipient_count = copy_list(&reader, count, arena, &record->recipients);
	if ((count = record_tags(&reader)))
		record->tag_count = copy_list(&reader, count, arena, &record->tags);
}
