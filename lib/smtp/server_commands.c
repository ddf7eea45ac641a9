#include "smtp/internal.h"

#include <inttypes.h>
#include <stdio.h>

static bool offers_auth(const struct smtp_server *server)
{
	return server->config->auth && (server->secure || server->config->auth_in_clear);
}

/* RFC 5321 4.1.4: a greeting begins anew. */
static bool greet(struct smtp_server *server, struct slice name)
{
	if (name.n == 0) {
		smtp_server_refuse(server, "501 5.5.4 a greeting has your name behind it");
		return false;
	}
	smtp_server_reset(server);
	snprintf(server->helo, sizeof server->helo, "%.*s", SLICE_ARGS(name));
	return true;
}

static void on_helo(struct smtp_server *server, struct slice arguments,
		    struct smtp_request *request)
{
	(void)request;
	if (greet(server, arguments))
		buf_addf(&server->out, "250 %s\r\n", server->config->hostname);
}

static void on_ehlo(struct smtp_server *server, struct slice arguments,
		    struct smtp_request *request)
{
	const struct smtp_server_config *config = server->config;

	(void)request;
	if (!greet(server, arguments))
		return;
	buf_addf(&server->out, "250-%s\r\n", config->hostname);
	if (config->starttls && !server->secure)
		buf_add_text(&server->out, "250-STARTTLS\r\n");
	if (offers_auth(server))
		buf_add_text(&server->out, "250-AUTH PLAIN LOGIN\r\n");
	if (config->size_limit)
		buf_addf(&server->out, "250-SIZE %" PRIu64 "\r\n", config->size_limit);
	buf_add_text(&server->out,
		     "250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n"
		     "250-ENHANCEDSTATUSCODES\r\n250 CHUNKING\r\n");
}

static void on_starttls(struct smtp_server *server, struct slice arguments,
			struct smtp_request *request)
{
	if (!server->config->starttls || server->secure) {
		smtp_server_refuse(server, "503 5.5.1 no TLS to start here");
		return;
	}
	if (arguments.n) {
		smtp_server_refuse(server, "501 5.5.4 STARTTLS takes no arguments");
		return;
	}
	smtp_server_say(server, "220 2.0.0 go ahead");
	smtp_server_reset(server);
	server->state = SMTP_STATE_TLS;
	request->type = SMTP_TLS;
}

static void take_sasl_step(struct smtp_server *server, enum smtp_sasl_step step, const char *reply,
			   struct smtp_request *request)
{
	/* The line held the secret too. */
	if (server->line.p)
		explicit_bzero(server->line.p, server->line.room);
	server->state = step == SMTP_SASL_MORE ? SMTP_STATE_AUTH : SMTP_STATE_COMMAND;
	if (step == SMTP_SASL_MORE) {
		smtp_server_say(server, reply);
	} else if (step == SMTP_SASL_BAD) {
		smtp_sasl_wipe(&server->sasl);
		smtp_server_refuse(server, reply);
	} else {
		request->user = buf_slice(&server->sasl.user);
		request->secret = buf_slice(&server->sasl.secret);
		smtp_server_ask(server, request, SMTP_ASK_AUTH);
	}
}

void smtp_server_respond(struct smtp_server *server, struct slice line,
			 struct smtp_request *request)
{
	const char *reply = NULL;
	enum smtp_sasl_step step = smtp_sasl_line(&server->sasl, line, &reply);

	take_sasl_step(server, step, reply, request);
}

static void on_auth(struct smtp_server *server, struct slice arguments,
		    struct smtp_request *request)
{
	const char *reply = NULL;

	if (!offers_auth(server)) {
		smtp_server_refuse(server, server->config->auth ? "538 5.7.11 only behind TLS"
								: "503 5.5.1 nobody logs in here");
		return;
	}
	if (server->logged_in || server->has_sender) {
		smtp_server_refuse(server, "503 5.5.1 not now");
		return;
	}
	enum smtp_sasl_step step = smtp_sasl_begin(&server->sasl, arguments, &reply);
	take_sasl_step(server, step, reply, request);
}

static void on_mail(struct smtp_server *server, struct slice arguments,
		    struct smtp_request *request)
{
	const char *refusal = NULL;

	if (server->has_sender)
		refusal = "503 5.5.1 there is a sender already";
	else if (server->config->auth_required && !server->logged_in)
		refusal = "530 5.7.0 log in first";
	else
		refusal = smtp_mail_parse(arguments, &server->memory, &request->mail);
	if (!refusal && server->config->size_limit &&
	    request->mail.size > server->config->size_limit)
		refusal = "552 5.3.4 that is larger than this server takes";
	if (refusal) {
		smtp_server_refuse(server, refusal);
		return;
	}
	server->smtputf8 = request->mail.smtputf8;
	smtp_server_ask(server, request, SMTP_ASK_MAIL);
}

static void on_rcpt(struct smtp_server *server, struct slice arguments,
		    struct smtp_request *request)
{
	const char *refusal = NULL;

	if (!server->has_sender)
		refusal = "503 5.5.1 MAIL comes first";
	else if (server->begun || server->failed)
		refusal = "503 5.5.1 the message has begun already";
	else if (server->recipients >= server->config->recipients_max)
		refusal = "452 4.5.3 too many recipients";
	else
		refusal = smtp_rcpt_parse(arguments, server->smtputf8, &server->memory,
					  &request->rcpt);
	if (refusal)
		smtp_server_refuse(server, refusal);
	else
		smtp_server_ask(server, request, SMTP_ASK_RCPT);
}

