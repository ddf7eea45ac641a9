/*
 * mailq-send-gmail: delivers through the Gmail API's users.messages.send.
 *
 * The message goes as RFC 5322 (media upload). Gmail takes the recipients from its header, so for
 * the wire To and Cc name those of this try only, and a Bcc that Gmail removes names the hidden
 * ones.
 *
 * Access tokens come of a refresh token or of a service account's key; one is got by whoever finds
 * that there is none, while the others wait (sender/token.h).
 *
 * Follows Gmail's discovery document, "Handle errors", and RFC 6749 and 7523. Manual:
 * man/mailq-send-gmail.8.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/secret.h"
#include "mime/header.h"
#include "mime/scan.h"
#include "sender/http.h"
#include "sender/jwt.h"
#include "sender/token.h"

#define STANDARD_URL "https://gmail.googleapis.com"
#define SEND_PATH "/upload/gmail/v1/users/me/messages/send?uploadType=media"
#define TOKEN_URL "https://oauth2.googleapis.com/token"
#define SCOPE "https://www.googleapis.com/auth/gmail.send"
#define MESSAGE_MOST 36700160 /* bytes */
#define LOOK_AGAIN_MS 50
#define CLAIM_S 3600

static const struct sender_key keys[] = {
	{      .name = "client_id",.type = "string", .help = "Of the OAuth client."},
	{  .name = "client_secret",
	 .type = "string",
	 .secret = true,
	 .help = "$ENV:NAME or $FILE:/path."},
	{  .name = "refresh_token",
	 .type = "string",
	 .secret = true,
	 .help = "$ENV:NAME or $FILE:/path; or service_account."},
	{.name = "service_account",
	 .type = "string",
	 .secret = true,
	 .help = "$FILE:/path of the account's key, as Google gives it (JSON)."},
	{   .name = "sender_email",
	 .type = "string",
	 .help = "The mailbox to send as; needed with service_account."},
	{       .name = "base_url",    .type = "url", .standard = STANDARD_URL, .help = "Another server."},
	{      .name = "token_url",
	 .type = "url",
	 .standard = TOKEN_URL,
	 .help = "Another place to get tokens from."},
	{			0		 },
};

struct gmail {
	struct http http;
	struct loop_timer look_again;
	int64_t give_up_ms;     /* boot time: until when somebody else may ask for a token */
	int lock;               /* held while we ask; -1 */
	struct buf rejected;    /* the token that was not taken for this message */
	struct buf credentials; /* what the token is got with, as one text */
	struct token token;
};

static struct sender_mail *mail_of(const struct gmail *gmail)
{
	return gmail->http.channel.mail;
}

static void unlock(struct gmail *gmail)
{
	if (gmail->lock >= 0)
		close(gmail->lock);
	gmail->lock = -1;
}

static void settle(struct gmail *gmail, enum http_meaning meaning, const char *text)
{
	struct http_verdict verdict = {.meaning = meaning, .text = slice_text(text)};

	unlock(gmail);
	gmail->http.is_message = true;
	http_settle(&gmail->http, &verdict);
}

static void refuse(struct gmail *gmail, const struct err *err)
{
	unlock(gmail);
	gmail->http.is_message = true;
	http_refuse(&gmail->http, err);
}

/* --- the message --- */

static bool put_addresses(struct gmail *gmail, const char *name, const struct mime_header *field,
			  struct address_list *rest, struct err *err)
{
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
		buf_add_slice(&gmail->http.body.text, field->whole);
	else
		mime_put_addresses(&gmail->http.body.text, name, sorted.to.at, sorted.to.n);
	return true;
}

