#include "spool/purge.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "message/request.h"
#include "spool/internal.h"

bool spool_is_purged(const struct entry_list *entries)
{
	return entry_last(entries, ENTRY_PURGED) != NULL;
}

static bool is_body(const struct entry *entry)
{
	return slice_is(entry->name, ENTRY_MESSAGE) || slice_is(entry->name, ENTRY_PARTS) ||
	       slice_is(entry->name, ENTRY_RAW);
}

bool spool_strip_request(struct slice json, struct arena *arena, struct buf *out, struct err *err)
{
	const struct request *read = request_read(json, arena, err);
	struct json_out writer = {.buf = out};

	if (!read)
		return false;
	struct request request = *read;
	request.body_html = request.body_text = (struct slice){0};
	request.context = NULL;
	request_write(&writer, &request);
	return true;
}

static bool write_request(struct spool_file *file, const struct entry *entry, struct buf *out,
			  struct err *err)
{
	struct buf json = {0};
	bool ok = spool_strip_request(entry->body, &file->arena, &json, err);

	if (ok)
		entry_write(out, file->id, ENTRY_REQUEST, entry->time_ms, buf_slice(&json));
	buf_free(&json);
	return ok;
}

static void add_purged(const struct spool_file *file, int64_t now_ms, struct buf *out)
{
	struct buf json = {0};
	struct json_out writer = {.buf = &json};

	json_open(&writer, NULL, '{');
	json_open(&writer, "entries", '[');
	for (size_t i = 0; i < file->entries.count; i++)
		if (is_body(&file->entries.at[i]))
			json_put_slice(&writer, NULL, file->entries.at[i].name);
	json_close(&writer, ']');
	json_put_int(&writer, "bytes", (int64_t)file->size);
	json_close(&writer, '}');
	entry_write(out, file->id, ENTRY_PURGED, now_ms, buf_slice(&json));
	buf_free(&json);
}

/* Behind the request, where bodies begin. */
static bool write_stripped(struct spool_file *file, int64_t now_ms, struct buf *out,
			   struct err *err)
{
	bool is_told = false;

	entry_write_format(out, ENTRY_FORMAT_MESSAGE, file->id);
	for (size_t i = 0; i < file->entries.count; i++) {
		const struct entry *entry = &file->entries.at[i];
		if (slice_is(entry->name, ENTRY_REQUEST)) {
			if (!write_request(file, entry, out, err))
				return false;
			if (!is_told)
				add_purged(file, now_ms, out);
			is_told = true;
		} else if (!is_body(entry)) {
			const char *name = arena_slice(&file->arena, entry->name).p;
			entry_write(out, file->id, name, entry->time_ms, entry->body);
		}
	}
	return is_told || err_set(err, EX_DATAERR, "%s: no entry request", file->id);
}

/* The lock of the new file is ours before it has its name. */
static int commit(struct spool_file *file, struct slice bytes, struct err *err)
{
	char tmp[PLACE_PATH_SIZE], path[PLACE_PATH_SIZE];
	int root = spool_fd(file->spool);

	snprintf(tmp, sizeof tmp, ".tmp/%s", file->id);
	place_path(&file->place, file->id, path);
	unlinkat(root, tmp, 0); /* of one that died: nobody else writes a message that stands */
	int fd = spool_create_tmp(file->spool, tmp, O_RDWR | O_APPEND);
	if (fd < 0) {
		io_err(err, "create %s", tmp);
		return -1;
	}
	bool ok = io_write_all(fd, bytes, file->id, err) &&
		  (fsync(fd) == 0 || io_err(err, "fsync %s", tmp)) &&
		  (renameat(root, tmp, root, path) == 0 || io_err(err, "rename %s", path));
	if (ok)
		return fd;
	unlinkat(root, tmp, 0);
	close(fd);
	return -1;
}

bool spool_purge_bodies(struct spool_file *file, int64_t now_ms, struct err *err)
{
	struct buf bytes = {0};
	int fd = -1;

	assert(state_is_final(file->place.state) && file->fd >= 0);
	if (file->entries.tail == ENTRY_TAIL_DAMAGED)
		return err_set(err, EX_DATAERR, "%s: damaged", file->id);
	if (write_stripped(file, now_ms, &bytes, err))
		fd = commit(file, buf_slice(&bytes), err);
	buf_free(&bytes);
	if (fd < 0)
		return false;
	close(file->fd);
	file->fd = fd;
	return spool_reread(file, err);
}
