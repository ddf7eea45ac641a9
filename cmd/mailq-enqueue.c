/*
 * mailq-enqueue: takes messages as JSON and prints their ids once they are on disk.
 *
 * Manual: man/mailq-enqueue.1.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json_stream.h"
#include "base/mem.h"
#include "base/options.h"
#include "queue/intake.h"

static const struct usage usage = {
	.synopsis = "mailq-enqueue [-C file] [-o org] [--draft] [--all-or-nothing] [file ...]",
	.about =
		"Takes messages as JSON objects, one after another, from files or standard input,\n"
		"and prints the id of each as soon as it is on disk.",
	.options = "o:",
	.long_options = (const struct option[]){{"draft", no_argument, NULL, 'd'},
						{"all-or-nothing", no_argument, NULL, 'a'},
						{0}},
};

/* A record of --all-or-nothing, checked and kept until all are. */
struct kept {
	const char *input;
	struct json_record record;
};

#define CHUNK_BYTES 262144
#define JSON_OVERHEAD \
	3 /* what a message of the largest size can take as JSON, escapes and base64 */

struct enqueue {
	struct conf *conf;
	struct queue *queue;
	struct intake *intake;
	struct request_limits limits;
	const char *org;
	enum state state;
	bool all_or_nothing;

	const char *input;  /* a file's name, or NULL for standard input */
	struct arena batch; /* what the requests of this batch point into */
	char (*ids)[ID_SIZE];
	size_t n_ids;
	struct arena kept_text;
	struct kept *kept;
	size_t n_kept, kept_room;
	int code; /* of the first that was refused */
};

/* --- one record --- */

static void refuse(struct enqueue *enqueue, uint64_t line, struct err *err)
{
	if (enqueue->input)
		err_at(err, "%s:%llu", enqueue->input, (unsigned long long)line);
	else
		err_at(err, "line %llu", (unsigned long long)line);
	fprintf(stderr, "mailq-enqueue: %s\n", err->text);
	if (!enqueue->code)
		enqueue->code = err->code;
}

static struct request *read_request(struct enqueue *enqueue, const struct json_record *record,
				    struct err *err)
{
	if (record->too_long) {
		err_set(err, EX_DATAERR, "longer than max_message_bytes allows");
		return NULL;
	}
	struct slice json = arena_slice(&enqueue->batch, record->text);
	struct request *request = request_parse(json, &enqueue->batch, &enqueue->limits, err);
	if (request && enqueue->org) {
		if (request->organization_id.p &&
		    !slice_is(request->organization_id, enqueue->org)) {
			err_set(err, EX_DATAERR, "organization_id: is %.*s, but -o says %s",
				SLICE_ARGS(request->organization_id), enqueue->org);
			return NULL;
		}
		request->organization_id = slice_text(enqueue->org);
	}
	return request;
}

/* Everything added so far is on disk, or this program ends. */
static void commit(struct enqueue *enqueue)
{
	struct err err = {0};

	if (!intake_commit(enqueue->intake, &err))
		err_exit(&err);
	for (size_t i = 0; i < enqueue->n_ids; i++)
		puts(enqueue->ids[i]);
	if (enqueue->n_ids && fflush(stdout) == EOF)
		err_exit(&(struct err){.code = EX_IOERR, .text = "cannot write the ids"});
	enqueue->n_ids = 0;
	arena_reset(&enqueue->batch);
}

static void keep(struct enqueue *enqueue, const struct json_record *record)
{
	struct err err = {0};
	struct request *request = read_request(enqueue, record, &err);

	if (!request || !intake_check(enqueue->intake, request, &err)) {
		refuse(enqueue, record->line, &err);
		return;
	}
	if (enqueue->n_kept == enqueue->kept_room) {
		enqueue->kept_room = enqueue->kept_room * 2 + 64;
		enqueue->kept =
			mem_resize(enqueue->kept, enqueue->kept_room, sizeof *enqueue->kept);
	}
	struct kept *kept = &enqueue->kept[enqueue->n_kept++];
	*kept = (struct kept){.input = enqueue->input, .record = *record};
	kept->record.text = arena_slice(&enqueue->kept_text, record->text);
	arena_reset(&enqueue->batch);
}

