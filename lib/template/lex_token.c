#include "template/lexer.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "template/unicode.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c & 0x80;
}

static bool is_digit_of(char c, int base)
{
	if (base == 16)
		return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
	return c >= '0' && c < '0' + base;
}

/* Digits with single underscores between them. */
static const char *digit_run(const char *p, const char *end, int base)
{
	while (p < end &&
	       (is_digit_of(*p, base) || (*p == '_' && p + 1 < end && is_digit_of(p[1], base))))
		p++;
	return p;
}

static const char *fraction(const char *p, const char *end)
{
	if (p + 1 < end && *p == '.' && is_digit(p[1]))
		return digit_run(p + 1, end, 10);
	return p;
}

static const char *exponent(const char *p, const char *end)
{
	const char *digits = p + 1;

	if (p >= end || (*p != 'e' && *p != 'E'))
		return p;
	if (digits < end && (*digits == '+' || *digits == '-'))
		digits++;
	return digits < end && is_digit(*digits) ? digit_run(digits, end, 10) : p;
}

static void add_number(struct lexer *x, enum token_kind kind, const char *end)
{
	char *text = arena_alloc(x->arena, (size_t)(end - x->p) + 1), *out = text;

	for (const char *p = x->p; p < end; p++)
		if (*p != '_')
			*out++ = *p;
	lex_add(x, kind, lex_place(x, x->p), slice_make(text, (size_t)(out - text)));
	x->p = end;
}

static int base_of(const char *p, const char *end)
{
	if (p + 2 >= end || *p != '0')
		return 10;

	int base = (p[1] | 32) == 'x' ? 16 : (p[1] | 32) == 'o' ? 8 : (p[1] | 32) == 'b' ? 2 : 10;
	const char *digit = p + 2 + (p[2] == '_');
	return base != 10 && digit < end && is_digit_of(*digit, base) ? base : 10;
}

static void lex_number(struct lexer *x, bool after_dot)
{
	int base = base_of(x->p, x->end);

	if (base != 10) {
		add_number(x, TOKEN_INT, digit_run(x->p + 2, x->end, base));
		return;
	}

	const char *whole = digit_run(x->p, x->end, 10);
	const char *end = exponent(fraction(whole, x->end), x->end);
	if (end > whole && !after_dot) { /* a.0.1 has indexes, not a fraction */
		add_number(x, TOKEN_FLOAT, end);
		return;
	}
	if (*x->p == '0') /* 012 is no number: two of them, which the parser refuses */
		for (end = x->p + 1; end < whole && (*end == '0' || *end == '_'); end++)
			;
	else
		end = whole;
	add_number(x, TOKEN_INT, end);
}

static void lex_name(struct lexer *x)
{
	const char *p = x->p;
	uint32_t point;
	size_t n = 0;

	while (p < x->end &&
	       unicode_is_word(point = utf8_decode(slice_make(p, (size_t)(x->end - p)), &n))) {
		if (!(p == x->p ? unicode_is_name_start(point) : unicode_is_name(point)))
			lex_fail(x, lex_place(x, p), "invalid character in identifier");
		p += n;
	}
	if (p == x->p)
		lex_fail(x, lex_place(x, p), "unexpected char '%.*s'", (int)n, p);
	lex_add(x, TOKEN_NAME, lex_place(x, x->p), slice_make(x->p, (size_t)(p - x->p)));
	x->p = p;
}

/* n hex digits at p; fails when they are not there or stand for no character. */
static uint32_t hex(struct lexer *x, const char *p, const char *end, int n)
{
	char digits[9] = "";
	uint32_t point;

	for (int i = 0; i < n; i++, p++) {
		if (p >= end || !is_digit_of(*p, 16))
			lex_fail(x, lex_place(x, x->p), "bad escape in string");
		digits[i] = *p;
	}
	point = (uint32_t)strtoul(digits, NULL, 16);
	if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		lex_fail(x, lex_place(x, x->p), "bad escape in string");
	return point;
}

/* The escape behind the backslash at *p; moves *p behind it. */
static size_t unescape(struct lexer *x, const char **p, const char *end, char out[4])
{
	static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
	char c = *(*p)++;
	const char *plain = c ? strchr(from, c) : NULL;
	int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
	uint32_t point = 0;

	if (plain) {
		out[0] = to[plain - from];
		return 1;
	}
	if (c == '\n')
		return 0;
	if (digits) {
		point = hex(x, *p, end, digits);
		*p += digits;
		return utf8_encode(point, out);
	}
	if (c >= '0' && c <= '7') {
		(*p)--;
		for (int i = 0; i < 3 && *p < end && is_digit_of(**p, 8); i++)
			point = point * 8 + (uint32_t)(*(*p)++ - '0');
		return utf8_encode(point, out);
	}
	if (c == 'N')
		lex_fail(x, lex_place(x, x->p), "\\N{...} is not supported");
	(*p)--;
	out[0] = '\\'; /* an escape that Python does not know stays */
	return 1;
}

static void lex_string(struct lexer *x)
{
	struct place place = lex_place(x, x->p);
	const char *begin = x->p + 1, *end = begin;

	while (end < x->end && *end != *x->p)
		end += *end == '\\' ? 2 : 1;
	if (end >= x->end)
		lex_fail(x, place, "unexpected char '%c'", *x->p);

	char *text = arena_alloc(x->arena, 4 * (size_t)(end - begin) + 4), *out = text;
	for (const char *p = begin; p < end;) {
		if (*p != '\\') {
			*out++ = *p++;
			continue;
		}
		p++;
		out += unescape(x, &p, end, out);
	}
	lex_add(x, TOKEN_STRING, place, slice_make(text, (size_t)(out - text)));
	lex_move(x, end + 1);
}

/* Brackets have to match, and a tag does not end inside them. */
static void balance(struct lexer *x, char c)
{
	static const char open[] = "([{", close[] = ")]}";
	const char *is;

	if ((is = strchr(open, c))) {
		if (x->depth == LEX_NESTED_MAX)
			lex_fail(x, lex_place(x, x->p), "nested too deep");
		x->nested[x->depth++] = close[is - open];
	} else if (strchr(close, c)) {
		if (x->depth == 0)
			lex_fail(x, lex_place(x, x->p), "unexpected '%c'", c);
		char expected = x->nested[--x->depth];
		if (expected != c)
			lex_fail(x, lex_place(x, x->p), "unexpected '%c', expected '%c'", c,
				 expected);
	}
}

static void lex_operator(struct lexer *x)
{
	static const char *const two[] = {"//", "**", "==", "!=", ">=", "<="};
	size_t n = 1;

	for (size_t i = 0; i < sizeof two / sizeof *two; i++)
		if (lex_starts(x->p, x->end, two[i]))
			n = 2;
	if (n == 1 && !strchr("+-/*%~[](){}><=.:|,;", *x->p)) {
		lex_name(x);
		return;
	}
	balance(x, *x->p);
	lex_add(x, TOKEN_OPERATOR, lex_place(x, x->p), slice_make(x->p, n));
	x->p += n;
}

void lex_token(struct lexer *x, bool after_dot)
{
	char c = *x->p;

	if (is_digit(c))
		lex_number(x, after_dot);
	else if (c == '"' || c == '\'')
		lex_string(x);
	else if (is_letter(c))
		lex_name(x);
	else
		lex_operator(x);
}
