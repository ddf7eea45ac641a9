#include "mime/encode.h"

#include "base/base64.h"
#include "base/bytes.h"
#include "mime/scan.h"

#define ENCODED_LINE 76 /* RFC 2045, 6.7 */

/* --- choosing --- */

struct facts {
	size_t odd; /* bytes that quoted-printable writes as three */
	size_t longest;
};

static bool is_plain(unsigned char c)
{
	return (c >= ' ' && c < 0x7f) || c == '\t';
}

static struct facts look_at(struct slice text)
{
	struct facts facts = {0};
	size_t line = 0, i = 0; /* where the open line begins */

	while (i < text.n) {
		if (i + 8 <= text.n) {
			uint64_t eight = bytes_load(text.p + i);
			if (!bytes_below(eight, ' ') && !bytes_from_del(eight)) {
				i += 8;
				continue;
			}
		}
		for (size_t end = i + 8 < text.n ? i + 8 : text.n; i < end; i++) {
			if (text.p[i] != '\n' && text.p[i] != '\r') {
				facts.odd += !is_plain((unsigned char)text.p[i]);
				continue;
			}
			if (i - line > facts.longest)
				facts.longest = i - line;
			line = i + 1;
		}
	}
	if (text.n - line > facts.longest)
		facts.longest = text.n - line;
	return facts;
}

enum mime_encoding mime_encoding_for(struct slice text)
{
	struct facts facts = look_at(text);

	if (facts.odd == 0 && facts.longest <= MIME_LINE_MOST)
		return MIME_7BIT;
	/* Base64 makes 3 bytes 4 and hides them all; quoted-printable adds 2 to an odd byte. */
	return facts.odd * 6 <= text.n ? MIME_QUOTED_PRINTABLE : MIME_BASE64;
}

const char *mime_encoding_name(enum mime_encoding encoding)
{
	static const char *const names[] = {"7bit", "quoted-printable", "base64"};

	return names[encoding];
}

/* --- lines --- */

/* In blocks, so that a text of nothing but CR is not searched for LF to its end at every line. */
static size_t line_length(struct slice text)
{
	const size_t block = 256;

	for (size_t at = 0; at < text.n; at += block) {
		struct slice part = slice_first(slice_after(text, at), block);
		size_t n = slice_find(part, '\n');
		n = slice_find(slice_first(part, n), '\r');
		if (n < part.n)
			return at + n;
	}
	return text.n;
}

/* Takes the next line off the front, without its end. */
static struct slice next_line(struct slice *rest)
{
	size_t n = line_length(*rest);
	struct slice line = slice_first(*rest, n);

	*rest = slice_after(*rest, n);
	if (rest->n)
		*rest = slice_after(*rest, rest->n > 1 && memcmp(rest->p, "\r\n", 2) == 0 ? 2 : 1);
	return line;
}

static void put_7bit(struct slice text, struct buf *out)
{
	while (text.n) {
		struct slice line = next_line(&text);
		buf_add_slice(out, line);
		buf_add(out, "\r\n", 2);
	}
}

/* --- quoted-printable --- */

/* Whether a byte stands for itself: not '=', and no white space at the end of the line. */
static bool is_literal(struct slice line, size_t i)
{
	unsigned char c = (unsigned char)line.p[i];

	if (c == ' ' || c == '\t')
		return i + 1 < line.n;
	return c > ' ' && c < 0x7f && c != '=';
}

void mime_quote_line(struct slice line, bool more, struct buf *out)
{
	static const char hex[] = "0123456789ABCDEF";
	/* At worst three bytes for one, and a soft break of three in every 73. */
	char *to = buf_reserve(out, 3 * line.n + 3 * (3 * line.n / 73 + 2)), *start = to;

	for (size_t i = 0; i < line.n; i++) {
		bool literal = is_literal(line, i);
		/* The last character of a line may take the soft break's place. */
		ptrdiff_t most = more || i + 1 < line.n ? ENCODED_LINE - 1 : ENCODED_LINE;
		if (to - start + (literal ? 1 : 3) > most) {
			memcpy(to, "=\r\n", 3);
			to += 3;
			start = to;
		}
		if (literal) {
			*to++ = line.p[i];
			continue;
		}
		*to++ = '=';
		*to++ = hex[(unsigned char)line.p[i] >> 4];
		*to++ = hex[line.p[i] & 15];
	}
	out->n = (size_t)(to - out->p);
	if (more)
		buf_add(out, "=\r\n", 3);
}

static void put_quoted_printable(struct slice text, struct buf *out)
{
	while (text.n) {
		mime_quote_line(next_line(&text), false, out);
		buf_add(out, "\r\n", 2);
	}
}

/* --- base64 --- */

void mime_base64_end(struct mime_base64 *lines, struct buf *out)
{
	if (lines->n == 0)
		return;
	base64_encode(slice_make(lines->held, lines->n), out);
	buf_add(out, "\r\n", 2);
	lines->n = 0;
}

void mime_base64_add(struct mime_base64 *lines, struct slice bytes, struct buf *out)
{
	while (bytes.n) {
		struct slice part = slice_first(bytes, MIME_BASE64_BYTES - lines->n);
		memcpy(lines->held + lines->n, part.p, part.n);
		lines->n += part.n;
		bytes = slice_after(bytes, part.n);
		if (lines->n == MIME_BASE64_BYTES)
			mime_base64_end(lines, out);
	}
}

static void put_base64(struct slice text, struct buf *out)
{
	struct mime_base64 lines = {0};

	while (text.n) {
		mime_base64_add(&lines, next_line(&text), out);
		mime_base64_add(&lines, slice_make("\r\n", 2), out);
	}
	mime_base64_end(&lines, out);
}

void mime_encode(struct slice text, enum mime_encoding encoding, struct buf *out)
{
	static void (*const writers[])(struct slice,
				       struct buf *) = {put_7bit, put_quoted_printable, put_base64};

	writers[encoding](text, out);
}
