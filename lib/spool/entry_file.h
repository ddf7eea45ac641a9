/*
 * entry_file.h: the format that messages and ledgers are written in (mailq-spool(7)).
 *
 *     mailq/1 01jddxv7q8zkj3m5n6p7r8s9t0
 *     %request 412 5b1c9d0e 2026-11-24T09:30:00.123Z
 *     {"organization_id":"acme", ...}
 *     %message 2210 9f03aa17 2026-11-24T09:30:00.131Z
 *     Date: Tue, 24 Nov 2026 09:30:00 +0000
 *     ...
 *
 * One line with the format and the id, then entries: `%name length crc32 time`, newline, exactly
 * `length` bytes, newline. The CRC covers the id, the name, the length, the time and the bytes, so
 * no body can pose as an entry, and no entry of another file can. A file is only ever appended to.
 *
 * Nothing here touches a file: bytes in, bytes out.
 */
#ifndef SPOOL_ENTRY_FILE_H
#define SPOOL_ENTRY_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "message/entry.h"
#include "message/id.h"

#define ENTRY_FORMAT_MESSAGE "mailq/1"
#define ENTRY_FORMAT_LEDGER "mailq-ledger/1"

#define ENTRY_HEAD_SIZE 96

/* Line 1. */
void entry_write_format(struct buf *out, const char *format, const char *id);

/* One whole entry. */
void entry_write(struct buf *out, const char *id, const char *name, int64_t time_ms,
		 struct slice body);

/*
 * The header line of an entry whose body is the pieces one after another, for bodies that are not
 * to be copied. After the pieces follows one newline. Returns the line's length.
 */
size_t entry_head(char head[ENTRY_HEAD_SIZE], const char *id, const char *name, int64_t time_ms,
		  const struct slice *pieces, size_t count);

/* A body's length and CRC, gathered piece by piece. */
struct entry_sum {
	uint64_t length;
	uint32_t crc;
};
void entry_sum_add(struct entry_sum *sum, struct slice bytes);

/* The header line of a body that was summed, its length written with twelve digits: for a body that
 * is written before its length is known, behind room of a size that depends on the name alone. */
size_t entry_head_wide(char head[ENTRY_HEAD_SIZE], const char *id, const char *name,
		       int64_t time_ms, struct entry_sum body);

enum entry_tail {
	ENTRY_TAIL_WHOLE,   /* the file ends with a whole entry */
	ENTRY_TAIL_TORN,    /* behind `whole` stands what was never written to its end */
	ENTRY_TAIL_DAMAGED, /* behind `whole` stands a bad entry, and whole ones behind that */
};

struct entry_list {
	char id[ID_SIZE]; /* "" when the power went before line 1 was written */
	struct entry *at; /* count of them, in the order of the file; bodies point into the file */
	size_t count;
	size_t whole; /* the bytes up to the end of the last good entry: where to cut a torn tail */
	enum entry_tail tail;
};

/*
 * Reads a whole file. False: it does not begin with `format` and an id, so it is of another version
 * or none of ours (err: EX_DATAERR). What stands behind is told by list->tail, not by an error.
 */
bool entry_read(struct slice file, const char *format, struct arena *arena, struct entry_list *list,
		struct err *err);

/* The last entry of that name, or NULL. */
const struct entry *entry_last(const struct entry_list *list, const char *name);

#endif
