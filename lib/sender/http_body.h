/*
 * http_body.h: a request's body: text that was written, and between it contents that are read only
 * while they are sent, so that memory does not grow with them.
 *
 *     struct json_out out = {.buf = &body.text};
 *     json_put_raw(&out, "content", slice_text("\""));
 *     http_body_content(&body, HTTP_JOINED, content);
 *     buf_add_char(&body.text, '"');
 *
 *     size = http_body_size(&body);
 *     while ((n = http_body_read(&body, bytes, room)))
 *             ...
 *
 * Contents are borrowed until the last read. Zeroed is empty.
 */
#ifndef SENDER_HTTP_BODY_H
#define SENDER_HTTP_BODY_H

#include "base/buf.h"

enum http_form {
	HTTP_AS_IS,
	HTTP_JOINED,      /* base64 in lines, its white space left out */
	HTTP_ENCODED,     /* bytes of any kind, as base64 */
	HTTP_URL_ENCODED, /* the same with the two other signs (RFC 4648, 5) */
};

struct http_content {
	size_t at; /* how much text stands before it */
	enum http_form form;
	struct slice bytes;
};

struct http_body {
	struct buf text;
	struct http_content *contents;
	size_t n_contents, room;
	/* How far it was read: */
	size_t text_at, next, content_at;
};

#define HTTP_BODY_ROOM_LEAST 4 /* bytes: what a read has to have room for */

/* Behind the text so far. */
void http_body_content(struct http_body *body, enum http_form form, struct slice bytes);

uint64_t http_body_size(const struct http_body *body);

/* The next bytes, at most room; 0 at the end. */
size_t http_body_read(struct http_body *body, char *bytes, size_t room);

/* To read it once more, from the start; to write another; for good. */
void http_body_rewind(struct http_body *body);
void http_body_clear(struct http_body *body);
void http_body_free(struct http_body *body);

#endif
