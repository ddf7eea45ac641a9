/*
 * lexer.h: a source while it is read, for lex.c and lex_token.c alone.
 *
 * lex.c tells text from tags, lex_token.c reads what stands inside a tag. `p` is as far as they
 * came; only lex_move takes it over a line's end.
 */
#ifndef TEMPLATE_LEXER_H
#define TEMPLATE_LEXER_H

#include "template/lex.h"

#define LEX_NESTED_MAX 200 /* brackets in one tag */

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
	char nested[LEX_NESTED_MAX]; /* the brackets that have to close in this tag */
	unsigned depth;              /* how many */
};

/* Where p stands, which is on the current line. */
struct place lex_place(const struct lexer *x, const char *p);

_Noreturn void lex_fail(struct lexer *x, struct place place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void lex_add(struct lexer *x, enum token_kind kind, struct place place, struct slice text);

/* Moves on to p, counting lines. */
void lex_move(struct lexer *x, const char *p);

/* The next token inside a tag: a number, string, name or operator. A number behind a dot has no
 * fraction: a.0.1 has indexes. */
void lex_token(struct lexer *x, bool after_dot);

const char *lex_skip_space(const char *p, const char *end);
bool lex_starts(const char *p, const char *end, const char *what);

#endif
