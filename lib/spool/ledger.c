#include "spool/ledger.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "spool/internal.h"

/*
 * Space is made by writing zeros ahead, so that a flush finds its blocks allocated and need not
 * wait for the file system's journal. Zeros are no entry: a reader ends there.
 */
#define CHUNK_BYTES (1 << 20)
#define CHECKPOINT_BYTES (24 << 20)
#define CHECKPOINT_MS 10000

struct open_try {
	char id[ID_SIZE];
	unsigned n;
	int64_t time_ms;
	char *body;
};

struct ledger_file {
	int fd;
	char id[ID_SIZE];
	char path[PLACE_PATH_SIZE];
	uint64_t used, allocated;
};

struct ledger {
	struct spool *spool;
	char name[PLACE_NAME_SIZE];
	struct ledger_file file;
	struct buf pending; /* lines of this turn */
	struct open_try *tries;
	size_t n_tries, room;
	int64_t first_boot_ms; /* of the lines since the file was begun; 0: none */
	bool keep;             /* a verdict stands nowhere else */

	struct ledger_file old; /* waiting for the thread's syncfs; fd -1 when none is */
	pthread_t thread;
	bool threaded;
	atomic_bool synced, sync_failed;
};

/* --- one file --- */

static bool extend(struct ledger_file *file, uint64_t need, struct err *err)
{
	static const char zeros[65536];

	while (file->allocated < need) {
		for (size_t done = 0; done < CHUNK_BYTES; done += sizeof zeros)
			if (pwrite(file->fd, zeros, sizeof zeros,
				   (off_t)(file->allocated + done)) != (ssize_t)sizeof zeros)
				return io_err(err, "write %s", file->path);
		file->allocated += CHUNK_BYTES;
	}
	return true;
}

