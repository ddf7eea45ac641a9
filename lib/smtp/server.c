#include "smtp/internal.h"

#include <assert.h>
#include <stdio.h>

/* Parameters and AUTH need more than the 512 of RFC 5321 4.5.3.1.4. */
#define LINE_BYTES 4096

/* RFC 5321 4.5.3.1.5, without the line's end. */
#define REPLY_BYTES 510

/* A client that does not read its replies is not heard any more either. */
#define OUTPUT_BYTES 65536

/* --- replies --- */

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

void smtp_server_say(struct smtp_server *server, const char *reply)
{
	size_t n = strnlen(reply, REPLY_BYTES);

	for (size_t i = 0; i < n; i++) {
		char c = reply[i];
		if (is_control(c))
			c = '?';
		buf_add_char(&server->out, c);
	}
	buf_add_text(&server->out, "\r\n");
}

void smtp_server_end(struct smtp_server *server, const char *reply)
{
	assert(server->asked != SMTP_ASK_END);

	smtp_server_say(server, reply);
	server->state = SMTP_STATE_OVER;
	server->asked = SMTP_NO_REQUEST;
	server->aborted |= server->begun;
	server->begun = false;
}

void smtp_server_refuse(struct smtp_server *server, const char *reply)
{
	if (*reply == '5' && ++server->errors >= server->config->errors_max)
		smtp_server_end(server, "421 4.7.0 too many errors");
	else
		smtp_server_say(server, reply);
}

void smtp_server_ask(struct smtp_server *server, struct smtp_request *request,
		     enum smtp_request_type type)
{
	request->type = type;
	server->asked = type;
}

bool smtp_server_output(const struct smtp_server *server, struct slice *out)
{
	*out = slice_after(buf_slice(&server->out), server->sent);
	return out->n > 0;
}

void smtp_server_sent(struct smtp_server *server, size_t n)
{
	assert(n <= server->out.n - server->sent);

	server->sent += n;
	if (server->sent == server->out.n) {
		buf_clear(&server->out);
		server->sent = 0;
	}
}

bool smtp_server_is_over(const struct smtp_server *server)
{
	return server->state == SMTP_STATE_OVER;
}

/* --- life --- */

void smtp_server_init(struct smtp_server *server, const struct smtp_server_config *config)
{
	*server = (struct smtp_server){.config = config};
	buf_addf(&server->out, "220 %s ESMTP mailq\r\n", config->hostname);
}

void smtp_server_free(struct smtp_server *server)
{
	smtp_sasl_wipe(&server->sasl);
	buf_free(&server->out);
	buf_free(&server->line);
	arena_free(&server->memory);
}

void smtp_server_reset(struct smtp_server *server)
{
	server->aborted |= server->begun;
	server->begun = server->failed = server->has_sender = server->smtputf8 = false;
	server->recipients = 0;
	server->refusal = NULL;
	server->size = 0;
	server->data = (struct smtp_data)SMTP_DATA_START;
}

void smtp_server_secured(struct smtp_server *server)
{
	assert(server->state == SMTP_STATE_TLS);

	smtp_server_reset(server);
	server->state = SMTP_STATE_COMMAND;
	server->secure = true;
	server->helo[0] = '\0';
	server->logged_in = false;
}

/* --- input: each state takes its bytes off *input; false: it needs more --- */

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
		if (is_control(line->p[i]))
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

/* --- answers --- */

static void begin_message(struct smtp_server *server, bool yes, const char *text)
{
	bool counted = server->state == SMTP_STATE_BDAT;

	server->begun = yes;
	if (!counted && yes)
		server->state = SMTP_STATE_DATA;
	if (counted && !yes) {
		server->state = SMTP_STATE_SKIP;
		server->failed = true;
	}
	if (!counted || !yes)
		smtp_server_say(server, text);
}

static void settle(struct smtp_server *server, bool yes, const char *text)
{
	enum smtp_request_type asked = server->asked;

	server->asked = SMTP_NO_REQUEST;
	if (asked == SMTP_ASK_BEGIN) {
		begin_message(server, yes, text);
		return;
	}
	if (asked == SMTP_ASK_AUTH) {
		server->logged_in = yes;
		smtp_sasl_wipe(&server->sasl);
	} else if (asked == SMTP_ASK_MAIL) {
		server->has_sender = yes;
	} else if (asked == SMTP_ASK_RCPT) {
		server->recipients += yes;
	} else if (asked == SMTP_ASK_END) {
		server->begun = false;
		smtp_server_reset(server);
	}
	smtp_server_refuse(server, text);
}

void smtp_server_answer(struct smtp_server *server, const char *fmt, ...)
{
	char text[REPLY_BYTES + 1];
	va_list ap;

	assert(server->asked != SMTP_NO_REQUEST);

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	assert(*text >= '2' && *text <= '5');
	settle(server, *text == '2' || *text == '3', text);
}
