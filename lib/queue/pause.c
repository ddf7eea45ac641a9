#include "queue/pause.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"

#define BYTES_MOST 4096
#define NAME_SIZE (2 * PLACE_NAME_SIZE + 32)

/* A name has no colon. */
static void file_name(char name[NAME_SIZE], const char *org, const char *connector)
{
	snprintf(name, NAME_SIZE, QUEUE_PAUSES "/%s:%s", org, connector);
}

bool pause_read(const struct queue *queue, const char *org, const char *connector,
		struct pause *pause)
{
	char name[NAME_SIZE];
	struct buf text = {0};
	struct arena arena = {0};
	struct err err = {0};

	*pause = (struct pause){0};
	file_name(name, org, connector);
	if (faccessat(spool_fd(queue->spool), name, F_OK, 0) < 0 && errno == ENOENT)
		return false;
	if (io_read_file_at(spool_fd(queue->spool), name, &text, BYTES_MOST, &err)) {
		const struct json *object = json_parse(buf_slice(&text), &arena, &err);
		clock_parse(json_get_text(object, "since"), &pause->since_ms);
		snprintf(pause->text, sizeof pause->text, "%.*s",
			 SLICE_ARGS(json_get_text(object, "text")));
	}
	arena_free(&arena);
	buf_free(&text);
	return true;
}

static void write_json(struct buf *text, const char *by, const char *reason)
{
	struct json_out out = {.buf = text};
	char since[CLOCK_TEXT_SIZE], words[256];
	bool says = reason && *reason;

	clock_format(clock_now_ms(), since);
	snprintf(words, sizeof words, "%s%s%s", by, says ? ": " : "", says ? reason : "");
	json_open(&out, NULL, '{');
	json_put_text(&out, "since", since);
	json_put_text(&out, "text", words);
	json_close(&out, '}');
	buf_add_char(text, '\n');
}

static bool make_directory(struct queue *queue, struct err *err)
{
	if (mkdirat(spool_fd(queue->spool), QUEUE_PAUSES, 0700) < 0)
		return errno == EEXIST || io_err(err, "mkdir " QUEUE_PAUSES);
	return spool_sync_dir(queue->spool, ".", err);
}

static bool write_synced(int fd, const char *name, struct slice text, struct err *err)
{
	return io_write_all(fd, text, name, err) &&
	       (fsync(fd) == 0 || io_err(err, "sync %s", name));
}

static bool create(struct queue *queue, const char *name, struct slice text, struct err *err)
{
	int dir = spool_fd(queue->spool);
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 && errno == EEXIST)
		return err_set(err, EX_DATAERR, "is paused by hand already");
	if (fd < 0)
		return io_err(err, "create %s", name);
	bool ok = write_synced(fd, name, text, err) &&
		  spool_sync_dir(queue->spool, QUEUE_PAUSES, err);
	close(fd);
	if (!ok)
		unlinkat(dir, name, 0);
	return ok;
}

bool pause_make(struct queue *queue, const char *org, const char *connector, const char *by,
		const char *reason, struct err *err)
{
	char name[NAME_SIZE];
	struct buf text = {0};

	file_name(name, org, connector);
	write_json(&text, by, reason);
	bool ok = make_directory(queue, err) && create(queue, name, buf_slice(&text), err);
	buf_free(&text);
	return ok;
}

bool pause_end(struct queue *queue, const char *org, const char *connector, struct err *err)
{
	char name[NAME_SIZE];

	file_name(name, org, connector);
	if (unlinkat(spool_fd(queue->spool), name, 0) < 0)
		return io_err(err, "remove %s", name);
	return spool_sync_dir(queue->spool, QUEUE_PAUSES, err);
}

void pause_forget(struct queue *queue, const char *org, const char *connector)
{
	char name[NAME_SIZE];

	file_name(name, org, connector);
	unlinkat(spool_fd(queue->spool), name, 0);
}
