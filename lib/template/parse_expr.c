#include "template/parser.h"

#include "template/number.h"

/* --- primaries --- */

static struct expr *constant(struct parser *p, struct place place, struct value value)
{
	struct expr *e = parse_new(p, EXPR_CONSTANT, place);

	e->constant = value;
	return e;
}

struct expr *name_expr(struct parser *p, struct place place, struct slice text)
{
	struct expr *e = parse_new(p, EXPR_NAME, place);

	e->name.name = program_name(p->t, text);
	if (slice_is(text, "loop")) /* as in Jinja2, all loops around it count as using it */
		for (struct for_stmt *loop = p->in.loop; loop != p->in.block_loop;
		     loop = loop->outer)
			loop->uses_loop |= loop->in_body;
	for (struct mentions *m = p->in.mentions; m; m = m->outer) {
		m->caller |= slice_is(text, "caller");
		m->varargs |= slice_is(text, "varargs");
		m->kwargs |= slice_is(text, "kwargs");
	}
	return e;
}

static struct expr *parse_name(struct parser *p)
{
	static const struct {
		const char *word;
		struct value value;
	} constants[] = {
		{"true", {.type = VALUE_BOOL, .truth = true}},
		{"True", {.type = VALUE_BOOL, .truth = true}},
		{"false", {.type = VALUE_BOOL}},
		{"False", {.type = VALUE_BOOL}},
		{"none", {.type = VALUE_NONE}},
		{"None", {.type = VALUE_NONE}},
	};
	const struct token *token = p->at++;

	for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
		if (slice_is(token->text, constants[i].word))
			return constant(p, token->place, constants[i].value);
	return name_expr(p, token->place, token->text);
}

/* Neighbouring strings are one. */
static struct expr *parse_string(struct parser *p)
{
	struct place place = p->at->place;
	struct slice text = p->at++->text;

	while (p->at->kind == TOKEN_STRING) {
		struct slice more = p->at++->text;
		char *joined = parse_take(p, text.n + more.n + 1);
		if (text.n)
			memcpy(joined, text.p, text.n);
		if (more.n)
			memcpy(joined + text.n, more.p, more.n);
		text = slice_make(joined, text.n + more.n);
	}
	return constant(p, place, value_slice(text));
}

static struct expr *parse_number(struct parser *p)
{
	const struct token *token = p->at++;
	struct value value;

	if (!number_literal(token->text, &p->t->arena, &value))
		parse_fail(p, token->place, "this number is too large");
	return constant(p, token->place, value);
}

static struct expr *parse_brackets(struct parser *p)
{
	struct expr *e;
	struct place place = p->at++->place;

	if (at_operator(p, ")"))
		e = parse_new(p, EXPR_TUPLE, place);
	else
		e = parse_tuple(p, true);
	expect_operator(p, ")");
	return e;
}

static struct expr *parse_list(struct parser *p)
{
	struct expr *list = parse_new(p, EXPR_LIST, p->at++->place);

	while (!at_operator(p, "]")) {
		if (list->items.n)
			expect_operator(p, ",");
		if (at_operator(p, "]"))
			break;
		parse_add_item(p, list, parse_expression(p));
	}
	expect_operator(p, "]");
	return list;
}

static struct expr *parse_dict(struct parser *p)
{
	struct expr *dict = parse_new(p, EXPR_DICT, p->at++->place);

	while (!at_operator(p, "}")) {
		if (dict->items.n)
			expect_operator(p, ",");
		if (at_operator(p, "}"))
			break;
		parse_add_item(p, dict, parse_expression(p));
		expect_operator(p, ":");
		parse_add_item(p, dict, parse_expression(p));
	}
	expect_operator(p, "}");
	return dict;
}

struct expr *parse_primary(struct parser *p)
{
	switch (p->at->kind) {
	case TOKEN_NAME:
		return parse_name(p);
	case TOKEN_STRING:
		return parse_string(p);
	case TOKEN_INT:
	case TOKEN_FLOAT:
		return parse_number(p);
	default:
		break;
	}
	if (at_operator(p, "("))
		return parse_brackets(p);
	if (at_operator(p, "["))
		return parse_list(p);
	if (at_operator(p, "{"))
		return parse_dict(p);
	parse_unexpected(p);
}

/* --- what follows a primary --- */

