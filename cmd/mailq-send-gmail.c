/*
 * mailq-send-gmail: delivers through the Gmail API's users.messages.send.
 *
 * The message goes as RFC 5322: in base64url within JSON, or as it is (media upload) where it is
 * large, which takes a third less. Gmail takes the recipients from its header, so for the wire To
 * and Cc name those of this try only, and a Bcc that Gmail removes names the hidden ones.
 *
 * Access tokens come of a refresh token or of a service account's key (sender/oauth.h).
 *
 * Follows Gmail's discovery document, "Handle errors", and RFC 6749 and 7523. Manual:
 * man/mailq-send-gmail.8.
 */
#include "base/base64.h"
#include "base/clock.h"
#include "mime/decompose.h"
#include "mime/header.h"
#include "mime/scan.h"
#include "sender/oauth.h"

#define STANDARD_URL "https://gmail.googleapis.com"
#define SEND_PATH "/gmail/v1/users/me/messages/send"
#define UPLOAD_PATH "/upload/gmail/v1/users/me/messages/send?uploadType=media"
#define TOKEN_URL "https://oauth2.googleapis.com/token"
#define SCOPE "https://www.googleapis.com/auth/gmail.send"
#define JSON_MOST 5242880     /* bytes of a message that goes within JSON */
#define MESSAGE_MOST 36700160 /* bytes */

/* clang-format off */
static const struct sender_key keys[] = {
	{.name = "client_id", .type = "string", .help = "Of the OAuth client."},
	{.name = "client_secret", .type = "string", .secret = true,
	 .help = "$ENV:NAME or $FILE:/path."},
	{.name = "refresh_token", .type = "string", .secret = true,
	 .help = "$ENV:NAME or $FILE:/path; or service_account."},
	{.name = "service_account", .type = "string", .secret = true,
	 .help = "$FILE:/path of the account's key, as Google gives it (JSON)."},
	{.name = "sender_email", .type = "string",
	 .help = "The mailbox to send as; needed with service_account."},
	{.name = "base_url", .type = "url", .standard = STANDARD_URL, .help = "Another server."},
	{.name = "token_url", .type = "url", .standard = TOKEN_URL,
	 .help = "Another place to get tokens from."},
	HTTP_KEYS,
	{0},
};
/* clang-format on */

struct gmail {
	struct http http;
	struct oauth oauth;
	bool signs_in; /* a token is all that is wanted */
};

static struct sender_mail *mail_of(const struct gmail *gmail)
{
	return gmail->http.channel.mail;
}

/* --- the message --- */

static bool put_addresses(struct gmail *gmail, struct buf *text, const struct mime_header *field,
			  struct address_list *rest, struct err *err)
{
	const char *name = slice_is_nocase(field->name, "To") ? "To" : "Cc";
	struct arena *arena = mail_of(gmail)->arena;
	struct address_list list = {0}, none = {0};
	struct mime_recipients sorted;

	if (!mime_read_addresses(field->value, arena, &list, err))
		return err_at(err, "%s", name);
	struct slice *emails = arena_alloc(arena, (rest->n + 1) * sizeof *emails);
	for (size_t i = 0; i < rest->n; i++)
		emails[i] = rest->at[i].email;
	mime_recipients(&list, &none, emails, rest->n, arena, &sorted);
	*rest = sorted.hidden;
	if (sorted.to.n == list.n)
		buf_add_slice(text, field->whole);
	else
		mime_put_addresses(text, name, sorted.to.at, sorted.to.n);
	return true;
}

/* Whoever is in no field by then stands in Bcc. */
static bool make_header(struct gmail *gmail, struct buf *text, struct slice *body, struct err *err)
{
	const struct sender_mail *mail = mail_of(gmail);
	struct address_list rest = {arena_alloc(mail->arena, mail->n_replies * sizeof *rest.at),
				    mail->n_replies};
	struct mime_header field;
	bool ok = true;

	for (size_t i = 0; i < mail->n_replies; i++)
		rest.at[i].email = mail->replies[i].email;
	*body = mime_header_start(mail->wire[0]);
	while (ok && mime_header_next(body, &field)) {
		if (slice_is_nocase(field.name, "To") || slice_is_nocase(field.name, "Cc"))
			ok = put_addresses(gmail, text, &field, &rest, err);
		else if (!slice_is_nocase(field.name, "Bcc"))
			buf_add_slice(text, field.whole);
	}
	mime_put_addresses(text, "Bcc", rest.at, rest.n);
	buf_add_text(text, "\r\n");
	return ok;
}

