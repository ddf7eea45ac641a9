#include "mime/fit.h"

#include "base/utf8.h"
#include "mime/header.h"
#include "mime/scan.h"

#define TURN (64 * 1024) /* bytes of body in one turn */
#define PIECE 4096       /* of a line that is to be encoded */

/* --- how the body goes --- */

/* Already made of plain lines: the encodings that change nothing (RFC 2045, 6.2). */
static bool is_identity(struct slice encoding)
{
	return encoding.n == 0 || slice_is_nocase(encoding, "7bit") ||
	       slice_is_nocase(encoding, "8bit") || slice_is_nocase(encoding, "binary");
}

static enum mime_fit_how decide(struct slice header, struct slice body)
{
	struct slice type = mime_header_find(header, "Content-Type");
	struct slice encoding = mime_header_find(header, "Content-Transfer-Encoding");
	struct mime_needs needs = mime_scan_body(body);

	if (!needs.eight_bit && !needs.long_line && !needs.nul)
		return MIME_FIT_LINES;
	if (slice_starts_nocase(type, "multipart/") || slice_starts_nocase(type, "message/") ||
	    !is_identity(encoding))
		return needs.long_line || needs.nul ? MIME_FIT_BREAK : MIME_FIT_LINES;
	if (type.n && !slice_starts_nocase(type, "text"))
		return MIME_FIT_BYTES;
	return mime_encoding_for(body) == MIME_BASE64 ? MIME_FIT_TEXT : MIME_FIT_QUOTED;
}

void mime_fit_begin(struct mime_fit *fit, struct slice message, const struct mime_edit *edit)
{
	struct slice header = mime_header_start(message), body = header;
	struct mime_header field;

	while (mime_header_next(&body, &field))
		;
	*fit = (struct mime_fit){.header = header, .body = body, .edit = *edit};
	fit->how = decide(header, body);
}

/* --- the header --- */

static bool is_encoded(const struct mime_fit *fit)
{
	return fit->how >= MIME_FIT_QUOTED;
}

static bool matches(struct slice name, const char *pattern)
{
	size_t n = strlen(pattern);

	if (n && pattern[n - 1] == '*')
		return slice_equal_nocase(slice_first(name, n - 1), slice_make(pattern, n - 1));
	return slice_is_nocase(name, pattern);
}

static bool is_dropped(const struct mime_fit *fit, struct slice name)
{
	if (is_encoded(fit) && slice_is_nocase(name, "Content-Transfer-Encoding"))
		return true;
	for (const char *const *drop = fit->edit.drop; drop && *drop; drop++)
		if (matches(name, *drop))
			return true;
	return false;
}

static bool has_addresses(struct slice name)
{
	static const char *const names[] = {"From", "Sender", "Reply-To", "To", "Cc", "Bcc"};

	if (slice_starts_nocase(name, "Resent-"))
		name = slice_after(name, 7);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_is_nocase(name, names[i]))
			return true;
	return false;
}

/* The value on one line, in UTF-8, without control characters. */
static void clean_value(struct slice value, struct buf *clean)
{
	struct buf line = {0};

	mime_header_unfold(value, &line);
	bool utf8 = utf8_check(buf_slice(&line)) == line.n;
	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];
		char bytes[4];
		if (c < 0x20 || c == 0x7f)
			buf_add_char(clean, ' ');
		else if (utf8 || c < 0x80)
			buf_add_char(clean, (char)c);
		else
			buf_add(clean, bytes, utf8_encode(c, bytes));
	}
	buf_free(&line);
}

/* Rewrites an address field with its names encoded. False when it is none. */
static bool put_addresses(struct slice name, struct slice value, struct buf *out)
{
	struct arena arena = {0};
	struct address_list list;
	struct err err = {0};

	bool ok = address_list_parse(value, &arena, &list, &err);
	if (ok)
		mime_put_addresses(out, arena_slice(&arena, name).p, list.at, list.n);
	arena_free(&arena);
	return ok;
}

/* A field that the wire does not take as it stands. */
static void put_mended(const struct mime_header *field, struct buf *out)
{
	struct buf clean = {0};

	clean_value(field->value, &clean);
	struct slice value = buf_slice(&clean);
	if (utf8_is_ascii(value) || !has_addresses(field->name) ||
	    !put_addresses(field->name, value, out))
		mime_put_field(out, field->name, value);
	buf_free(&clean);
}

/* Whether each line is ASCII, short enough, and free of what ends a line elsewhere. */
static bool is_fit(struct slice field)
{
	struct slice line;

	if (!utf8_is_ascii(field) || slice_find(field, '\0') < field.n)
		return false;
	while (slice_next(&field, '\n', &line)) {
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n > MIME_LINE_MOST || slice_find(line, '\r') < line.n)
			return false;
	}
	return true;
}

