#include "mime/header.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/utf8.h"

#define LINE_MOST 76  /* RFC 2047, 2: where encoded words stand; RFC 5322 would allow 78 */
#define WORD_MOST 900 /* with a field's name before it, far from 998 */

/* --- lines --- */

struct fold {
	struct buf *out;
	size_t line;  /* where the open line begins in out */
	size_t value; /* where the field's value does */
};

static size_t column(const struct fold *f)
{
	return f->out->n - f->line;
}

/* Begins a new line; what follows has to begin with white space. */
static void break_line(struct fold *f)
{
	buf_add(f->out, "\r\n", 2);
	f->line = f->out->n;
}

/* Breaks the line unless n more characters have room. A line that holds only a name stays open. */
static void make_room(struct fold *f, size_t n)
{
	if (column(f) + n > LINE_MOST && column(f) > 0 && f->out->n > f->value)
		break_line(f);
}

static struct fold begin_field(struct buf *out, struct slice name)
{
	struct fold f = {.out = out, .line = out->n};

	buf_add_slice(out, name);
	buf_add_char(out, ':');
	f.value = out->n;
	return f;
}

static void end_field(struct fold *f)
{
	buf_add(f->out, "\r\n", 2);
}

/* --- words --- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes the next word with the white space before it off the front. */
static struct slice next_word(struct slice *rest)
{
	struct slice word = *rest;
	size_t n = 0;

	while (n < word.n && is_space(word.p[n]))
		n++;
	while (n < word.n && !is_space(word.p[n]))
		n++;
	*rest = slice_after(word, n);
	return slice_first(word, n);
}

static void put_words(struct fold *f, struct slice text)
{
	while (text.n) {
		struct slice word = next_word(&text);
		bool bare = !is_space(*word.p);
		make_room(f, word.n + bare);
		if (bare)
			buf_add_char(f->out, ' ');
		buf_add_slice(f->out, word);
	}
}

static bool looks_encoded(struct slice s)
{
	return s.n && memmem(s.p, s.n, "=?", 2);
}

/* --- encoded words --- */

#define OPENING "=?utf-8?Q?"
#define FRAME (sizeof OPENING - 1 + 2)

/* What stands for itself in Q, also within a phrase (RFC 2047, 5 (3)). */
static bool is_q_plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '!' || c == '*' || c == '+' || c == '-' || c == '/';
}

static size_t q_length(struct slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += is_q_plain((unsigned char)s.p[i]) || s.p[i] == ' ' ? 1 : 3;
	return n;
}

static size_t b_length(size_t n)
{
	return (n + 2) / 3 * 4;
}

static void put_q(struct buf *out, struct slice s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (is_q_plain(c) || c == ' ') {
			buf_add_char(out, c == ' ' ? '_' : (char)c);
			continue;
		}
		buf_add_char(out, '=');
		buf_add_char(out, hex[c >> 4]);
		buf_add_char(out, hex[c & 15]);
	}
}

/* The longest beginning of text, in whole characters, that is `room` long when encoded. */
static size_t fitting(struct slice text, size_t room, bool as_q)
{
	size_t n = 0, length = 0;

	while (n < text.n) {
		size_t one;
		utf8_decode(slice_after(text, n), &one);
		length += q_length(slice_make(text.p + n, one));
		if ((as_q ? length : b_length(n + one)) > room)
			break;
		n += one;
	}
	return n;
}

static void put_encoded(struct fold *f, struct slice text)
{
	bool as_q = q_length(text) <= b_length(text.n);

	while (text.n) {
		size_t used = column(f) + 1 + FRAME;
		size_t n = used < LINE_MOST ? fitting(text, LINE_MOST - used, as_q) : 0;
		if (n == 0) {
			break_line(f);
			continue;
		}
		buf_add_char(f->out, ' ');
		buf_add_text(f->out, as_q ? OPENING : "=?utf-8?B?");
		if (as_q)
			put_q(f->out, slice_first(text, n));
		else
			base64_encode(slice_first(text, n), f->out);
		buf_add(f->out, "?=", 2);
		text = slice_after(text, n);
	}
}

/* --- texts --- */

/*
 * From the first to the last word that needs it, the text is encoded in one stretch; white space
 * between two encoded words does not count (RFC 2047, 6.2), so it is encoded with them.
 */
static void put_text(struct fold *f, struct slice text, bool literal)
{
	struct slice rest = text;
	size_t first = text.n, end = 0;

	while (rest.n) {
		size_t at = text.n - rest.n;
		struct slice word = next_word(&rest);
		if (utf8_is_ascii(word) && word.n <= WORD_MOST && !(literal && looks_encoded(word)))
			continue;
		if (first == text.n)
			first = at;
		end = at + word.n;
	}
	if (end == 0) {
		put_words(f, text);
		return;
	}
	put_words(f, slice_first(text, first));
	put_encoded(f, slice_make(text.p + first + (first > 0), end - first - (first > 0)));
	put_words(f, slice_after(text, end));
}

