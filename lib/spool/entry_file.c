#include "spool/entry_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/err.h"

#define NAME_MAX_BYTES 32
#define CRC_DIGITS 8
#define TIME_BYTES (CLOCK_TEXT_SIZE - 1)

/* --- writing --- */

void entry_write_format(struct buf *out, const char *format, const char *id)
{
	buf_addf(out, "%s %s\n", format, id);
}

void entry_sum_add(struct entry_sum *sum, struct slice bytes)
{
	sum->length += bytes.n;
	sum->crc = (uint32_t)crc32_z(sum->crc, (const unsigned char *)bytes.p, bytes.n);
}

/* The CRC of the fields before the body, and the body's, joined: the body is summed only once. */
static uint32_t whole_crc(const char *id, struct slice name, const char *time,
			  struct entry_sum body)
{
	char fields[ENTRY_HEAD_SIZE];
	int n = snprintf(fields, sizeof fields, "%s %.*s %" PRIu64 " %s\n", id, SLICE_ARGS(name),
			 body.length, time);
	uLong crc = crc32_z(0, (const unsigned char *)fields, (size_t)n);

	return (uint32_t)crc32_combine(crc, body.crc, (z_off_t)body.length);
}

static size_t write_head(char head[ENTRY_HEAD_SIZE], const char *id, const char *name,
			 int64_t time_ms, int digits, struct entry_sum body)
{
	char time[CLOCK_TEXT_SIZE];

	clock_format(time_ms, time);
	uint32_t crc = whole_crc(id, slice_text(name), time, body);
	return (size_t)snprintf(head, ENTRY_HEAD_SIZE, "%%%s %0*" PRIu64 " %08" PRIx32 " %s\n",
				name, digits, body.length, crc, time);
}

size_t entry_head(char head[ENTRY_HEAD_SIZE], const char *id, const char *name, int64_t time_ms,
		  const struct slice *pieces, size_t count)
{
	struct entry_sum body = {0};

	for (size_t i = 0; i < count; i++)
		entry_sum_add(&body, pieces[i]);
	return write_head(head, id, name, time_ms, 1, body);
}

size_t entry_head_wide(char head[ENTRY_HEAD_SIZE], const char *id, const char *name,
		       int64_t time_ms, struct entry_sum body)
{
	return write_head(head, id, name, time_ms, 12, body);
}

void entry_write(struct buf *out, const char *id, const char *name, int64_t time_ms,
		 struct slice body)
{
	char head[ENTRY_HEAD_SIZE];

	buf_add(out, head, entry_head(head, id, name, time_ms, &body, 1));
	buf_add_slice(out, body);
	buf_add_char(out, '\n');
}

/* --- reading --- */

static bool take_word(struct slice *line, struct slice *word)
{
	return slice_next(line, ' ', word) && word->n > 0;
}

static bool is_name(struct slice name)
{
	if (name.n == 0 || name.n > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] < 'a' || name.p[i] > 'z')
			return false;
	return true;
}

