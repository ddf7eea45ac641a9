/*
 * mailq-send-smtp: delivers to an SMTP server (RFC 5321).
 *
 * libcurl opens the connection: name, TLS, EHLO, AUTH. The mail transactions on it are ours
 * (lib/smtp): pipelined, a verdict for each recipient, many messages a connection, all connections
 * in one loop.
 *
 * Manual: man/mailq-send-smtp.8.
 */
#include "base/clock.h"
#include "base/utf8.h"
#include "sender/dialogue.h"
#include "sender/smtp_connection.h"
#include "smtp/client.h"

/* clang-format off */
static const struct sender_key keys[] = {
	{.name = "host", .type = "host", .required = true,
	 .help = "The server's name or address."},
	{.name = "port", .type = "integer", .standard = "25", .most = 65535,
	 .help = "Usually 25; 587 for submission with starttls, 465 with tls."},
	{.name = "security", .type = "choice", .values = "none starttls tls", .standard = "none",
	 .help = "starttls and tls verify the server's certificate and name."},
	{.name = "ca_file", .type = "path",
	 .help = "PEM file of the authorities to trust; else the system's."},
	{.name = "username", .type = "string", .not_with = "security none",
	 .help = "Log in with this name; this takes starttls or tls."},
	{.name = "password", .type = "string", .secret = true, .help = "$ENV:NAME or $FILE:/path."},
	{.name = "auth", .type = "choice", .values = "plain login xoauth2", .standard = "plain",
	 .help = "How to log in; xoauth2 with a token that the keys below get, else the password."},
	{.name = "client_id", .type = "string", .help = "xoauth2: of the OAuth client."},
	{.name = "client_secret", .type = "string", .secret = true,
	 .help = "xoauth2: $ENV:NAME or $FILE:/path."},
	{.name = "refresh_token", .type = "string", .secret = true,
	 .help = "xoauth2: $ENV:NAME or $FILE:/path; without it the client's own name, which needs "
	         "scope."},
	{.name = "service_account", .type = "string", .secret = true,
	 .help = "xoauth2: $FILE:/path of Google's key (JSON), in place of the client's."},
	{.name = "scope", .type = "string", .help = "xoauth2: what the token is asked for."},
	{.name = "token_url", .type = "url",
	 .help = "xoauth2: where tokens come from; known for Gmail and Microsoft 365."},
	{.name = "from", .type = "address",
	 .help = "The sender where neither the message, its template nor the organization names "
	         "one; of the default connector."},
	{.name = "helo", .type = "string", .help = "The name to greet with; else the host's name."},
	{0},
};
/* clang-format on */

#define WRITES_A_TURN 16

struct smtp {
	struct sender_channel channel;
	struct smtp_connection connection;
	struct loop_watch watch; /* once connected; fd -1 before */
	bool wants_write;
	struct loop_timer timer;
	struct smtp_client client;
	struct smtp_envelope envelope;
};

/* --- connecting --- */

/* Where the tokens of servers come from that are known. */
static const struct {
	const char *host, *token_url;
} known_servers[] = {
	{"smtp.gmail.com", "https://oauth2.googleapis.com/token"},
	{"smtp.office365.com", "https://login.microsoftonline.com/common/oauth2/v2.0/token"},
};

static const char *known_token_url(const struct connector *connector)
{
	const char *host = connector_value(connector, "host");

	for (size_t i = 0; host && i < sizeof known_servers / sizeof *known_servers; i++)
		if (strcasecmp(host, known_servers[i].host) == 0)
			return known_servers[i].token_url;
	return NULL;
}

static void on_ready(void *context, int events);

static void on_silence(void *context);

static void on_up(struct sender_channel *channel)
{
	struct smtp *smtp = (struct smtp *)channel;
	int fd = smtp->connection.fd;
	struct err err = {0};

	smtp->watch = (struct loop_watch){.fd = fd, .fn = on_ready, .context = smtp};
	if (fd == CURL_SOCKET_BAD ||
	    !loop_watch(sender_loop(channel->sender), &smtp->watch, LOOP_READ, &err)) {
		smtp->watch.fd = -1;
		sender_down(channel, SENDER_UNREACHABLE, "the connection was lost");
		return;
	}
	smtp_client_init(&smtp->client, &smtp->connection.ehlo.features);
	sender_up(channel);
}

static void smtp_open(struct sender_channel *channel)
{
	struct smtp *smtp = (struct smtp *)channel;

	smtp->watch.fd = -1;
	smtp->timer = (struct loop_timer){.fn = on_silence, .context = smtp};
	smtp->connection =
		(struct smtp_connection){.channel = channel,
					 .up = on_up,
					 .tokens = {.token_url =
							    known_token_url(channel->connector),
						    .claim_scope = "https://mail.google.com/",
						    .mailbox_key = "username"}};
	smtp_connection_open(&smtp->connection);
}

