#include "spool/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/json.h"
#include "spool/internal.h"
#include "spool/ledger.h"

/* A stopped process may hold a message's lock; the supervisor kills it after half a minute. */
#define LOCK_WAIT_MS 40000
#define LOCK_ROUND_MS 5

/* By message, then by the number of the try, the verdict behind its try. */
static int by_message(const void *a, const void *b)
{
	const struct ledger_entry *x = a, *y = b;
	int order = slice_compare(x->id, y->id);

	if (order == 0)
		order = (x->n > y->n) - (x->n < y->n);
	return order ? order : y->is_try - x->is_try;
}

/* The message may be moved by whoever holds its lock, so each round looks it up again. */
static bool take_when_free(struct spool *spool, const char *org, const char *id,
			   struct spool_file *file, struct err *err)
{
	struct place place;
	int64_t deadline = clock_boot_ms() + LOCK_WAIT_MS;

	for (;;) {
		if (!spool_find(spool, org, id, &place))
			return io_err(err, "look for %s", id);
		if (spool_take(spool, &place, id, file, err))
			return true;
		if ((err->code != EX_TEMPFAIL && err->code != EX_NOINPUT) ||
		    clock_boot_ms() > deadline)
			return false;
		poll(NULL, 0, LOCK_ROUND_MS);
	}
}

static bool is_known(const struct spool_file *file, unsigned n)
{
	struct arena arena = {0};
	struct err ignored = {0};
	bool known = false;

	for (size_t i = 0; i < file->entries.count && !known; i++)
		if (slice_is(file->entries.at[i].name, ENTRY_ATTEMPT))
			known = json_get_int(json_parse(file->entries.at[i].body, &arena, &ignored),
					     "n", 0) == n;
	arena_free(&arena);
	return known;
}

/* Where the last attempt or event leads; STATE_NONE when there is none. */
static enum state leads_to(const struct spool_file *file)
{
	struct arena arena = {0};
	struct err ignored = {0};
	enum state to = STATE_NONE;

	for (size_t i = file->entries.count; i > 0 && to == STATE_NONE; i--) {
		const struct entry *entry = &file->entries.at[i - 1];
		if (slice_is(entry->name, ENTRY_ATTEMPT) || slice_is(entry->name, ENTRY_EVENT))
			to = state_from_name(
				json_get_text(json_parse(entry->body, &arena, &ignored), "to"));
	}
	arena_free(&arena);
	return to;
}

/* lines: of one message. The line that counts for each n is its last: the verdict, if there is one.
 */
static bool append_missing(struct spool_file *file, const struct ledger_entry *lines, size_t count,
			   struct replay *replay, bool *appended, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (i + 1 < count && lines[i + 1].n == lines[i].n)
			continue;
		if (is_known(file, lines[i].n))
			continue;
		if (file->entries.tail == ENTRY_TAIL_DAMAGED && !spool_cut(file, err))
			return false;
		if (!spool_append(file, ENTRY_ATTEMPT, lines[i].time_ms, lines[i].attempt, err))
			return false;
		replay->uncertain += lines[i].is_try;
		*appended = true;
	}
	return true;
}

/* A message that knew all already and is no longer being sent has gone on since: it stays where it
 * is. */
static bool move_on(struct spool_file *file, struct err *err)
{
	struct place to = place_make(file->place.org, leads_to(file), "");

	if (to.state == STATE_NONE || state_is_final(file->place.state))
		return true;
	return spool_move(file, &to, err);
}

static bool settle(struct spool *spool, const struct ledger_entry *lines, size_t count,
		   struct replay *replay, struct err *err)
{
	char org[PLACE_NAME_SIZE], id[ID_SIZE];
	struct spool_file file;
	bool appended = false;

	snprintf(org, sizeof org, "%.*s", SLICE_ARGS(lines->org));
	snprintf(id, sizeof id, "%.*s", SLICE_ARGS(lines->id));
	if (!take_when_free(spool, org, id, &file, err)) {
		replay->missing += err->code == EX_NOINPUT;
		return err->code == EX_NOINPUT || err->code == EX_DATAERR;
	}

	/* Its acceptance never got to the disk. Nothing may be built on that: it is damage, which
	 * whoever works on it next files away. */
	if (!entry_last(&file.entries, ENTRY_REQUEST)) {
		replay->missing++;
		spool_release(&file);
		return true;
	}
	bool ok = append_missing(&file, lines, count, replay, &appended, err);
	if (ok && (appended || file.place.state == STATE_SENDING))
		ok = move_on(&file, err);
	if (ok && replay->settled)
		replay->settled(replay->context, &file);
	replay->messages++;
	spool_release(&file);
	return ok;
}

static bool settle_all(struct spool *spool, struct ledger_entry *lines, size_t count,
		       struct replay *replay, struct err *err)
{
	if (count)
		qsort(lines, count, sizeof *lines, by_message);
	for (size_t at = 0, n; at < count; at += n) {
		for (n = 1; at + n < count && slice_equal(lines[at + n].id, lines[at].id);)
			n++;
		if (!settle(spool, lines + at, n, replay, err))
			return false;
	}
	return true;
}

/* One replay at a time. The kernel drops a dead one's lock. */
static int lock_replay(struct spool *spool, struct err *err)
{
	int fd = spool_openat(spool, ".run/replay", O_RDWR | O_CREAT, 0600);
	int64_t deadline = clock_boot_ms() + LOCK_WAIT_MS;

	if (fd < 0) {
		io_err(err, "open .run/replay");
		return -1;
	}
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (clock_boot_ms() > deadline) {
			err_set(err, EX_TEMPFAIL, "another replay goes on");
			close(fd);
			return -1;
		}
		poll(NULL, 0, LOCK_ROUND_MS);
	}
	return fd;
}

bool spool_replay(struct spool *spool, struct replay *replay, struct err *err)
{
	struct ledger_walk walk;
	int lock = lock_replay(spool, err);

	if (lock < 0)
		return false;
	bool ok = ledger_walk_begin(spool, &walk, err);
	if (ok) {
		replay->ledgers = walk.n_ownerless;
		ok = settle_all(spool, walk.at, walk.ownerless, replay, err);
		if (ok && walk.n_ownerless && syncfs(spool->fd) < 0)
			ok = io_err(err, "syncfs %s", spool->path);
		ledger_walk_end(&walk, ok);
	}
	close(lock);
	return ok;
}
