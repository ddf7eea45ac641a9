/*
 * mailq-enqueue: takes messages, as JSON or one from options, and prints their ids once they are on
 * disk.
 *
 * Manual: man/mailq-enqueue.1.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/json_stream.h"
#include "base/mem.h"
#include "base/options.h"
#include "queue/intake.h"
#include "spool/owner.h"

/* What one message is made of: an option, the field of the request that it is, and how it is said.
 */
enum how {
	AS_TEXT,
	AS_CONTENT, /* or @file, or - for standard input */
	AS_JSON,    /* the same */
	AS_LIST,    /* an element each time */
	AS_NUMBER,
	AS_TIME,
	AS_HEADER,
	AS_FILE,
};

enum {
	OPT_FROM = 256,
	OPT_TO,
	OPT_CC,
	OPT_BCC,
	OPT_SUBJECT,
	OPT_HTML,
	OPT_TEXT,
	OPT_TEMPLATE,
	OPT_CONTEXT,
	OPT_ATTACH,
	OPT_HEADER,
	OPT_CONNECTOR,
	OPT_PRIORITY,
	OPT_AT,
	OPT_KEY,
	OPT_END,
};

static const struct part {
	const char *field;
	enum how how;
} parts[] = {
	[0] = {     "from_email",    AS_TEXT},
	[OPT_TO - OPT_FROM] = {      "to_emails",    AS_LIST},
	[OPT_CC - OPT_FROM] = {      "cc_emails",    AS_LIST},
	[OPT_BCC - OPT_FROM] = {     "bcc_emails",    AS_LIST},
	[OPT_SUBJECT - OPT_FROM] = {        "subject",    AS_TEXT},
	[OPT_HTML - OPT_FROM] = {      "body_html", AS_CONTENT},
	[OPT_TEXT - OPT_FROM] = {      "body_text", AS_CONTENT},
	[OPT_TEMPLATE - OPT_FROM] = {    "template_id",    AS_TEXT},
	[OPT_CONTEXT - OPT_FROM] = {        "context",    AS_JSON},
	[OPT_ATTACH - OPT_FROM] = {    "attachments",    AS_FILE},
	[OPT_HEADER - OPT_FROM] = {        "headers",  AS_HEADER},
	[OPT_CONNECTOR - OPT_FROM] = {   "connector_id",    AS_TEXT},
	[OPT_PRIORITY - OPT_FROM] = {       "priority",  AS_NUMBER},
	[OPT_AT - OPT_FROM] = {   "scheduled_at",    AS_TIME},
	[OPT_KEY - OPT_FROM] = {"idempotency_key",    AS_TEXT},
};

