/*
 * mailq-send-sendgrid: delivers through SendGrid's v3 mail/send.
 *
 * There is no way to hand over RFC 5322 here, so the message is taken apart (mime/decompose.h) and
 * written as JSON. Attachments pass through as they stand in the spool.
 *
 * Follows the OpenAPI description "tsg_mail_v3" and the pages Limitations, Errors, Rate Limits and
 * API Key Permissions of the v3 reference. Manual: man/mailq-send-sendgrid.8.
 */
#include <inttypes.h>

#include "base/utf8.h"
#include "sender/http_letter.h"

#define STANDARD_URL "https://api.sendgrid.com"
#define RECIPIENTS_MOST 1000
#define CATEGORIES_MOST 10
#define REPLY_TO_MOST 1000
#define CUSTOM_ARGS_BELOW 10000 /* bytes */
#define REQUEST_BELOW 31457280  /* bytes: "must be less than 30 MB" */

/* clang-format off */
static const struct sender_key keys[] = {
	{.name = "api_key", .type = "string", .required = true, .secret = true,
	 .help = "$ENV:NAME or $FILE:/path; it needs the scope Mail Send."},
	{.name = "base_url", .type = "url", .standard = STANDARD_URL,
	 .help = "https://api.eu.sendgrid.com for subusers in the EU."},
	{.name = "on_behalf_of", .type = "string", .help = "The subuser to send for."},
	HTTP_KEYS,
	{0},
};
/* clang-format on */

/* --- addresses --- */

/* The signs that separate addresses are not taken within a recipient's name. */
static struct slice plain_name(struct slice name, struct arena *arena)
{
	char *copy = arena_alloc(arena, name.n + 1);

	for (size_t i = 0; i < name.n; i++)
		copy[i] = strchr(",;", name.p[i]) ? ' ' : name.p[i];
	return slice_make(copy, name.n);
}

static void put_address(struct http_letter *letter, const char *key, const struct address *address)
{
	json_open(&letter->out, key, '{');
	json_put_slice(&letter->out, "email", address->email);
	if (address->name.n)
		json_put_slice(&letter->out, "name", address->name);
	json_close(&letter->out, '}');
}

static void put_addresses(struct http_letter *letter, const char *key,
			  const struct address_list *list)
{
	if (!list->n)
		return;
	json_open(&letter->out, key, '[');
	for (size_t i = 0; i < list->n; i++)
		put_address(letter, NULL, &list->at[i]);
	json_close(&letter->out, ']');
}

static bool stands_before(const struct address_list *list, size_t n, struct slice email)
{
	for (size_t i = 0; i < n; i++)
		if (slice_equal_nocase(list->at[i].email, email))
			return true;
	return false;
}

/* An address may stand once, and upper case makes no other one of it there: one copy is for both.
 */
static struct address_list once(struct http_letter *letter, const struct address_list *list,
				const struct address_list *shown, const struct address_list *also)
{
	struct address_list kept = {arena_alloc(letter->mail->arena,
						(list->n + 1) * sizeof *kept.at),
				    0};

	for (size_t i = 0; i < list->n; i++) {
		struct slice email = list->at[i].email;
		if (!stands_before(&kept, kept.n, email) &&
		    !stands_before(shown, shown->n, email) && !stands_before(also, also->n, email))
			kept.at[kept.n++] =
				(struct address){plain_name(list->at[i].name, letter->mail->arena),
						 email};
	}
	return kept;
}

/* --- the copies --- */

/* As JSON, that stands in each copy: for the whole message the description says "string" where the
 * API takes an object. */
static bool make_custom_args(const struct http_letter *letter, struct slice *json, struct err *err)
{
	struct buf text = {0};
	struct json_out out = {.buf = &text};

	json_put_value(&out, slice_make(NULL, 0), http_metadata(letter->mail, SIZE_MAX));
	*json = arena_slice(letter->mail->arena, buf_slice(&text));
	buf_free(&text);
	return json->n < CUSTOM_ARGS_BELOW ||
	       err_set(err, EX_DATAERR, "metadata: %zu bytes; SendGrid takes less than %d", json->n,
		       CUSTOM_ARGS_BELOW);
}

