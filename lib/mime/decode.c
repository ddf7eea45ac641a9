#include "mime/decode.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/utf8.h"

bool mime_encoding_named(struct slice value, enum mime_encoding *encoding)
{
	static const struct {
		const char *name;
		enum mime_encoding encoding;
	} known[] = {
		{"", MIME_7BIT},
		{"7bit", MIME_7BIT},
		{"8bit", MIME_7BIT},
		{"binary", MIME_7BIT},
		{"quoted-printable", MIME_QUOTED_PRINTABLE},
		{"base64", MIME_BASE64},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (slice_is_nocase(value, known[i].name)) {
			*encoding = known[i].encoding;
			return true;
		}
	return false;
}

static void decode_quoted_line(struct slice line, struct buf *out)
{
	for (size_t i = 0; i < line.n; i++) {
		int byte = line.p[i] == '=' ? hex_byte(slice_after(line, i + 1)) : -1;
		buf_add_char(out, byte >= 0 ? (char)byte : line.p[i]);
		i += byte >= 0 ? 2 : 0;
	}
}

/* White space at a line's end was put there on the way; an '=' before it joins the next line. */
static void decode_quoted(struct slice content, struct buf *out)
{
	while (content.n) {
		size_t n = slice_find(content, '\n');
		struct slice line = slice_first(content, n);
		bool ended = n < content.n;
		content = slice_after(content, n + 1);
		while (line.n && strchr(" \t\r", line.p[line.n - 1]) && line.p[line.n - 1])
			line.n--;
		bool joined = line.n && line.p[line.n - 1] == '=';
		decode_quoted_line(slice_first(line, line.n - joined), out);
		if (ended && !joined)
			buf_add(out, "\r\n", 2);
	}
}

bool mime_decode(struct slice content, enum mime_encoding encoding, struct buf *out)
{
	if (encoding == MIME_BASE64)
		return base64_decode(content, out);
	if (encoding == MIME_QUOTED_PRINTABLE)
		decode_quoted(content, out);
	else
		buf_add_slice(out, content);
	return true;
}

static bool is_latin1(struct slice charset)
{
	return slice_is_nocase(charset, "iso-8859-1") || slice_is_nocase(charset, "windows-1252");
}

static bool is_utf8(struct slice charset)
{
	return charset.n == 0 || slice_is_nocase(charset, "utf-8") ||
	       slice_is_nocase(charset, "utf8") || slice_is_nocase(charset, "us-ascii");
}

bool mime_decode_text(struct slice bytes, struct slice charset, struct buf *out)
{
	bool latin1 = is_latin1(charset);
	char utf8[4];

	if (!latin1 && !is_utf8(charset))
		return false;
	buf_reserve(out, bytes.n + 1);
	while (bytes.n) {
		size_t n = 1;
		uint32_t point = latin1 ? UTF8_BAD : utf8_decode(bytes, &n);
		if (point == UTF8_BAD)
			point = (unsigned char)*bytes.p;
		if (!slice_starts(bytes, "\r\n"))
			buf_add(out, utf8, utf8_encode(point, utf8));
		bytes = slice_after(bytes, n);
	}
	return true;
}
