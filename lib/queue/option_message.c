#include "queue/option_message.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/options.h"

enum how {
	AS_TEXT,
	AS_CONTENT, /* or @file, or - for standard input */
	AS_JSON,    /* the same, or a file's name alone */
	AS_LIST,    /* an element each time */
	AS_NUMBER,
	AS_TIME,
	AS_HEADER,
	AS_FILE,
};

/* What one message is made of: the field of the request that an option is, and how it is said. */
static const struct part {
	const char *field;
	enum how how;
} parts[] = {
	[0] = {"from_email", AS_TEXT},
	[OPT_TO - OPT_FROM] = {"to_emails", AS_LIST},
	[OPT_CC - OPT_FROM] = {"cc_emails", AS_LIST},
	[OPT_BCC - OPT_FROM] = {"bcc_emails", AS_LIST},
	[OPT_SUBJECT - OPT_FROM] = {"subject", AS_TEXT},
	[OPT_HTML - OPT_FROM] = {"body_html", AS_CONTENT},
	[OPT_TEXT - OPT_FROM] = {"body_text", AS_CONTENT},
	[OPT_TEMPLATE - OPT_FROM] = {"template_id", AS_TEXT},
	[OPT_CONTEXT - OPT_FROM] = {"context", AS_JSON},
	[OPT_ATTACH - OPT_FROM] = {"attachments", AS_FILE},
	[OPT_HEADER - OPT_FROM] = {"headers", AS_HEADER},
	[OPT_CONNECTOR - OPT_FROM] = {"connector_id", AS_TEXT},
	[OPT_PRIORITY - OPT_FROM] = {"priority", AS_NUMBER},
	[OPT_AT - OPT_FROM] = {"scheduled_at", AS_TIME},
	[OPT_KEY - OPT_FROM] = {"idempotency_key", AS_TEXT},
};

/* --- what was given --- */

void option_message_add(struct option_message *message, int option, const char *value)
{
	message->given = mem_resize(message->given, message->n_given + 1, sizeof *message->given);
	message->given[message->n_given++] = (struct option_given){option, value};
}

static void open_file(struct option_message *message, const char *name)
{
	struct err err = {0};
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		io_err(&err, "%s", name);
		err_exit(&err);
	}
	message->files[message->n_files++] = fd;
}

void option_message_open(struct option_message *message)
{
	message->files = mem_array(message->n_given + 1, sizeof *message->files);
	for (size_t i = 0; i < message->n_given; i++)
		if (message->given[i].option == OPT_ATTACH)
			open_file(message, message->given[i].value);
}

void option_message_free(struct option_message *message)
{
	for (size_t i = 0; i < message->n_files; i++)
		close(message->files[i]);
	free(message->files);
	free(message->given);
}

/* --- as JSON --- */

static void put_list(const struct option_message *message, struct json_out *out, int option)
{
	for (size_t i = 0; i < message->n_given; i++)
		if (message->given[i].option == option)
			json_put_text(out, NULL, message->given[i].value);
}

static void put_headers(const struct option_message *message, struct json_out *out)
{
	for (size_t i = 0; i < message->n_given; i++) {
		struct slice value = slice_text(message->given[i].value), name;
		if (message->given[i].option != OPT_HEADER)
			continue;
		if (slice_find(value, ':') == value.n || !slice_next(&value, ':', &name))
			options_misuse("--header must be 'name: value'");
		struct json text = {.type = JSON_STRING, .text = slice_trim(value)};
		json_put_value(out, slice_trim(name), &text);
	}
}

static void put_attachments(const struct option_message *message, struct json_out *out)
{
	size_t n = 0;

	for (size_t i = 0; i < message->n_given; i++) {
		const char *name = message->given[i].value, *slash;
		struct stat st;
		if (message->given[i].option != OPT_ATTACH)
			continue;
		if (fstat(message->files[n++], &st) < 0 || !S_ISREG(st.st_mode)) {
			struct err err;
			err_set(&err, EX_DATAERR, "--attach: %s: not a regular file", name);
			err_exit(&err);
		}
		slash = strrchr(name, '/');
		json_open(out, NULL, '{');
		json_put_text(out, "filename", slash ? slash + 1 : name);
		json_put_int(out, "size", st.st_size);
		json_close(out, '}');
	}
}

/* The text itself, or what it names. */
static struct slice content(struct option_message *message, const char *value)
{
	struct err err = {0};
	struct buf text = {0};
	bool is_input = strcmp(value, "-") == 0;

	if (!is_input && *value != '@')
		return slice_text(value);
	int fd = is_input ? STDIN_FILENO : open(value + 1, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !io_read_all(fd, &text, message->limits->max_message_bytes, value, &err)) {
		if (fd < 0)
			io_err(&err, "%s", value + 1);
		err_exit(&err);
	}
	if (!is_input)
		close(fd);
	struct slice result = arena_slice(message->arena, buf_slice(&text));
	buf_free(&text);
	return result;
}

static void put_json(struct option_message *message, struct json_out *out, const char *field,
		     const char *value)
{
	struct err err = {0};
	const struct json *json = json_read_argument(value, message->limits->max_message_bytes,
						     field, message->arena, &err);

	if (!json)
		err_exit(&err);
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

static const char *last_given(const struct option_message *message, int option)
{
	const char *value = NULL;

	for (size_t i = 0; i < message->n_given; i++)
		if (message->given[i].option == option)
			value = message->given[i].value;
	return value;
}

static void put_part(struct option_message *message, struct json_out *out, int option,
		     const char *value)
{
	const struct part *part = &parts[option - OPT_FROM];
	bool is_object = part->how == AS_HEADER;

	switch (part->how) {
	case AS_TEXT:
		json_put_text(out, part->field, value);
		break;
	case AS_CONTENT:
		json_put_slice(out, part->field, content(message, value));
		break;
	case AS_JSON:
		put_json(message, out, part->field, value);
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
			put_list(message, out, option);
		else if (part->how == AS_HEADER)
			put_headers(message, out);
		else
			put_attachments(message, out);
		json_close(out, is_object ? '}' : ']');
	}
}

/* The same JSON that others write by hand, so that one reader checks both. */
struct request *option_message_request(struct option_message *message, struct err *err)
{
	struct buf json = {0};
	struct json_out out = {.buf = &json};

	json_open(&out, NULL, '{');
	if (message->org)
		json_put_text(&out, "organization_id", message->org);
	for (int option = OPT_FROM; option < OPT_END; option++) {
		const char *value = last_given(message, option);
		if (value)
			put_part(message, &out, option, value);
	}
	json_close(&out, '}');
	struct slice text = arena_slice(message->arena, buf_slice(&json));
	buf_free(&json);
	if (message->n_files == 0)
		return request_parse(text, message->arena, message->limits, err);
	/* attachments with a size and no content are only read as the spool has them */
	struct request *request = request_read(text, message->arena, err);
	return request && request_within(request, message->limits, err) ? request : NULL;
}