/* What is sent: header, body, attachments. Their sizes and the limit. */
struct letter {
	struct slice pieces[3];
	size_t n, size;
};

static bool make_letter(struct gmail *gmail, struct letter *letter, struct err *err)
{
	const struct sender_mail *mail = mail_of(gmail);
	struct buf header = {0};
	bool ok = make_header(gmail, &header, &letter->pieces[1], err);

	letter->pieces[0] = arena_slice(mail->arena, buf_slice(&header));
	buf_free(&header);
	letter->n = 2;
	if (mail->n_wire > 1)
		letter->pieces[letter->n++] = mail->wire[1];
	for (size_t i = 0; i < letter->n; i++)
		letter->size += letter->pieces[i].n;
	return ok && (letter->size <= MESSAGE_MOST ||
		      err_set(err, EX_DATAERR, "%zu bytes where Gmail takes %d", letter->size,
			      MESSAGE_MOST));
}

static void put_as_it_is(struct http_body *body, const struct letter *letter)
{
	for (size_t i = 0; i < letter->n; i++)
		http_body_content(body, HTTP_AS_IS, letter->pieces[i]);
}

/* In threes, so that what was put one after the other is the base64 of the whole: one that
 * stands across two pieces is text. */
static void put_encoded(struct http_body *body, const struct letter *letter)
{
	char three[3];
	size_t n = 0;

	for (size_t i = 0; i < letter->n; i++) {
		struct slice piece = letter->pieces[i];
		for (; piece.n && n && n < 3; piece = slice_after(piece, 1))
			three[n++] = piece.p[0];
		if (n == 3) {
			base64_encode_url(slice_make(three, n), &body->text);
			n = 0;
		}
		if (piece.n >= 3)
			http_body_content(body, HTTP_URL_ENCODED,
					  slice_first(piece, piece.n / 3 * 3));
		for (piece = slice_after(piece, piece.n / 3 * 3); piece.n;
		     piece = slice_after(piece, 1))
			three[n++] = piece.p[0];
	}
	base64_encode_url(slice_make(three, n), &body->text);
}

static void put_json(struct http_body *body, const struct letter *letter)
{
	buf_add_text(&body->text, "{\"raw\":\"");
	put_encoded(body, letter);
	buf_add_text(&body->text, "\"}");
}

static void answered(struct http *http);

static void send_message(struct oauth *oauth)
{
	struct gmail *gmail = oauth->context;
	struct http *http = &gmail->http;
	struct letter letter = {0};
	struct err err = {0};

	if (!make_letter(gmail, &letter, &err)) {
		http_refuse(http, &err);
		return;
	}
	bool small = letter.size <= JSON_MOST;
	if (!http_begin(http, STANDARD_URL, small ? SEND_PATH : UPLOAD_PATH, &err) ||
	    !http_authorize_with(http, "Authorization", "Bearer ", buf_slice(&oauth->token.access),
				 &err) ||
	    !http_header(http, "Content-Type", small ? "application/json" : "message/rfc822",
			 &err)) {
		http_refuse(http, &err);
		return;
	}
	(small ? put_json : put_as_it_is)(&http->body, &letter);
	http_send(http, answered);
}

/* A scope that is for sending alone lets us ask for nothing else; so whoever gets a token is let
 * in. One that was kept shows nothing. */
static void on_token(struct oauth *oauth)
{
	struct gmail *gmail = oauth->context;

	if (!gmail->signs_in)
		send_message(oauth);
	else if (oauth->http.status == 0 && oauth_reject(oauth))
		oauth_get(oauth);
	else
		http_settle(&gmail->http, &(struct http_verdict){HTTP_ACCEPTED});
}

static void on_no_token(struct oauth *oauth, const struct http_verdict *why)
{
	struct gmail *gmail = oauth->context;

	gmail->http.status = oauth->http.status;
	http_settle(&gmail->http, why);
}

static const struct oauth_plan oauth_plan = {
	.token_url = TOKEN_URL,
	.claim_scope = SCOPE,
	.mailbox_key = "sender_email",
	.ready = on_token,
	.failed = on_no_token,
};

/* --- the message's answer --- */