/* Whoever is in no field by then stands in Bcc. */
static bool put_header(struct gmail *gmail, struct slice *body, struct err *err)
{
	const struct sender_mail *mail = mail_of(gmail);
	struct buf *text = &gmail->http.body.text;
	struct address_list rest = {arena_alloc(mail->arena, mail->n_replies * sizeof *rest.at),
				    mail->n_replies};
	struct mime_header field;
	bool ok = true;

	for (size_t i = 0; i < mail->n_replies; i++)
		rest.at[i].email = mail->replies[i].email;
	*body = mime_header_start(mail->wire[0]);
	while (ok && mime_header_next(body, &field)) {
		if (slice_is_nocase(field.name, "To"))
			ok = put_addresses(gmail, "To", &field, &rest, err);
		else if (slice_is_nocase(field.name, "Cc"))
			ok = put_addresses(gmail, "Cc", &field, &rest, err);
		else if (!slice_is_nocase(field.name, "Bcc"))
			buf_add_slice(text, field.whole);
	}
	mime_put_addresses(text, "Bcc", rest.at, rest.n);
	buf_add_text(text, "\r\n");
	return ok;
}

static bool put_message(struct gmail *gmail, struct err *err)
{
	const struct sender_mail *mail = mail_of(gmail);
	struct slice body;

	if (!put_header(gmail, &body, err))
		return false;
	http_body_content(&gmail->http.body, HTTP_AS_IS, body);
	if (mail->n_wire > 1)
		http_body_content(&gmail->http.body, HTTP_AS_IS, mail->wire[1]);
	return http_body_size(&gmail->http.body) <= MESSAGE_MOST ||
	       err_set(err, EX_DATAERR, "more than %d bytes, which Gmail does not take",
		       MESSAGE_MOST);
}

static void answered(struct http *http);

static void send_message(struct gmail *gmail)
{
	struct http *http = &gmail->http;
	struct err err = {0};

	if (!http_begin(http, STANDARD_URL, SEND_PATH, &err) ||
	    !http_authorize_with(http, "Authorization", "Bearer ", buf_slice(&gmail->token.access),
				 &err) ||
	    !http_header(http, "Content-Type", "message/rfc822", &err) || !put_message(gmail, &err))
		refuse(gmail, &err);
	else
		http_send(http, answered);
}

/* --- what a token is got with --- */

static bool add_secret(struct gmail *gmail, const char *key, struct err *err)
{
	struct buf secret = {0};

	if (!connector_secret(gmail->http.channel.connector, key, &secret, err))
		return false;
	buf_add_slice(&gmail->credentials, buf_slice(&secret));
	buf_add_char(&gmail->credentials, '\0');
	secret_wipe(&secret);
	return true;
}

static bool add_value(struct gmail *gmail, const char *key, bool required, struct err *err)
{
	const struct connector *connector = gmail->http.channel.connector;
	const char *value = connector_value(connector, key);

	if (!value && required)
		return err_set(err, EX_CONFIG, "%s: config.%s is missing", connector->file, key);
	buf_add_text(&gmail->credentials, value ? value : "");
	buf_add_char(&gmail->credentials, '\0');
	return true;
}

static bool has_service_account(const struct gmail *gmail)
{
	return connector_value(gmail->http.channel.connector, "service_account") != NULL;
}

/* All that a token depends on. Room is made first, since secrets must not be left behind. */
static bool read_credentials(struct gmail *gmail, struct err *err)
{
	bool account = has_service_account(gmail);

	secret_wipe(&gmail->credentials);
	buf_reserve(&gmail->credentials, 4 * SECRET_MOST);
	if (account)
		return add_secret(gmail, "service_account", err) &&
		       add_value(gmail, "sender_email", true, err) &&
		       add_value(gmail, "token_url", false, err);
	return add_value(gmail, "refresh_token", true, err) &&
	       add_value(gmail, "client_id", true, err) &&
	       add_secret(gmail, "refresh_token", err) && add_secret(gmail, "client_secret", err) &&
	       add_value(gmail, "token_url", false, err);
}

/* --- asking for a token --- */