static void put_copy(struct http_letter *letter, const struct address_list *to,
		     const struct address_list *cc, const struct address_list *bcc,
		     struct slice custom_args)
{
	json_open(&letter->out, NULL, '{');
	put_addresses(letter, "to", to);
	put_addresses(letter, "cc", cc);
	put_addresses(letter, "bcc", bcc);
	json_put_raw(&letter->out, "custom_args", custom_args);
	json_close(&letter->out, '}');
}

/*
 * Each personalization is a copy, and needs a `to`. When nobody of To is left, those of Cc stand
 * there, who are shown anyway. Hidden recipients without company get a copy each, so that none
 * learns of the others.
 */
static bool put_personalizations(struct http_letter *letter, struct err *err)
{
	const struct mime_recipients *recipients = &letter->recipients;
	static const struct address_list none;
	struct address_list to = once(letter, &recipients->to, &none, &none);
	struct address_list cc = once(letter, &recipients->cc, &to, &none);
	struct address_list hidden = once(letter, &recipients->hidden, &to, &cc);
	struct slice custom_args;

	if (!make_custom_args(letter, &custom_args, err))
		return false;
	if (!to.n) {
		to = cc;
		cc = none;
	}
	json_open(&letter->out, "personalizations", '[');
	if (to.n)
		put_copy(letter, &to, &cc, &hidden, custom_args);
	for (size_t i = 0; !to.n && i < hidden.n; i++)
		put_copy(letter, &(struct address_list){&hidden.at[i], 1}, &none, &none,
			 custom_args);
	json_close(&letter->out, ']');
	return true;
}

/* --- replies --- */

/* The list's members have to differ. */
static bool put_reply_to(struct http_letter *letter, struct err *err)
{
	const struct address_list *list = &letter->message.reply_to;
	struct address_list kept = {arena_alloc(letter->mail->arena,
						(list->n + 1) * sizeof *kept.at),
				    0};

	for (size_t i = 0; i < list->n; i++)
		if (!stands_before(&kept, kept.n, list->at[i].email))
			kept.at[kept.n++] = list->at[i];
	if (kept.n > REPLY_TO_MOST)
		return err_set(err, EX_DATAERR, "reply_to: %zu where SendGrid takes %d", kept.n,
			       REPLY_TO_MOST);
	if (kept.n == 1)
		put_address(letter, "reply_to", kept.at);
	else
		put_addresses(letter, "reply_to_list", &kept);
	return true;
}

/* --- contents --- */

/* Texts must not be empty. */
static struct slice or_space(struct slice text)
{
	return text.n ? text : slice_text(" ");
}

static bool put_content(struct http_letter *letter, const char *type, const struct mime_leaf *leaf,
			struct err *err)
{
	struct buf text = {0};
	bool ok = !leaf || mime_leaf_text(leaf, &text, err);

	if (ok) {
		json_open(&letter->out, NULL, '{');
		json_put_text(&letter->out, "type", type);
		json_put_slice(&letter->out, "value", or_space(buf_slice(&text)));
		json_close(&letter->out, '}');
	}
	buf_free(&text);
	return ok;
}

/* The text first, as they want it. */
static bool put_contents(struct http_letter *letter, struct err *err)
{
	const struct mime_message *message = &letter->message;

	json_open(&letter->out, "content", '[');
	if ((message->text || !message->html) &&
	    !put_content(letter, "text/plain", message->text, err))
		return false;
	if (message->html && !put_content(letter, "text/html", message->html, err))
		return false;
	json_close(&letter->out, ']');
	return true;
}

static bool is_empty(const struct mime_leaf *file)
{
	bool is_base64 = file->encoding == MIME_BASE64;

	return (is_base64 ? slice_trim(file->content) : file->content).n == 0;
}

static bool put_file(struct http_letter *letter, const struct mime_leaf *file, struct err *err)
{
	struct json_out *out = &letter->out;

	if (is_empty(file))
		return err_set(err, EX_DATAERR, "attachments: %.*s: SendGrid takes no empty one",
			       SLICE_ARGS(file->filename));
	json_open(out, NULL, '{');
	json_put_slice(out, "filename", file->filename);
	json_put_slice(out, "type", file->type);
	json_put_text(out, "disposition", file->is_inline ? "inline" : "attachment");
	if (file->content_id.n)
		json_put_slice(out, "content_id", file->content_id);
	if (!http_letter_put_file(letter, "content", file, err))
		return false;
	json_close(out, '}');
	return true;
}

