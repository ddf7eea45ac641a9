#include "queue/purge.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "index/query.h"
#include "queue/batch.h"
#include "spool/keys.h"
#include "spool/purge.h"

#define PORTION 100

/* --- which --- */

unsigned purge_statuses(struct slice words)
{
	unsigned all = 0;

	for (struct slice word; slice_next(&words, ',', &word);) {
		unsigned set = status_set(slice_trim(word));
		if (!set || set & ~PURGE_STATUSES)
			return 0;
		all |= set;
	}
	return all;
}

bool purge_until(struct slice text, int64_t now_ms, int64_t *until_ms)
{
	int64_t age_ms;

	if (clock_parse_age(text, &age_ms))
		*until_ms = now_ms - age_ms;
	else if (!clock_parse(text, until_ms))
		return false;
	return *until_ms <= now_ms;
}

/* --- a portion and what is in it --- */

struct portion {
	struct queue *queue;
	struct purge *purge;
	struct arena arena;
	struct batch batch;
	struct key {
		const char *org, *id;
		char hex[SHA256_HEX_SIZE];
	} keys[PORTION]; /* of the messages that went */
	size_t n_keys;
};

/* --- one message, locked --- */

static bool is_wanted(const struct purge *purge, const struct spool_file *file,
		      const struct story *story)
{
	return purge->statuses & 1u << state_status(file->place.state) &&
	       state_is_final(file->place.state) && story->updated_ms < purge->until_ms;
}

static void note_key(struct portion *portion, const struct spool_file *file,
		     const struct story *story)
{
	struct key *key = &portion->keys[portion->n_keys];

	if (!story->request->idempotency_key.p)
		return;
	*key = (struct key){.org = arena_text(&portion->arena, file->place.org),
			    .id = arena_text(&portion->arena, file->id)};
	sha256_hex(story->request->idempotency_key, key->hex);
	portion->n_keys++;
}

static bool remove_message(struct portion *portion, struct spool_file *file,
			   const struct story *story, struct err *err)
{
	uint64_t size = file->size;

	if (!spool_unlink(file, err))
		return false;
	note_key(portion, file, story);
	batch_gone(&portion->batch, file->id);
	portion->purge->messages++;
	portion->purge->bytes += size;
	return true;
}

static bool remove_bodies(struct portion *portion, struct spool_file *file, struct err *err)
{
	uint64_t size = file->size;

	if (spool_is_purged(&file->entries))
		return true;
	if (!spool_purge_bodies(file, clock_now_ms(), err) ||
	    !batch_settled(&portion->batch, file, err))
		return false;
	portion->purge->messages++;
	if (file->size < size) /* the entry that says so may be longer than a body was */
		portion->purge->bytes += size - file->size;
	return true;
}

static bool purge_file(struct portion *portion, struct spool_file *file, struct err *err)
{
	struct story story;

	if (!story_read(file->entries.at, file->entries.count, &file->arena, &story, err))
		return false;
	if (!is_wanted(portion->purge, file, &story))
		return true;
	return portion->purge->bodies ? remove_bodies(portion, file, err)
				      : remove_message(portion, file, &story, err);
}

/* Nothing that is wrong with one message keeps the others. */
static bool purge_one(struct portion *portion, const struct index_record *record, struct err *err)
{
	struct queue *queue = portion->queue;
	struct spool_file file;
	struct place place;
	char org[PLACE_NAME_SIZE];

	snprintf(org, sizeof org, "%.*s", SLICE_ARGS(record->organization));
	if (!spool_find(queue->spool, org, record->id, &place)) {
		if (errno != ENOENT)
			return io_err(err, "look for %s", record->id);
		batch_gone(&portion->batch, record->id); /* by a run that was killed */
		return true;
	}
	if (!state_is_final(place.state))
		return true;
	bool ok = spool_take(queue->spool, &place, record->id, &file, err) &&
		  purge_file(portion, &file, err);
	spool_release(&file);
	if (ok)
		return true;
	if (err->code == EX_TEMPFAIL || err->code == EX_NOINPUT)
		portion->purge->busy++;
	else if (err->code == EX_DATAERR)
		queue_log_failure(queue, "purge", record->id, err);
	else
		return false;
	*err = (struct err){0};
	return true;
}

/* --- a portion --- */

