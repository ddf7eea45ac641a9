#include "mime/words.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/utf8.h"

enum charset {
	CHARSET_UNKNOWN,
	CHARSET_UTF8,
	CHARSET_LATIN1,
};

/* =?charset?encoding?text?= */
struct word {
	enum charset charset;
	char encoding; /* 'b' or 'q' */
	struct slice text;
};

/* --- one word --- */

static enum charset charset_named(struct slice name)
{
	static const struct {
		const char *name;
		enum charset charset;
	} known[] = {
		{"utf-8", CHARSET_UTF8},          {"utf8", CHARSET_UTF8},
		{"us-ascii", CHARSET_UTF8},       {"iso-8859-1", CHARSET_LATIN1},
		{"windows-1252", CHARSET_LATIN1},
	};

	name = slice_first(name, slice_find(name, '*')); /* a language may follow: RFC 2231, 5 */
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (slice_is_nocase(name, known[i].name))
			return known[i].charset;
	return CHARSET_UNKNOWN;
}

/* The encoded word at the start of *rest, taken off it. False: there is none that we can read. */
static bool take_word(struct slice *rest, struct word *word)
{
	struct slice s = *rest, charset, encoding, text;

	if (!slice_starts(s, "=?"))
		return false;
	s = slice_after(s, 2);
	if (!slice_next(&s, '?', &charset) || !slice_next(&s, '?', &encoding) ||
	    !slice_next(&s, '?', &text) || !slice_starts(s, "=") || encoding.n != 1)
		return false;
	*word = (struct word){.charset = charset_named(charset),
			      .encoding = *encoding.p | 0x20,
			      .text = text};
	if (word->charset == CHARSET_UNKNOWN || !strchr("bq", word->encoding) ||
	    slice_find(text, ' ') < text.n)
		return false;
	*rest = slice_after(s, 1);
	return true;
}

static void decode_quoted(struct slice text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		int byte = c == '=' ? hex_byte(slice_after(text, i + 1)) : -1;
		buf_add_char(out, byte >= 0 ? (char)byte : c == '_' ? ' ' : c);
		i += byte >= 0 ? 2 : 0;
	}
}

static void add_latin1(struct slice bytes, struct buf *out)
{
	char utf8[4];

	for (size_t i = 0; i < bytes.n; i++)
		buf_add(out, utf8, utf8_encode((unsigned char)bytes.p[i], utf8));
}

static void decode_word(const struct word *word, struct buf *scratch, struct buf *out)
{
	buf_clear(scratch);
	if (word->encoding == 'q')
		decode_quoted(word->text, scratch);
	else if (!base64_decode(word->text, scratch))
		buf_add_slice(scratch, word->text);
	if (word->charset == CHARSET_LATIN1)
		add_latin1(buf_slice(scratch), out);
	else
		buf_add_slice(out, buf_slice(scratch));
}

/* --- the whole value --- */

/* A run of white space, or of anything else. */
static struct slice take_run(struct slice *rest)
{
	size_t n = 1;

	while (n < rest->n && slice_is_space(rest->p[n]) == slice_is_space(*rest->p))
		n++;
	struct slice run = slice_first(*rest, n);
	*rest = slice_after(*rest, n);
	return run;
}

static void decode_all(struct slice value, struct buf *scratch, struct buf *out)
{
	struct slice space = slice_make("", 0); /* behind an encoded word */
	bool behind_word = false;
	struct word word;

	while (value.n) {
		if (behind_word && slice_is_space(*value.p)) {
			space = take_run(&value);
			continue;
		}
		bool is_word = take_word(&value, &word);
		if (!(is_word && behind_word))
			buf_add_slice(out, space);
		space = slice_make("", 0);
		if (is_word)
			decode_word(&word, scratch, out);
		else
			buf_add_slice(out, take_run(&value));
		behind_word = is_word;
	}
}

/* What came of it may be anything: words hold whatever bytes their writer liked. */
static void add_clean(struct slice text, struct buf *out)
{
	char utf8[4];

	while (text.n) {
		size_t n;
		uint32_t point = utf8_decode(text, &n);
		if (point == UTF8_BAD)
			point = (unsigned char)*text.p;
		if (utf8_is_control(point))
			buf_add_char(out, ' ');
		else
			buf_add(out, utf8, utf8_encode(point, utf8));
		text = slice_after(text, n);
	}
}

void mime_words_decode(struct slice value, struct buf *out)
{
	struct buf scratch = {0}, text = {0};

	decode_all(slice_trim(value), &scratch, &text);
	add_clean(buf_slice(&text), out);
	buf_free(&scratch);
	buf_free(&text);
}