void mime_put_text(struct buf *out, const char *name, struct slice text)
{
	struct fold f = begin_field(out, slice_text(name));

	put_text(&f, slice_trim(text), true);
	end_field(&f);
}

void mime_put_field(struct buf *out, struct slice name, struct slice value)
{
	struct fold f = begin_field(out, name);

	put_text(&f, slice_trim(value), false);
	end_field(&f);
}

/* --- addresses --- */

#define PHRASE_MOST 66 /* longer names are encoded, since that may be split anywhere */

/* One atom, or several with single spaces between: needs no quotes. */
static bool is_atoms(struct slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
			continue;
		if (c == ' ' && i > 0 && name.p[i - 1] != ' ')
			continue;
		if (!c || !strchr("!#$%&'*+-/=?^_`{|}~", c))
			return false;
	}
	return true;
}

static bool needs_escape(char c)
{
	return c == '"' || c == '\\';
}

static void put_quoted(struct fold *f, struct slice name)
{
	size_t escapes = 0;

	for (size_t i = 0; i < name.n; i++)
		escapes += needs_escape(name.p[i]);
	make_room(f, name.n + escapes + 3);
	buf_add(f->out, " \"", 2);
	for (size_t i = 0; i < name.n; i++) {
		if (needs_escape(name.p[i]))
			buf_add_char(f->out, '\\');
		buf_add_char(f->out, name.p[i]);
	}
	buf_add_char(f->out, '"');
}

static void put_address(struct fold *f, const struct address *address, bool more)
{
	struct slice name = slice_trim(address->name);
	size_t n = address->email.n + 1 + more;

	if (name.n) {
		if (name.n > PHRASE_MOST || !utf8_is_ascii(name) || looks_encoded(name))
			put_encoded(f, name);
		else if (is_atoms(name))
			put_words(f, name);
		else
			put_quoted(f, name);
		n += 2;
	}
	make_room(f, n);
	buf_add_text(f->out, name.n ? " <" : " ");
	buf_add_slice(f->out, address->email);
	if (name.n)
		buf_add_char(f->out, '>');
	if (more)
		buf_add_char(f->out, ',');
}

void mime_put_addresses(struct buf *out, const char *name, const struct address *at, size_t n)
{
	if (n == 0)
		return;

	struct fold f = begin_field(out, slice_text(name));
	for (size_t i = 0; i < n; i++)
		put_address(&f, &at[i], i + 1 < n);
	end_field(&f);
}

/* --- dates --- */

#define DAY_MS 86400000

void mime_put_date(struct buf *out, int64_t ms)
{
	static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970 began on a Thursday */
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char t[CLOCK_TEXT_SIZE]; /* 2026-11-24T09:30:00.123Z */

	clock_format(ms, t);
	int64_t clamped = 0;
	clock_parse(slice_text(t), &clamped);
	int month = (t[5] - '0') * 10 + t[6] - '1';

	char line[] = "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n";
	memcpy(line + 6, days + clamped / DAY_MS % 7 * 3, 3);
	memcpy(line + 11, t + 8, 2);
	memcpy(line + 14, months + month * 3, 3);
	memcpy(line + 18, t, 4);
	memcpy(line + 23, t + 11, 8);
	buf_add(out, line, sizeof line - 1);
}

/* --- parameters --- */

#define VALUE_MOST 60 /* of one line */

static bool is_attribute_char(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$&+-.^_`|~", c));
}

static void put_percent(struct buf *out, struct slice s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (is_attribute_char(c)) {
			buf_add_char(out, (char)c);
			continue;
		}
		buf_add_char(out, '%');
		buf_add_char(out, hex[c >> 4]);
		buf_add_char(out, hex[c & 15]);
	}
}

static bool is_quotable(struct slice value)
{
	if (value.n > VALUE_MOST)
		return false;
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] < ' ' || value.p[i] >= 0x7f || value.p[i] == '"' ||
		    value.p[i] == '\\')
			return false;
	return true;
}

/* How much of value fits one line, in whole characters. */
static size_t percent_fitting(struct slice value)
{
	size_t n = 0, length = 0;

	while (n < value.n) {
		size_t one;
		utf8_decode(slice_after(value, n), &one);
		length += one == 1 && is_attribute_char((unsigned char)value.p[n]) ? 1 : 3 * one;
		if (length > VALUE_MOST)
			break;
		n += one;
	}
	return n;
}

void mime_put_parameter(struct buf *out, const char *name, struct slice value)
{
	if (is_quotable(value)) {
		buf_addf(out, ";\r\n %s=\"%.*s\"", name, SLICE_ARGS(value));
		return;
	}

	size_t n = percent_fitting(value);
	if (n == value.n) {
		buf_addf(out, ";\r\n %s*=utf-8''", name);
		put_percent(out, value);
		return;
	}
	for (unsigned i = 0; value.n; i++) {
		n = percent_fitting(value);
		buf_addf(out, ";\r\n %s*%u*=%s", name, i, i == 0 ? "utf-8''" : "");
		put_percent(out, slice_first(value, n));
		value = slice_after(value, n);
	}
}