static bool is_reason_to_wait(struct slice reason)
{
	return slice_is(reason, "RATE_LIMIT_EXCEEDED") || /* among the newer details */
	       slice_is(reason, "rateLimitExceeded") || slice_is(reason, "userRateLimitExceeded") ||
	       slice_is(reason, "dailyLimitExceeded") || slice_is(reason, "quotaExceeded");
}

/* "User-rate limit exceeded.  Retry after 2026-11-24T09:30:00.000Z" */
static int64_t told_wait_ms(struct http *http, struct slice text)
{
	struct slice rest;
	int64_t then_ms;

	if (!slice_behind(text, "Retry after ", &rest) ||
	    !clock_parse(slice_first(rest, slice_find(rest, ' ')), &then_ms))
		return 0;
	return http_until_ms(http, then_ms);
}

/* Several errors may come together; the one that passes by itself counts. */
static struct slice reason_of(const struct json *error)
{
	static const char *const lists[] = {"errors", "details"};
	struct slice first = {0};

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		const struct json *list = json_get(error, lists[i]);
		const struct json *item = list && list->type == JSON_ARRAY ? list->first : NULL;
		for (; item; item = item->next) {
			struct slice reason = json_get_text(item, "reason");
			if (is_reason_to_wait(reason))
				return reason;
			if (!first.n)
				first = reason;
		}
	}
	return first;
}

/* The reason says more than the status: the same 403 may pass by itself, or never. */
static enum http_meaning meaning_of(const struct http *http, enum http_meaning standard,
				    struct slice reason)
{
	const struct json *error = json_get(http->json, "error");

	if (standard == HTTP_ACCEPTED && !json_get_text(http->json, "id").n)
		return HTTP_UNCERTAIN;
	if (http->status == 403 && (is_reason_to_wait(reason) ||
				    slice_is(json_get_text(error, "status"), "RESOURCE_EXHAUSTED")))
		return HTTP_THROTTLED;
	if (http->status == 400 &&
	    (slice_is(reason, "failedPrecondition") ||
	     slice_is(json_get_text(error, "status"), "FAILED_PRECONDITION")))
		return HTTP_CREDENTIALS; /* no mailbox of that name: the account's fault */
	return standard;
}

static void answered(struct http *http)
{
	struct gmail *gmail = (struct gmail *)http;
	const struct json *error = json_get(http->json, "error");
	struct slice reason = reason_of(error);
	struct slice message = json_get_text(error, "message");
	struct http_verdict verdict = http_judge(http);

	if (http->status == 401 && oauth_reject(&gmail->oauth)) {
		oauth_get(&gmail->oauth);
		return;
	}
	verdict.meaning = meaning_of(http, verdict.meaning, reason);
	verdict.provider_message_id = json_get_text(http->json, "id");
	if (verdict.meaning == HTTP_THROTTLED && !verdict.retry_after_ms)
		verdict.retry_after_ms = told_wait_ms(http, message);
	if (reason.n)
		message = slice_text(arena_format(mail_of(gmail)->arena, "%.*s: %.*s",
						  SLICE_ARGS(reason), SLICE_ARGS(message)));
	verdict.text = http_words(http, message);
	http_settle(http, &verdict);
}

/* --- the kind --- */

static void gmail_send(struct sender_channel *channel, struct sender_mail *mail)
{
	struct gmail *gmail = (struct gmail *)channel;

	(void)mail;
	oauth_forget_rejected(&gmail->oauth);
	oauth_get(&gmail->oauth);
}

static void gmail_sign_in(struct sender_channel *channel, struct sender_mail *mail)
{
	struct gmail *gmail = (struct gmail *)channel;

	gmail->signs_in = true;
	gmail_send(channel, mail);
}

static void gmail_open(struct sender_channel *channel)
{
	struct gmail *gmail = (struct gmail *)channel;

	oauth_open(&gmail->oauth, channel, &oauth_plan, gmail);
	http_open(channel);
}

static void gmail_close(struct sender_channel *channel)
{
	struct gmail *gmail = (struct gmail *)channel;

	oauth_close(&gmail->oauth);
	http_close(channel);
}

static const struct sender_kind kind = {
	.name = "gmail",
	.title = "Gmail",
	.abilities = "connections " SENDER_SIGN_IN,
	.keys = keys,
	.channel_size = sizeof(struct gmail),
	.open = gmail_open,
	.send = gmail_send,
	.close = gmail_close,
	.sign_in = gmail_sign_in,
};

int main(int argc, char **argv)
{
	return sender_main(argc, argv, &kind);
}