static void put_form(struct gmail *gmail, const char *name, struct slice value)
{
	struct buf *text = &gmail->http.body.text;
	char *escaped = curl_easy_escape(NULL, value.p, (int)value.n);

	buf_addf(text, "%s%s=", text->n ? "&" : "", name);
	buf_add_text(text, escaped);
	explicit_bzero(escaped, strlen(escaped));
	curl_free(escaped);
}

static bool put_secret(struct gmail *gmail, const char *key, struct err *err)
{
	struct buf secret = {0};
	bool ok = connector_secret(gmail->http.channel.connector, key, &secret, err);

	if (ok && secret.n) {
		put_form(gmail, key, buf_slice(&secret));
		http_secret(&gmail->http, buf_slice(&secret));
	}
	secret_wipe(&secret);
	return ok;
}

static bool put_refresh(struct gmail *gmail, struct err *err)
{
	const char *client = connector_value(gmail->http.channel.connector, "client_id");

	put_form(gmail, "grant_type", slice_text("refresh_token"));
	put_form(gmail, "client_id", slice_text(client ? client : ""));
	if (!put_secret(gmail, "client_secret", err))
		return false;
	if (!gmail->token.refresh.n)
		return put_secret(gmail, "refresh_token", err);
	put_form(gmail, "refresh_token", buf_slice(&gmail->token.refresh));
	http_secret(&gmail->http, buf_slice(&gmail->token.refresh));
	return true;
}

static void put_claims(struct gmail *gmail, const struct json *account, const char *url,
		       struct buf *claims)
{
	struct json_out out = {.buf = claims};
	int64_t now_s = clock_now_ms() / 1000;

	json_open(&out, NULL, '{');
	json_put_slice(&out, "iss", json_get_text(account, "client_email"));
	json_put_text(&out, "sub", connector_value(gmail->http.channel.connector, "sender_email"));
	json_put_text(&out, "scope", SCOPE);
	json_put_text(&out, "aud", url);
	json_put_int(&out, "iat", now_s);
	json_put_int(&out, "exp", now_s + CLAIM_S);
	json_close(&out, '}');
}

static bool put_assertion_of(struct gmail *gmail, const struct json *account, const char *url,
			     struct err *err)
{
	struct buf claims = {0}, assertion = {0};
	struct slice key = json_get_text(account, "private_key");

	put_claims(gmail, account, url, &claims);
	bool ok = jwt_sign(buf_slice(&claims), key, json_get_text(account, "private_key_id"),
			   &assertion, err);
	if (ok) {
		put_form(gmail, "grant_type",
			 slice_text("urn:ietf:params:oauth:grant-type:jwt-bearer"));
		put_form(gmail, "assertion", buf_slice(&assertion));
		http_secret(&gmail->http, buf_slice(&assertion));
	}
	buf_free(&claims);
	secret_wipe(&assertion);
	return ok;
}

/* The account's file is parsed in memory that is wiped: the JSON reader resolves the escapes of the
 * key into an arena, which is not given back before. */
static bool put_assertion(struct gmail *gmail, const char *url, struct err *err)
{
	const struct connector *connector = gmail->http.channel.connector;
	struct arena arena = {0};
	struct buf file = {0};
	struct err wrong = {0};
	bool ok = connector_secret(connector, "service_account", &file, err);
	struct json *account = ok ? json_parse(buf_slice(&file), &arena, &wrong) : NULL;

	if (ok && !account) /* whose words may be the key's */
		ok = err_set(err, EX_CONFIG, "%s: config.service_account is no JSON",
			     connector->file);
	ok = ok && (put_assertion_of(gmail, account, url, err) ||
		    err_at(err, "%s: config.service_account", connector->file));
	struct slice key = json_get_text(account, "private_key");
	if (key.n)
		explicit_bzero((char *)(uintptr_t)key.p, key.n);
	arena_free(&arena);
	secret_wipe(&file);
	return ok;
}

static void token_answered(struct http *http);

