#include "template/lexer.h"

#include "base/utf8.h"
#include "template/unicode.h"

struct place lex_place(const struct lexer *x, const char *p)
{
	struct slice before = slice_make(x->line_start, (size_t)(p - x->line_start));

	return (struct place){x->line, (uint32_t)utf8_length(before) + 1};
}

void lex_fail(struct lexer *x, struct place place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	trap_spring(x->trap, x->name, place, fmt, ap);
}

void lex_add(struct lexer *x, enum token_kind kind, struct place place, struct slice text)
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

void lex_move(struct lexer *x, const char *p)
{
	for (const char *nl; (nl = memchr(x->p, '\n', (size_t)(p - x->p)));) {
		x->line++;
		x->line_start = x->p = nl + 1;
	}
	x->p = p;
}

const char *lex_skip_space(const char *p, const char *end)
{
	size_t n;

	while (p < end && unicode_is_space(utf8_decode(slice_make(p, (size_t)(end - p)), &n)))
		p += n;
	return p;
}

bool lex_starts(const char *p, const char *end, const char *what)
{
	return slice_starts(slice_make(p, (size_t)(end - p)), what);
}
