#include "template/lex.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "template/unicode.h"

#define NESTED_MAX 200 /* brackets in one tag */

struct lexer {
	const struct template_options *options;
	const char *name;
	struct arena *arena;
	struct trap *trap;
	const char *p, *end;
	const char *line_start;
	uint32_t line;
	bool line_starting; /* the last tag ended with its newline */
	struct token *tokens;
	size_t n, room;
	char nested[NESTED_MAX];
	unsigned depth;
};

static struct place place_at(struct lexer *x, const char *p)
{
	struct slice before = slice_make(x->line_start, (size_t)(p - x->line_start));

	return (struct place){x->line, (uint32_t)utf8_length(before) + 1};
}

__attribute__((format(printf, 3, 4))) static _Noreturn void fail(struct lexer *x,
								 struct place place,
								 const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	trap_spring(x->trap, x->name, place, fmt, ap);
}

static void add(struct lexer *x, enum token_kind kind, struct place place, struct slice text)
{
	if (x->n == x->room) {
		size_t room = x->room ? x->room * 2 : 64;
		struct token *more = arena_alloc(x->arena, room * sizeof *more);
		if (x->n)
			memcpy(more, x->tokens, x->n * sizeof *more);
		x->tokens = more;
		x->room = room;
	}
	x->tokens[x->n++] = (struct token){kind, place, text};
}

/* Moves on to p, counting lines. */
static void move_to(struct lexer *x, const char *p)
{
	for (const char *nl; (nl = memchr(x->p, '\n', (size_t)(p - x->p)));) {
		x->line++;
		x->line_start = x->p = nl + 1;
	}
	x->p = p;
}

static const char *skip_space(const char *p, const char *end)
{
	size_t n;

	while (p < end && unicode_is_space(utf8_decode(slice_make(p, (size_t)(end - p)), &n)))
		p += n;
	return p;
}

static bool starts(const char *p, const char *end, const char *what)
{
	return slice_starts(slice_make(p, (size_t)(end - p)), what);
}

/* --- text between tags --- */

static const char *find_tag(const struct lexer *x)
{
	for (const char *p = x->p; p + 1 < x->end; p++) {
		if (!(p = memchr(p, '{', (size_t)(x->end - p - 1))))
			break;
		if (p[1] == '{' || p[1] == '%' || p[1] == '#')
			return p;
	}
	return NULL;
}

static const char *strip_right(const char *begin, const char *end)
{
	while (end > begin) {
		const char *last = end - 1;
		size_t n;
		while (last > begin && (*last & 0xc0) == 0x80)
			last--;
		if (!unicode_is_space(utf8_decode(slice_make(last, (size_t)(end - last)), &n)))
			break;
		end = last;
	}
	return end;
}

/* Where the text before a tag ends: at - all white space goes, with lstrip_blocks that of its line.
 */
static const char *text_end_before(const struct lexer *x, const char *begin, const char *tag,
				   bool is_print, char sign)
{
	if (sign == '-')
		return strip_right(begin, tag);
	if (sign == '+' || is_print || !x->options->lstrip_blocks)
		return tag;

	const char *line = tag;
	while (line > begin && line[-1] != '\n')
		line--;
	if ((line > begin || x->line_starting) && skip_space(line, tag) == tag)
		return line;
	return tag;
}

static char sign_at(const char *p, const char *end)
{
	return p < end && (*p == '-' || *p == '+') ? *p : '\0';
}

static void add_text(struct lexer *x, const char *begin, const char *end)
{
	if (end > begin)
		add(x, TOKEN_TEXT, place_at(x, begin), slice_make(begin, (size_t)(end - begin)));
}

/* Moves behind a tag's end of n bytes at p, and the white space that goes with it. */
static void after_end(struct lexer *x, const char *p, size_t n, bool is_print)
{
	const char *after = p + n;

	if (*p == '-')
		after = skip_space(after, x->end);
	else if (*p != '+' && !is_print && x->options->trim_blocks && after < x->end &&
		 *after == '\n')
		after++;
	x->line_starting = after[-1] == '\n';
	move_to(x, after);
}

/* --- comments and raw blocks --- */