/* --- the verdicts --- */

static enum verdict verdict_of(enum smtp_verdict verdict)
{
	static const enum verdict verdicts[] = {
		[SMTP_PENDING] = VERDICT_NONE,        [SMTP_DELIVERED] = VERDICT_DELIVERED,
		[SMTP_TRANSIENT] = VERDICT_TRANSIENT, [SMTP_PERMANENT] = VERDICT_PERMANENT,
		[SMTP_UNCERTAIN] = VERDICT_UNCERTAIN,
	};

	return verdicts[verdict];
}

static void fill_reply(struct sender_mail *mail, size_t i, const struct smtp_outcome *outcome)
{
	const struct smtp_enhanced *enhanced = &outcome->reply.enhanced;
	struct attempt_reply *reply = &mail->replies[i];
	struct buf text = {0};

	smtp_reply_print(&outcome->reply, &text);
	reply->verdict = verdict_of(outcome->verdict);
	reply->code = (unsigned)outcome->reply.code;
	reply->text = arena_slice(mail->arena, buf_slice(&text));
	if (enhanced->class)
		reply->enhanced = slice_text(arena_format(mail->arena, "%u.%u.%u", enhanced->class,
							  enhanced->subject, enhanced->detail));
	buf_free(&text);
}

static void finish(struct smtp *smtp)
{
	const struct smtp_result *result = smtp_client_result(&smtp->client);
	struct sender_mail *mail = smtp->channel.mail;
	struct sender_answer answer = {
		.untried = result->untried,
		.throttled = result->throttled,
		.credentials = result->credentials,
		.unreachable = result->unreachable,
		.overflow = result->too_many,
		.reusable = result->reusable,
		.provider_message_id = result->queue_id,
	};

	loop_stop_timer(sender_loop(smtp->channel.sender), &smtp->timer);
	for (size_t i = 0; i < mail->n_replies; i++)
		fill_reply(mail, i, &result->recipients[i]);
	sender_done(&smtp->channel, &answer); /* may begin the next transaction */
}

/* --- the dialogue --- */

static void restart_clock(struct smtp *smtp)
{
	enum smtp_phase phase = smtp_client_phase(&smtp->client);
	const struct connector *connector = smtp->channel.connector;
	unsigned wait_s = connector ? smtp_phase_wait_s(phase, connector->timeout_seconds)
				    : smtp_phase_timeout_s(phase);

	loop_start_timer(sender_loop(smtp->channel.sender), &smtp->timer,
			 clock_boot_ms() + (int64_t)wait_s * 1000);
}

static void watch_for(struct smtp *smtp, bool write)
{
	struct err err = {0};

	if (write == smtp->wants_write)
		return;
	smtp->wants_write = write;
	if (!loop_change(sender_loop(smtp->channel.sender), &smtp->watch,
			 LOOP_READ | (write ? LOOP_WRITE : 0), &err))
		smtp_client_lost(&smtp->client, err.text);
}

static void read_some(struct smtp *smtp)
{
	char bytes[16384];
	size_t n;

	for (;;) {
		CURLcode code =
			curl_easy_recv(smtp->connection.transfer.easy, bytes, sizeof bytes, &n);
		if (code == CURLE_AGAIN)
			return;
		if (code != CURLE_OK || n == 0) {
			smtp_client_lost(&smtp->client, "the server closed the connection");
			return;
		}
		dialogue_add(smtp->channel.sender, DIALOGUE_IN, slice_make(bytes, n));
		if (smtp_client_input(&smtp->client, slice_make(bytes, n)))
			restart_clock(smtp);
		if (n < sizeof bytes)
			return;
	}
}

/* For a trial: the commands, and of the message only that it leaves. */
static void tell_sent(struct smtp *smtp, struct slice bytes)
{
	struct sender *sender = smtp->channel.sender;

	if (smtp_client_phase(&smtp->client) != SMTP_BODY)
		dialogue_add(sender, DIALOGUE_OUT, bytes);
	else
		dialogue_note(sender, DIALOGUE_OUT, "(%zu bytes of the message)", bytes.n);
}

/* A few pieces, then other connections and this one's replies have their turn. */
static void write_some(struct smtp *smtp)
{
	struct slice out;
	size_t n;

	for (int pieces = 0; smtp_client_output(&smtp->client, &out); pieces++) {
		if (pieces == WRITES_A_TURN) {
			watch_for(smtp, true);
			return;
		}
		CURLcode code = curl_easy_send(smtp->connection.transfer.easy, out.p, out.n, &n);
		if (code == CURLE_AGAIN) {
			watch_for(smtp, true);
			return;
		}
		if (code != CURLE_OK) {
			/* what the server said before it closed, a 421 maybe, waits to be read */
			read_some(smtp);
			smtp_client_lost(&smtp->client, "the connection broke while sending");
			return;
		}
		tell_sent(smtp, slice_make(out.p, n));
		if (smtp_client_sent(&smtp->client, n))
			restart_clock(smtp);
	}
	watch_for(smtp, false);
}

