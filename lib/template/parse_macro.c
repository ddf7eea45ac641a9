#include "template/parser.h"

static void parse_signature(struct parser *p, struct macro_code *code)
{
	uint32_t room = 0;

	expect_operator(p, "(");
	while (!at_operator(p, ")")) {
		if (code->n)
			expect_operator(p, ",");
		if (code->n == room) {
			room = room ? 2 * room : 4;
			struct parameter *more = parse_take(p, room * sizeof *more);
			if (code->n)
				memcpy(more, code->parameters, code->n * sizeof *more);
			code->parameters = more;
		}
		struct parameter *parameter = &code->parameters[code->n];
		parameter->name = program_name(p->t, expect_name(p));
		if (take_operator(p, "="))
			parameter->otherwise = parse_expression(p);
		else if (code->n && parameter[-1].otherwise)
			parse_fail(p, p->at->place,
				   "non-default argument follows default argument");
		code->n++;
	}
	expect_operator(p, ")");
}

static bool has_parameter(const struct macro_code *code, const char *name)
{
	for (uint32_t i = 0; i < code->n; i++)
		if (slice_is(code->parameters[i].name->text, name))
			return true;
	return false;
}

/* The body of a macro: a function of its own. mentions: what its signature names already. */
static void parse_function(struct parser *p, struct macro_code *code, const char *end,
			   struct mentions *mentions)
{
	struct surroundings outside = p->in;
	struct stmt height = {.height = 1};

	p->in.loops = 0;
	p->in.root = false;
	p->in.mentions = mentions;
	code->escape = p->in.escape;
	code->body = parse_scope(p, end);
	p->in = outside;

	code->wants_caller = mentions->caller && !has_parameter(code, "caller");
	code->wants_varargs = mentions->varargs && !has_parameter(code, "varargs");
	code->wants_kwargs = mentions->kwargs && !has_parameter(code, "kwargs");
	parse_rise_by_body(&height, code->body);
	for (uint32_t i = 0; i < code->n; i++)
		parse_rise_by(&height, code->parameters[i].otherwise);
	code->function.height = height.height;
}

struct stmt *parse_macro(struct parser *p, struct place place)
{
	struct stmt *s = parse_new_stmt(p, STMT_MACRO, place);
	struct macro_code *code = s->macro.code = parse_take(p, sizeof *code);
	struct mentions mentions = {.outer = p->in.mentions};

	s->macro.target = name_expr(p, p->at->place, expect_name(p));
	code->name = s->macro.target->name.name->text;
	code->place = place;
	p->in.mentions = &mentions;
	parse_signature(p, code);
	parse_function(p, code, "endmacro", &mentions);
	p->in.mentions = mentions.outer;
	return s;
}

struct stmt *parse_call_block(struct parser *p, struct place place)
{
	struct stmt *s = parse_new_stmt(p, STMT_CALL, place);
	struct macro_code *code = s->macro.code = parse_take(p, sizeof *code);
	struct mentions mentions = {.outer = p->in.mentions};

	code->place = place;
	if (at_operator(p, "("))
		parse_signature(p, code);
	s->macro.target = parse_expression(p);
	if (s->macro.target->kind != EXPR_CALL)
		parse_fail(p, place, "expected a call");
	parse_function(p, code, "endcall", &mentions);
	parse_rise_by(s, s->macro.target);
	return s;
}
