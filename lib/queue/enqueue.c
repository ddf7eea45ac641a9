#include "queue/enqueue.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json_stream.h"
#include "base/mem.h"
#include "queue/intake.h"

#define CHUNK_BYTES 65536

/* What a message of the largest size can take as JSON, escapes and base64. */
#define JSON_OVERHEAD 3

/* A line for somebody who watches, and waits for long. */
#define PROGRESS_EVERY 1000

/* Where a record came from. */
struct origin {
	const char *input; /* a file's name, or NULL for standard input */
	uint64_t line;
};

struct enqueue {
	const struct enqueue_options *options;
	struct intake *intake;
	struct request_limits limits;
	struct arena batch; /* what the requests of this batch point into */
	char (*ids)[ID_SIZE];
	size_t n_ids;
	char *chunk;

	/* Of all_or_nothing: the records found good, one behind the other, and their places. */
	struct spill kept;
	struct origin *origins;
	size_t n_kept, kept_room;

	bool tells_progress;
	uint64_t told;
	int code; /* of the first that was refused */
};

/* --- one record --- */

static void refuse(struct enqueue *enqueue, const struct origin *origin, struct err *err)
{
	if (origin->input)
		err_at(err, "%s:%llu", origin->input, (unsigned long long)origin->line);
	else
		err_at(err, "line %llu", (unsigned long long)origin->line);
	fprintf(stderr, "mailq-enqueue: %s\n", err->text);
	if (!enqueue->code)
		enqueue->code = err->code;
}

static bool set_organization(const struct enqueue *enqueue, struct request *request,
			     struct err *err)
{
	const char *org = enqueue->options->org;

	if (!org)
		return true;
	if (request->organization_id.p && !slice_is(request->organization_id, org))
		return err_set(err, EX_DATAERR, "organization_id: is %.*s, but -o says %s",
			       SLICE_ARGS(request->organization_id), org);
	request->organization_id = slice_text(org);
	return true;
}

/* A large record is read where it stands, and has to be dealt with before the next. */
static struct request *read_request(struct enqueue *enqueue, const struct json_record *record,
				    struct err *err)
{
	struct request *request = NULL;
	const struct json *json;

	if (record->too_long) {
		err_set(err, EX_DATAERR, "longer than max_message_bytes allows");
		return NULL;
	}
	if (record->large)
		json = json_parse_in_place(record->text, record->n, &enqueue->batch, err);
	else
		json = json_parse(arena_slice(&enqueue->batch, slice_make(record->text, record->n)),
				  &enqueue->batch, err);
	if (json)
		request = request_from_json(json, &enqueue->batch, &enqueue->limits, err);
	return request && set_organization(enqueue, request, err) ? request : NULL;
}

static void tell_progress(struct enqueue *enqueue, size_t n)
{
	uint64_t before = enqueue->told;

	enqueue->told += n;
	if (enqueue->tells_progress && before / PROGRESS_EVERY != enqueue->told / PROGRESS_EVERY)
		fprintf(stderr, "\r%llu messages", (unsigned long long)enqueue->told);
}

/* Everything added so far is on disk, or this program ends. */
static void commit(struct enqueue *enqueue)
{
	struct err err = {0};

	if (!intake_commit(enqueue->intake, &err))
		err_exit(&err);
	for (size_t i = 0; i < enqueue->n_ids; i++)
		puts(enqueue->ids[i]);
	if (enqueue->n_ids && (fflush(stdout) == EOF || ferror(stdout)))
		err_exit(&(struct err){.code = EX_IOERR, .text = "cannot write the ids"});
	tell_progress(enqueue, enqueue->n_ids);
	enqueue->n_ids = 0;
	arena_reset(&enqueue->batch);
}

static void add(struct enqueue *enqueue, const struct json_record *record,
		const struct origin *origin)
{
	struct err err = {0};
	struct request *request = read_request(enqueue, record, &err);

	if (!request || !intake_add(enqueue->intake, request, enqueue->options->state,
				    enqueue->ids[enqueue->n_ids], &err)) {
		refuse(enqueue, origin, &err);
		return;
	}
	if (++enqueue->n_ids == INTAKE_MOST || record->large)
		commit(enqueue);
}

/* --- all or nothing: two passes over what was read --- */

static void keep_origin(struct enqueue *enqueue, const struct origin *origin)
{
	if (enqueue->n_kept == enqueue->kept_room) {
		enqueue->kept_room = enqueue->kept_room * 2 + 64;
		enqueue->origins =
			mem_resize(enqueue->origins, enqueue->kept_room, sizeof *enqueue->origins);
	}
	enqueue->origins[enqueue->n_kept++] = *origin;
}

