#include "queue/submit.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "mime/lone_dot.h"
#include "queue/content.h"
#include "spool/drop.h"
#include "spool/owner.h"

#define CHUNK_BYTES 65536

/* --- opening --- */

static bool open_queue(struct submit *submit, enum queue_use use, struct err *err)
{
	if (!spool_become_owner(submit->conf->spool, err) ||
	    !(submit->queue = queue_open(submit->conf, use, err)) ||
	    !(submit->intake = intake_open(submit->queue, err)))
		return false;
	submit->most = intake_limits(submit->conf).max_message_bytes;
	return true;
}

static bool open_drop(struct submit *submit, const char *conf_path, struct err *err)
{
	if (!(submit->conf = conf_load_without_organizations(conf_path, err)))
		return false;
	submit->most = (uint64_t)submit->conf->settings.max_message_bytes;
	return true;
}

static bool open_for_trusted(struct submit *submit, const char *conf_path, enum queue_use use,
			     struct err *err)
{
	if ((submit->conf = conf_load(conf_path, err)))
		return open_queue(submit, use, err);
	submit->wrong = *err;
	return use == QUEUE_ACCEPT && open_drop(submit, conf_path, &(struct err){0}) &&
	       drop_exists(submit->conf->spool);
}

/* Organizations hold what others may not read, and to drop a message they need not be known. */
static bool open_for_others(struct submit *submit, const char *conf_path, enum queue_use use,
			    struct err *err)
{
	enum spool_trust trust;

	if (!open_drop(submit, conf_path, err) || !spool_trust(submit->conf->spool, &trust, err))
		return false;
	if (trust == SPOOL_UNTRUSTED)
		return true;
	conf_free(submit->conf);
	return open_for_trusted(submit, conf_path, use, err);
}

bool submit_open(struct submit *submit, const char *conf_path, enum queue_use use, struct err *err)
{
	*submit = (struct submit){0};
	bool ok = geteuid() == 0 ? open_for_trusted(submit, conf_path, use, err)
				 : open_for_others(submit, conf_path, use, err);

	if (!ok)
		submit_close(submit);
	return ok;
}

void submit_close(struct submit *submit)
{
	intake_close(submit->intake);
	queue_close(submit->queue);
	conf_free(submit->conf);
	*submit = (struct submit){0};
}

/* --- a message from a descriptor --- */

static bool add_chunk(const struct submit *submit, struct spill *spill, struct slice chunk,
		      struct err *err)
{
	if (spill->n + chunk.n > submit->most)
		return err_set(err, EX_DATAERR, "the message has more than %llu bytes",
			       (unsigned long long)submit->most);
	return spill_add(spill, chunk, err);
}

bool submit_read(const struct submit *submit, int fd, bool dot_ends, struct spill *spill,
		 struct slice *message, struct err *err)
{
	struct lone_dot dot = {0};
	char *chunk = mem_resize(NULL, 1, CHUNK_BYTES);
	bool ok = true;
	ssize_t n = 1;

	while (ok && n && !dot.found) {
		n = read(fd, chunk, CHUNK_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			ok = io_err(err, "read the message");
			break;
		}
		struct slice piece = slice_make(chunk, (size_t)n);
		if (dot_ends)
			piece = lone_dot_read(&dot, piece);
		ok = add_chunk(submit, spill, piece, err);
	}
	free(chunk);
	if (!ok || !spill_bytes(spill, message, err))
		return false;
	*message = lone_dot_without(&dot, *message);
	return true;
}

/* --- into the queue --- */

static bool queue_message(struct submit *submit, const struct submission *submission,
			  struct slice message, char id[ID_SIZE], struct err *err)
{
	struct request *request = submission->request;

	if (submission->templated)
		return intake_add(submit->intake, request, STATE_QUEUED, id, err);
	return intake_add_raw(submit->intake, request, STATE_QUEUED, message, &submission->edit, id,
			      err);
}

/* --- into .drop/ --- */

static bool put_in_drop(void *drop, struct slice piece, struct err *err)
{
	return drop_write(drop, piece, err);
}

static bool write_request(struct drop *drop, const struct request *request, const char *id,
			  int64_t now_ms, struct err *err)
{
	struct buf json = {0}, bytes = {0};
	struct json_out out = {.buf = &json};

	request_write(&out, request);
	entry_write_format(&bytes, ENTRY_FORMAT_MESSAGE, id);
	entry_write(&bytes, id, ENTRY_REQUEST, now_ms, buf_slice(&json));
	bool ok = drop_write(drop, buf_slice(&bytes), err);
	buf_free(&json);
	buf_free(&bytes);
	return ok;
}

/* Made twice, once to know its length and sum, rather than held in memory. */
static bool write_raw(struct drop *drop, const struct content *content, const char *id,
		      int64_t now_ms, struct err *err)
{
	char head[ENTRY_HEAD_SIZE];
	struct entry_sum sum;

	if (!content->raw.p)
		return true;
	if (!content_sum(content, id, &sum, err))
		return false;
	size_t n = entry_head_wide(head, id, ENTRY_RAW, now_ms, sum);
	return drop_write(drop, slice_make(head, n), err) &&
	       content_each(content, id, put_in_drop, drop, err) &&
	       drop_write(drop, slice_text("\n"), err);
}

static bool drop_message(struct submit *submit, const struct submission *submission,
			 struct slice message, char id[ID_SIZE], struct err *err)
{
	struct content content = {.request = submission->request, .edit = &submission->edit};
	int64_t now_ms = clock_now_ms();
	uint8_t random[10];

	if (submission->request->idempotency_key.p)
		return err_set(err, EX_NOPERM,
			       "idempotency_key: only through the socket of mailq-smtpd, or as "
			       "the spool's owner");
	if (!submission->templated)
		content.raw = message;
	if (!io_random(random, sizeof random, err))
		return false;
	id_make(id, now_ms, random);
	struct drop *drop =
		drop_open(submit->conf->spool, (uint64_t)submit->conf->min_free_bytes, id, err);
	bool ok = drop && write_request(drop, submission->request, id, now_ms, err) &&
		  write_raw(drop, &content, id, now_ms, err) && drop_commit(drop, err);
	drop_close(drop);
	return ok;
}

/* --- either --- */

bool submit_add(struct submit *submit, const struct submission *submission, struct slice message,
		char id[ID_SIZE], struct err *err)
{
	if (submit->queue)
		return queue_message(submit, submission, message, id, err);
	return drop_message(submit, submission, message, id, err); /* durable at once */
}

bool submit_commit(struct submit *submit, struct err *err)
{
	return !submit->queue || intake_commit(submit->intake, err);
}

bool submit_message(struct submit *submit, const struct submission *submission,
		    struct slice message, char id[ID_SIZE], struct err *err)
{
	bool added = submit_add(submit, submission, message, id, err);

	/* also without a message: a key that was known lets go of its lock */
	return submit_commit(submit, added ? err : &(struct err){0}) && added;
}

bool submit_check(struct submit *submit, const struct submission *submission, struct err *err)
{
	return !submit->queue || intake_check(submit->intake, submission->request, err);
}
