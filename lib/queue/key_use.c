#include "queue/key_use.h"

#include <errno.h>

#include "base/io.h"
#include "spool/purge.h"

#define ROUNDS 100

static enum key_use same_or_other(bool same, const struct err *err)
{
	if (same)
		return KEY_SAME;
	return err->code ? KEY_UNKNOWN : KEY_OTHER;
}

static bool is_same(const struct key_message *message, const char *id,
		    const struct key_first *first, struct err *err)
{
	struct entry_sum sum;

	return slice_equal(first->request, message->request) &&
	       content_sum(message->content, id, &sum, err) &&
	       sum.length == first->content.length && sum.crc == first->content.crc;
}

static bool is_same_but_bodies(const struct key_message *message, struct spool_file *file,
			       const struct entry *accepted, struct err *err)
{
	struct buf left = {0};
	bool same = accepted && spool_strip_request(message->request, &file->arena, &left, err) &&
		    slice_equal(accepted->body, buf_slice(&left));

	buf_free(&left);
	return same;
}

static bool is_same_as_file(const struct key_message *message, struct spool *spool,
			    const struct place *place, const char *id, struct err *err)
{
	struct spool_file file;

	if (!spool_peek(spool, place, id, &file, err))
		return false;
	const struct entry *accepted = entry_last(&file.entries, ENTRY_REQUEST);
	const struct entry *behind = entry_last(&file.entries, content_entry(message->content));
	struct key_first first = {.request = accepted ? accepted->body : slice_make(NULL, 0)};
	if (behind)
		entry_sum_add(&first.content, behind->body);
	bool same = spool_is_purged(&file.entries)
			    ? is_same_but_bodies(message, &file, accepted, err)
			    : is_same(message, id, &first, err);
	spool_release(&file);
	return same;
}

enum key_use key_use_not_found(struct err *err)
{
	if (errno == ENOENT)
		return KEY_NEW;
	io_err(err, "idempotency_key: look for its first message");
	return KEY_UNKNOWN;
}

enum key_use key_use_in_batch(const struct key_message *message, const char *id,
			      const struct key_first *first, struct err *err)
{
	*err = (struct err){0};
	bool same = is_same(message, id, first, err);
	return same_or_other(same, err);
}

enum key_use key_use_in_spool(const struct key_message *message, struct spool *spool,
			      const char *org, const char *id, struct err *err)
{
	struct place place;

	for (int round = 0; round < ROUNDS; round++) {
		if (!spool_find(spool, org, id, &place))
			return key_use_not_found(err);
		*err = (struct err){0};
		bool same = is_same_as_file(message, spool, &place, id, err);
		if (err->code != EX_NOINPUT) /* it has not moved on since */
			return same_or_other(same, err);
	}
	err_set(err, EX_TEMPFAIL, "idempotency_key: %s moves too fast to be read", id);
	return KEY_UNKNOWN;
}
