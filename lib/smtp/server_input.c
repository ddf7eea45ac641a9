/* What clients send: each state takes its bytes off *input; false: it needs more. */
#include "smtp/internal.h"

/* Parameters and AUTH need more than the 512 of RFC 5321 4.5.3.1.4. */
#define LINE_BYTES 4096

/* A client that does not read its replies is not heard any more either. */
#define OUTPUT_BYTES 65536

/* True when a line is whole, or will never be: then the session is over, and *line is empty. */
static bool take_line(struct smtp_server *server, struct slice *input, struct slice *line)
{
	struct slice some = slice_first(*input, LINE_BYTES - server->line.n);
	size_t end = slice_find(some, '\n');
	size_t n = end < some.n ? end + 1 : some.n;

	buf_add_slice(&server->line, slice_first(some, n));
	*input = slice_after(*input, n);
	*line = (struct slice){0};
	if (end == some.n) {
		if (server->line.n == LINE_BYTES)
			smtp_server_end(server, "500 5.5.6 that line is too long");
		return server->line.n == LINE_BYTES;
	}
	*line = buf_slice(&server->line);
	return true;
}

/* The line without its end, or nothing when it has another, or bytes that no command has. */
static bool is_fit(struct slice *line)
{
	if (!slice_ends(*line, "\r\n"))
		return false;
	*line = slice_first(*line, line->n - 2);
	for (size_t i = 0; i < line->n; i++)
		if (smtp_is_control(line->p[i]))
			return false;
	return true;
}

static bool read_line(struct smtp_server *server, struct slice *input, struct smtp_request *request)
{
	static const char not_a_line[] =
		"500 5.5.2 a line ends with CR LF and has no control characters";
	struct slice line;

	if (!take_line(server, input, &line))
		return false;
	buf_clear(&server->line); /* its bytes stay until the next call */
	arena_reset(&server->memory);
	server->behind = input->n;
	if (line.n == 0)
		return true;
	if (!is_fit(&line)) {
		server->state = SMTP_STATE_COMMAND; /* an exchange of AUTH ends as well */
		smtp_server_refuse(server, not_a_line);
	} else if (server->state == SMTP_STATE_COMMAND) {
		smtp_server_obey(server, line, request);
	} else {
		smtp_server_respond(server, line, request);
	}
	return true;
}

static void end_bare(struct smtp_server *server)
{
	smtp_server_end(server, "521 5.5.2 the message has a CR or LF without the other");
}

/* Hands on a part of the message, or drops it when that has become too large. */
static void pass_on(struct smtp_server *server, struct slice bytes, struct smtp_request *request)
{
	if (server->refusal)
		return;
	server->size += bytes.n;
	if (server->config->size_limit && server->size > server->config->size_limit) {
		server->refusal = "552 5.3.4 that is larger than this server takes";
		server->aborted = true;
		server->begun = false;
		return;
	}
	request->type = SMTP_CHUNK;
	request->bytes = bytes;
}

static bool read_data(struct smtp_server *server, struct slice *input, struct smtp_request *request)
{
	struct slice chunk;

	switch (smtp_data_read(&server->data, input, &chunk)) {
	case SMTP_DATA_MORE:
		return false;
	case SMTP_DATA_CHUNK:
		pass_on(server, chunk, request);
		return true;
	case SMTP_DATA_BARE:
		end_bare(server);
		return true;
	case SMTP_DATA_END:
		break;
	}
	server->state = SMTP_STATE_COMMAND;
	if (server->refusal) {
		smtp_server_refuse(server, server->refusal);
		smtp_server_reset(server);
	} else {
		smtp_server_ask(server, request, SMTP_ASK_END);
	}
	return true;
}

static void end_chunk(struct smtp_server *server, struct smtp_request *request)
{
	server->state = SMTP_STATE_COMMAND;
	if (!server->chunk_last)
		smtp_server_say(server, "250 2.0.0 Ok");
	else if (server->data.state == SMTP_DATA_AT_CR)
		end_bare(server);
	else
		smtp_server_ask(server, request, SMTP_ASK_END);
}

static struct slice take_of_chunk(struct smtp_server *server, struct slice *input)
{
	size_t n = input->n < server->chunk_left ? input->n : (size_t)server->chunk_left;
	struct slice bytes = slice_first(*input, n);

	server->chunk_left -= n;
	*input = slice_after(*input, n);
	return bytes;
}

static bool read_chunk(struct smtp_server *server, struct slice *input,
		       struct smtp_request *request)
{
	if (server->chunk_left == 0) {
		end_chunk(server, request);
		return true;
	}
	if (input->n == 0)
		return false;
	struct slice bytes = take_of_chunk(server, input);
	if (smtp_data_check(&server->data, bytes))
		pass_on(server, bytes, request);
	else
		end_bare(server);
	return true;
}

static bool skip_chunk(struct smtp_server *server, struct slice *input,
		       struct smtp_request *request)
{
	(void)request;
	if (server->chunk_left == 0)
		server->state = SMTP_STATE_COMMAND;
	else if (input->n == 0)
		return false;
	else
		take_of_chunk(server, input);
	return true;
}

static bool read_nothing(struct smtp_server *server, struct slice *input,
			 struct smtp_request *request)
{
	(void)server;
	(void)request;
	/* What came behind STARTTLS came in the clear and must not be heard behind TLS
	 * (CVE-2011-0411); what comes behind the end is nobody's. */
	*input = (struct slice){0};
	return false;
}

static bool (*const readers[])(struct smtp_server *server, struct slice *input,
			       struct smtp_request *request) = {
	[SMTP_STATE_COMMAND] = read_line, [SMTP_STATE_AUTH] = read_line,
	[SMTP_STATE_DATA] = read_data,    [SMTP_STATE_BDAT] = read_chunk,
	[SMTP_STATE_SKIP] = skip_chunk,   [SMTP_STATE_TLS] = read_nothing,
	[SMTP_STATE_OVER] = read_nothing,
};

bool smtp_server_next(struct smtp_server *server, struct slice *input, struct smtp_request *request)
{
	*request = (struct smtp_request){0};
	while (server->asked == SMTP_NO_REQUEST && server->out.n - server->sent < OUTPUT_BYTES) {
		if (server->aborted) {
			server->aborted = false;
			request->type = SMTP_ABORT;
			return true;
		}
		bool went_on = readers[server->state](server, input, request);
		if (request->type != SMTP_NO_REQUEST)
			return true;
		if (!went_on)
			return false;
	}
	return false;
}
