#include "conf/literal.h"

#include <ctype.h>

#include "base/hex.h"
#include "base/utf8.h"

#define DEPTH 32

struct reader {
	struct slice rest;
	struct slice source;
	struct arena *arena;
	struct err *err;
};

static bool refuse(const struct reader *r, const char *what)
{
	return err_set(r->err, EX_DATAERR, "character %zu: %s", r->source.n - r->rest.n + 1, what);
}

static bool at(const struct reader *r, char c)
{
	return r->rest.n && r->rest.p[0] == c;
}

static void skip(struct reader *r, size_t n)
{
	r->rest = slice_after(r->rest, n);
}

static void skip_space(struct reader *r)
{
	while (r->rest.n && strchr(" \t\r\n", r->rest.p[0]))
		skip(r, 1);
}

/* Takes c, with white space before it. */
static bool take(struct reader *r, char c)
{
	skip_space(r);
	if (!at(r, c))
		return false;
	skip(r, 1);
	return true;
}

/* --- text --- */

static bool put_point(struct reader *r, struct buf *text, uint32_t point)
{
	char bytes[4];

	if (point == 0 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return refuse(r, "no such character");
	buf_add(text, bytes, utf8_encode(point, bytes));
	return true;
}

static bool take_hex(struct reader *r, struct buf *text, size_t digits)
{
	uint32_t point = 0;

	if (r->rest.n < digits)
		return refuse(r, "digits are missing");
	for (size_t i = 0; i < digits; i++) {
		int digit = hex_value(r->rest.p[i]);
		if (digit < 0)
			return refuse(r, "not a hexadecimal digit");
		point = point * 16 + (uint32_t)digit;
	}
	skip(r, digits);
	return put_point(r, text, point);
}

/* What stands behind a backslash; as in Python, one that means nothing stays with it. */
static bool take_escape(struct reader *r, struct buf *text)
{
	static const char from[] = "\\'\"abfnrtv";
	static const char to[] = "\\'\"\a\b\f\n\r\t\v";
	static const struct {
		char letter;
		size_t digits;
	} hex[] = {{'x', 2}, {'u', 4}, {'U', 8}};

	if (r->rest.n == 0)
		return refuse(r, "the text does not end");
	char c = r->rest.p[0];
	const char *known = c ? strchr(from, c) : NULL;
	skip(r, 1);
	if (c == '\n')
		return true;
	if (known) {
		buf_add_char(text, to[known - from]);
		return true;
	}
	for (size_t i = 0; i < sizeof hex / sizeof *hex; i++)
		if (hex[i].letter == c)
			return take_hex(r, text, hex[i].digits);
	if (isdigit((unsigned char)c))
		return refuse(r, "octal escapes are not read");
	buf_add_char(text, '\\');
	buf_add_char(text, c);
	return true;
}

/* One piece, from its opening quotes to the same again. */
static bool take_piece(struct reader *r, struct buf *text, bool raw)
{
	char quote = r->rest.p[0];
	char marks[4] = {quote, quote, quote, '\0'};

	if (!slice_starts(r->rest, marks))
		marks[1] = '\0';
	for (skip(r, strlen(marks)); !slice_starts(r->rest, marks);) {
		if (r->rest.n == 0 || (!marks[1] && at(r, '\n')))
			return refuse(r, "the text does not end");
		if (at(r, '\\') && !raw) {
			skip(r, 1);
			if (!take_escape(r, text))
				return false;
			continue;
		}
		buf_add_char(text, r->rest.p[0]);
		skip(r, 1);
	}
	skip(r, strlen(marks));
	return true;
}

/* How many letters stand before the quote: none, or one that may; -1 where no text begins. */
static int prefix_of(struct slice rest)
{
	size_t n = rest.n && strchr("uUrR", rest.p[0]) ? 1 : 0;

	return rest.n > n && strchr("'\"", rest.p[n]) ? (int)n : -1;
}

static bool take_text(struct reader *r, struct slice *out)
{
	struct buf text = {0};
	bool good = true;
	int prefix;

	for (; good && (prefix = prefix_of(r->rest)) >= 0; skip_space(r)) {
		bool raw = at(r, 'r') || at(r, 'R');
		skip(r, (size_t)prefix);
		good = take_piece(r, &text, raw);
	}
	if (good && utf8_check(buf_slice(&text)) < text.n)
		good = refuse(r, "not UTF-8");
	*out = arena_slice(r->arena, buf_slice(&text));
	buf_free(&text);
	return good;
}

/* --- everything else --- */

static bool take_value(struct reader *r, struct json *value, unsigned depth);

static struct json *add_child(struct reader *r, struct json *parent, struct json ***end)
{
	struct json *child = arena_alloc(r->arena, sizeof *child);

	**end = child;
	*end = &child->next;
	parent->count++;
	return child;
}

/* The items up to the closing bracket; *commas: whether any stood behind one. */
static bool take_items(struct reader *r, struct json *list, char closing, unsigned depth,
		       bool *commas)
{
	struct json **end = &list->first;

	list->type = JSON_ARRAY;
	while (!take(r, closing)) {
		if (!take_value(r, add_child(r, list, &end), depth + 1))
			return false;
		if (take(r, ','))
			*commas = true;
		else if (!take(r, closing))
			return refuse(r, "a comma or a bracket is missing");
		else
			return true;
	}
	return true;
}

/* (a) is a in brackets; (a,) and () are tuples. */
static bool take_tuple(struct reader *r, struct json *value, unsigned depth)
{
	struct slice key = value->key;
	bool commas = false;

	if (!take_items(r, value, ')', depth, &commas))
		return false;
	if (!commas && value->count == 1) {
		*value = *value->first;
		value->key = key;
	}
	return true;
}

static bool take_member(struct reader *r, struct json *dictionary, struct json ***end,
			unsigned depth)
{
	struct slice key = {0};

	skip_space(r);
	if (prefix_of(r->rest) < 0)
		return refuse(r, "a key must be text");
	if (!take_text(r, &key))
		return false;
	if (json_get(dictionary, key.p))
		return refuse(r, "this key stands twice");
	if (!take(r, ':'))
		return refuse(r, "a colon is missing");
	struct json *child = add_child(r, dictionary, end);
	child->key = key;
	return take_value(r, child, depth + 1);
}

static bool take_dictionary(struct reader *r, struct json *value, unsigned depth)
{
	struct json **end = &value->first;

	value->type = JSON_OBJECT;
	while (!take(r, '}')) {
		if (!take_member(r, value, &end, depth))
			return false;
		if (!take(r, ','))
			return take(r, '}') || refuse(r, "a comma or a bracket is missing");
	}
	return true;
}

/* Numbers are those of JSON. */
static bool take_number(struct reader *r, struct json *value)
{
	struct err err;
	size_t n = 0;

	while (n < r->rest.n && strchr("0123456789+-.eE", r->rest.p[n]))
		n++;
	struct json *number = json_parse(slice_first(r->rest, n), r->arena, &err);
	if (!number)
		return refuse(r, "not a number");
	value->type = number->type;
	value->text = number->text;
	skip(r, n);
	return true;
}

static bool take_word(struct reader *r, struct json *value)
{
	static const struct {
		const char *word;
		enum json_type type;
		bool truth;
	} words[] = {{"True", JSON_BOOL, true},
		     {"False", JSON_BOOL, false},
		     {"None", JSON_NULL, false}};
	size_t n = 0;

	while (n < r->rest.n && (isalnum((unsigned char)r->rest.p[n]) || r->rest.p[n] == '_'))
		n++;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!slice_is(slice_first(r->rest, n), words[i].word))
			continue;
		value->type = words[i].type;
		value->truth = words[i].truth;
		skip(r, n);
		return true;
	}
	return refuse(r, "not a literal");
}

static bool take_value(struct reader *r, struct json *value, unsigned depth)
{
	bool commas;

	if (depth > DEPTH)
		return refuse(r, "nested too deep");
	skip_space(r);
	if (take(r, '{'))
		return take_dictionary(r, value, depth);
	if (take(r, '['))
		return take_items(r, value, ']', depth, &commas);
	if (take(r, '('))
		return take_tuple(r, value, depth);
	if (prefix_of(r->rest) >= 0) {
		value->type = JSON_STRING;
		return take_text(r, &value->text);
	}
	if (at(r, '-') || (r->rest.n && isdigit((unsigned char)r->rest.p[0])))
		return take_number(r, value);
	return take_word(r, value);
}

struct json *literal_parse(struct slice source, struct arena *arena, struct err *err)
{
	struct reader r = {.rest = source, .source = source, .arena = arena, .err = err};
	struct json *value = arena_alloc(arena, sizeof *value);

	if (slice_find(source, '\0') < source.n) {
		err_set(err, EX_DATAERR, "NUL in a literal");
		return NULL;
	}
	if (!take_value(&r, value, 0))
		return NULL;
	skip_space(&r);
	if (r.rest.n) {
		refuse(&r, "something stands behind the literal");
		return NULL;
	}
	return value;
}