static void add(struct enqueue *enqueue, const struct json_record *record)
{
	struct err err = {0};
	struct request *request = read_request(enqueue, record, &err);

	if (!request || !intake_add(enqueue->intake, request, enqueue->state,
				    enqueue->ids[enqueue->n_ids], &err)) {
		refuse(enqueue, record->line, &err);
		return;
	}
	if (++enqueue->n_ids == INTAKE_MOST)
		commit(enqueue);
}

/* --- the input --- */

/* Whether reading would wait: then what is there is committed first, so that `tail -f` gets its
 * ids. */
static bool would_wait(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 0;
}

static ssize_t read_some(int fd, char *chunk)
{
	ssize_t n;

	do
		n = read(fd, chunk, CHUNK_BYTES);
	while (n < 0 && errno == EINTR);
	return n;
}

static void take_input(struct enqueue *enqueue, int fd, const char *name)
{
	struct json_stream stream =
		json_stream_init(enqueue->limits.max_message_bytes * JSON_OVERHEAD);
	struct json_record record;
	char *chunk = mem_zero(CHUNK_BYTES);
	ssize_t n;

	enqueue->input = name;
	do {
		if (enqueue->n_ids && would_wait(fd))
			commit(enqueue);
		if ((n = read_some(fd, chunk)) < 0) {
			struct err err = {0};
			io_err(&err, "read %s", name ? name : "standard input");
			err_exit(&err);
		}
		json_stream_add(&stream, slice_make(chunk, (size_t)n));
		while (json_stream_next(&stream, n == 0, &record))
			(enqueue->all_or_nothing ? keep : add)(enqueue, &record);
	} while (n > 0);
	commit(enqueue);
	free(chunk);
	json_stream_free(&stream);
}

static void take_files(struct enqueue *enqueue, char **names)
{
	for (; *names; names++) {
		int fd = open(*names, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			struct err err = {0};
			io_err(&err, "%s", *names);
			err_exit(&err);
		}
		take_input(enqueue, fd, *names);
		close(fd);
	}
}

/* All were found good: now they are taken, in the batches of everything else. */
static void take_kept(struct enqueue *enqueue)
{
	for (size_t i = 0; i < enqueue->n_kept; i++) {
		enqueue->input = enqueue->kept[i].input;
		add(enqueue, &enqueue->kept[i].record);
	}
	commit(enqueue);
}

static void end(struct enqueue *enqueue)
{
	intake_close(enqueue->intake);
	queue_close(enqueue->queue);
	conf_free(enqueue->conf);
	arena_free(&enqueue->batch);
	arena_free(&enqueue->kept_text);
	free(enqueue->kept);
	free(enqueue->ids);
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct enqueue enqueue = {.state = STATE_QUEUED};
	struct err err = {0};

	for (int c; (c = options_next(&options)) != -1;) {
		if (c == 'o')
			enqueue.org = options.value;
		else if (c == 'd')
			enqueue.state = STATE_DRAFT;
		else
			enqueue.all_or_nothing = true;
	}
	if (!(enqueue.conf = conf_load(options.conf_path, &err)) ||
	    !(enqueue.queue = queue_open(enqueue.conf, QUEUE_ACCEPT, &err)) ||
	    !(enqueue.intake = intake_open(enqueue.queue, &err)))
		err_exit(&err);
	enqueue.limits = intake_limits(enqueue.conf);
	enqueue.ids = mem_array(INTAKE_MOST, sizeof *enqueue.ids);

	if (*options.operands)
		take_files(&enqueue, options.operands);
	else
		take_input(&enqueue, STDIN_FILENO, NULL);
	if (enqueue.code == 0)
		take_kept(&enqueue);
	end(&enqueue);
	return enqueue.code;
}