static void keep(struct enqueue *enqueue, const struct json_record *record,
		 const struct origin *origin)
{
	struct err err = {0};

	/* first, since to read a large one changes it */
	if (!spill_add(&enqueue->kept, slice_make(record->text, record->n), &err) ||
	    !spill_add(&enqueue->kept, slice_text("\n"), &err))
		err_exit(&err);
	struct request *request = read_request(enqueue, record, &err);
	if (request && intake_check(enqueue->intake, request, &err))
		keep_origin(enqueue, origin);
	else
		refuse(enqueue, origin, &err);
	arena_reset(&enqueue->batch);
}

/* All were found good: now they are taken, in the batches of everything else. */
static void take_kept(struct enqueue *enqueue)
{
	struct json_stream stream = json_stream_init(SIZE_MAX);
	struct json_record record;
	struct err err = {0};
	struct slice rest;
	size_t n = 0;

	if (!spill_bytes(&enqueue->kept, &rest, &err))
		err_exit(&err);
	for (; rest.n; rest = slice_after(rest, CHUNK_BYTES)) {
		json_stream_add(&stream, slice_first(rest, CHUNK_BYTES));
		while (json_stream_next(&stream, rest.n <= CHUNK_BYTES, &record))
			add(enqueue, &record, &enqueue->origins[n++]);
	}
	if (stream.failed.code)
		err_exit(&stream.failed);
	json_stream_free(&stream);
	commit(enqueue);
}

/* --- the input --- */

/* Whether reading would wait: then what is there is committed first. */
static bool would_wait(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 0;
}

static size_t read_some(struct enqueue *enqueue, int fd, const char *name)
{
	struct err err = {0};
	ssize_t n;

	if (enqueue->n_ids && would_wait(fd))
		commit(enqueue);
	do
		n = read(fd, enqueue->chunk, CHUNK_BYTES);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		io_err(&err, "read %s", name ? name : "standard input");
		err_exit(&err);
	}
	return (size_t)n;
}

void enqueue_input(struct enqueue *enqueue, int fd, const char *name)
{
	struct json_stream stream =
		json_stream_init(enqueue->limits.max_message_bytes * JSON_OVERHEAD);
	struct json_record record;
	size_t n;

	do {
		n = read_some(enqueue, fd, name);
		json_stream_add(&stream, slice_make(enqueue->chunk, n));
		while (json_stream_next(&stream, n == 0, &record)) {
			struct origin origin = {name, record.line};
			if (stream.failed.code)
				err_exit(&stream.failed);
			(enqueue->options->all_or_nothing ? keep : add)(enqueue, &record, &origin);
		}
	} while (n > 0);
	commit(enqueue);
	json_stream_free(&stream);
}

void enqueue_message(struct enqueue *enqueue, struct option_message *message)
{
	struct err err = {0};

	message->limits = &enqueue->limits;
	message->arena = &enqueue->batch;
	struct request *request = option_message_request(message, &err);
	if (!request || !intake_add_files(enqueue->intake, request, enqueue->options->state,
					  message->files, message->n_files, enqueue->ids[0], &err))
		err_exit(&err);
	enqueue->n_ids = 1;
	commit(enqueue);
}

/* --- life --- */

struct enqueue *enqueue_open(struct queue *queue, const struct enqueue_options *options,
			     struct err *err)
{
	struct intake *intake = intake_open(queue, err);

	if (!intake)
		return NULL;
	struct enqueue *enqueue = mem_zero(sizeof *enqueue);
	enqueue->options = options;
	enqueue->intake = intake;
	enqueue->limits = intake_limits(queue->conf);
	enqueue->ids = mem_array(INTAKE_MOST, sizeof *enqueue->ids);
	enqueue->chunk = mem_array(1, CHUNK_BYTES);
	enqueue->tells_progress = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
	return enqueue;
}

int enqueue_close(struct enqueue *enqueue)
{
	if (enqueue->code == 0)
		take_kept(enqueue);
	if (enqueue->tells_progress && enqueue->told >= PROGRESS_EVERY)
		fprintf(stderr, "\r%llu messages\n", (unsigned long long)enqueue->told);
	int code = enqueue->code;
	intake_close(enqueue->intake);
	arena_free(&enqueue->batch);
	spill_clear(&enqueue->kept);
	free(enqueue->origins);
	free(enqueue->ids);
	free(enqueue->chunk);
	free(enqueue);
	return code;
}