static void parse_argument(struct parser *p, struct call *call, struct place place)
{
	bool is_named = p->at->kind == TOKEN_NAME && p->at[1].kind == TOKEN_OPERATOR &&
			slice_is(p->at[1].text, "=");

	if (is_named && !call->star_star) {
		uint32_t n = call->named_n++;
		struct keyword *more = parse_take(p, (n + 1) * sizeof *more);
		if (n)
			memcpy(more, call->named, n * sizeof *more);
		call->named = more;
		more[n].name = p->at->text;
		p->at += 2;
		more[n].value = parse_expression(p);
		return;
	}
	if (is_named || call->star || call->star_star || call->named_n)
		parse_fail(p, place, "invalid syntax for function call expression");
	call->at = parse_grow(p, call->at, call->n, parse_expression(p));
	call->n++;
}

#define ARGUMENTS_MAX 255

/* p->at is the opening bracket. */
static void parse_arguments(struct parser *p, struct call *call)
{
	struct place place = p->at++->place;
	bool first = true;

	while (!at_operator(p, ")")) {
		if (!first)
			expect_operator(p, ",");
		if (!first && at_operator(p, ")"))
			break;
		first = false;
		bool star = at_operator(p, "*"), star_star = at_operator(p, "**");
		if ((star && (call->star || call->star_star)) || (star_star && call->star_star))
			parse_fail(p, place, "invalid syntax for function call expression");
		if (star || star_star) {
			p->at++;
			*(star ? &call->star : &call->star_star) = parse_expression(p);
			continue;
		}
		parse_argument(p, call, place);
		if (call->n + call->named_n > ARGUMENTS_MAX)
			parse_fail(p, place, "more than %d arguments", ARGUMENTS_MAX);
	}
	expect_operator(p, ")");
}

static void rise_by_call(struct parser *p, struct expr *e)
{
	const struct call *call = &e->call.call;

	parse_rise(p, e, e->call.of);
	parse_rise(p, e, call->star);
	parse_rise(p, e, call->star_star);
	for (uint32_t i = 0; i < call->n; i++)
		parse_rise(p, e, call->at[i]);
	for (uint32_t i = 0; i < call->named_n; i++)
		parse_rise(p, e, call->named[i].value);
}

static struct expr *parse_call(struct parser *p, struct expr *callee)
{
	struct expr *e = parse_new(p, EXPR_CALL, p->at->place);

	e->call.of = callee;
	parse_arguments(p, &e->call.call);
	rise_by_call(p, e);
	return e;
}

struct expr *parse_dot(struct parser *p, struct expr *of)
{
	struct place place = p->at++->place;
	const struct token *token = p->at++;

	if (token->kind == TOKEN_NAME) {
		struct expr *e = parse_new(p, EXPR_ATTRIBUTE, place);
		e->attribute.of = of;
		e->attribute.name = value_slice(program_name(p->t, token->text)->text);
		e->attribute.dict_method =
			method_find((struct value){.type = VALUE_DICT}, token->text);
		parse_rise(p, e, of);
		return e;
	}
	if (token->kind != TOKEN_INT)
		parse_fail(p, token->place, "expected name or number");
	p->at--;
	return parse_pair(p, EXPR_ITEM, place, of, parse_number(p));
}

static struct expr *parse_bound(struct parser *p)
{
	bool none = at_operator(p, ":") || at_operator(p, "]") || at_operator(p, ",");

	return none ? NULL : parse_expression(p);
}

/* One subscript; a slice when it has a colon, whose `of` the caller fills in. */
static struct expr *parse_subscribed(struct parser *p)
{
	struct place place = p->at->place;
	struct expr *start = at_operator(p, ":") ? NULL : parse_expression(p);

	if (!take_operator(p, ":"))
		return start;

	struct expr *e = parse_new(p, EXPR_SLICE, place);
	e->slice.start = start;
	e->slice.stop = parse_bound(p);
	if (take_operator(p, ":"))
		e->slice.step = parse_bound(p);
	parse_rise(p, e, start);
	parse_rise(p, e, e->slice.stop);
	parse_rise(p, e, e->slice.step);
	return e;
}

static bool is_open_slice(const struct expr *e)
{
	return e->kind == EXPR_SLICE && !e->slice.of;
}

