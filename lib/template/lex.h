/*
 * lex.h: from source to tokens, with Jinja2's rules for white space around tags.
 *
 * Comments and raw blocks are dealt with here: the parser sees text and tags only. Line ends become
 * \n, and one at the end of the source goes unless keep_trailing_newline is set.
 */
#ifndef TEMPLATE_LEX_H
#define TEMPLATE_LEX_H

#include "template/trap.h"
#include "template/value.h"

enum token_kind {
	TOKEN_TEXT,
	TOKEN_PRINT_BEGIN,
	TOKEN_PRINT_END,
	TOKEN_BLOCK_BEGIN,
	TOKEN_BLOCK_END,
	TOKEN_NAME,
	TOKEN_STRING,
	TOKEN_INT,
	TOKEN_FLOAT,
	TOKEN_OPERATOR,
	TOKEN_END,
};

struct token {
	enum token_kind kind;
	struct place place;
	struct slice text; /* numbers without underscores, strings with their escapes resolved */
};

/* The tokens, the last one TOKEN_END, in the arena; springs the trap for what is no template. */
struct token *lex(struct slice source, const struct template_options *options, const char *name,
		  struct arena *arena, struct trap *trap);

#endif
