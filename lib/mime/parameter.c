#include "mime/parameter.h"

#include <stdio.h>

#include "base/hex.h"
#include "mime/words.h"

#define PIECES_MOST 100 /* of one parameter */

struct slice mime_parameter_main(struct slice value)
{
	return slice_trim(slice_first(value, slice_find(value, ';')));
}

/* Where the quoted text that begins s ends: behind its closing sign. */
static size_t quoted_length(struct slice s)
{
	size_t n = 1;

	while (n < s.n && s.p[n] != '"')
		n += s.p[n] == '\\' ? 2 : 1;
	return n < s.n ? n + 1 : s.n;
}

/* Where the parameter ends that begins s: at the next ';' outside of quotes. */
static size_t parameter_length(struct slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != ';')
		n += s.p[n] == '"' ? quoted_length(slice_after(s, n)) : 1;
	return n < s.n ? n : s.n;
}

/* The text behind the '=', as it stands. */
static bool find(struct slice value, const char *name, struct slice *raw)
{
	while (value.n) {
		size_t n = parameter_length(value);
		struct slice parameter = slice_first(value, n);
		size_t equals = slice_find(parameter, '=');
		value = slice_after(value, n + 1);
		if (equals == parameter.n ||
		    !slice_is_nocase(slice_trim(slice_first(parameter, equals)), name))
			continue;
		*raw = slice_trim(slice_after(parameter, equals + 1));
		return true;
	}
	return false;
}

static void unquote(struct slice raw, struct buf *out)
{
	if (!slice_starts(raw, "\"")) {
		buf_add_slice(out, raw);
		return;
	}
	for (size_t i = 1; i < raw.n && raw.p[i] != '"'; i++) {
		if (raw.p[i] == '\\' && i + 1 < raw.n)
			i++;
		buf_add_char(out, raw.p[i]);
	}
}

static void decode_percent(struct slice raw, struct buf *out)
{
	for (size_t i = 0; i < raw.n; i++) {
		int byte = raw.p[i] == '%' ? hex_byte(slice_after(raw, i + 1)) : -1;
		buf_add_char(out, byte >= 0 ? (char)byte : raw.p[i]);
		i += byte >= 0 ? 2 : 0;
	}
}

/* charset'language'text: what the bytes are is seen in them, so the charset is not needed. */
static struct slice behind_language(struct slice raw)
{
	size_t first = slice_find(raw, '\'');
	size_t second = slice_find(slice_after(raw, first + 1), '\'');

	return first + second + 2 > raw.n ? raw : slice_after(raw, first + second + 2);
}

static bool add_piece(struct slice value, const char *name, unsigned i, struct buf *out)
{
	char key[80];
	struct slice raw;

	snprintf(key, sizeof key, "%s*%u*", name, i);
	if (find(value, key, &raw)) {
		decode_percent(i == 0 ? behind_language(raw) : raw, out);
		return true;
	}
	snprintf(key, sizeof key, "%s*%u", name, i);
	if (!find(value, key, &raw))
		return false;
	unquote(raw, out);
	return true;
}

static bool add_bytes(struct slice value, const char *name, struct buf *out)
{
	char key[80];
	struct slice raw;
	unsigned n = 0;

	while (n < PIECES_MOST && add_piece(value, name, n, out))
		n++;
	if (n)
		return true;
	snprintf(key, sizeof key, "%s*", name);
	if (find(value, key, &raw)) {
		decode_percent(behind_language(raw), out);
		return true;
	}
	if (!find(value, name, &raw))
		return false;
	unquote(raw, out);
	return true;
}

bool mime_parameter(struct slice value, const char *name, struct buf *out)
{
	struct buf bytes = {0};
	bool found = add_bytes(slice_after(value, slice_find(value, ';') + 1), name, &bytes);

	if (found)
		mime_words_decode(buf_slice(&bytes), out);
	buf_free(&bytes);
	return found;
}