static const struct usage usage = {
	.synopsis =
		"mailq-enqueue [-C file] [-o org] [--draft] [--all-or-nothing] [file ...]\n"
		"       mailq-enqueue [-C file] [-o org] [--draft] --to address [--from address]\n"
		"                     [--cc address] [--bcc address] [--subject text]\n"
		"                     [--text text] [--html text] [--template id]\n"
		"                     [--context json] [--attach file] [--header 'name: value']\n"
		"                     [--connector id] [--priority n] [--at time]\n"
		"                     [--idempotency-key key]",
	.about =
		"Takes messages as JSON objects, one after another, from files or standard input,\n"
		"or one message from options, and prints the id of each as soon as it is on disk.\n"
		"A text or context may be @file, or - for standard input.",
	.options = "o:",
	.long_options =
		(const struct option[]){{"draft", no_argument, NULL, 'd'},
					{"all-or-nothing", no_argument, NULL, 'a'},
					{"from", required_argument, NULL, OPT_FROM},
					{"to", required_argument, NULL, OPT_TO},
					{"cc", required_argument, NULL, OPT_CC},
					{"bcc", required_argument, NULL, OPT_BCC},
					{"subject", required_argument, NULL, OPT_SUBJECT},
					{"html", required_argument, NULL, OPT_HTML},
					{"text", required_argument, NULL, OPT_TEXT},
					{"template", required_argument, NULL, OPT_TEMPLATE},
					{"context", required_argument, NULL, OPT_CONTEXT},
					{"attach", required_argument, NULL, OPT_ATTACH},
					{"header", required_argument, NULL, OPT_HEADER},
					{"connector", required_argument, NULL, OPT_CONNECTOR},
					{"priority", required_argument, NULL, OPT_PRIORITY},
					{"at", required_argument, NULL, OPT_AT},
					{"idempotency-key", required_argument, NULL, OPT_KEY},
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

/* An option of one message, as it was given. */
struct given {
	int option;
	const char *value;
};

struct enqueue {
	struct given *given;
	size_t n_given;
	int *files; /* opened before root's rights go: operands, or attachments */
	size_t n_files;
	bool tells_progress;
	uint64_t told;

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

/* Only for somebody who watches, and waits for long. */
#define PROGRESS_EVERY 1000

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
	if (enqueue->n_ids && fflush(stdout) == EOF)
		err_exit(&(struct err){.code = EX_IOERR, .text = "cannot write the ids"});
	tell_progress(enqueue, enqueue->n_ids);
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
	for (size_t i = 0; i < enqueue->n_files; i++)
		take_input(enqueue, enqueue->files[i], names[i]);
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

/* --- one message from options --- */

static void put_list(const struct enqueue *enqueue, struct json_out *out, int option)
{
	for (size_t i = 0; i < enqueue->n_given; i++)
		if (enqueue->given[i].option == option)
			json_put_text(out, NULL, enqueue->given[i].value);
}

static void put_headers(const struct enqueue *enqueue, struct json_out *out)
{
	for (size_t i = 0; i < enqueue->n_given; i++) {
		struct slice value = slice_text(enqueue->given[i].value), name;
		if (enqueue->given[i].option != OPT_HEADER)
			continue;
		if (slice_find(value, ':') == value.n || !slice_next(&value, ':', &name))
			options_misuse("--header must be 'name: value'");
		struct json text = {.type = JSON_STRING, .text = slice_trim(value)};
		json_put_value(out, slice_trim(name), &text);
	}
}

static void put_attachments(const struct enqueue *enqueue, struct json_out *out)
{
	size_t n = 0;

	for (size_t i = 0; i < enqueue->n_given; i++) {
		const char *name = enqueue->given[i].value, *slash;
		struct stat st;
		if (enqueue->given[i].option != OPT_ATTACH)
			continue;
		if (fstat(enqueue->files[n++], &st) < 0 || !S_ISREG(st.st_mode))
			err_exit(&(struct err){EX_DATAERR, "--attach: not a regular file"});
		slash = strrchr(name, '/');
		json_open(out, NULL, '{');
		json_put_text(out, "filename", slash ? slash + 1 : name);
		json_put_int(out, "size", st.st_size);
		json_close(out, '}');
	}
}

/* The text itself, or what it names. */
static struct slice content(struct enqueue *enqueue, const char *value)
{
	struct err err = {0};
	struct buf text = {0};
	bool is_input = strcmp(value, "-") == 0;

	if (!is_input && *value != '@')
		return slice_text(value);
	int fd = is_input ? STDIN_FILENO : open(value + 1, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !io_read_all(fd, &text, enqueue->limits.max_message_bytes, value, &err)) {
		if (fd < 0)
			io_err(&err, "%s", value + 1);
		err_exit(&err);
	}
	if (!is_input)
		close(fd);
	struct slice result = arena_slice(&enqueue->batch, buf_slice(&text));
	buf_free(&text);
	return result;
}

static void put_json(struct enqueue *enqueue, struct json_out *out, const char *field,
		     const char *value)
{
	struct err err = {0};
	const struct json *json = json_parse(content(enqueue, value), &enqueue->batch, &err);

	if (!json) {
		err_at(&err, "%s", field);
		err_exit(&err);
	}
	json_put_value(out, slice_text(field), json);
}

/* RFC 3339, or "+2h" from now. */
static void put_time(struct json_out *out, const char *field, const char *value)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t age;

	if (*value == '+' && clock_parse_age(slice_text(value + 1), &age)) {
		clock_format(clock_now_ms() + age, text);
		value = text;
	}
	json_put_text(out, field, value);
}

static void put_number(struct json_out *out, const char *field, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (*value && !*end)
		json_put_int(out, field, n);
	else
		json_put_text(out, field, value); /* and is refused there, by its name */
}

static const char *last_given(const struct enqueue *enqueue, int option)
{
	const char *value = NULL;

	for (size_t i = 0; i < enqueue->n_given; i++)
		if (enqueue->given[i].option == option)
			value = enqueue->given[i].value;
	return value;
}

static void put_part(struct enqueue *enqueue, struct json_out *out, int option, const char *value)
{
	const struct part *part = &parts[option - OPT_FROM];
	bool is_object = part->how == AS_HEADER;

	switch (part->how) {
	case AS_TEXT:
		json_put_text(out, part->field, value);
		break;
	case AS_CONTENT:
		json_put_slice(out, part->field, content(enqueue, value));
		break;
	case AS_JSON:
		put_json(enqueue, out, part->field, value);
		break;
	case AS_NUMBER:
		put_number(out, part->field, value);
		break;
	case AS_TIME:
		put_time(out, part->field, value);
		break;
	case AS_LIST:
	case AS_HEADER:
	case AS_FILE:
		json_open(out, part->field, is_object ? '{' : '[');
		if (part->how == AS_LIST)
			put_list(enqueue, out, option);
		else if (part->how == AS_HEADER)
			put_headers(enqueue, out);
		else
			put_attachments(enqueue, out);
		json_close(out, is_object ? '}' : ']');
	}
}

/* The same JSON that others write by hand, so that one reader checks both. */
static struct request *request_of_options(struct enqueue *enqueue, struct err *err)
{
	struct buf json = {0};
	struct json_out out = {.buf = &json};

	json_open(&out, NULL, '{');
	if (enqueue->org)
		json_put_text(&out, "organization_id", enqueue->org);
	for (int option = OPT_FROM; option < OPT_END; option++) {
		const char *value = last_given(enqueue, option);
		if (value)
			put_part(enqueue, &out, option, value);
	}
	json_close(&out, '}');
	struct slice text = arena_slice(&enqueue->batch, buf_slice(&json));
	buf_free(&json);
	if (enqueue->n_files == 0)
		return request_parse(text, &enqueue->batch, &enqueue->limits, err);
	/* attachments with a size and no content are only read as the spool has them */
	struct request *request = request_read(text, &enqueue->batch, err);
	return request && request_within(request, &enqueue->limits, err) ? request : NULL;
}

static void take_options(struct enqueue *enqueue)
{
	struct err err = {0};
	struct request *request = request_of_options(enqueue, &err);

	if (!request || !intake_add_files(enqueue->intake, request, enqueue->state, enqueue->files,
					  enqueue->n_files, enqueue->ids[0], &err))
		err_exit(&err);
	enqueue->n_ids = 1;
	commit(enqueue);
}

/* --- starting and ending --- */

static void open_file(struct enqueue *enqueue, const char *name)
{
	struct err err = {0};
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		io_err(&err, "%s", name);
		err_exit(&err);
	}
	enqueue->files[enqueue->n_files++] = fd;
}

/* As whoever calls; later we may be somebody else. */
static void open_files(struct enqueue *enqueue, char **operands, int argc)
{
	enqueue->files = mem_array((size_t)argc, sizeof *enqueue->files);
	if (enqueue->n_given && *operands)
		options_misuse("one message from options, or files, not both");
	for (; *operands; operands++)
		open_file(enqueue, *operands);
	for (size_t i = 0; i < enqueue->n_given; i++)
		if (enqueue->given[i].option == OPT_ATTACH)
			open_file(enqueue, enqueue->given[i].value);
}

static void read_options(struct enqueue *enqueue, struct options *options)
{
	for (int c; (c = options_next(options)) != -1;) {
		if (c == 'o')
			enqueue->org = options->value;
		else if (c == 'd')
			enqueue->state = STATE_DRAFT;
		else if (c == 'a')
			enqueue->all_or_nothing = true;
		else
			enqueue->given[enqueue->n_given++] = (struct given){c, options->value};
	}
}

static void start(struct enqueue *enqueue, const char *conf_path)
{
	struct err err = {0};

	if (!(enqueue->conf = conf_load(conf_path, &err)) ||
	    !spool_become_owner(enqueue->conf->spool, &err) ||
	    !(enqueue->queue = queue_open(enqueue->conf, QUEUE_ACCEPT, &err)) ||
	    !(enqueue->intake = intake_open(enqueue->queue, &err)))
		err_exit(&err);
	enqueue->limits = intake_limits(enqueue->conf);
	enqueue->ids = mem_array(INTAKE_MOST, sizeof *enqueue->ids);
	enqueue->tells_progress = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
}

static void end(struct enqueue *enqueue)
{
	if (enqueue->tells_progress && enqueue->told >= PROGRESS_EVERY)
		fprintf(stderr, "\r%llu messages\n", (unsigned long long)enqueue->told);
	intake_close(enqueue->intake);
	queue_close(enqueue->queue);
	conf_free(enqueue->conf);
	arena_free(&enqueue->batch);
	arena_free(&enqueue->kept_text);
	for (size_t i = 0; i < enqueue->n_files; i++)
		close(enqueue->files[i]);
	free(enqueue->files);
	free(enqueue->given);
	free(enqueue->kept);
	free(enqueue->ids);
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct enqueue enqueue = {.state = STATE_QUEUED};

	enqueue.given = mem_array((size_t)argc, sizeof *enqueue.given);
	read_options(&enqueue, &options);
	open_files(&enqueue, options.operands, argc);
	start(&enqueue, options.conf_path);

	if (enqueue.n_given)
		take_options(&enqueue);
	else if (*options.operands)
		take_files(&enqueue, options.operands);
	else
		take_input(&enqueue, STDIN_FILENO, NULL);
	if (enqueue.code == 0)
		take_kept(&enqueue);
	end(&enqueue);
	return enqueue.code;
}
