/*
 * mailq-send-mailgun: delivers through Mailgun's messages.mime.
 *
 * The message goes as it is, as a file of a form; its envelope is the form's `to`. Header fields
 * name nobody for Mailgun, so hidden recipients stay hidden.
 *
 * Their other request, `messages`, takes sender, recipients, subject, texts and files as fields and
 * the same options (o:, v:, h:, t:, templates, recipient-variables). All of those fields MIME can
 * say, so no message needs it.
 *
 * Follows the OpenAPI description of the send API and the documentation's pages on errors and rate
 * limits. Manual: man/mailq-send-mailgun.8.
 */
#include <stdlib.h>

#include "base/base64.h"
#include "base/mem.h"
#include "conf/secret.h"
#include "sender/http_letter.h"

#define STANDARD_URL "https://api.mailgun.net"
#define RECIPIENTS_MOST 1000
#define TAGS_MOST 10
#define OPTIONS_MOST 16384    /* bytes of tags and variables together, with their names */
#define MESSAGE_MOST 26214400 /* bytes: "25 MB" */

/* clang-format off */
static const struct sender_key keys[] = {
	{.name = "api_key", .type = "string", .required = true, .secret = true,
	 .help = "$ENV:NAME or $FILE:/path; a sending key of the domain is enough."},
	{.name = "domain", .type = "string", .required = true,
	 .help = "The domain to send with, as it is called at Mailgun."},
	{.name = "base_url", .type = "url", .standard = STANDARD_URL,
	 .help = "https://api.eu.mailgun.net for domains in the EU."},
	HTTP_KEYS,
	{0},
};
/* clang-format on */

/* --- the form (RFC 7578) --- */

static void put_part(struct http *http, const char *name)
{
	buf_addf(&http->body.text, "--mailq-%s\r\nContent-Disposition: form-data; name=\"%s\"",
		 http->channel.mail->id, name);
}

static void put_field(struct http *http, const char *name, struct slice value)
{
	put_part(http, name);
	buf_add_text(&http->body.text, "\r\n\r\n");
	buf_add_slice(&http->body.text, value);
	buf_add_text(&http->body.text, "\r\n");
}

/* A name within quotes: what would end it is written as browsers do. */
static size_t put_variable(struct http *http, struct slice key, struct slice value)
{
	struct buf name = {0};

	buf_add_text(&name, "v:");
	for (size_t i = 0; i < key.n; i++)
		if (strchr("\"\r\n", key.p[i]))
			buf_addf(&name, "%%%02X", (unsigned char)key.p[i]);
		else
			buf_add_char(&name, key.p[i]);
	put_field(http, name.p, value);
	size_t n = name.n + value.n;
	buf_free(&name);
	return n;
}

static bool put_tags(struct http *http, size_t *n, struct err *err)
{
	const struct request *request = http->channel.mail->story->request;

	if (request->n_tags > TAGS_MOST)
		return err_set(err, EX_DATAERR, "tags: %zu where Mailgun takes %d", request->n_tags,
			       TAGS_MOST);
	for (size_t i = 0; i < request->n_tags; i++) { /* of at most 128 bytes, as they want it */
		put_field(http, "o:tag", request->tags[i]);
		*n += strlen("o:tag") + request->tags[i].n;
	}
	return true;
}

static bool put_options(struct http *http, struct err *err)
{
	const struct sender_mail *mail = http->channel.mail;
	size_t n = 0;

	if (!put_tags(http, &n, err))
		return false;
	for (const struct json *value = http_metadata(mail, SIZE_MAX)->first; value;
	     value = value->next)
		n += put_variable(http, value->key, value->text);
	return n <= OPTIONS_MOST ||
	       err_set(err, EX_DATAERR, "tags and metadata: %zu bytes where Mailgun takes %d", n,
		       OPTIONS_MOST);
}

static void put_message(struct http *http)
{
	const struct sender_mail *mail = http->channel.mail;

	put_part(http, "message");
	buf_add_text(&http->body.text,
		     "; filename=\"message.eml\"\r\nContent-Type: message/rfc822\r\n\r\n");
	for (unsigned i = 0; i < mail->n_wire; i++)
		http_body_content(&http->body, HTTP_AS_IS, mail->wire[i]);
	buf_addf(&http->body.text, "\r\n--mailq-%s--\r\n", mail->id);
}

static bool put_form(struct http *http, struct err *err)
{
	const struct sender_mail *mail = http->channel.mail;
	size_t size = mail->wire[0].n + (mail->n_wire > 1 ? mail->wire[1].n : 0);

	if (size > MESSAGE_MOST)
		return err_set(err, EX_DATAERR, "%zu bytes where Mailgun takes %d", size,
			       MESSAGE_MOST);
	if (mail->n_replies > RECIPIENTS_MOST)
		return err_set(err, EX_DATAERR, "%zu recipients where Mailgun takes %d",
			       mail->n_replies, RECIPIENTS_MOST);
	for (size_t i = 0; i < mail->n_replies; i++)
		put_field(http, "to", mail->replies[i].email);
	if (!put_options(http, err))
		return false;
	put_message(http);
	return true;
}

