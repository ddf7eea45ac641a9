#include "template/parse.h"

#include "template/parser.h"

/* --- bodies --- */

static struct stmt *parse_body(struct parser *p, const char *const ends[]);

struct stmt *parse_new_stmt(struct parser *p, enum stmt_kind kind, struct place place)
{
	struct stmt *s = parse_take(p, sizeof *s);

	s->kind = (uint8_t)kind;
	s->place = place;
	s->escape = (uint8_t)p->in.escape;
	s->toplevel = p->in.scopes == 0 && p->in.root;
	s->height = 1;
	return s;
}

void parse_rise_by(struct stmt *s, const struct expr *e)
{
	if (e && e->height >= s->height)
		s->height = e->height + 1;
}

void parse_rise_by_body(struct stmt *s, const struct stmt *body)
{
	for (; body; body = body->next)
		if (body->height >= s->height)
			s->height = body->height + 1;
}

uint16_t parse_body_height(const struct stmt *body)
{
	struct stmt top = {.height = 1};

	parse_rise_by_body(&top, body);
	return top.height;
}

static void refuse_unknown(struct parser *p)
{
	const struct expr *e = p->unknown;

	if (e)
		parse_fail(p, e->place, "no %s named '%.*s'",
			   e->kind == EXPR_TEST ? "test" : "filter", SLICE_ARGS(e->call.name));
}

static void end_tag(struct parser *p)
{
	refuse_unknown(p);
	if (p->at->kind != TOKEN_BLOCK_END)
		parse_unexpected(p);
	p->at++;
}

/* The end of the opening tag, and the body up to one of several tags, whose name is left as the
 * current token. */
static struct stmt *parse_region_to(struct parser *p, const char *const ends[])
{
	take_operator(p, ":");
	end_tag(p);
	return parse_body(p, ends);
}

static struct stmt *parse_region(struct parser *p, const char *end)
{
	const char *const ends[] = {end, NULL};
	struct stmt *body = parse_region_to(p, ends);

	p->at++;
	return body;
}

struct stmt *parse_scope(struct parser *p, const char *end)
{
	p->in.scopes++;
	struct stmt *body = parse_region(p, end);
	p->in.scopes--;
	return body;
}

/* --- for, if, with, set --- */

/* `loop` belongs to the for around it. */
static void refuse_loop(struct parser *p, const struct expr *target)
{
	if (target->kind == EXPR_TUPLE)
		for (uint32_t i = 0; i < target->items.n; i++)
			refuse_loop(p, target->items.at[i]);
	else if (target->kind == EXPR_NAME && p->in.loop &&
		 slice_is(target->name.name->text, "loop"))
		parse_fail(p, target->place, "can't assign to special loop variable in for-loop");
}

static struct stmt *parse_for(struct parser *p, struct place place)
{
	static const char *const ends[] = {"endfor", "else", NULL};
	struct stmt *s = parse_new_stmt(p, STMT_FOR, place);
	struct for_stmt *loop = s->loop = parse_take(p, sizeof *loop);
	struct surroundings outside = p->in;

	loop->outer = outside.loop;
	p->in.loop = loop;
	loop->target = parse_target(p, false);
	refuse_loop(p, loop->target);
	expect_word(p, "in");
	loop->items = parse_tuple(p, false);
	if (take_word(p, "if"))
		loop->test = parse_expression(p);
	loop->recursive = take_word(p, "recursive");

	p->in.scopes++;
	p->in.loops++;
	loop->in_body = true;
	loop->body = parse_region_to(p, ends);
	loop->in_body = false;
	p->in.loops--;
	if (take_word(p, "else"))
		loop->otherwise = parse_region(p, "endfor");
	else
		p->at++;
	p->in = outside;
	loop->function.height = parse_body_height(loop->body);
	parse_rise_by(s, loop->items);
	parse_rise_by(s, loop->test);
	parse_rise_by_body(s, loop->body);
	parse_rise_by_body(s, loop->otherwise);
	return s;
}

static struct stmt *parse_if(struct parser *p, struct place place)
{
	static const char *const ends[] = {"elif", "else", "endif", NULL};
	struct stmt *s = parse_new_stmt(p, STMT_IF, place);
	struct branch **link = &s->branches;
	bool more = true;

