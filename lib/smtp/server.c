#include "smtp/internal.h"

#include <assert.h>
#include <stdio.h>

/* RFC 5321 4.5.3.1.5, without the line's end. */
#define REPLY_BYTES 510

/* --- replies --- */

void smtp_server_say(struct smtp_server *server, const char *reply)
{
	size_t n = strnlen(reply, REPLY_BYTES);

	for (size_t i = 0; i < n; i++)
		buf_add_char(&server->out, smtp_is_control(reply[i]) ? '?' : reply[i]);
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