/* --- the answer --- */

/* An account or a domain that may not send is no fault of the message. */
static bool is_account_state(struct slice text)
{
	static const char *const words[] = {"is not allowed to send", "activate your",
					    "Sandbox subdomains", "account is disabled"};
	struct slice rest;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (slice_behind(text, words[i], &rest))
			return true;
	return false;
}

/* "... try again after 120 seconds", or "... after Mon, 20 Dec 2021 20:33:21 UTC". */
static int64_t told_wait_ms(struct http *http, struct slice text)
{
	struct slice rest;
	uint64_t seconds;

	if (!slice_behind(text, "try again after ", &rest))
		return 0;
	if (slice_number(slice_first(rest, slice_find(rest, ' ')), 86400, &seconds))
		return (int64_t)seconds * 1000;
	char *date = mem_copy(rest.p, rest.n);
	int64_t then_ms = (int64_t)curl_getdate(date, NULL) * 1000;
	free(date);
	return http_until_ms(http, then_ms);
}

static void answered(struct http *http)
{
	struct http_verdict verdict = http_judge(http);
	struct slice message = json_get_text(http->json, "message");
	struct slice id = json_get_text(http->json, "id");

	verdict.text = http_words(http, message);
	if (slice_starts(id, "<") && slice_ends(id, ">"))
		id = slice_make(id.p + 1, id.n - 2); /* as their events name it */
	verdict.provider_message_id = id;
	if (verdict.meaning == HTTP_ACCEPTED && !id.n)
		verdict.meaning = HTTP_UNCERTAIN;
	if (http->status == 402) /* "the parameters were valid but the request failed" */
		verdict.meaning = HTTP_TRANSIENT;
	if (http->status == 400 && is_account_state(message))
		verdict.meaning = HTTP_CREDENTIALS;
	if (verdict.meaning == HTTP_THROTTLED && !verdict.retry_after_ms)
		verdict.retry_after_ms = told_wait_ms(http, message);
	http_settle(http, &verdict);
}

/* --- the request --- */

static bool authorize(struct http *http, struct err *err)
{
	struct buf login = {0}, secret = {0}, encoded = {0};
	const struct connector *connector = http->channel.connector;
	bool ok = connector_secret(connector, "api_key", &secret, err);

	if (ok && !secret.n)
		ok = err_set(err, EX_CONFIG, "%s: config.api_key is missing", connector->file);
	if (ok) {
		buf_reserve(&login, secret.n + 8);
		buf_addf(&login, "api:%s", secret.p);
		buf_reserve(&encoded, login.n * 2 + 8);
		base64_encode(buf_slice(&login), &encoded);
		ok = http_authorize_with(http, "Authorization", "Basic ", buf_slice(&encoded), err);
		http_secret(http, buf_slice(&secret));
	}
	secret_wipe(&login);
	secret_wipe(&secret);
	secret_wipe(&encoded);
	return ok;
}

static bool begin(struct http *http, struct err *err)
{
	const struct connector *connector = http->channel.connector;
	const char *domain = connector ? connector_value(connector, "domain") : NULL;
	struct arena *arena = http->channel.mail->arena;

	if (connector && !domain)
		return err_set(err, EX_CONFIG, "%s: config.domain is missing", connector->file);
	if (domain && domain[strspn(domain,
				    "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")])
		return err_set(err, EX_CONFIG, "%s: config.domain is no domain", connector->file);
	const char *path = arena_format(arena, "/v3/%s/messages.mime", domain ? domain : "");
	const char *type = arena_format(arena, "multipart/form-data; boundary=mailq-%s",
					http->channel.mail->id);
	return http_begin(http, STANDARD_URL, path, err) && authorize(http, err) &&
	       http_header(http, "Content-Type", type, err);
}

static void mailgun_send(struct sender_channel *channel, struct sender_mail *mail)
{
	struct http *http = (struct http *)channel;
	struct err err = {0};

	(void)mail;
	if (!begin(http, &err) || !put_form(http, &err))
		http_refuse(http, &err);
	else
		http_send(http, answered);
}

static const struct sender_kind kind = {
	.name = "mailgun",
	.title = "Mailgun",
	.abilities = "connections tags metadata",
	.keys = keys,
	.channel_size = sizeof(struct http),
	.open = http_open,
	.send = mailgun_send,
	.close = http_close,
};

int main(int argc, char **argv)
{
	return sender_main(argc, argv, &kind);
}