static void put_lines(struct slice field, struct buf *out)
{
	struct slice line;

	while (slice_next(&field, '\n', &line)) {
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		buf_add_slice(out, line);
		buf_add(out, "\r\n", 2);
	}
}

static void put_encoding(const struct mime_fit *fit, bool has_version, bool has_type,
			 struct buf *out)
{
	bool quoted = fit->how == MIME_FIT_QUOTED;

	if (!has_version)
		buf_add_text(out, "MIME-Version: 1.0\r\n");
	if (!has_type)
		buf_addf(out, "Content-Type: text/plain; charset=%s\r\n",
			 utf8_check(fit->body) == fit->body.n ? "utf-8" : "iso-8859-1");
	buf_addf(out, "Content-Transfer-Encoding: %s\r\n",
		 mime_encoding_name(quoted ? MIME_QUOTED_PRINTABLE : MIME_BASE64));
}

static void put_header(struct mime_fit *fit, struct buf *out)
{
	struct mime_header field;
	bool has_version = false, has_type = false;

	buf_add_slice(out, fit->edit.add);
	while (mime_header_next(&fit->header, &field)) {
		has_version |= slice_is_nocase(field.name, "MIME-Version");
		has_type |= slice_is_nocase(field.name, "Content-Type");
		if (is_dropped(fit, field.name))
			continue;
		if (is_fit(field.whole))
			put_lines(field.whole, out);
		else
			put_mended(&field, out);
	}
	if (is_encoded(fit))
		put_encoding(fit, has_version, has_type, out);
	buf_add(out, "\r\n", 2);
}

/* --- the body --- */

/* Takes a line off the front, or its first `most` bytes, and says whether the line is over. */
static struct slice take_piece(struct slice *rest, size_t most, bool *over)
{
	struct slice window = slice_first(*rest, most + 1);
	size_t n = slice_find(slice_first(window, slice_find(window, '\n')), '\r');

	*over = n < window.n || rest->n <= most;
	if (!*over)
		n = most;
	struct slice piece = slice_first(*rest, n);
	*rest = slice_after(*rest, n);
	if (*over && rest->n)
		*rest = slice_after(*rest, slice_starts(*rest, "\r\n") ? 2 : 1);
	return piece;
}

static void put_without_nul(struct slice piece, struct buf *out)
{
	while (piece.n) {
		size_t n = slice_find(piece, '\0');
		buf_add_slice(out, slice_first(piece, n));
		piece = slice_after(piece, n + 1);
	}
}

/* A line, or what fits one of it; the rest follows behind a space, as after other MTAs. */
static void put_broken(struct mime_fit *fit, struct buf *out)
{
	bool over;

	if (fit->inside)
		buf_add_char(out, ' ');
	put_without_nul(take_piece(&fit->body, MIME_LINE_MOST - fit->inside, &over), out);
	buf_add(out, "\r\n", 2);
	fit->inside = !over;
}

static void put_line(struct mime_fit *fit, struct buf *out)
{
	bool over;

	buf_add_slice(out, take_piece(&fit->body, MIME_LINE_MOST, &over));
	buf_add(out, "\r\n", 2);
}

static void put_quoted(struct mime_fit *fit, struct buf *out)
{
	bool over;
	struct slice piece = take_piece(&fit->body, PIECE, &over);

	mime_quote_line(piece, !over, out);
	if (over)
		buf_add(out, "\r\n", 2);
}

static void put_text(struct mime_fit *fit, struct buf *out)
{
	bool over;

	mime_base64_add(&fit->lines, take_piece(&fit->body, PIECE, &over), out);
	if (over)
		mime_base64_add(&fit->lines, slice_make("\r\n", 2), out);
}

static void put_bytes(struct mime_fit *fit, struct buf *out)
{
	struct slice piece = slice_first(fit->body, PIECE);

	mime_base64_add(&fit->lines, piece, out);
	fit->body = slice_after(fit->body, piece.n);
}

bool mime_fit_next(struct mime_fit *fit, struct buf *out)
{
	static void (*const writers[])(struct mime_fit *, struct buf *) = {put_line, put_broken,
									   put_quoted, put_text,
									   put_bytes};
	size_t left = fit->body.n;

	if (fit->begun && left == 0)
		return false;
	if (!fit->begun)
		put_header(fit, out);
	fit->begun = true;
	while (fit->body.n && left - fit->body.n < TURN)
		writers[fit->how](fit, out);
	if (fit->body.n == 0)
		mime_base64_end(&fit->lines, out);
	return true;
}