static bool read_crc(struct slice word, uint32_t *crc)
{
	*crc = 0;
	for (size_t i = 0; i < word.n; i++) {
		char c = word.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		*crc = *crc << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return word.n == CRC_DIGITS;
}

/* A whole entry at the start of `bytes`: its length in the file, or 0. */
static size_t read_entry(struct slice bytes, const char *id, struct entry *entry)
{
	struct slice head = slice_first(bytes, ENTRY_HEAD_SIZE), line, length, crc_word;
	char time[CLOCK_TEXT_SIZE];
	uint64_t n;
	uint32_t crc;

	if (!slice_starts(head, "%") || slice_find(head, '\n') == head.n)
		return 0;
	line = slice_make(head.p + 1, slice_find(head, '\n') - 1);
	size_t head_bytes = line.n + 2;
	if (!take_word(&line, &entry->name) || !is_name(entry->name) ||
	    !take_word(&line, &length) || !slice_number(length, bytes.n, &n) ||
	    !take_word(&line, &crc_word) || !read_crc(crc_word, &crc) || line.n != TIME_BYTES ||
	    !clock_parse(line, &entry->time_ms))
		return 0;
	if (bytes.n < head_bytes + n + 1 || bytes.p[head_bytes + n] != '\n')
		return 0;

	entry->body = slice_make(bytes.p + head_bytes, n);
	memcpy(time, line.p, TIME_BYTES);
	time[TIME_BYTES] = '\0';
	struct entry_sum sum = {0};
	entry_sum_add(&sum, entry->body);
	return whole_crc(id, entry->name, time, sum) == crc ? head_bytes + n + 1 : 0;
}

/*
 * Whether any whole entry stands in `bytes`, which begin with a bad one. What is summed in the
 * search is bounded, since a body may be full of lines that look like headers; beyond the bound we
 * assume the worse case, damage, in which nothing is cut off.
 */
static bool any_entry_behind(struct slice bytes, const char *id)
{
	size_t allowance = 8 * bytes.n + 4096;
	struct entry entry;

	for (size_t at = 0; at < bytes.n; at++) {
		const char *mark = memchr(bytes.p + at, '%', bytes.n - at);
		if (!mark)
			return false;
		at = (size_t)(mark - bytes.p);
		if (at == 0 || bytes.p[at - 1] != '\n')
			continue;
		struct slice rest = slice_after(bytes, at);
		if (read_entry(rest, id, &entry))
			return true;
		if (allowance < rest.n / 64)
			return true;
		allowance -= rest.n / 64;
	}
	return false;
}

enum first_line {
	FIRST_LINE_OURS,
	FIRST_LINE_OTHER, /* of another version, or of another program */
	FIRST_LINE_NONE,  /* never written to its end: an empty file, zeros */
};

static enum first_line read_format(struct slice file, const char *format, struct entry_list *list)
{
	struct slice line = slice_first(file, slice_find(slice_first(file, 64), '\n')), word;

	if (line.n == file.n || memchr(line.p, '\0', line.n))
		return FIRST_LINE_NONE;
	if (!slice_next(&line, ' ', &word) || !slice_is(word, format) || !id_valid(line))
		return FIRST_LINE_OTHER;
	memcpy(list->id, line.p, ID_LENGTH);
	list->id[ID_LENGTH] = '\0';
	list->whole = word.n + 1 + ID_LENGTH + 1;
	return FIRST_LINE_OURS;
}

/* Room for one more. */
static void grow(struct entry_list *list, size_t *room, struct arena *arena)
{
	struct entry *grown;

	if (list->count < *room)
		return;
	grown = arena_alloc(arena, (*room * 2 + 8) * sizeof *grown);
	if (*room)
		memcpy(grown, list->at, *room * sizeof *grown);
	list->at = grown;
	*room = *room * 2 + 8;
}

bool entry_read(struct slice file, const char *format, struct arena *arena, struct entry_list *list,
		struct err *err)
{
	size_t room = 0, length;

	*list = (struct entry_list){0};
	switch (read_format(file, format, list)) {
	case FIRST_LINE_OTHER:
		return err_set(err, EX_DATAERR, "not a file of format %s", format);
	case FIRST_LINE_NONE:
		list->tail = ENTRY_TAIL_TORN;
		return true;
	case FIRST_LINE_OURS:
		break;
	}
	while (list->whole < file.n) {
		struct slice rest = slice_after(file, list->whole);
		grow(list, &room, arena);
		length = read_entry(rest, list->id, &list->at[list->count]);
		if (!length) {
			list->tail = any_entry_behind(rest, list->id) ? ENTRY_TAIL_DAMAGED
								      : ENTRY_TAIL_TORN;
			return true;
		}
		list->whole += length;
		list->count++;
	}
	return true;
}

const struct entry *entry_last(const struct entry_list *list, const char *name)
{
	for (size_t i = list->count; i > 0; i--)
		if (slice_is(list->at[i - 1].name, name))
			return &list->at[i - 1];
	return NULL;
}
