#include "template/parser.h"

static bool is_blank(const struct stmt *body)
{
	for (; body; body = body->next) {
		if (body->kind != STMT_TEXT)
			return false;
		if (slice_trim(body->text).n > 0)
			return false;
	}
	return true;
}

struct stmt *parse_block(struct parser *p, struct place place)
{
	struct stmt *s = parse_new_stmt(p, STMT_BLOCK, place);
	struct block *block = s->block.block = parse_take(p, sizeof *block);
	struct surroundings outside = p->in;

	block->place = place;
	block->name = expect_name(p);
	for (const struct block *other = p->t->blocks; other; other = other->next)
		if (slice_equal(other->name, block->name))
			parse_fail(p, place, "block '%.*s' defined twice", SLICE_ARGS(block->name));
	*p->last_block = block;
	p->last_block = &block->next;
	block->scoped = take_word(p, "scoped");
	for (struct for_stmt *loop = p->in.loop; loop && block->scoped; loop = loop->outer)
		loop->uses_loop = true;
	block->required = take_word(p, "required");
	if (at_operator(p, "-"))
		parse_fail(p, place, "a block's name may not contain hyphens, use an underscore");

	s->unless_extended = s->toplevel; /* inside other tags, Jinja2 prints it all the same */
	p->in = (struct surroundings){
		.escape = p->template_escape, /* {% autoescape %} around it or not */
		.known_escape = p->template_escape,
		.loop = outside.loop,
		.block_loop = outside.loop,
		.scopes = outside.scopes,
	};
	block->body = parse_scope(p, "endblock");
	p->in = outside;
	if (block->required && !is_blank(block->body))
		parse_fail(p, place, "required blocks can only contain comments or white space");
	if (p->at->kind == TOKEN_NAME && slice_equal(p->at->text, block->name))
		p->at++;
	block->function.height = parse_body_height(block->body);
	return s;
}

struct stmt *parse_extends(struct parser *p, struct place place)
{
	struct stmt *s = parse_new_stmt(p, STMT_EXTENDS, place);

	if (!p->in.root || p->in.scopes > 0)
		parse_fail(p, place, "extends is only allowed at the top level");
	p->t->extends = true;
	s->expr = parse_expression(p);
	parse_rise_by(s, s->expr);
	return s;
}

static bool at_context(const struct parser *p)
{
	return (at_word(p, "with") || at_word(p, "without")) && p->at[1].kind == TOKEN_NAME &&
	       slice_is(p->at[1].text, "context");
}

/* `with context` or `without context`, when it stands here. */
static void parse_context(struct parser *p, struct stmt *s)
{
	if (at_context(p)) {
		s->import.with_context = at_word(p, "with");
		p->at += 2;
	}
}

struct stmt *parse_include(struct parser *p, struct place place)
{
	struct stmt *s = parse_new_stmt(p, STMT_INCLUDE, place);

	s->import.name = parse_expression(p);
	if (at_word(p, "ignore") && p->at[1].kind == TOKEN_NAME &&
	    slice_is(p->at[1].text, "missing")) {
		s->import.ignore_missing = true;
		p->at += 2;
	}
	s->import.with_context = true;
	parse_context(p, s);
	parse_rise_by(s, s->import.name);
	return s;
}

struct stmt *parse_import(struct parser *p, struct place place)
{
	struct stmt *s = parse_new_stmt(p, STMT_IMPORT, place);

	s->import.name = parse_expression(p);
	expect_word(p, "as");
	s->import.target = name_expr(p, p->at->place, expect_name(p));
	parse_context(p, s);
	parse_rise_by(s, s->import.name);
	return s;
}

struct stmt *parse_from(struct parser *p, struct place place)
{
	struct stmt *s = parse_new_stmt(p, STMT_FROM, place);
	struct import_name **link = &s->import.names;

	s->import.name = parse_expression(p);
	expect_word(p, "import");
	do {
		if (at_context(p))
			break;
		struct place at = p->at->place;
		struct import_name *import = *link = parse_take(p, sizeof *import);
		link = &import->next;
		import->name = import->as = program_name(p->t, expect_name(p));
		if (*import->name->text.p == '_')
			parse_fail(p, at, "names starting with an underline can not be imported");
		if (take_word(p, "as"))
			import->as = program_name(p->t, expect_name(p));
	} while (take_operator(p, ","));
	parse_context(p, s);
	parse_rise_by(s, s->import.name);
	return s;
}