static struct expr *parse_subscript(struct parser *p, struct expr *of)
{
	struct place place = p->at++->place;
	struct expr *key = NULL, *first = NULL;
	uint32_t n = 0;

	for (; !at_operator(p, "]"); n++) {
		if (n > 0)
			expect_operator(p, ",");
		key = parse_subscribed(p);
		if (n == 0)
			first = key;
		if (n > 0 && (is_open_slice(first) || is_open_slice(key)))
			parse_fail(p, place, "a slice cannot stand in a tuple");
		if (n == 1) {
			struct expr *tuple = parse_new(p, EXPR_TUPLE, place);
			parse_add_item(p, tuple, first);
			first = tuple;
		}
		if (n >= 1)
			parse_add_item(p, first, key);
	}
	expect_operator(p, "]");
	if (n == 0)
		first = parse_new(p, EXPR_TUPLE, place);
	if (is_open_slice(first)) {
		first->slice.of = of;
		first->place = place;
		parse_rise(p, first, of);
		return first;
	}
	return parse_pair(p, EXPR_ITEM, place, of, first);
}

struct expr *parse_postfix(struct parser *p, struct expr *e)
{
	for (;;) {
		if (at_operator(p, "."))
			e = parse_dot(p, e);
		else if (at_operator(p, "["))
			e = parse_subscript(p, e);
		else if (at_operator(p, "("))
			e = parse_call(p, e);
		else
			return e;
	}
}

/* --- filters and tests --- */

/* A filter's or test's name: words with dots between them. */
static struct slice parse_dotted(struct parser *p)
{
	struct slice name = expect_name(p);

	while (take_operator(p, ".")) {
		struct slice more = expect_name(p);
		char *dotted =
			arena_format(&p->t->arena, "%.*s.%.*s", SLICE_ARGS(name), SLICE_ARGS(more));
		name = slice_text(dotted);
	}
	return name;
}

/* An unknown one is an error at the end of its tag, unless an inline if excuses it before. */
static void note_unknown(struct parser *p, struct expr *e)
{
	if (!e->call.builtin && p->conditions == 0 && !p->unknown)
		p->unknown = e;
}

struct expr *parse_filters(struct parser *p, struct expr *value, bool inline_start)
{
	while (inline_start || take_operator(p, "|")) {
		struct expr *e = parse_new(p, EXPR_FILTER, p->at->place);
		inline_start = false;
		e->call.of = value;
		e->call.name = parse_dotted(p);
		e->call.builtin = env_filter(p->t->env, e->call.name);
		note_unknown(p, e);
		if (at_operator(p, "("))
			parse_arguments(p, &e->call.call);
		rise_by_call(p, e);
		value = e;
	}
	return value;
}

static bool starts_argument(const struct parser *p)
{
	switch (p->at->kind) {
	case TOKEN_STRING:
	case TOKEN_INT:
	case TOKEN_FLOAT:
		return true;
	case TOKEN_NAME:
		return !at_word(p, "else") && !at_word(p, "or") && !at_word(p, "and");
	default:
		return at_operator(p, "[") || at_operator(p, "{");
	}
}

/* p->at is at `is`. */
static struct expr *parse_test(struct parser *p, struct expr *value)
{
	struct place place = p->at++->place;
	bool negated = take_word(p, "not");
	struct expr *e = parse_new(p, EXPR_TEST, place);

	e->call.of = value;
	e->call.name = parse_dotted(p);
	e->call.builtin = test_find(e->call.name);
	note_unknown(p, e);
	if (at_operator(p, "(")) {
		parse_arguments(p, &e->call.call);
	} else if (starts_argument(p)) {
		if (at_word(p, "is"))
			parse_fail(p, p->at->place, "you cannot chain multiple tests with is");
		e->call.call.at = parse_grow(p, NULL, 0, parse_postfix(p, parse_primary(p)));
		e->call.call.n = 1;
	}
	rise_by_call(p, e);
	return negated ? parse_pair(p, EXPR_NOT, place, NULL, e) : e;
}

struct expr *parse_filter_expr(struct parser *p, struct expr *e)
{
	for (;;) {
		if (at_operator(p, "|"))
			e = parse_filters(p, e, false);
		else if (at_word(p, "is"))
			e = parse_test(p, e);
		else if (at_operator(p, "("))
			e = parse_call(p, e);
		else
			return e;
	}
}
