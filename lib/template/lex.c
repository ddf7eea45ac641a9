#include "template/lexer.h"

#include "base/utf8.h"
#include "template/unicode.h"

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
	if ((line > begin || x->line_starting) && lex_skip_space(line, tag) == tag)
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
		lex_add(x, TOKEN_TEXT, lex_place(x, begin),
			slice_make(begin, (size_t)(end - begin)));
}

/* Moves behind a tag's end of n bytes at p, and the white space that goes with it. */
static void after_end(struct lexer *x, const char *p, size_t n, bool is_print)
{
	const char *after = p + n;

	if (*p == '-')
		after = lex_skip_space(after, x->end);
	else if (*p != '+' && !is_print && x->options->trim_blocks && after < x->end &&
		 *after == '\n')
		after++;
	x->line_starting = after[-1] == '\n';
	lex_move(x, after);
}

/* --- comments and raw blocks --- */

/* x->p is at {#. */
static void lex_comment(struct lexer *x)
{
	struct place place = lex_place(x, x->p);
	const char *body = x->p + 2 + (sign_at(x->p + 2, x->end) != '\0');

	if (body > x->end)
		body = x->end;
	const char *close = memmem(body, (size_t)(x->end - body), "#}", 2);
	if (!close)
		lex_fail(x, place, "missing end of comment tag");
	if (close > body && (close[-1] == '-' || close[-1] == '+'))
		after_end(x, close - 1, 3, false);
	else
		after_end(x, close, 2, false);
}

/* Behind `{% word %}` at p, with the place of its end marker; NULL when something else is there. */
static const char *word_tag(const char *p, const char *end, const char *word, const char **marker)
{
	p = lex_skip_space(p + 2 + (sign_at(p + 2, end) != '\0'), end);
	if (!lex_starts(p, end, word))
		return NULL;
	p = lex_skip_space(p + strlen(word), end);
	*marker = p;
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	return lex_starts(p, end, "%}") ? p + 2 : NULL;
}

/* Jinja2 knows -%} and %} as the end of {% raw %}, and +%} in addition at {% endraw %}. */
static bool is_raw(const struct lexer *x, const char **marker)
{
	return word_tag(x->p, x->end, "raw", marker) && **marker != '+';
}

static void lex_raw(struct lexer *x, const char *marker)
{
	struct place place = lex_place(x, x->p);
	const char *begin = marker + (*marker == '-' ? 3 : 2), *close, *after = NULL;

	if (*marker == '-')
		begin = lex_skip_space(begin, x->end);
	lex_move(x, begin);
	for (close = begin; close < x->end; close++) {
		close = memmem(close, (size_t)(x->end - close), "{%", 2);
		if (!close || (after = word_tag(close, x->end, "endraw", &marker)))
			break;
	}
	if (!close || !after)
		lex_fail(x, place, "missing end of raw directive");
	x->line_starting = false;
	add_text(x, begin, text_end_before(x, begin, close, false, sign_at(close + 2, x->end)));
	lex_move(x, close);
	after_end(x, marker, (size_t)(after - marker), false);
}

/* --- tags --- */

static bool at_tag_end(const struct lexer *x, bool is_print, size_t *n)
{
	const char *p = x->p;

	if (x->depth > 0)
		return false;
	if (p < x->end && (*p == '-' || (*p == '+' && !is_print)))
		p++;
	if (!lex_starts(p, x->end, is_print ? "}}" : "%}"))
		return false;
	*n = (size_t)(p - x->p) + 2;
	return true;
}

static void lex_tag(struct lexer *x, bool is_print)
{
	struct place begin = lex_place(x, x->p);
	size_t n;

	lex_add(x, is_print ? TOKEN_PRINT_BEGIN : TOKEN_BLOCK_BEGIN, begin, slice_make(x->p, 2));
	x->p += 2 + (sign_at(x->p + 2, x->end) != '\0');
	x->depth = 0;
	for (bool after_dot = false;;) {
		lex_move(x, lex_skip_space(x->p, x->end));
		if (x->p >= x->end)
			lex_fail(x, begin, "this tag is never closed");
		if (at_tag_end(x, is_print, &n))
			break;
		char first = *x->p;
		lex_token(x, after_dot);
		after_dot = first == '.';
	}
	lex_add(x, is_print ? TOKEN_PRINT_END : TOKEN_BLOCK_END, lex_place(x, x->p),
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
		lex_move(x, x->end);
		return;
	}

	bool is_print = tag[1] == '{';
	add_text(x, begin, text_end_before(x, begin, tag, is_print, sign_at(tag + 2, x->end)));
	lex_move(x, tag);
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
		lex_fail(&x, (struct place){0}, "byte %zu: not UTF-8", bad + 1);
	source = normalize(&x, source);
	x.p = x.line_start = source.p;
	x.end = source.p + source.n;
	while (x.p < x.end)
		lex_next(&x);
	lex_add(&x, TOKEN_END, lex_place(&x, x.p), slice_make(NULL, 0));
	return x.tokens;
}