static bool write_lines(struct ledger_file *file, struct slice lines, struct err *err)
{
	if (!extend(file, file->used + lines.n, err))
		return false;
	while (lines.n) {
		ssize_t n = pwrite(file->fd, lines.p, lines.n, (off_t)file->used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return io_err(err, "write %s", file->path);
		file->used += (uint64_t)n;
		lines = slice_after(lines, (size_t)n);
	}
#ifndef MAILQ_WITHOUT_LEDGER_SYNC /* the power-cut test must find this out */
	if (fdatasync(file->fd) < 0)
		return io_err(err, "fdatasync %s", file->path);
#endif
	return true;
}

static void close_file(struct ledger_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

/* Begins under .tmp/ and appears in .ledger/ locked, so that nobody takes it for an ownerless one.
 */
static bool create_file(struct ledger *ledger, struct ledger_file *file, struct err *err)
{
	struct spool *spool = ledger->spool;
	char tmp[PLACE_PATH_SIZE];
	uint8_t random[10];
	struct buf first = {0};

	*file = (struct ledger_file){.fd = -1};
	if (!io_random(random, sizeof random, err))
		return false;
	id_make(file->id, clock_now_ms(), random);
	snprintf(tmp, sizeof tmp, ".tmp/%s.ledger", file->id);
	snprintf(file->path, sizeof file->path, ".ledger/%s.%s", ledger->name, file->id);

	file->fd = spool_create_tmp(spool, tmp, O_RDWR);
	if (file->fd < 0) {
		io_err(err, "create %s", tmp);
		goto fail;
	}
	entry_write_format(&first, ENTRY_FORMAT_LEDGER, file->id);
	if (!write_lines(file, buf_slice(&first), err) ||
	    !spool_rename(spool, tmp, file->path, false, err) ||
	    !spool_sync_dir(spool, ".ledger", err))
		goto fail;
	buf_free(&first);
	return true;
fail:
	if (file->fd >= 0) {
		unlinkat(spool->fd, tmp, 0);
		unlinkat(spool->fd, file->path, 0);
	}
	close_file(file);
	buf_free(&first);
	return false;
}

/* --- lines --- */

static void add_line(struct buf *out, const char *ledger_id, bool is_try, int64_t time_ms,
		     struct slice body)
{
	entry_write(out, ledger_id, is_try ? "try" : ENTRY_ATTEMPT, time_ms, body);
}

static char *line_body(const struct ledger_line *line)
{
	struct buf body = {0};
	struct json_out out = {.buf = &body};

	json_open(&out, NULL, '{');
	json_put_text(&out, "id", line->id);
	json_put_text(&out, "org", line->org);
	json_put_raw(&out, "attempt", line->attempt);
	json_close(&out, '}');
	return buf_take(&body);
}

void ledger_try(struct ledger *ledger, const struct ledger_line *line)
{
	struct open_try *try;

	if (ledger->n_tries == ledger->room) {
		ledger->room = ledger->room * 2 + 32;
		ledger->tries = mem_resize(ledger->tries, ledger->room, sizeof *ledger->tries);
	}
	try = &ledger->tries[ledger->n_tries++];
	*try = (struct open_try){.n = line->n, .time_ms = line->time_ms, .body = line_body(line)};
	snprintf(try->id, sizeof try->id, "%s", line->id);
	add_line(&ledger->pending, ledger->file.id, true, line->time_ms, slice_text(try->body));
}

static void close_try(struct ledger *ledger, const char *id, unsigned n)
{
	for (size_t i = 0; i < ledger->n_tries; i++) {
		struct open_try *try = &ledger->tries[i];
		if (try->n == n && strcmp(try->id, id) == 0) {
			free(try->body);
			*try = ledger->tries[--ledger->n_tries];
			return;
		}
	}
}

void ledger_attempt(struct ledger *ledger, const struct ledger_line *line)
{
	char *body = line_body(line);

	add_line(&ledger->pending, ledger->file.id, false, line->time_ms, slice_text(body));
	free(body);
	close_try(ledger, line->id, line->n);
}

bool ledger_flush(struct ledger *ledger, struct err *err)
{
	if (ledger->pending.n == 0)
		return true;
	if (!write_lines(&ledger->file, buf_slice(&ledger->pending), err))
		return false;
	buf_clear(&ledger->pending);
	if (!ledger->first_boot_ms)
		ledger->first_boot_ms = clock_boot_ms();
	return true;
}

/* --- checkpoints --- */

static void *sync_messages(void *context)
{
	struct ledger *ledger = context;

	ledger->sync_failed = syncfs(ledger->spool->fd) < 0;
	ledger->synced = true;
	return NULL;
}

/* The old file goes when what it vouched for is durable; else it stays for a replay, which finds
 * all of it known already. */
static void finish_old(struct ledger *ledger)
{
	if (ledger->threaded)
		pthread_join(ledger->thread, NULL);
	if (!ledger->sync_failed)
		unlinkat(ledger->spool->fd, ledger->old.path, 0);
	close_file(&ledger->old);
}

static bool may_checkpoint(const struct ledger *ledger)
{
	return !ledger->keep && (ledger->old.fd < 0 || ledger->synced);
}

int64_t ledger_checkpoint_at(const struct ledger *ledger)
{
	if (!may_checkpoint(ledger) || !ledger->first_boot_ms)
		return INT64_MAX;
	return ledger->first_boot_ms + CHECKPOINT_MS;
}

bool ledger_wants_checkpoint(const struct ledger *ledger, int64_t boot_ms)
{
	return may_checkpoint(ledger) &&
	       (ledger->file.used > CHECKPOINT_BYTES || boot_ms >= ledger_checkpoint_at(ledger));
}

bool ledger_checkpoint(struct ledger *ledger, struct err *err)
{
	struct ledger_file next;
	struct buf lines = {0};

	assert(ledger->pending.n == 0);
	if (ledger->old.fd >= 0)
		finish_old(ledger);

	if (!create_file(ledger, &next, err))
		return false;
	for (size_t i = 0; i < ledger->n_tries; i++)
		add_line(&lines, next.id, true, ledger->tries[i].time_ms,
			 slice_text(ledger->tries[i].body));
	bool ok = write_lines(&next, buf_slice(&lines), err);
	buf_free(&lines);
	if (!ok) {
		unlinkat(ledger->spool->fd, next.path, 0);
		close_file(&next);
		return false;
	}

	ledger->old = ledger->file;
	ledger->file = next;
	ledger->first_boot_ms = 0;
	ledger->synced = false;
	ledger->threaded = pthread_create(&ledger->thread, NULL, sync_messages, ledger) == 0;
	if (!ledger->threaded)
		sync_messages(ledger);
	return true;
}

/* --- opening and closing --- */

struct ledger *ledger_open(struct spool *spool, const char *name, struct err *err)
{
	struct ledger *ledger = mem_zero(sizeof *ledger);

	ledger->spool = spool;
	ledger->old.fd = -1;
	snprintf(ledger->name, sizeof ledger->name, "%s", name);
	if (create_file(ledger, &ledger->file, err))
		return ledger;
	free(ledger);
	return NULL;
}

void ledger_keep(struct ledger *ledger)
{
	ledger->keep = true;
}

void ledger_close(struct ledger *ledger)
{
	if (!ledger)
		return;
	if (ledger->old.fd >= 0)
		finish_old(ledger);
	if (!ledger->keep && ledger->n_tries == 0 && ledger->pending.n == 0 &&
	    (!ledger->first_boot_ms || syncfs(ledger->spool->fd) == 0))
		unlinkat(ledger->spool->fd, ledger->file.path, 0);
	close_file(&ledger->file);
	for (size_t i = 0; i < ledger->n_tries; i++)
		free(ledger->tries[i].body);
	free(ledger->tries);
	buf_free(&ledger->pending);
	free(ledger);
}