static void ask_for_token(struct gmail *gmail)
{
	struct http *http = &gmail->http;
	const char *url = connector_value(http->channel.connector, "token_url");
	struct err err = {0};

	if (!url)
		url = TOKEN_URL;
	if (!http_begin_at(http, url, &err) ||
	    !http_header(http, "Content-Type", "application/x-www-form-urlencoded", &err) ||
	    !(has_service_account(gmail) ? put_assertion(gmail, url, &err)
					 : put_refresh(gmail, &err))) {
		refuse(gmail, &err);
		return;
	}
	http->is_message = false;
	http_send(http, token_answered);
}

/* --- its answer --- */

/* {"error":"invalid_grant","error_description":"..."}: until somebody acts. */
static void token_refused(struct gmail *gmail)
{
	struct http *http = &gmail->http;
	struct slice error = json_get_text(http->json, "error");
	struct slice details = json_get_text(http->json, "error_description");
	const char *text = arena_format(mail_of(gmail)->arena, "no token: %ld %.*s %.*s",
					http->status, SLICE_ARGS(error), SLICE_ARGS(details));
	enum http_meaning meaning = http_meaning_of(http->status, http->retry_after_ms > 0);

	if (meaning == HTTP_REFUSED)
		meaning = HTTP_CREDENTIALS;
	else if (meaning == HTTP_TRANSIENT || meaning == HTTP_UNCERTAIN || meaning == HTTP_ACCEPTED)
		meaning = HTTP_UNTRIED;
	settle(gmail, meaning, text);
}

static void token_answered(struct http *http)
{
	struct gmail *gmail = (struct gmail *)http;
	struct slice access = json_get_text(http->json, "access_token");
	struct slice refresh = json_get_text(http->json, "refresh_token");
	int64_t seconds = json_get_int(http->json, "expires_in", 3600);
	struct err err = {0};

	if (http->status != 200 || !access.n) {
		token_refused(gmail);
		return;
	}
	secret_wipe(&gmail->token.access);
	buf_add_slice(&gmail->token.access, access);
	if (refresh.n) {
		secret_wipe(&gmail->token.refresh);
		buf_add_slice(&gmail->token.refresh, refresh);
	}
	gmail->token.expires_ms =
		clock_now_ms() + (seconds < 0 || seconds > 86400 ? 0 : seconds) * 1000;
	explicit_bzero(http->text.p, http->text.n);
	if (!token_write(&http->channel, buf_slice(&gmail->credentials), &gmail->token, &err)) {
		settle(gmail, HTTP_UNTRIED, err.text);
		return;
	}
	unlock(gmail);
	http->is_message = true;
	send_message(gmail);
}

/* --- the token there is, or a new one --- */

/* One that the remote did not take is none, whatever its time says. */
static bool find_token(struct gmail *gmail)
{
	struct err err = {0};

	token_wipe(&gmail->token);
	return token_read(&gmail->http.channel, buf_slice(&gmail->credentials), &gmail->token,
			  &err) &&
	       token_is_good(&gmail->token) &&
	       !slice_equal(buf_slice(&gmail->token.access), buf_slice(&gmail->rejected));
}

static void get_token(struct gmail *gmail)
{
	struct sender_channel *channel = &gmail->http.channel;
	struct err err = {0};

	if (!channel->connector) {
		err_set(&err, EX_CONFIG, "the connector is gone from the configuration");
		refuse(gmail, &err);
		return;
	}
	if (find_token(gmail)) {
		send_message(gmail);
		return;
	}
	gmail->lock = token_lock(channel, &err);
	if (gmail->lock >= 0 && find_token(gmail)) {
		unlock(gmail); /* somebody was faster */
		send_message(gmail);
	} else if (gmail->lock >= 0) {
		ask_for_token(gmail);
	} else if (err.code == EX_TEMPFAIL && clock_boot_ms() < gmail->give_up_ms) {
		loop_start_timer(sender_loop(channel->sender), &gmail->look_again,
				 clock_boot_ms() + LOOK_AGAIN_MS);
	} else {
		settle(gmail, HTTP_UNTRIED, err.text);
	}
}