/* x->p is at {#. */
static void lex_comment(struct lexer *x)
{
	struct place place = place_at(x, x->p);
	const char *body = x->p + 2 + (sign_at(x->p + 2, x->end) != '\0');

	if (body > x->end)
		body = x->end;
	const char *close = memmem(body, (size_t)(x->end - body), "#}", 2);
	if (!close)
		fail(x, place, "missing end of comment tag");
	if (close > body && (close[-1] == '-' || close[-1] == '+'))
		after_end(x, close - 1, 3, false);
	else
		after_end(x, close, 2, false);
}

/* Behind `{% word %}` at p, with the place of its end marker; NULL when something else is there. */
static const char *word_tag(const char *p, const char *end, const char *word, const char **marker)
{
	p = skip_space(p + 2 + (sign_at(p + 2, end) != '\0'), end);
	if (!starts(p, end, word))
		return NULL;
	p = skip_space(p + strlen(word), end);
	*marker = p;
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	return starts(p, end, "%}") ? p + 2 : NULL;
}

/* Jinja2 knows -%} and %} as the end of {% raw %}, and +%} in addition at {% endraw %}. */
static bool is_raw(const struct lexer *x, const char **marker)
{
	return word_tag(x->p, x->end, "raw", marker) && **marker != '+';
}

static void lex_raw(struct lexer *x, const char *marker)
{
	struct place place = place_at(x, x->p);
	const char *begin = marker + (*marker == '-' ? 3 : 2), *close, *after = NULL;

	if (*marker == '-')
		begin = skip_space(begin, x->end);
	move_to(x, begin);
	for (close = begin; close < x->end; close++) {
		close = memmem(close, (size_t)(x->end - close), "{%", 2);
		if (!close || (after = word_tag(close, x->end, "endraw", &marker)))
			break;
	}
	if (!close || !after)
		fail(x, place, "missing end of raw directive");
	x->line_starting = false;
	add_text(x, begin, text_end_before(x, begin, close, false, sign_at(close + 2, x->end)));
	move_to(x, close);
	after_end(x, marker, (size_t)(after - marker), false);
}

/* --- inside a tag --- */

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
	add(x, kind, place_at(x, x->p), slice_make(text, (size_t)(out - text)));
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
	size_t n;

	while (p < x->end &&
	       unicode_is_word(point = utf8_decode(slice_make(p, (size_t)(x->end - p)), &n))) {
		if (!(p == x->p ? unicode_is_name_start(point) : unicode_is_name(point)))
			fail(x, place_at(x, p), "invalid character in identifier");
		p += n;
	}
	if (p == x->p)
		fail(x, place_at(x, p), "unexpected char '%.*s'", (int)n, p);
	add(x, TOKEN_NAME, place_at(x, x->p), slice_make(x->p, (size_t)(p - x->p)));
	x->p = p;
}

/* n hex digits at p; fails when they are not there or stand for no character. */
static uint32_t hex(struct lexer *x, const char *p, const char *end, int n)
{
	char digits[9] = "";
	uint32_t point;

	for (int i = 0; i < n; i++, p++) {
		if (p >= end || !is_digit_of(*p, 16))
			fail(x, place_at(x, x->p), "bad escape in string");
		digits[i] = *p;
	}
	point = (uint32_t)strtoul(digits, NULL, 16);
	if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		fail(x, place_at(x, x->p), "bad escape in string");
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
		fail(x, place_at(x, x->p), "\\N{...} is not supported");
	(*p)--;
	out[0] = '\\'; /* an escape that Python does not know stays */
	return 1;
}

static void lex_string(struct lexer *x)
{
	struct place place = place_at(x, x->p);
	const char *begin = x->p + 1, *end = begin;

	while (end < x->end && *end != *x->p)
		end += *end == '\\' ? 2 : 1;
	if (end >= x->end)
		fail(x, place, "unexpected char '%c'", *x->p);

	char *text = arena_alloc(x->arena, 4 * (size_t)(end - begin) + 4), *out = text;
	for (const char *p = begin; p < end;) {
		if (*p != '\\') {
			*out++ = *p++;
			continue;
		}
		p++;
		out += unescape(x, &p, end, out);
	}
	add(x, TOKEN_STRING, place, slice_make(text, (size_t)(out - text)));
	move_to(x, end + 1);
}

