#include "smtp/body.h"

/* What one TLS record holds: a larger piece would be cut up again. */
#define PIECE_BYTES 16384

void smtp_body_start(struct smtp_body *body, const struct slice *parts, unsigned count)
{
	body->parts = parts;
	body->count = count;
	body->offset = 0;
	body->last = '\n';
	body->ended = false;
}

void smtp_body_free(struct smtp_body *body)
{
	buf_free(&body->piece);
}

/* True when all line ends of s are whole and no line starts with a dot. A pair of CR and LF may be
 * cut by either end of s. */
static bool is_fit(struct slice s, char before)
{
	if (before == '\r') {
		if (*s.p != '\n')
			return false;
		before = '\n';
		s = slice_after(s, 1);
	}
	while (s.n) {
		if (before == '\n' && *s.p == '.')
			return false;
		size_t cr = slice_find(s, '\r');
		if (memchr(s.p, '\n', cr))
			return false;
		if (cr + 1 >= s.n)
			return true;
		if (s.p[cr + 1] != '\n')
			return false;
		before = '\n';
		s = slice_after(s, cr + 2);
	}
	return true;
}

static void add_made_fit(struct buf *out, struct slice s, char before)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (before == '\r' && c != '\n') {
			buf_add_char(out, '\n');
			before = '\n';
		}
		if (c == '\n' && before != '\r')
			buf_add_char(out, '\r');
		if (c == '.' && before == '\n')
			buf_add_char(out, '.');
		buf_add_char(out, c);
		before = c;
	}
}

static void add_end(struct buf *out, char last)
{
	if (last == '\r')
		buf_add_char(out, '\n');
	else if (last != '\n')
		buf_add_text(out, "\r\n");
	buf_add_text(out, ".\r\n");
}

static struct slice take_window(struct smtp_body *body)
{
	struct slice rest = slice_after(*body->parts, body->offset);
	struct slice window = slice_first(rest, PIECE_BYTES);

	body->offset += window.n;
	if (window.n == rest.n) {
		body->parts++;
		body->count--;
		body->offset = 0;
	}
	return window;
}

bool smtp_body_next(struct smtp_body *body, struct slice *piece)
{
	struct buf *out = &body->piece;

	if (body->ended)
		return false;
	buf_clear(out);
	while (body->count && out->n < PIECE_BYTES) {
		struct slice window = take_window(body);
		if (window.n == 0)
			continue;
		bool fit = is_fit(window, body->last);
		if (fit && out->n == 0 && window.n == PIECE_BYTES) {
			body->last = window.p[window.n - 1];
			*piece = window;
			return true;
		}
		if (fit)
			buf_add_slice(out, window);
		else
			add_made_fit(out, window, body->last);
		body->last = window.p[window.n - 1];
	}
	if (body->count == 0) {
		add_end(out, body->last);
		body->ended = true;
	}
	*piece = buf_slice(out);
	return true;
}
