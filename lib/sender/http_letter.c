#include "sender/http_letter.h"

#include "base/base64.h"
#include "mime/decode.h"

static bool take_apart(struct http_letter *letter, struct err *err)
{
	const struct sender_mail *mail = letter->mail;
	struct slice *emails = arena_alloc(mail->arena, (mail->n_replies + 1) * sizeof *emails);

	for (size_t i = 0; i < mail->n_replies; i++)
		emails[i] = mail->replies[i].email;
	if (!mime_decompose(mail->wire, mail->n_wire, mail->arena, &letter->message, err))
		return false;
	mime_recipients(&letter->message.to, &letter->message.cc, emails, mail->n_replies,
			mail->arena, &letter->recipients);
	return true;
}

bool http_letter_make(struct http_letter *letter, struct http *http, struct err *err)
{
	*letter = (struct http_letter){
		.http = http,
		.mail = http->channel.mail,
		.out = {.buf = &http->body.text},
	};
	return http_header(http, "Content-Type", "application/json", err) &&
	       take_apart(letter, err);
}

/* What is base64 already passes through; so that memory does not grow with files, all but
 * quoted-printable, which is rare for them, is read while it is sent. */
static bool add_contents(struct http_body *body, const struct mime_leaf *file, struct err *err)
{
	uint64_t size;

	if (file->encoding == MIME_BASE64 && !base64_size(file->content, &size))
		return err_set(err, EX_DATAERR, "%.*s: not base64", SLICE_ARGS(file->filename));
	if (file->encoding == MIME_QUOTED_PRINTABLE) {
		struct buf bytes = {0};
		mime_decode(file->content, file->encoding, &bytes);
		base64_encode(buf_slice(&bytes), &body->text);
		buf_free(&bytes);
	} else {
		http_body_content(body, file->encoding == MIME_BASE64 ? HTTP_JOINED : HTTP_ENCODED,
				  file->content);
	}
	return true;
}

bool http_letter_put_file(struct http_letter *letter, const char *key, const struct mime_leaf *file,
			  struct err *err)
{
	struct http_body *body = &letter->http->body;

	json_put_raw(&letter->out, key, slice_text("\""));
	if (!add_contents(body, file, err))
		return false;
	buf_add_char(&body->text, '"');
	return true;
}

/* --- metadata --- */

static struct slice as_text(const struct json *value, struct arena *arena)
{
	struct buf text = {0};
	struct json_out out = {.buf = &text};

	if (value->type == JSON_STRING)
		return value->text;
	json_put_value(&out, slice_make(NULL, 0), value);
	struct slice kept = arena_slice(arena, buf_slice(&text));
	buf_free(&text);
	return kept;
}

static void add_member(struct json *object, struct json ***end, struct slice key, struct slice text,
		       struct arena *arena)
{
	struct json *member = arena_alloc(arena, sizeof *member);

	*member = (struct json){.type = JSON_STRING, .key = key, .text = text};
	**end = member;
	*end = &member->next;
	object->count++;
}

const struct json *http_metadata(const struct sender_mail *mail, size_t most)
{
	const struct json *given = mail->story->request->metadata;
	struct json *object = arena_alloc(mail->arena, sizeof *object);
	struct json **end = &object->first;

	object->type = JSON_OBJECT;
	for (const struct json *value = given ? given->first : NULL; value; value = value->next)
		add_member(object, &end, value->key, as_text(value, mail->arena), mail->arena);
	if (!json_get(given, "mailq_id") && object->count < most)
		add_member(object, &end, slice_text("mailq_id"), slice_text(mail->id), mail->arena);
	return object;
}