static bool put_files(struct http_letter *letter, struct err *err)
{
	if (!letter->message.files)
		return true;
	json_open(&letter->out, "attachments", '[');
	for (const struct mime_leaf *file = letter->message.files; file; file = file->next)
		if (!put_file(letter, file, err))
			return false;
	json_close(&letter->out, ']');
	return true;
}

/* --- what else there is --- */

/* A name can stand once in JSON. */
static bool is_unique(const struct http_letter *letter, const struct mime_field *field,
		      struct err *err)
{
	for (const struct mime_field *other = letter->message.fields; other != field;
	     other = other->next)
		if (slice_equal_nocase(other->name, field->name))
			return err_set(err, EX_DATAERR,
				       "headers: %.*s: SendGrid takes it only once",
				       SLICE_ARGS(field->name));
	return true;
}

static const char *name_of(const struct http_letter *letter, const struct mime_field *field)
{
	return arena_slice(letter->mail->arena, field->name).p;
}

static bool put_headers(struct http_letter *letter, struct err *err)
{
	if (!letter->message.fields)
		return true;
	json_open(&letter->out, "headers", '{');
	for (const struct mime_field *field = letter->message.fields; field; field = field->next) {
		if (slice_is_nocase(field->name, "x-sg-id") ||
		    slice_is_nocase(field->name, "x-sg-eid"))
			return err_set(err, EX_DATAERR,
				       "headers: %.*s: SendGrid keeps it for itself",
				       SLICE_ARGS(field->name));
		if (!is_unique(letter, field, err))
			return false;
		json_put_slice(&letter->out, name_of(letter, field), field->value);
	}
	json_close(&letter->out, '}');
	return true;
}

/* They have to differ. (Their length is no matter: no tag has more than 128 bytes.) */
static bool is_repeated(const struct request *request, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (slice_equal(request->tags[j], request->tags[i]))
			return true;
	return false;
}

static bool put_categories(struct http_letter *letter, struct err *err)
{
	const struct request *request = letter->mail->story->request;
	size_t n = 0;

	if (!request->n_tags)
		return true;
	json_open(&letter->out, "categories", '[');
	for (size_t i = 0; i < request->n_tags; i++) {
		if (is_repeated(request, i))
			continue;
		if (!utf8_is_ascii(request->tags[i]))
			return err_set(err, EX_DATAERR, "tags[%zu]: SendGrid takes ASCII only", i);
		json_put_slice(&letter->out, NULL, request->tags[i]);
		n++;
	}
	json_close(&letter->out, ']');
	return n <= CATEGORIES_MOST ||
	       err_set(err, EX_DATAERR, "tags: %zu where SendGrid takes %d", n, CATEGORIES_MOST);
}

static bool put_letter(struct http_letter *letter, struct err *err)
{
	json_open(&letter->out, NULL, '{');
	if (!put_personalizations(letter, err))
		return false;
	put_address(letter, "from", &letter->message.from);
	json_put_slice(&letter->out, "subject", or_space(letter->message.subject));
	if (!put_reply_to(letter, err) || !put_contents(letter, err) || !put_files(letter, err) ||
	    !put_headers(letter, err) || !put_categories(letter, err))
		return false;
	json_close(&letter->out, '}');
	uint64_t size = http_body_size(&letter->http->body);
	return size < REQUEST_BELOW ||
	       err_set(err, EX_DATAERR, "%" PRIu64 " bytes; SendGrid takes less than %d", size,
		       REQUEST_BELOW);
}

static bool check(const struct http_letter *letter, struct err *err)
{
	if (letter->mail->n_replies > RECIPIENTS_MOST)
		return err_set(err, EX_DATAERR, "%zu recipients where SendGrid takes %d",
			       letter->mail->n_replies, RECIPIENTS_MOST);
	return utf8_is_ascii(letter->message.from.email) ||
	       err_set(err, EX_DATAERR, "from_email: SendGrid takes ASCII only");
}

/* --- the answer --- */

/* {"errors":[{"message":"...","field":"...","help":...}]}; NULL: there is none. */
static const struct json *first_error(const struct http *http)
{
	const struct json *errors = json_get(http->json, "errors");

	return errors && errors->type == JSON_ARRAY ? errors->first : NULL;
}

