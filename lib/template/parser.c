#include "template/parser.h"

/* --- tokens --- */

void parse_fail(struct parser *p, struct place place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	trap_spring(p->trap, p->t->name, place, fmt, ap);
}

void parse_unexpected(struct parser *p)
{
	static const char *const names[] = {
		[TOKEN_TEXT] = "text",
		[TOKEN_PRINT_BEGIN] = "begin of print statement",
		[TOKEN_PRINT_END] = "end of print statement",
		[TOKEN_BLOCK_BEGIN] = "begin of statement block",
		[TOKEN_BLOCK_END] = "end of statement block",
		[TOKEN_END] = "end of template",
	};
	enum token_kind kind = p->at->kind;

	if (kind < sizeof names / sizeof *names && names[kind])
		parse_fail(p, p->at->place, "unexpected %s", names[kind]);
	parse_fail(p, p->at->place, "unexpected '%.*s'", SLICE_ARGS(p->at->text));
}

bool at_operator(const struct parser *p, const char *operator)
{
	return p->at->kind == TOKEN_OPERATOR && slice_is(p->at->text, operator);
}

bool at_word(const struct parser *p, const char *word)
{
	return p->at->kind == TOKEN_NAME && slice_is(p->at->text, word);
}

bool take_operator(struct parser *p, const char *operator)
{
	if (!at_operator(p, operator))
		return false;
	p->at++;
	return true;
}

bool take_word(struct parser *p, const char *word)
{
	if (!at_word(p, word))
		return false;
	p->at++;
	return true;
}

void expect_operator(struct parser *p, const char *operator)
{
	if (!take_operator(p, operator))
		parse_fail(p, p->at->place, "expected '%s'%s", operator,
			   p->at->kind == TOKEN_END ? " before the end of the template" : "");
}

void expect_word(struct parser *p, const char *word)
{
	if (!take_word(p, word))
		parse_fail(p, p->at->place, "expected '%s'", word);
}

struct slice expect_name(struct parser *p)
{
	if (p->at->kind != TOKEN_NAME)
		parse_fail(p, p->at->place, "expected a name");
	return p->at++->text;
}

void parse_descend(struct parser *p)
{
	if (++p->depth > NESTING_MAX)
		parse_fail(p, p->at->place, "nested too deep");
}

void *parse_take(struct parser *p, size_t n)
{
	return arena_alloc(&p->t->arena, n);
}

/* --- nodes --- */

struct expr *parse_new(struct parser *p, enum expr_kind kind, struct place place)
{
	struct expr *e = parse_take(p, sizeof *e);

	e->kind = (uint8_t)kind;
	e->place = place;
	e->height = 1;
	return e;
}

void parse_rise(struct parser *p, struct expr *e, const struct expr *part)
{
	if (part && part->height >= e->height)
		e->height = part->height + 1;
	if (e->height > HEIGHT_MAX)
		parse_fail(p, e->place, "this expression is nested too deep");
}

struct expr *parse_pair(struct parser *p, enum expr_kind kind, struct place place,
			struct expr *left, struct expr *right)
{
	struct expr *e = parse_new(p, kind, place);

	e->pair.left = left;
	e->pair.right = right;
	parse_rise(p, e, left);
	parse_rise(p, e, right);
	return e;
}

struct expr **parse_grow(struct parser *p, struct expr **at, uint32_t n, struct expr *e)
{
	if ((n & (n - 1)) == 0) {
		struct expr **more = parse_take(p, (n ? 2 * n : 1) * sizeof *more);
		if (n)
			memcpy(more, at, n * sizeof *at);
		at = more;
	}
	at[n] = e;
	return at;
}

void parse_add_item(struct parser *p, struct expr *e, struct expr *item)
{
	e->items.at = parse_grow(p, e->items.at, e->items.n, item);
	e->items.n++;
	parse_rise(p, e, item);
}