static const char *not_ready(const struct smtp_server *server)
{
	if (!server->has_sender)
		return "503 5.5.1 MAIL comes first";
	return server->recipients ? NULL : "554 5.5.1 no valid recipients";
}

static void on_data(struct smtp_server *server, struct slice arguments,
		    struct smtp_request *request)
{
	const char *refusal = not_ready(server);

	/* RFC 2920 3.1: DATA is the last of a group. What is there already was not written by who
	 * waits for our 354: it may be a message that somebody made look like commands. */
	if (server->behind && !server->config->unasked) {
		smtp_server_end(server, "554 5.5.0 nothing may follow DATA before its answer");
		return;
	}
	if (server->begun || server->failed)
		refusal = "503 5.5.1 the message has begun already";
	else if (arguments.n)
		refusal = "501 5.5.4 DATA takes no arguments";
	if (refusal)
		smtp_server_refuse(server, refusal);
	else
		smtp_server_ask(server, request, SMTP_ASK_BEGIN);
}

/* RFC 3030 2: the chunk follows at once, and has to be taken even if it is refused. */
static void on_bdat(struct smtp_server *server, struct slice arguments,
		    struct smtp_request *request)
{
	struct slice length = {0}, last = {0};
	const char *refusal = not_ready(server);

	if (!slice_next(&arguments, ' ', &length) ||
	    !slice_number(length, INT64_MAX, &server->chunk_left) ||
	    (slice_next(&arguments, ' ', &last) && !slice_is_nocase(last, "LAST")) || arguments.n) {
		smtp_server_end(server, "501 5.5.4 it is BDAT and a length");
		return;
	}
	server->chunk_last = last.n > 0;
	server->state = SMTP_STATE_SKIP;
	if (server->failed)
		refusal = "503 5.5.1 the message was refused";
	else if (server->config->size_limit &&
		 server->chunk_left > server->config->size_limit - server->size)
		refusal = "552 5.3.4 that is larger than this server takes";
	if (refusal) {
		server->failed = server->has_sender;
		server->aborted |= server->begun;
		server->begun = false;
		smtp_server_refuse(server, refusal);
		return;
	}
	server->state = SMTP_STATE_BDAT;
	if (!server->begun)
		smtp_server_ask(server, request, SMTP_ASK_BEGIN);
}

static void on_rset(struct smtp_server *server, struct slice arguments,
		    struct smtp_request *request)
{
	(void)arguments;
	(void)request;
	smtp_server_reset(server);
	smtp_server_say(server, "250 2.0.0 Ok");
}

enum when {
	ALWAYS,
	GREETED, /* only after HELO or EHLO */
};

/* clang-format off */
static const struct {
	const char *name;
	void (*handle)(struct smtp_server *server, struct slice arguments,
		       struct smtp_request *request);
	enum when when;
} commands[] = {
	{"EHLO",     on_ehlo,     ALWAYS},  /* RFC 5321 4.1.1.1 */
	{"HELO",     on_helo,     ALWAYS},  /* 4.1.1.1 */
	{"MAIL",     on_mail,     GREETED}, /* 4.1.1.2 */
	{"RCPT",     on_rcpt,     GREETED}, /* 4.1.1.3 */
	{"DATA",     on_data,     GREETED}, /* 4.1.1.4 */
	{"RSET",     on_rset,     ALWAYS},  /* 4.1.1.5 */
	{"BDAT",     on_bdat,     ALWAYS},  /* RFC 3030 2: its chunk has to be taken anyway */
	{"STARTTLS", on_starttls, GREETED}, /* RFC 3207 4 */
	{"AUTH",     on_auth,     GREETED}, /* RFC 4954 4 */
};
/* clang-format on */

/* Commands that change nothing and just have a reply, which may be the last. */
static const struct {
	const char *name;
	const char *reply;
	bool over;
} simple[] = {
	{"NOOP", "250 2.0.0 Ok", false},                               /* RFC 5321 4.1.1.9 */
	{"VRFY", "252 2.1.5 send some mail, it will be tried", false}, /* 4.1.1.6 */
	{"QUIT", "221 2.0.0 Bye", true},                               /* 4.1.1.10 */
	{"GET", "554 5.5.1 this is SMTP", true},  /* a browser, told by a page to talk to */
	{"POST", "554 5.5.1 this is SMTP", true}, /* a port of this machine */
};

static void obey_simple(struct smtp_server *server, struct slice word)
{
	for (size_t i = 0; i < sizeof simple / sizeof *simple; i++) {
		if (!slice_is_nocase(word, simple[i].name))
			continue;
		if (simple[i].over)
			smtp_server_end(server, simple[i].reply);
		else
			smtp_server_say(server, simple[i].reply);
		return;
	}
	smtp_server_refuse(server, "500 5.5.2 not a command of this server");
}

void smtp_server_obey(struct smtp_server *server, struct slice line, struct smtp_request *request)
{
	struct slice rest = line, word = {0};

	slice_next(&rest, ' ', &word);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (!slice_is_nocase(word, commands[i].name))
			continue;
		if (commands[i].when == GREETED && !server->helo[0])
			smtp_server_refuse(server, "503 5.5.1 say EHLO first");
		else
			commands[i].handle(server, slice_trim(rest), request);
		return;
	}
	obey_simple(server, word);
}