/* Only a key that still names the message: a later one may have taken it over. */
static bool remove_keys(struct portion *portion, struct err *err)
{
	struct keys *keys = NULL;
	char id[ID_SIZE];

	for (size_t i = 0; i < portion->n_keys; i++) {
		const struct key *key = &portion->keys[i];
		if (keys && strcmp(keys->org, key->org) != 0) {
			keys_unlock(keys);
			keys = NULL;
		}
		if (!keys && !(keys = keys_lock(portion->queue->spool, key->org, err)))
			return false;
		if (keys_find(keys, key->hex, id) && strcmp(id, key->id) == 0)
			keys_remove(keys, key->hex);
	}
	keys_unlock(keys);
	return true;
}

static bool finish(struct portion *portion, struct err *err)
{
	bool did_some = portion->batch.n_gone || portion->batch.n_records;

	if (did_some && syncfs(spool_fd(portion->queue->spool)) < 0)
		return io_err(err, "syncfs %s", spool_path(portion->queue->spool));
	if (!remove_keys(portion, err) || !batch_commit(&portion->batch, err))
		return false;
	batch_ring(&portion->batch);
	return true;
}

static void say_what_comes(struct portion *portion, const struct index_page *page)
{
	struct moving *moving = portion->queue->moving;
	char org[PLACE_NAME_SIZE];

	for (size_t i = 0; i < page->count; i++) {
		snprintf(org, sizeof org, "%.*s", SLICE_ARGS(page->records[i].organization));
		moving_add(moving, org, page->records[i].id);
	}
	moving_begin(moving);
}

static bool purge_page(struct portion *portion, const struct index_page *page, struct err *err)
{
	bool ok = true;

	portion->n_keys = 0;
	batch_begin(&portion->batch, portion->queue, NULL);
	say_what_comes(portion, page);
	for (size_t i = 0; i < page->count && ok; i++)
		ok = purge_one(portion, &page->records[i], err);

	struct err late = {0};
	bool finished = finish(portion, &late);
	queue_moved(portion->queue, finished);
	if (finished)
		return ok;
	if (ok)
		*err = late;
	return false;
}

/* In the same order each time, so that what is left alone is not met again. */
static void go_on_after(struct purge *purge, const struct index_record *record)
{
	purge->after = (struct index_record){.updated_ms = record->updated_ms};
	memcpy(purge->after.id, record->id, ID_SIZE);
}

static bool next_page(struct queue *queue, const struct purge *purge, unsigned limit,
		      struct arena *arena, struct index_page *page, struct err *err)
{
	struct index_query query = {
		.organizations = &purge->organization,
		.organization_count = purge->organization.n > 0,
		.statuses = purge->statuses,
		.until_ms = purge->until_ms,
		.after = *purge->after.id ? &purge->after : NULL,
		.limit = limit,
	};

	arena_reset(arena);
	return index_list(queue->index, &query, arena, page, err);
}

bool queue_purge(struct queue *queue, struct purge *purge, struct err *err)
{
	struct portion portion = {.queue = queue, .purge = purge};
	struct arena arena = {0};
	struct index_page page = {.more = true};
	int64_t since_ms = clock_boot_ms();
	bool ok = true;

	purge->more = false;
	while (ok && page.more && !purge->more) {
		ok = next_page(queue, purge, PORTION, &arena, &page, err) &&
		     purge_page(&portion, &page, err);
		if (!ok || page.count == 0)
			break;
		go_on_after(purge, &page.records[page.count - 1]);
		purge->more =
			page.more && purge->most_ms && clock_boot_ms() - since_ms >= purge->most_ms;
		arena_reset(&portion.arena);
	}
	batch_free(&portion.batch);
	arena_free(&portion.arena);
	arena_free(&arena);
	return ok;
}

bool queue_purge_count(struct queue *queue, struct purge *purge, struct err *err)
{
	struct purge rest = *purge;
	struct arena arena = {0};
	struct index_page page = {.more = true};
	bool ok = true;

	while (ok && page.more) {
		ok = next_page(queue, &rest, INDEX_PAGE_MOST, &arena, &page, err);
		if (!ok || page.count == 0)
			break;
		purge->messages += page.count;
		go_on_after(&rest, &page.records[page.count - 1]);
	}
	arena_free(&arena);
	return ok;
}
