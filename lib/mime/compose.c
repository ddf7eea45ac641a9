#include "mime/compose.h"

#include "mime/boundary.h"
#include "mime/encode.h"
#include "mime/header.h"
#include "mime/html_text.h"

struct composer {
	const struct request *request;
	const struct mime_identity *identity;
	struct buf *out;
	bool has_inline, has_attached;
};

static void put(struct composer *c, const char *text)
{
	buf_add_text(c->out, text);
}

/* --- the header --- */

static void put_list(struct composer *c, const char *name, const struct address_list *list)
{
	mime_put_addresses(c->out, name, list->at, list->n);
}

static void put_message_id(struct composer *c)
{
	struct slice domain = c->identity->domain;

	if (domain.n == 0)
		domain = address_domain(c->request->from.email);
	put(c, "Message-ID: <");
	buf_add_slice(c->out, c->identity->id);
	buf_add_char(c->out, '@');
	buf_add_slice(c->out, domain);
	put(c, ">\r\n");
}

static void put_header(struct composer *c)
{
	const struct request *request = c->request;

	if (!request_has_header(request, "Date"))
		mime_put_date(c->out,
			      request->scheduled_ms ? request->scheduled_ms : c->identity->date_ms);
	mime_put_addresses(c->out, "From", &request->from, 1);
	put_list(c, "Reply-To", &request->reply_to);
	put_list(c, "To", &request->to);
	put_list(c, "Cc", &request->cc);
	if (request->to.n + request->cc.n == 0)
		put(c, "To: undisclosed-recipients:;\r\n");
	if (request->subject.p)
		mime_put_text(c->out, "Subject", request->subject);
	if (!request_has_header(request, "Message-ID"))
		put_message_id(c);
	for (size_t i = 0; i < request->n_headers; i++)
		mime_put_field(c->out, request->headers[i].name, request->headers[i].value);
	put(c, "MIME-Version: 1.0\r\n");
}

/* --- the body --- */

static void put_text(struct composer *c, const char *subtype, struct slice text)
{
	enum mime_encoding encoding = mime_encoding_for(text);

	put(c, "Content-Type: text/");
	put(c, subtype);
	put(c, "; charset=utf-8\r\nContent-Transfer-Encoding: ");
	put(c, mime_encoding_name(encoding));
	put(c, "\r\n\r\n");
	mime_encode(text, encoding, c->out);
}

static void open_multipart(struct composer *c, enum mime_multipart multipart)
{
	mime_put_multipart(c->out, multipart, c->identity->id);
	put(c, "\r\n");
	mime_put_boundary(c->out, multipart, c->identity->id);
}

static void put_alternative(struct composer *c)
{
	const struct request *request = c->request;
	struct slice text = request->body_text;
	struct buf made = {0};

	if (text.n == 0) {
		mime_html_text(request->body_html, &made);
		text = buf_slice(&made);
	}
	open_multipart(c, MIME_ALTERNATIVE);
	put_text(c, "plain", text);
	mime_put_boundary(c->out, MIME_ALTERNATIVE, c->identity->id);
	put_text(c, "html", request->body_html);
	mime_put_closing(c->out, MIME_ALTERNATIVE, c->identity->id);
	buf_free(&made);
}

static void put_body(struct composer *c)
{
	if (c->has_attached)
		open_multipart(c, MIME_MIXED);
	if (c->has_inline)
		open_multipart(c, MIME_RELATED);
	if (c->request->body_html.n)
		put_alternative(c);
	else
		put_text(c, "plain", c->request->body_text);
}

bool mime_compose(const struct request *request, const struct mime_identity *identity,
		  struct buf *out, struct err *err)
{
	struct composer c = {.request = request, .identity = identity, .out = out};

	if (request->from.email.n == 0)
		return err_set(err, EX_DATAERR,
			       "from_email: no sender, neither the message's nor "
			       "its organization's");
	for (size_t i = 0; i < request->n_attachments; i++)
		*(request->attachments[i].is_inline ? &c.has_inline : &c.has_attached) = true;

	/* Room for most messages at once. */
	buf_reserve(out, 1024 + request->body_html.n * 5 / 4 + request->body_text.n * 5 / 4);
	put_header(&c);
	put_body(&c);
	return true;
}
