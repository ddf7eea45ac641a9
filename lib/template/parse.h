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

/* --- between parse_expr.c, parse_operator.c and parse_stmt.c --- */

#define HEIGHT_MAX 400 /* operators on operators; also tags in tags */
#define NESTING_MAX 200

/* Which of its special names a macro's body mentions. */
struct mentions {
	struct mentions *outer;
	bool caller, varargs, kwargs;
};

struct parser {
	struct template *t;
	struct trap *trap;
	const struct token *at; /* the current token */
	enum escape_mode escape;
	enum escape_mode template_escape; /* where no {% autoescape %} is */
	enum escape_mode known_escape;    /* where `escape` is dynamic: that of the text around */
	struct mentions *mentions;        /* of the innermost macro */
	struct block **last_block;
	unsigned depth;
	unsigned conditions;         /* that may keep what follows from being reached */
	const struct expr *unknown;  /* a filter or test of this tag that does not exist */
	struct for_stmt *block_loop; /* those of them that are outside of the innermost block */
	struct for_stmt *loop;       /* {% for %} around us, in any function */
	unsigned loops;              /* around us, that break can leave */
	unsigned scopes;             /* tags around us that make names local; 0 is the top level */
	bool in_root;                /* no macro, call block or block around us */
};

_Noreturn void parse_fail(struct parser *p, struct place place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
_Noreturn void parse_unexpected(struct parser *p);

bool at_operator(const struct parser *p, const char *operator);
bool at_word(const struct parser *p, const char *word);
bool take_operator(struct parser *p, const char *operator);
bool take_word(struct parser *p, const char *word);
void expect_operator(struct parser *p, const char *operator);
void expect_word(struct parser *p, const char *word);
struct slice expect_name(struct parser *p);

void parse_descend(struct parser *p);
void *parse_take(struct parser *p, size_t n);

/* A node, and what makes it stand on its operands, which may be NULL. */
struct expr *parse_new(struct parser *p, enum expr_kind kind, struct place place);
void parse_rise(struct parser *p, struct expr *e, const struct expr *part);
struct expr *parse_pair(struct parser *p, enum expr_kind kind, struct place place,
			struct expr *left, struct expr *right);
void parse_add_item(struct parser *p, struct expr *e, struct expr *item);

/* What follows a primary: .name, [item], (arguments); then filters and tests. */
struct expr *parse_postfix(struct parser *p, struct expr *e);
struct expr *parse_filter_expr(struct parser *p, struct expr *e);
struct expr *parse_dot(struct parser *p, struct expr *of);

struct expr *parse_expression(struct parser *p);
struct expr *parse_condition(struct parser *p); /* no inline if */
struct expr *parse_primary(struct parser *p);

/* A tuple without brackets, or the one expression: {{ a, b }}, for x in 1, 2, set x = 1, 2. */
struct expr *parse_tuple(struct parser *p, bool with_inline_if);

/* name, or a tuple of names, nested ones in brackets; with_namespace: also name.name. */
struct expr *parse_target(struct parser *p, bool with_namespace);

/* |a|b(c)...; value may be NULL. inline_start: the first one stands without its |. */
struct expr *parse_filters(struct parser *p, struct expr *value, bool inline_start);

struct expr *name_expr(struct parser *p, struct place place, struct slice name);

#endif