	p->conditions++;
	while (more) {
		struct branch *branch = *link = parse_take(p, sizeof *branch);
		link = &branch->next;
		branch->test = parse_tuple(p, false);
		branch->body = parse_region_to(p, ends);
		parse_rise_by(s, branch->test);
		parse_rise_by_body(s, branch->body);
		more = take_word(p, "elif");
	}
	if (take_word(p, "else")) {
		*link = parse_take(p, sizeof **link);
		(*link)->body = parse_region(p, "endif");
		parse_rise_by_body(s, (*link)->body);
	} else {
		p->at++;
	}
	p->conditions--;
	return s;
}

static struct stmt *parse_with(struct parser *p, struct place place)
{
	struct stmt *s = parse_new_stmt(p, STMT_WITH, place);
	struct with_value **link = &s->with.values;

	while (p->at->kind != TOKEN_BLOCK_END) {
		if (s->with.values)
			expect_operator(p, ",");
		*link = parse_take(p, sizeof **link);
		(*link)->target = parse_target(p, false);
		expect_operator(p, "=");
		(*link)->value = parse_expression(p);
		parse_rise_by(s, (*link)->value);
		link = &(*link)->next;
	}
	s->with.body = parse_scope(p, "endwith");
	parse_rise_by_body(s, s->with.body);
	return s;
}

static struct stmt *parse_set(struct parser *p, struct place place)
{
	struct stmt *s = parse_new_stmt(p, STMT_SET, place);

	s->set.target = parse_target(p, true);
	refuse_loop(p, s->set.target);
	if (take_operator(p, "=")) {
		s->set.value = parse_tuple(p, true);
		parse_rise_by(s, s->set.value);
		return s;
	}
	s->kind = STMT_SET_BLOCK;
	s->set.filter = parse_filters(p, NULL, false);
	bool root = p->in.root;
	p->in.root = false; /* what is caught is not output, {% extends %} or not */
	s->set.body = parse_region(p, "endset");
	p->in.root = root;
	parse_rise_by(s, s->set.filter);
	parse_rise_by_body(s, s->set.body);
	return s;
}

/* --- do, break, continue, autoescape, filter --- */

static struct stmt *parse_do(struct parser *p, struct place place)
{
	struct stmt *s = parse_new_stmt(p, STMT_DO, place);

	s->expr = parse_tuple(p, true);
	parse_rise_by(s, s->expr);
	return s;
}

static struct stmt *parse_break(struct parser *p, struct place place)
{
	if (p->in.loops == 0)
		parse_fail(p, place, "break outside of a loop");
	return parse_new_stmt(p, STMT_BREAK, place);
}

static struct stmt *parse_continue(struct parser *p, struct place place)
{
	if (p->in.loops == 0)
		parse_fail(p, place, "continue outside of a loop");
	return parse_new_stmt(p, STMT_CONTINUE, place);
}

static struct stmt *parse_autoescape(struct parser *p, struct place place)
{
	struct surroundings outside = p->in;
	struct stmt *s = parse_new_stmt(p, STMT_AUTOESCAPE, place);
	struct expr *value = s->region.value = parse_expression(p);

	p->in.escape = ESCAPE_DYNAMIC;
	if (value->kind == EXPR_CONSTANT && value->constant.type == VALUE_BOOL)
		p->in.escape = p->in.known_escape = value->constant.truth ? ESCAPE_ON : ESCAPE_OFF;
	s->region.body = parse_scope(p, "endautoescape");
	p->in = outside;
	parse_rise_by(s, value);
	parse_rise_by_body(s, s->region.body);
	return s;
}

static struct stmt *parse_filter(struct parser *p, struct place place)
{
	struct stmt *s = parse_new_stmt(p, STMT_FILTER, place);

	s->region.value = parse_filters(p, NULL, true);
	s->region.body = parse_scope(p, "endfilter");
	parse_rise_by(s, s->region.value);
	parse_rise_by_body(s, s->region.body);
	return s;
}

/* --- the whole --- */

