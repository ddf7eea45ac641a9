/*
 * parser.h: a template while it is parsed, for parser.c and parse_*.c alone.
 *
 * Recursive descent: a function for each thing of the grammar, which begins at p->at and leaves
 * p->at behind what it took; what does not fit springs the trap. Nodes live in the template's
 * arena. The height of a node bounds how deep eval.c and exec.c recurse into it.
 */
#ifndef TEMPLATE_PARSER_H
#define TEMPLATE_PARSER_H

#include "template/lex.h"
#include "template/program.h"

#define HEIGHT_MAX 400 /* operators on operators; also tags in tags */
#define NESTING_MAX 200

/* Which of its special names a macro's body mentions. */
struct mentions {
	struct mentions *outer;
	bool caller, varargs, kwargs;
};

/* What stands around a place in a template: a tag may change it for its body. */
struct surroundings {
	enum escape_mode escape;
	enum escape_mode known_escape; /* where `escape` is dynamic: that of the text around */
	struct mentions *mentions;     /* of the innermost macro */
	struct for_stmt *loop;         /* {% for %} around us, in any function */
	struct for_stmt *block_loop;   /* those of them that are outside of the innermost block */
	unsigned loops;                /* around us, that break can leave */
	unsigned scopes; /* tags around us that make names local; 0 is the top level */
	bool root;       /* no macro, call block or block around us */
};

struct parser {
	struct template *t;
	struct trap *trap;
	const struct token *at; /* the current token */
	struct surroundings in;
	enum escape_mode template_escape; /* where no {% autoescape %} is */
	struct block **last_block;
	unsigned depth;
	unsigned conditions;        /* that may keep what follows from being reached */
	const struct expr *unknown; /* a filter or test of this tag that does not exist */
};

/* --- tokens: parser.c --- */

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

/* --- expressions: parse_expr.c, parse_operator.c --- */

/* A node, and what makes it stand on its operands, which may be NULL. */
struct expr *parse_new(struct parser *p, enum expr_kind kind, struct place place);
void parse_rise(struct parser *p, struct expr *e, const struct expr *part);
struct expr *parse_pair(struct parser *p, enum expr_kind kind, struct place place,
			struct expr *left, struct expr *right);
void parse_add_item(struct parser *p, struct expr *e, struct expr *item);

/* Adds to an array in the arena that doubles when n is a power of two; returns the array. */
struct expr **parse_grow(struct parser *p, struct expr **at, uint32_t n, struct expr *e);

/* What follows a primary: .name, [item], (arguments); then filters and tests. */
struct expr *parse_postfix(struct parser *p, struct expr *e);
struct expr *parse_filter_expr(struct parser *p, struct expr *e);
struct expr *parse_dot(struct parser *p, struct expr *of);

struct expr *parse_expression(struct parser *p);
struct expr *parse_primary(struct parser *p);

/* A tuple without brackets, or the one expression: {{ a, b }}, for x in 1, 2, set x = 1, 2. */
struct expr *parse_tuple(struct parser *p, bool with_inline_if);

/* name, or a tuple of names, nested ones in brackets; with_namespace: also name.name. */
struct expr *parse_target(struct parser *p, bool with_namespace);

/* |a|b(c)...; value may be NULL. inline_start: the first one stands without its |. */
struct expr *parse_filters(struct parser *p, struct expr *value, bool inline_start);

struct expr *name_expr(struct parser *p, struct place place, struct slice name);

/* --- statements: parse_stmt.c, parse_macro.c, parse_inherit.c --- */

/* A node, and what makes it stand on an expression or a body, which may be NULL. */
struct stmt *parse_new_stmt(struct parser *p, enum stmt_kind kind, struct place place);
void parse_rise_by(struct stmt *s, const struct expr *e);
void parse_rise_by_body(struct stmt *s, const struct stmt *body);
uint16_t parse_body_height(const struct stmt *body);

/* The end of the opening tag, the body, in which its names stay, and the tag `end`, whose own end
 * is left to the caller. */
struct stmt *parse_scope(struct parser *p, const char *end);

/* A tag behind its name. */
typedef struct stmt *parse_tag_fn(struct parser *p, struct place place);
parse_tag_fn parse_macro, parse_call_block;
parse_tag_fn parse_block, parse_extends, parse_include, parse_import, parse_from;

#endif
