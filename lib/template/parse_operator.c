#include "template/parser.h"

/* --- operators, from the tightest --- */

static struct expr *parse_unary(struct parser *p, bool with_filter)
{
	struct place place = p->at->place;
	struct expr *e;

	parse_descend(p);
	if (take_operator(p, "-"))
		e = parse_pair(p, EXPR_MINUS, place, NULL, parse_unary(p, false));
	else if (take_operator(p, "+"))
		e = parse_pair(p, EXPR_PLUS, place, NULL, parse_unary(p, false));
	else
		e = parse_primary(p);
	e = parse_postfix(p, e);
	if (with_filter)
		e = parse_filter_expr(p, e);
	p->depth--;
	return e;
}

struct infix {
	const char *text;
	enum expr_kind kind;
};

static const struct infix power_operators[] = {{"**", EXPR_POWER}, {NULL, 0}};
static const struct infix product_operators[] = {
	{"*", EXPR_MULTIPLY}, {"/", EXPR_DIVIDE}, {"//", EXPR_FLOOR_DIVIDE},
	{"%", EXPR_MODULO},   {NULL, 0},
};
static const struct infix sum_operators[] = {{"+", EXPR_ADD}, {"-", EXPR_SUBTRACT}, {NULL, 0}};

static const struct infix *find_infix(const struct parser *p, const struct infix *table)
{
	for (; table->text; table++)
		if (at_operator(p, table->text))
			return table;
	return NULL;
}

static struct expr *parse_power(struct parser *p)
{
	struct expr *left = parse_unary(p, true);

	while (find_infix(p, power_operators)) { /* from the left, unlike Python */
		struct place place = p->at++->place;
		left = parse_pair(p, EXPR_POWER, place, left, parse_unary(p, true));
	}
	return left;
}

static struct expr *parse_product(struct parser *p)
{
	struct expr *left = parse_power(p);
	const struct infix *op;

	while ((op = find_infix(p, product_operators))) {
		struct place place = p->at++->place;
		left = parse_pair(p, op->kind, place, left, parse_power(p));
	}
	return left;
}

static struct expr *parse_concat(struct parser *p)
{
	struct place place = p->at->place;
	struct expr *first = parse_product(p);

	if (!at_operator(p, "~"))
		return first;

	struct expr *e = parse_new(p, EXPR_CONCAT, place);
	e->escape = (uint8_t)p->in.escape;
	parse_add_item(p, e, first);
	while (take_operator(p, "~"))
		parse_add_item(p, e, parse_product(p));
	return e;
}

static struct expr *parse_sum(struct parser *p)
{
	struct expr *left = parse_concat(p);
	const struct infix *op;

	while ((op = find_infix(p, sum_operators))) {
		struct place place = p->at++->place;
		left = parse_pair(p, op->kind, place, left, parse_concat(p));
	}
	return left;
}

