/*
 * parse.h: from tokens to trees, with the grammar of Jinja2 3.1.
 *
 * `do`, `break` and `continue`, which Jinja2 has as extensions, are always there. Filters and tests
 * are looked up here: an unknown one is an error, unless a condition stands before it, when it is
 * one only if it is reached.
 */
#ifndef TEMPLATE_PARSE_H
#define TEMPLATE_PARSE_H

#include "template/lex.h"
#include "template/program.h"

/* Fills t->body, t->blocks and t->extends. Springs the trap for what is no template. */
void parse(struct template *t, struct token *tokens, bool autoescape, struct trap *trap);

#endif