/* On to the next: the transaction may have ended, or the connection while it was idle. */
static void go_on(struct smtp *smtp)
{
	if (smtp->channel.mail && smtp_client_is_done(&smtp->client))
		finish(smtp);
	else if (!smtp->channel.mail && smtp_client_phase(&smtp->client) == SMTP_CLOSED)
		sender_down(&smtp->channel, SENDER_CLOSED, "closed while idle");
}

static void on_ready(void *context, int events)
{
	struct smtp *smtp = context;

	if (events & (LOOP_READ | LOOP_GONE))
		read_some(smtp);
	if (smtp->channel.mail && !smtp_client_is_done(&smtp->client))
		write_some(smtp);
	go_on(smtp);
}

static void on_silence(void *context)
{
	struct smtp *smtp = context;

	smtp_client_timeout(&smtp->client);
	go_on(smtp);
}

/* What the sender wants to hear of each, where it said so. */
static const struct smtp_wish *wishes_of(const struct sender_mail *mail)
{
	const struct dsn *dsn = &mail->story->request->dsn;
	struct smtp_wish *wishes;

	if (!dsn->notify && !dsn->n)
		return NULL;
	wishes = arena_alloc(mail->arena, (mail->n_replies + 1) * sizeof *wishes);
	for (size_t i = 0; i < mail->n_replies; i++) {
		struct dsn_recipient wish = dsn_for(dsn, mail->replies[i].email);
		wishes[i] = (struct smtp_wish){.notify = wish.notify, .orcpt = wish.orcpt};
	}
	return wishes;
}

/* UTF-8 in the header section calls for SMTPUTF8, in the body only for 8BITMIME. */
static void fill_envelope(struct smtp *smtp, struct sender_mail *mail)
{
	struct slice *recipients =
		arena_alloc(mail->arena, (mail->n_replies + 1) * sizeof *recipients);
	const char *end = memmem(mail->wire[0].p, mail->wire[0].n, "\r\n\r\n", 4);
	size_t header = end ? (size_t)(end - mail->wire[0].p) : mail->wire[0].n;

	smtp->envelope = (struct smtp_envelope){
		.sender = mail->sender,
		.recipients = recipients,
		.count = (unsigned)mail->n_replies,
		.wishes = wishes_of(mail),
		.ret = mail->story->request->dsn.ret,
		.envid = mail->story->request->dsn.envid,
		.smtputf8 = !utf8_is_ascii(slice_first(mail->wire[0], header)),
	};
	for (size_t i = 0; i < mail->n_replies; i++)
		recipients[i] = mail->replies[i].email;
	for (unsigned i = 0; i < mail->n_wire; i++) {
		smtp->envelope.size += mail->wire[i].n;
		smtp->envelope.eight_bit |= !utf8_is_ascii(mail->wire[i]);
	}
}

static void smtp_send(struct sender_channel *channel, struct sender_mail *mail)
{
	struct smtp *smtp = (struct smtp *)channel;

	fill_envelope(smtp, mail);
	smtp_client_begin(&smtp->client, &smtp->envelope, mail->wire, mail->n_wire);
	restart_clock(smtp);
	if (!smtp_client_is_done(&smtp->client))
		write_some(smtp);
	go_on(smtp);
}

static void smtp_close(struct sender_channel *channel)
{
	struct smtp *smtp = (struct smtp *)channel;
	struct slice out;
	size_t n;

	loop_stop_timer(sender_loop(channel->sender), &smtp->timer);
	if (smtp->watch.fd >= 0) {
		if (!channel->mail && smtp_client_phase(&smtp->client) == SMTP_IDLE) {
			smtp_client_quit(&smtp->client);
			if (smtp_client_output(&smtp->client, &out)) {
				dialogue_add(channel->sender, DIALOGUE_OUT, out);
				curl_easy_send(smtp->connection.transfer.easy, out.p, out.n, &n);
			}
		}
		loop_unwatch(sender_loop(channel->sender), &smtp->watch);
		smtp_client_free(&smtp->client);
	}
	smtp_connection_close(&smtp->connection);
}

static const struct sender_kind kind = {
	.name = "smtp",
	.title = "SMTP server",
	.abilities = "connections recipients dsn utf8 " SENDER_SIGN_IN,
	.keys = keys,
	.channel_size = sizeof(struct smtp),
	.open = smtp_open,
	.send = smtp_send,
	.close = smtp_close,
};

int main(int argc, char **argv)
{
	return sender_main(argc, argv, &kind);
}