static bool take_comparison(struct parser *p, enum compare_op *op)
{
	/* clang-format off */
	static const struct {
		const char *text;
		enum compare_op op;
	} operators[] = {
		{"==", COMPARE_EQ},
		{"!=", COMPARE_NE},
		{"<",  COMPARE_LT},
		{"<=", COMPARE_LE},
		{">",  COMPARE_GT},
		{">=", COMPARE_GE},
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (take_operator(p, operators[i].text)) {
			*op = operators[i].op;
			return true;
		}
	if (take_word(p, "in")) {
		*op = COMPARE_IN;
		return true;
	}
	if (at_word(p, "not") && p->at[1].kind == TOKEN_NAME && slice_is(p->at[1].text, "in")) {
		p->at += 2;
		*op = COMPARE_NOT_IN;
		return true;
	}
	return false;
}

static struct expr *parse_compare(struct parser *p)
{
	struct place place = p->at->place;
	struct expr *first = parse_sum(p), *e = NULL;
	struct comparison **link = NULL;
	enum compare_op op;

	while (take_comparison(p, &op)) {
		if (!e) {
			e = parse_new(p, EXPR_COMPARE, place);
			e->compare.first = first;
			parse_rise(p, e, first);
			link = &e->compare.rest;
		}
		*link = parse_take(p, sizeof **link);
		(*link)->op = op;
		(*link)->with = parse_sum(p);
		parse_rise(p, e, (*link)->with);
		link = &(*link)->next;
	}
	return e ? e : first;
}

static struct expr *parse_not(struct parser *p)
{
	struct place place = p->at->place;

	if (!take_word(p, "not"))
		return parse_compare(p);
	parse_descend(p);
	struct expr *e = parse_pair(p, EXPR_NOT, place, NULL, parse_not(p));
	p->depth--;
	return e;
}

static struct expr *parse_and(struct parser *p)
{
	struct expr *left = parse_not(p);

	while (at_word(p, "and")) {
		struct place place = p->at++->place;
		left = parse_pair(p, EXPR_AND, place, left, parse_not(p));
	}
	return left;
}

/* Without an inline if. */
static struct expr *parse_condition(struct parser *p)
{
	struct expr *left = parse_and(p);

	while (at_word(p, "or")) {
		struct place place = p->at++->place;
		left = parse_pair(p, EXPR_OR, place, left, parse_and(p));
	}
	return left;
}

/* yes if test else no */
struct expr *parse_expression(struct parser *p)
{
	struct place place = p->at->place;
	const struct expr *unknown = p->unknown;

	parse_descend(p);
	p->unknown = NULL;
	struct expr *e = parse_condition(p);
	while (take_word(p, "if")) {
		struct expr *branch = parse_new(p, EXPR_IF, place);
		branch->branch.yes = e;
		branch->branch.test = parse_condition(p);
		if (take_word(p, "else"))
			branch->branch.no = parse_expression(p);
		p->unknown = NULL;
		parse_rise(p, branch, e);
		parse_rise(p, branch, branch->branch.test);
		parse_rise(p, branch, branch->branch.no);
		e = branch;
	}
	if (unknown)
		p->unknown = unknown;
	p->depth--;
	return e;
}

/* --- tuples and targets --- */

static bool at_tuple_end(const struct parser *p)
{
	return p->at->kind == TOKEN_PRINT_END || p->at->kind == TOKEN_BLOCK_END ||
	       at_operator(p, ")");
}

struct expr *parse_tuple(struct parser *p, bool with_inline_if)
{
	struct place place = p->at->place;
	struct expr *first, *tuple;

	if (at_tuple_end(p))
		parse_fail(p, place, "expected an expression");
	first = with_inline_if ? parse_expression(p) : parse_condition(p);
	if (!at_operator(p, ","))
		return first;

	tuple = parse_new(p, EXPR_TUPLE, place);
	parse_add_item(p, tuple, first);
	while (take_operator(p, ",")) {
		if (at_tuple_end(p) || at_word(p, "recursive"))
			break;
		parse_add_item(p, tuple, with_inline_if ? parse_expression(p) : parse_condition(p));
	}
	return tuple;
}

static struct expr *parse_target_name(struct parser *p)
{
	const struct token *token = p->at;
	static const char *const reserved[] = {"true", "false", "none", "True", "False", "None"};
	struct slice name = expect_name(p);

	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
		if (slice_is(name, reserved[i]))
			parse_fail(p, token->place, "can't assign to '%s'", reserved[i]);
	return name_expr(p, token->place, name);
}

static struct expr *parse_target_part(struct parser *p)
{
	struct expr *e;

	if (!at_operator(p, "(") && !at_operator(p, "["))
		return parse_target_name(p);
	parse_descend(p);
	const char *close = at_operator(p, "(") ? ")" : "]";
	p->at++;
	e = parse_target(p, false);
	expect_operator(p, close);
	p->depth--;
	return e;
}

struct expr *parse_target(struct parser *p, bool with_namespace)
{
	struct place place = p->at->place;

	if (with_namespace && p->at->kind == TOKEN_NAME && p->at[1].kind == TOKEN_OPERATOR &&
	    slice_is(p->at[1].text, ".")) {
		struct expr *of = parse_target_name(p);
		struct expr *e = parse_dot(p, of);
		if (e->kind != EXPR_ATTRIBUTE)
			parse_fail(p, place, "expected a name");
		return e;
	}

	struct expr *first = parse_target_part(p);
	if (!at_operator(p, ","))
		return first;
	struct expr *tuple = parse_new(p, EXPR_TUPLE, place);
	parse_add_item(p, tuple, first);
	while (take_operator(p, ",")) {
		if (at_tuple_end(p) || at_operator(p, "="))
			break;
		parse_add_item(p, tuple, parse_target_part(p));
	}
	return tuple;
}
