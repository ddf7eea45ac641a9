#include "sender/http_body.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/mem.h"

void http_body_content(struct http_body *body, enum http_form form, struct slice bytes)
{
	if (body->n_contents == body->room) {
		body->room = body->room ? body->room * 2 : 8;
		body->contents = mem_resize(body->contents, body->room, sizeof *body->contents);
	}
	body->contents[body->n_contents++] =
		(struct http_content){.at = body->text.n, .form = form, .bytes = bytes};
}

/* --- the forms --- */

static uint64_t size_in_form(const struct http_content *content)
{
	uint64_t size = 0;

	if (content->form == HTTP_AS_IS)
		return content->bytes.n;
	if (content->form != HTTP_JOINED)
		return ((uint64_t)content->bytes.n + 2) / 3 * 4;
	for (size_t i = 0; i < content->bytes.n; i++)
		size += !slice_is_space(content->bytes.p[i]);
	return size;
}

/* Each puts what it can of the content at *at into the room, and returns how much that was. */

static size_t read_as_is(struct slice rest, size_t *at, char *bytes, size_t room)
{
	size_t n = rest.n < room ? rest.n : room;

	memcpy(bytes, rest.p, n);
	*at += n;
	return n;
}

static size_t read_joined(struct slice rest, size_t *at, char *bytes, size_t room)
{
	size_t n = 0, i = 0;

	for (; i < rest.n && n < room; i++)
		if (!slice_is_space(rest.p[i]))
			bytes[n++] = rest.p[i];
	*at += i;
	return n;
}

static size_t read_by(void (*encode)(struct slice, struct buf *), struct slice rest, size_t *at,
		      char *bytes, size_t room)
{
	struct slice part = slice_first(rest, room / 4 * 3);
	struct buf text = {0};

	encode(part, &text);
	memcpy(bytes, text.p, text.n);
	size_t n = text.n;
	buf_free(&text);
	*at += part.n;
	return n;
}

static size_t read_encoded(struct slice rest, size_t *at, char *bytes, size_t room)
{
	return read_by(base64_encode, rest, at, bytes, room);
}

static size_t read_url_encoded(struct slice rest, size_t *at, char *bytes, size_t room)
{
	return read_by(base64_encode_url, rest, at, bytes, room);
}

static size_t read_content(struct http_body *body, char *bytes, size_t room)
{
	static size_t (*const readers[])(struct slice, size_t *, char *, size_t) = {
		[HTTP_AS_IS] = read_as_is,
		[HTTP_JOINED] = read_joined,
		[HTTP_ENCODED] = read_encoded,
		[HTTP_URL_ENCODED] = read_url_encoded,
	};
	const struct http_content *content = &body->contents[body->next];

	return readers[content->form](slice_after(content->bytes, body->content_at),
				      &body->content_at, bytes, room);
}

/* --- the body --- */

uint64_t http_body_size(const struct http_body *body)
{
	uint64_t size = body->text.n;

	for (size_t i = 0; i < body->n_contents; i++)
		size += size_in_form(&body->contents[i]);
	return size;
}

static bool is_content_next(const struct http_body *body)
{
	return body->next < body->n_contents && body->contents[body->next].at == body->text_at;
}

static size_t read_text(struct http_body *body, char *bytes, size_t room)
{
	size_t end = body->next < body->n_contents ? body->contents[body->next].at : body->text.n;
	struct slice text = slice_make(body->text.p + body->text_at, end - body->text_at);

	return read_as_is(text, &body->text_at, bytes, room);
}

size_t http_body_read(struct http_body *body, char *bytes, size_t room)
{
	size_t n = 0;

	while (room - n >= HTTP_BODY_ROOM_LEAST) {
		if (!is_content_next(body)) {
			if (body->text_at == body->text.n)
				break;
			n += read_text(body, bytes + n, room - n);
		} else if (body->content_at < body->contents[body->next].bytes.n) {
			n += read_content(body, bytes + n, room - n);
		} else {
			body->next++;
			body->content_at = 0;
		}
	}
	return n;
}

void http_body_rewind(struct http_body *body)
{
	body->text_at = body->next = body->content_at = 0;
}

void http_body_clear(struct http_body *body)
{
	http_body_rewind(body);
	buf_clear(&body->text);
	body->n_contents = 0;
}

void http_body_free(struct http_body *body)
{
	buf_free(&body->text);
	free(body->contents);
	*body = (struct http_body){0};
}