/* Brackets have to match, and a tag does not end inside them. */
static void balance(struct lexer *x, char c)
{
	static const char open[] = "([{", close[] = ")]}";
	const char *is;

	if ((is = strchr(open, c))) {
		if (x->depth == NESTED_MAX)
			fail(x, place_at(x, x->p), "nested too deep");
		x->nested[x->depth++] = close[is - open];
	} else if (strchr(close, c)) {
		if (x->depth == 0)
			fail(x, place_at(x, x->p), "unexpected '%c'", c);
		char expected = x->nested[--x->depth];
		if (expected != c)
			fail(x, place_at(x, x->p), "unexpected '%c', expected '%c'", c, expected);
	}
}

static void lex_operator(struct lexer *x)
{
	static const char *const two[] = {"//", "**", "==", "!=", ">=", "<="};
	size_t n = 1;

	for (size_t i = 0; i < sizeof two / sizeof *two; i++)
		if (starts(x->p, x->end, two[i]))
			n = 2;
	if (n == 1 && !strchr("+-/*%~[](){}><=.:|,;", *x->p)) {
		lex_name(x);
		return;
	}
	balance(x, *x->p);
	add(x, TOKEN_OPERATOR, place_at(x, x->p), slice_make(x->p, n));
	x->p += n;
}

static bool at_tag_end(const struct lexer *x, bool is_print, size_t *n)
{
	const char *p = x->p;

	if (x->depth > 0)
		return false;
	if (p < x->end && (*p == '-' || (*p == '+' && !is_print)))
		p++;
	if (!starts(p, x->end, is_print ? "}}" : "%}"))
		return false;
	*n = (size_t)(p - x->p) + 2;
	return true;
}

static void lex_tag(struct lexer *x, bool is_print)
{
	struct place begin = place_at(x, x->p);
	size_t n;

	add(x, is_print ? TOKEN_PRINT_BEGIN : TOKEN_BLOCK_BEGIN, begin, slice_make(x->p, 2));
	x->p += 2 + (sign_at(x->p + 2, x->end) != '\0');
	x->depth = 0;
	for (bool after_dot = false;;) {
		move_to(x, skip_space(x->p, x->end));
		if (x->p >= x->end)
			fail(x, begin, "this tag is never closed");
		if (at_tag_end(x, is_print, &n))
			break;
		char c = *x->p;
		if (is_digit(c))
			lex_number(x, after_dot);
		else if (c == '"' || c == '\'')
			lex_string(x);
		else if (is_letter(c))
			lex_name(x);
		else
			lex_operator(x);
		after_dot = c == '.';
	}
	add(x, is_print ? TOKEN_PRINT_END : TOKEN_BLOCK_END, place_at(x, x->p),
	    slice_make(x->p, n));
	after_end(x, x->p, n, is_print);
}

/* --- the whole --- */

static struct slice normalize(struct lexer *x, struct slice source)
{
	char *copy = arena_alloc(x->arena, source.n + 1), *out = copy;

	for (size_t i = 0; i < source.n; i++) {
		if (source.p[i] == '\r' && i + 1 < source.n && source.p[i + 1] == '\n')
			continue;
		*out++ = source.p[i] == '\r' ? '\n' : source.p[i];
	}
	if (out > copy && out[-1] == '\n' && !x->options->keep_trailing_newline)
		out--;
	return slice_make(copy, (size_t)(out - copy));
}

static void lex_next(struct lexer *x)
{
	const char *tag = find_tag(x), *begin = x->p, *marker;

	if (!tag) {
		add_text(x, begin, x->end);
		move_to(x, x->end);
		return;
	}

	bool is_print = tag[1] == '{';
	add_text(x, begin, text_end_before(x, begin, tag, is_print, sign_at(tag + 2, x->end)));
	move_to(x, tag);
	if (tag[1] == '#')
		lex_comment(x);
	else if (!is_print && is_raw(x, &marker))
		lex_raw(x, marker);
	else
		lex_tag(x, is_print);
}

struct token *lex(struct slice source, const struct template_options *options, const char *name,
		  struct arena *arena, struct trap *trap)
{
	struct lexer x = {.options = options,
			  .name = name,
			  .arena = arena,
			  .trap = trap,
			  .line = 1,
			  .line_starting = true};
	size_t bad = utf8_check(source);

	if (bad < source.n)
		fail(&x, (struct place){0}, "byte %zu: not UTF-8", bad + 1);
	source = normalize(&x, source);
	x.p = x.line_start = source.p;
	x.end = source.p + source.n;
	while (x.p < x.end)
		lex_next(&x);
	add(&x, TOKEN_END, place_at(&x, x.p), slice_make(NULL, 0));
	return x.tokens;
}
