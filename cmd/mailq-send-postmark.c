/*
 * mailq-send-postmark: delivers through Postmark's POST /email.
 *
 * Follows the description of the server API and its pages Overview and Troubleshooting 422. Manual:
 * man/mailq-send-postmark.8.
 */
#include <inttypes.h>

#include "sender/http_letter.h"

#define STANDARD_URL "https://api.postmarkapp.com"
#define RECIPIENTS_MOST 50
#define TEXT_MOST 5242880     /* bytes of either text */
#define REQUEST_MOST 10485760 /* bytes of all, the files as base64 */
#define METADATA_MOST 10      /* members */

/* clang-format off */
static const struct sender_key keys[] = {
	{.name = "server_token", .type = "string", .required = true, .secret = true,
	 .help = "$ENV:NAME or $FILE:/path; POSTMARK_API_TEST checks and sends nothing."},
	{.name = "message_stream", .type = "string", .standard = "outbound",
	 .help = "The stream to send in."},
	{.name = "base_url", .type = "url", .standard = STANDARD_URL, .help = "Another server."},
	HTTP_KEYS,
	{0},
};
/* clang-format on */

/* --- addresses: lists in one string --- */

static void add_address(struct buf *text, const struct address *address)
{
	if (text->n)
		buf_add_text(text, ", ");
	if (!address->name.n) {
		buf_add_slice(text, address->email);
		return;
	}
	buf_add_char(text, '"');
	for (size_t i = 0; i < address->name.n; i++) {
		if (strchr("\"\\", address->name.p[i]))
			buf_add_char(text, '\\');
		buf_add_char(text, address->name.p[i]);
	}
	buf_addf(text, "\" <%.*s>", SLICE_ARGS(address->email));
}

static void put_addresses(struct http_letter *letter, const char *key,
			  const struct address_list *list)
{
	struct buf text = {0};

	for (size_t i = 0; i < list->n; i++)
		add_address(&text, &list->at[i]);
	if (text.n)
		json_put_slice(&letter->out, key, buf_slice(&text));
	buf_free(&text);
}

/* There has to be a To: who is shown anyway may stand there, or a single hidden one. */
static bool put_envelope(struct http_letter *letter, struct err *err)
{
	struct mime_recipients *recipients = &letter->recipients;
	struct address_list from = {&letter->message.from, 1};
	static const struct address_list none;

	if (!recipients->to.n) {
		recipients->to = recipients->cc;
		recipients->cc = none;
	}
	if (!recipients->to.n) {
		recipients->to = recipients->hidden;
		recipients->hidden = none;
		if (recipients->to.n > 1)
			return err_set(err, EX_DATAERR,
				       "bcc_emails: Postmark takes several only beside another");
	}
	put_addresses(letter, "From", &from);
	put_addresses(letter, "To", &recipients->to);
	put_addresses(letter, "Cc", &recipients->cc);
	put_addresses(letter, "Bcc", &recipients->hidden);
	put_addresses(letter, "ReplyTo", &letter->message.reply_to);
	return true;
}

/* --- contents --- */

static bool put_text(struct http_letter *letter, const char *key, const char *field,
		     const struct mime_leaf *leaf, bool *has_text, struct err *err)
{
	struct buf text = {0};
	bool ok = !leaf || mime_leaf_text(leaf, &text, err);

	if (ok && text.n > TEXT_MOST)
		ok = err_set(err, EX_DATAERR, "%s: %zu bytes where Postmark takes %d", field,
			     text.n, TEXT_MOST);
	if (ok && text.n)
		json_put_slice(&letter->out, key, buf_slice(&text));
	*has_text |= text.n != 0;
	buf_free(&text);
	return ok;
}

/* A body there must be, also beside files. */
static bool put_texts(struct http_letter *letter, struct err *err)
{
	bool has_text = false;

	if (!put_text(letter, "TextBody", "body_text", letter->message.text, &has_text, err) ||
	    !put_text(letter, "HtmlBody", "body_html", letter->message.html, &has_text, err))
		return false;
	if (!has_text)
		json_put_text(&letter->out, "TextBody", " ");
	return true;
}

static bool put_file(struct http_letter *letter, const struct mime_leaf *file, struct err *err)
{
	struct json_out *out = &letter->out;

	json_open(out, NULL, '{');
	json_put_slice(out, "Name", file->filename);
	json_put_slice(out, "ContentType", file->type);
	if (file->is_inline)
		json_put_text(out, "ContentID",
			      arena_format(letter->mail->arena, "cid:%.*s",
					   SLICE_ARGS(file->content_id)));
	if (!http_letter_put_file(letter, "Content", file, err))
		return false;
	json_close(out, '}');
	return true;
}

static bool put_contents(struct http_letter *letter, struct err *err)
{
	if (!put_texts(letter, err))
		return false;
	json_open(&letter->out, "Attachments", '[');
	for (const struct mime_leaf *file = letter->message.files; file; file = file->next)
		if (!put_file(letter, file, err))
			return false;
	json_close(&letter->out, ']');
	return true;
}

static void put_header(struct http_letter *letter, struct slice name, struct slice value)
{
	json_open(&letter->out, NULL, '{');
	json_put_slice(&letter->out, "Name", name);
	json_put_slice(&letter->out, "Value", value);
	json_close(&letter->out, '}');
}

/* Without being told, Postmark gives each message a Message-ID of its own. */
static void put_headers(struct http_letter *letter)
{
	static const char keep_id[] = "X-PM-KeepID";
	bool is_told = false;

	json_open(&letter->out, "Headers", '[');
	for (const struct mime_field *field = letter->message.fields; field; field = field->next) {
		put_header(letter, field->name, field->value);
		is_told |= slice_is_nocase(field->name, keep_id);
	}
	if (!is_told)
		put_header(letter, slice_text(keep_id), slice_text("true"));
	json_close(&letter->out, ']');
}