static void on_look_again(void *context)
{
	get_token(context);
}

/* --- the message's answer --- */

static bool is_reason_to_wait(struct slice reason)
{
	return slice_is(reason, "rateLimitExceeded") || slice_is(reason, "userRateLimitExceeded") ||
	       slice_is(reason, "dailyLimitExceeded") || slice_is(reason, "quotaExceeded");
}

/* "User-rate limit exceeded.  Retry after 2026-11-24T09:30:00.000Z" */
static int64_t told_wait_ms(struct slice text)
{
	static const char before[] = "Retry after ";
	const char *found = text.n ? memmem(text.p, text.n, before, sizeof before - 1) : NULL;
	int64_t then_ms;

	if (!found)
		return 0;
	struct slice rest = slice_after(text, (size_t)(found - text.p) + sizeof before - 1);
	if (!clock_parse(slice_first(rest, slice_find(rest, ' ')), &then_ms))
		return 0;
	return then_ms > clock_now_ms() ? then_ms - clock_now_ms() : 0;
}

/* The reason says more than the status: the same 403 may pass by itself, or never. */
static enum http_meaning meaning_of(const struct http *http, enum http_meaning standard,
				    struct slice reason)
{
	const struct json *error = json_get(http->json, "error");

	if (standard == HTTP_ACCEPTED && !json_get_text(http->json, "id").n)
		return HTTP_UNCERTAIN;
	if (http->status == 403 && is_reason_to_wait(reason))
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
	const struct json *errors = json_get(error, "errors");
	struct slice reason = json_get_text(errors ? errors->first : NULL, "reason");
	struct slice message = json_get_text(error, "message");
	struct http_verdict verdict = http_judge(http);

	if (http->status == 401 && !gmail->rejected.n) {
		buf_add_slice(&gmail->rejected, buf_slice(&gmail->token.access));
		get_token(gmail);
		return;
	}
	verdict.meaning = meaning_of(http, verdict.meaning, reason);
	verdict.provider_message_id = json_get_text(http->json, "id");
	if (verdict.meaning == HTTP_THROTTLED && !verdict.retry_after_ms)
		verdict.retry_after_ms = told_wait_ms(message);
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
	struct err err = {0};

	(void)mail;
	secret_wipe(&gmail->rejected);
	if (!channel->connector) {
		err_set(&err, EX_CONFIG, "the connector is gone from the configuration");
		refuse(gmail, &err);
		return;
	}
	gmail->give_up_ms = clock_boot_ms() + channel->connector->timeout_seconds * INT64_C(1000);
	if (read_credentials(gmail, &err))
		get_token(gmail);
	else
		refuse(gmail, &err);
}

static void gmail_open(struct sender_channel *channel)
{
	struct gmail *gmail = (struct gmail *)channel;

	gmail->lock = -1;
	gmail->look_again = (struct loop_timer){.fn = on_look_again, .context = gmail};
	http_open(channel);
}

static void gmail_close(struct sender_channel *channel)
{
	struct gmail *gmail = (struct gmail *)channel;

	loop_stop_timer(sender_loop(channel->sender), &gmail->look_again);
	unlock(gmail);
	token_wipe(&gmail->token);
	secret_wipe(&gmail->rejected);
	secret_wipe(&gmail->credentials);
	http_close(channel);
}

static const struct sender_kind kind = {
	.name = "gmail",
	.title = "Gmail",
	.keys = keys,
	.channel_size = sizeof(struct gmail),
	.open = gmail_open,
	.send = gmail_send,
	.close = gmail_close,
};

int main(int argc, char **argv)
{
	return sender_main(argc, argv, &kind);
}