static const struct {
	const char *tag;
	parse_tag_fn *parse;
} tags[] = {
	{"autoescape", parse_autoescape},
	{"block", parse_block},
	{"break", parse_break},
	{"call", parse_call_block},
	{"continue", parse_continue},
	{"do", parse_do},
	{"extends", parse_extends},
	{"filter", parse_filter},
	{"for", parse_for},
	{"from", parse_from},
	{"if", parse_if},
	{"import", parse_import},
	{"include", parse_include},
	{"macro", parse_macro},
	{"set", parse_set},
	{"with", parse_with},
};

static struct stmt *parse_print(struct parser *p, struct place place)
{
	struct stmt *s = parse_new_stmt(p, STMT_PRINT, place);

	s->unless_extended = p->in.root;
	s->expr = parse_tuple(p, true);
	if (s->expr->kind == EXPR_CONSTANT) /* Jinja2 escapes these when it compiles */
		s->escape = (uint8_t)p->in.known_escape;
	parse_rise_by(s, s->expr);
	return s;
}

/* {% print a, b %} prints each. */
static struct stmt *parse_print_tag(struct parser *p, struct place place)
{
	struct stmt *first = NULL, **link = &first;

	while (p->at->kind != TOKEN_BLOCK_END) {
		if (first)
			expect_operator(p, ",");
		*link = parse_new_stmt(p, STMT_PRINT, place);
		(*link)->unless_extended = p->in.root;
		(*link)->expr = parse_expression(p);
		parse_rise_by(*link, (*link)->expr);
		link = &(*link)->next;
	}
	return first;
}

static struct stmt *parse_tag(struct parser *p)
{
	struct place place = p->at->place;
	struct slice tag;

	if (p->at->kind != TOKEN_NAME)
		parse_fail(p, place, "tag name expected");
	tag = p->at++->text;
	if (slice_is(tag, "print"))
		return parse_print_tag(p, place);
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		if (slice_is(tag, tags[i].tag))
			return tags[i].parse(p, place);
	parse_fail(p, place, "unknown tag '%.*s'", SLICE_ARGS(tag));
}

static bool at_any(const struct parser *p, const char *const words[])
{
	for (; words && *words; words++)
		if (at_word(p, *words))
			return true;
	return false;
}

static struct stmt *parse_text(struct parser *p)
{
	struct stmt *s = parse_new_stmt(p, STMT_TEXT, p->at->place);

	s->unless_extended = p->in.root;
	s->text = p->at++->text;
	return s;
}

static struct stmt *parse_print_region(struct parser *p)
{
	struct stmt *s = parse_print(p, p->at++->place);

	if (p->at->kind != TOKEN_PRINT_END)
		parse_unexpected(p);
	refuse_unknown(p);
	p->at++;
	return s;
}

/* Up to one of the tags of `ends`, which is left as the current token; NULL: to the very end. */
static struct stmt *parse_body(struct parser *p, const char *const ends[])
{
	struct stmt *body = NULL, **link = &body;

	parse_descend(p);
	for (;;) {
		while (*link)
			link = &(*link)->next;
		if (p->at->kind == TOKEN_END && ends)
			parse_fail(p, p->at->place, "unexpected end of template, expected '%s'",
				   *ends);
		if (p->at->kind == TOKEN_END)
			break;
		if (p->at->kind == TOKEN_TEXT) {
			*link = parse_text(p);
		} else if (p->at->kind == TOKEN_PRINT_BEGIN) {
			*link = parse_print_region(p);
		} else {
			p->at++;
			if (at_any(p, ends))
				break;
			*link = parse_tag(p);
			end_tag(p);
		}
	}
	p->depth--;
	return body;
}

void parse(struct template *t, struct token *tokens, bool autoescape, struct trap *trap)
{
	enum escape_mode escape = autoescape ? ESCAPE_ON : ESCAPE_OFF;
	struct parser p = {.t = t,
			   .trap = trap,
			   .at = tokens,
			   .in = {.escape = escape, .known_escape = escape, .root = true},
			   .template_escape = escape,
			   .last_block = &t->blocks};

	t->body = parse_body(&p, NULL);
	t->root.height = parse_body_height(t->body);
}