static bool put_labels(struct http_letter *letter, struct err *err)
{
	const struct request *request = letter->mail->story->request;

	if (request->n_tags > 1)
		return err_set(err, EX_DATAERR, "tags: %zu where Postmark takes 1",
			       request->n_tags);
	if (request->n_tags)
		json_put_slice(&letter->out, "Tag", request->tags[0]);
	json_put_value(&letter->out, slice_text("Metadata"),
		       http_metadata(letter->mail, METADATA_MOST));
	return true;
}

static bool put_letter(struct http_letter *letter, struct err *err)
{
	const char *stream = connector_value(letter->http->channel.connector, "message_stream");

	if (letter->mail->n_replies > RECIPIENTS_MOST)
		return err_set(err, EX_DATAERR, "%zu recipients where Postmark takes %d",
			       letter->mail->n_replies, RECIPIENTS_MOST);
	json_open(&letter->out, NULL, '{');
	if (!put_envelope(letter, err))
		return false;
	json_put_slice(&letter->out, "Subject", letter->message.subject);
	json_put_text(&letter->out, "MessageStream", stream ? stream : "outbound");
	if (!put_contents(letter, err) || !put_labels(letter, err))
		return false;
	put_headers(letter);
	json_close(&letter->out, '}');
	uint64_t size = http_body_size(&letter->http->body);
	return size <= REQUEST_MOST ||
	       err_set(err, EX_DATAERR, "%" PRIu64 " bytes where Postmark takes %d", size,
		       REQUEST_MOST);
}

/* --- the answer --- */

/* Their own codes say more than the status; a code that is not here is the message's fault: also
 * 400 and 401, a From that no confirmed signature is for, which "Troubleshooting 422" counts with
 * what is wrong in the request. Others may have theirs. */
static enum http_meaning meaning_of(const struct http *http, enum http_meaning standard)
{
	static const struct {
		int64_t code;
		enum http_meaning meaning;
	} known[] = {
		{10, HTTP_CREDENTIALS},    /* no such token */
		{100, HTTP_TRANSIENT},     /* maintenance */
		{405, HTTP_CREDENTIALS},   /* out of credit */
		{409, HTTP_MISCONFIGURED}, /* not taken for JSON: no server of theirs */
		{412, HTTP_CREDENTIALS},   /* the account is pending */
		{413, HTTP_CREDENTIALS},   /* ... or may not send */
		{429, HTTP_THROTTLED},
	};
	int64_t code = json_get_int(http->json, "ErrorCode", -1);

	if (standard == HTTP_ACCEPTED)
		return code == 0 ? HTTP_ACCEPTED : code > 0 ? HTTP_REFUSED : HTTP_UNCERTAIN;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].code == code)
			return known[i].meaning;
	return standard;
}

/* "Message OK, but will not deliver to these inactive addresses: a@x.example, b@x.example. ..." */
static struct slice inactive(struct slice message)
{
	struct slice addresses = {0};

	slice_behind(message, "inactive addresses:", &addresses);
	return addresses;
}

static void answered(struct http *http)
{
	struct http_verdict verdict = http_judge(http);
	struct slice message = json_get_text(http->json, "Message");

	verdict.meaning = meaning_of(http, verdict.meaning);
	verdict.text = http_words(http, message);
	if (verdict.meaning == HTTP_ACCEPTED)
		verdict.refused = inactive(message);
	verdict.provider_message_id = json_get_text(http->json, "MessageID");
	http_settle(http, &verdict);
}

/* --- the request --- */

static bool authorize(struct http *http, struct err *err)
{
	return http_authorize(http, "X-Postmark-Server-Token", "", "server_token", err) &&
	       http_header(http, "Accept", "application/json", err);
}

static void postmark_send(struct sender_channel *channel, struct sender_mail *mail)
{
	struct http *http = (struct http *)channel;
	struct err err = {0};
	struct http_letter letter;

	(void)mail;
	if (!http_begin(http, STANDARD_URL, "/email", &err) || !authorize(http, &err) ||
	    !http_letter_make(&letter, http, &err) || !put_letter(&letter, &err))
		http_refuse(http, &err);
	else
		http_send(http, answered);
}

/* --- signing in: numbers of the server that the token is of, which hold no secret --- */

static void stats_answered(struct http *http)
{
	struct http_verdict verdict = http_judge(http);

	if (verdict.meaning != HTTP_ACCEPTED)
		verdict.meaning = meaning_of(http, verdict.meaning);
	else if (!json_get(http->json, "InactiveMails"))
		verdict.meaning = HTTP_MISCONFIGURED; /* no server of theirs */
	verdict.text = http_words(http, json_get_text(http->json, "Message"));
	http_settle(http, &verdict);
}

static void postmark_sign_in(struct sender_channel *channel, struct sender_mail *mail)
{
	struct http *http = (struct http *)channel;
	struct err err = {0};

	(void)mail;
	if (!http_begin_question(http, STANDARD_URL, "/deliverystats", &err) ||
	    !authorize(http, &err))
		http_refuse(http, &err);
	else
		http_send(http, stats_answered);
}

static const struct sender_kind kind = {
	.name = "postmark",
	.title = "Postmark",
	.abilities = "connections recipients tags metadata " SENDER_SIGN_IN,
	.keys = keys,
	.channel_size = sizeof(struct http),
	.open = http_open,
	.send = postmark_send,
	.close = http_close,
	.sign_in = postmark_sign_in,
};

int main(int argc, char **argv)
{
	return sender_main(argc, argv, &kind);
}