static struct slice error_words(const struct http *http)
{
	const struct json *first = first_error(http);
	struct slice message = json_get_text(first, "message");
	struct slice field = json_get_text(first, "field");

	if (!field.n)
		return message;
	return slice_text(arena_format(http->channel.mail->arena, "%.*s: %.*s", SLICE_ARGS(field),
				       SLICE_ARGS(message)));
}

/* A 403 is for the key, which lacks a scope; but one that names `from` is for a message whose From
 * is no verified sender identity. Others may have one that is. */
static bool is_about_sender(const struct http *http)
{
	struct slice field = json_get_text(first_error(http), "field");

	return http->status == 403 && (slice_is(field, "from") || slice_starts(field, "from."));
}

/* Their 429 tells the second in which the limit ends. */
static int64_t until_reset_ms(struct http *http)
{
	uint64_t reset;

	if (!slice_number(http_answer_header(http, "X-RateLimit-Reset"), UINT32_MAX, &reset))
		return 0;
	return http_until_ms(http, (int64_t)reset * 1000);
}

static void answered(struct http *http)
{
	struct http_verdict verdict = http_judge(http);
	struct slice id = http_answer_header(http, "X-Message-Id");

	verdict.text = http_words(http, error_words(http));
	if (verdict.meaning == HTTP_ACCEPTED) {
		verdict.provider_message_id = arena_slice(http->channel.mail->arena, id);
		/* Somebody else may have said yes: a portal, a proxy. */
		if (http->status != 202 && !id.n)
			verdict.meaning = HTTP_UNCERTAIN;
	}
	if (is_about_sender(http))
		verdict.meaning = HTTP_REFUSED;
	if (verdict.meaning == HTTP_THROTTLED && !verdict.retry_after_ms)
		verdict.retry_after_ms = until_reset_ms(http);
	http_settle(http, &verdict);
}

/* --- the request --- */

static bool authorize(struct http *http, struct err *err)
{
	const char *subuser = connector_value(http->channel.connector, "on_behalf_of");

	return http_authorize(http, "Authorization", "Bearer ", "api_key", err) &&
	       (!subuser || http_header(http, "On-Behalf-Of", subuser, err));
}

static void sendgrid_send(struct sender_channel *channel, struct sender_mail *mail)
{
	struct http *http = (struct http *)channel;
	struct err err = {0};
	struct http_letter letter;

	(void)mail;
	if (!http_begin(http, STANDARD_URL, "/v3/mail/send", &err) || !authorize(http, &err) ||
	    !http_letter_make(&letter, http, &err) || !check(&letter, &err) ||
	    !put_letter(&letter, &err))
		http_refuse(http, &err);
	else
		http_send(http, answered);
}

/* --- signing in: what the key may do, which every key may ask --- */

static bool may_send(const struct json *scopes)
{
	const struct json *scope = scopes && scopes->type == JSON_ARRAY ? scopes->first : NULL;

	while (scope && !(scope->type == JSON_STRING && slice_is(scope->text, "mail.send")))
		scope = scope->next;
	return scope != NULL;
}

static void scopes_answered(struct http *http)
{
	struct http_verdict verdict = http_judge(http);

	verdict.text = http_words(http, error_words(http));
	if (verdict.meaning == HTTP_ACCEPTED && !may_send(json_get(http->json, "scopes"))) {
		verdict.meaning = HTTP_CREDENTIALS;
		verdict.text = slice_text("the key has no scope mail.send");
	}
	http_settle(http, &verdict);
}

static void sendgrid_sign_in(struct sender_channel *channel, struct sender_mail *mail)
{
	struct http *http = (struct http *)channel;
	struct err err = {0};

	(void)mail;
	if (!http_begin_question(http, STANDARD_URL, "/v3/scopes", &err) || !authorize(http, &err))
		http_refuse(http, &err);
	else
		http_send(http, scopes_answered);
}

static const struct sender_kind kind = {
	.name = "sendgrid",
	.title = "SendGrid",
	.abilities = "connections tags metadata " SENDER_SIGN_IN,
	.keys = keys,
	.channel_size = sizeof(struct http),
	.open = http_open,
	.send = sendgrid_send,
	.close = http_close,
	.sign_in = sendgrid_sign_in,
};

int main(int argc, char **argv)
{
	return sender_main(argc, argv, &kind);
}
