#include "template/parse.h"

/* --- bodies --- */

static struct stmt *parse_body(struct parser *p, const char *const ends[]);

static struct stmt *new_stmt(struct parser *p, enum stmt_kind kind, struct place place)
{
	struct stmt *s = parse_take(p, sizeof *s);

	s->kind = (uint8_t)kind;
	s->place = place;
	s->escape = (uint8_t)p->escape;
	s->toplevel = p->scopes == 0 && p->in_root;
	s->height = 1;
	return s;
}

static void rise_by_expr(struct stmt *s, const struct expr *e)
{
	if (e && e->height >= s->height)
		s->height = e->height + 1;
}

static void rise_by_body(struct stmt *s, const struct stmt *body)
{
	for (; body; body = body->next)
		if (body->height >= s->height)
			s->height = body->height + 1;
}

static uint16_t body_height(const struct stmt *body)
{
	struct stmt top = {.height = 1};

	rise_by_body(&top, body);
	return top.height;
}

/* The end of a tag. */
static void end_tag(struct parser *p)
{
	const struct expr *e = p->unknown;

	if (e)
		parse_fail(p, e->place, "no %s named '%.*s'",
			   e->kind == EXPR_TEST ? "test" : "filter", SLICE_ARGS(e->call.name));
	if (p->at->kind != TOKEN_BLOCK_END)
		parse_unexpected(p);
	p->at++;
}

/* The end of the opening tag, the body, and the word of the tag that ends it. */
static struct stmt *parse_region(struct parser *p, const char *const ends[])
{
	take_operator(p, ":");
	end_tag(p);
	return parse_body(p, ends);
}

static struct stmt *parse_region_to(struct parser *p, const char *end)
{
	const char *const ends[] = {end, NULL};
	struct stmt *body = parse_region(p, ends);

	p->at++;
	return body;
}

/* --- for, if, with, set --- */

/* `loop` belongs to the for around it. */
static void refuse_loop(struct parser *p, const struct expr *target)
{
	if (target->kind == EXPR_TUPLE)
		for (uint32_t i = 0; i < target->items.n; i++)
			refuse_loop(p, target->items.at[i]);
	else if (target->kind == EXPR_NAME && p->loop && slice_is(target->name.name->text, "loop"))
		parse_fail(p, target->place, "can't assign to special loop variable in for-loop");
}

static struct stmt *parse_for(struct parser *p, struct place place)
{
	static const char *const ends[] = {"endfor", "else", NULL};
	struct stmt *s = new_stmt(p, STMT_FOR, place);
	struct for_stmt *loop = s->loop = parse_take(p, sizeof *loop);

	loop->outer = p->loop;
	p->loop = loop;
	loop->target = parse_target(p, false);
	refuse_loop(p, loop->target);
	expect_word(p, "in");
	loop->items = parse_tuple(p, false);
	if (take_word(p, "if"))
		loop->test = parse_expression(p);
	loop->recursive = take_word(p, "recursive");

	p->scopes++;
	p->loops++;
	loop->in_body = true;
	loop->body = parse_region(p, ends);
	loop->in_body = false;
	p->loops--;
	if (take_word(p, "else"))
		loop->otherwise = parse_region_to(p, "endfor");
	else
		p->at++;
	p->scopes--;
	p->loop = loop->outer;
	loop->function.height = body_height(loop->body);
	rise_by_expr(s, loop->items);
	rise_by_expr(s, loop->test);
	rise_by_body(s, loop->body);
	rise_by_body(s, loop->otherwise);
	return s;
}

static struct stmt *parse_if(struct parser *p, struct place place)
{
	static const char *const ends[] = {"elif", "else", "endif", NULL};
	struct stmt *s = new_stmt(p, STMT_IF, place);
	struct branch **link = &s->branches;
	bool more = true;

	p->conditions++;
	while (more) {
		struct branch *branch = *link = parse_take(p, sizeof *branch);
		link = &branch->next;
		branch->test = parse_tuple(p, false);
		branch->body = parse_region(p, ends);
		rise_by_expr(s, branch->test);
		rise_by_body(s, branch->body);
		more = take_word(p, "elif");
	}
	if (take_word(p, "else")) {
		*link = parse_take(p, sizeof **link);
		(*link)->body = parse_region_to(p, "endif");
		rise_by_body(s, (*link)->body);
	} else {
		p->at++;
	}
	p->conditions--;
	return s;
}

static struct stmt *parse_with(struct parser *p, struct place place)
{
	struct stmt *s = new_stmt(p, STMT_WITH, place);
	struct with_value **link = &s->with.values;

	while (p->at->kind != TOKEN_BLOCK_END) {
		if (s->with.values)
			expect_operator(p, ",");
		*link = parse_take(p, sizeof **link);
		(*link)->target = parse_target(p, false);
		expect_operator(p, "=");
		(*link)->value = parse_expression(p);
		rise_by_expr(s, (*link)->value);
		link = &(*link)->next;
	}
	p->scopes++;
	s->with.body = parse_region_to(p, "endwith");
	p->scopes--;
	rise_by_body(s, s->with.body);
	return s;
}

static struct stmt *parse_set(struct parser *p, struct place place)
{
	struct stmt *s = new_stmt(p, STMT_SET, place);

	s->set.target = parse_target(p, true);
	refuse_loop(p, s->set.target);
	if (take_operator(p, "=")) {
		s->set.value = parse_tuple(p, true);
		rise_by_expr(s, s->set.value);
		return s;
	}
	s->kind = STMT_SET_BLOCK;
	s->set.filter = parse_filters(p, NULL, false);
	bool in_root = p->in_root; /* what is caught is not output, {% extends %} or not */
	p->in_root = false;
	s->set.body = parse_region_to(p, "endset");
	p->in_root = in_root;
	rise_by_expr(s, s->set.filter);
	rise_by_body(s, s->set.body);
	return s;
}

/* --- do, break, continue, autoescape, filter --- */

static struct stmt *parse_do(struct parser *p, struct place place)
{
	struct stmt *s = new_stmt(p, STMT_DO, place);

	s->expr = parse_tuple(p, true);
	rise_by_expr(s, s->expr);
	return s;
}

static struct stmt *parse_break(struct parser *p, struct place place)
{
	if (p->loops == 0)
		parse_fail(p, place, "break outside of a loop");
	return new_stmt(p, STMT_BREAK, place);
}

static struct stmt *parse_continue(struct parser *p, struct place place)
{
	if (p->loops == 0)
		parse_fail(p, place, "continue outside of a loop");
	return new_stmt(p, STMT_CONTINUE, place);
}

static struct stmt *parse_autoescape(struct parser *p, struct place place)
{
	enum escape_mode before = p->escape, known = p->known_escape;
	struct stmt *s = new_stmt(p, STMT_AUTOESCAPE, place);
	struct expr *value = s->region.value = parse_expression(p);

	p->escape = ESCAPE_DYNAMIC;
	if (value->kind == EXPR_CONSTANT && value->constant.type == VALUE_BOOL)
		p->escape = p->known_escape = value->constant.truth ? ESCAPE_ON : ESCAPE_OFF;
	p->scopes++;
	s->region.body = parse_region_to(p, "endautoescape");
	p->scopes--;
	p->escape = before;
	p->known_escape = known;
	rise_by_expr(s, value);
	rise_by_body(s, s->region.body);
	return s;
}

static struct stmt *parse_filter(struct parser *p, struct place place)
{
	struct stmt *s = new_stmt(p, STMT_FILTER, place);

	s->region.value = parse_filters(p, NULL, true);
	p->scopes++;
	s->region.body = parse_region_to(p, "endfilter");
	p->scopes--;
	rise_by_expr(s, s->region.value);
	rise_by_body(s, s->region.body);
	return s;
}

/* --- macro, call --- */

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

/* The body of a macro: a function of its own. */
static void parse_function(struct parser *p, struct macro_code *code, const char *end,
			   struct mentions *mentions)
{
	unsigned loops = p->loops;
	bool in_root = p->in_root;
	struct stmt height = {.height = 1};

	p->loops = 0;
	p->in_root = false;
	p->scopes++;
	code->escape = p->escape;
	code->body = parse_region_to(p, end);
	p->scopes--;
	p->in_root = in_root;
	p->loops = loops;

	code->wants_caller = mentions->caller && !has_parameter(code, "caller");
	code->wants_varargs = mentions->varargs && !has_parameter(code, "varargs");
	code->wants_kwargs = mentions->kwargs && !has_parameter(code, "kwargs");
	rise_by_body(&height, code->body);
	for (uint32_t i = 0; i < code->n; i++)
		rise_by_expr(&height, code->parameters[i].otherwise);
	code->function.height = height.height;
}

static struct stmt *parse_macro(struct parser *p, struct place place)
{
	struct stmt *s = new_stmt(p, STMT_MACRO, place);
	struct macro_code *code = s->macro.code = parse_take(p, sizeof *code);
	struct mentions mentions = {.outer = p->mentions};

	s->macro.target = name_expr(p, p->at->place, expect_name(p));
	code->name = s->macro.target->name.name->text;
	code->place = place;
	p->mentions = &mentions;
	parse_signature(p, code);
	parse_function(p, code, "endmacro", &mentions);
	p->mentions = mentions.outer;
	return s;
}

static struct stmt *parse_call_block(struct parser *p, struct place place)
{
	struct stmt *s = new_stmt(p, STMT_CALL, place);
	struct macro_code *code = s->macro.code = parse_take(p, sizeof *code);
	struct mentions mentions = {.outer = p->mentions};

	code->place = place;
	if (at_operator(p, "("))
		parse_signature(p, code);
	s->macro.target = parse_expression(p);
	if (s->macro.target->kind != EXPR_CALL)
		parse_fail(p, place, "expected a call");
	p->mentions = &mentions;
	parse_function(p, code, "endcall", &mentions);
	p->mentions = mentions.outer;
	rise_by_expr(s, s->macro.target);
	return s;
}

/* --- blocks and other templates --- */

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

static struct stmt *parse_block(struct parser *p, struct place place)
{
	struct stmt *s = new_stmt(p, STMT_BLOCK, place);
	struct block *block = s->block.block = parse_take(p, sizeof *block);
	unsigned loops = p->loops, scopes = p->scopes;
	struct mentions *mentions = p->mentions;
	enum escape_mode escape = p->escape, known = p->known_escape;
	struct for_stmt *block_loop = p->block_loop;
	bool in_root = p->in_root;

	block->place = place;
	block->name = expect_name(p);
	for (const struct block *other = p->t->blocks; other; other = other->next)
		if (slice_equal(other->name, block->name))
			parse_fail(p, place, "block '%.*s' defined twice", SLICE_ARGS(block->name));
	*p->last_block = block;
	p->last_block = &block->next;
	block->scoped = take_word(p, "scoped");
	for (struct for_stmt *loop = p->loop; loop && block->scoped; loop = loop->outer)
		loop->uses_loop = true;
	block->required = take_word(p, "required");
	if (at_operator(p, "-"))
		parse_fail(p, place, "a block's name may not contain hyphens, use an underscore");

	s->unless_extended = s->toplevel; /* inside other tags, Jinja2 prints it all the same */
	p->loops = 0;
	p->in_root = false;
	p->scopes++;
	p->mentions = NULL;
	p->block_loop = p->loop;
	p->escape = p->known_escape = p->template_escape; /* {% autoescape %} around it or not */
	block->body = parse_region_to(p, "endblock");
	p->escape = escape;
	p->known_escape = known;
	p->mentions = mentions;
	p->block_loop = block_loop;
	p->scopes = scopes;
	p->in_root = in_root;
	p->loops = loops;
	if (block->required && !is_blank(block->body))
		parse_fail(p, place, "required blocks can only contain comments or white space");
	if (p->at->kind == TOKEN_NAME && slice_equal(p->at->text, block->name))
		p->at++;
	block->function.height = body_height(block->body);
	return s;
}

static struct stmt *parse_extends(struct parser *p, struct place place)
{
	struct stmt *s = new_stmt(p, STMT_EXTENDS, place);

	if (!p->in_root || p->scopes > 0)
		parse_fail(p, place, "extends is only allowed at the top level");
	p->t->extends = true;
	s->expr = parse_expression(p);
	rise_by_expr(s, s->expr);
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

static struct stmt *parse_include(struct parser *p, struct place place)
{
	struct stmt *s = new_stmt(p, STMT_INCLUDE, place);

	s->import.name = parse_expression(p);
	if (at_word(p, "ignore") && p->at[1].kind == TOKEN_NAME &&
	    slice_is(p->at[1].text, "missing")) {
		s->import.ignore_missing = true;
		p->at += 2;
	}
	s->import.with_context = true;
	parse_context(p, s);
	rise_by_expr(s, s->import.name);
	return s;
}

static struct stmt *parse_import(struct parser *p, struct place place)
{
	struct stmt *s = new_stmt(p, STMT_IMPORT, place);

	s->import.name = parse_expression(p);
	expect_word(p, "as");
	s->import.target = name_expr(p, p->at->place, expect_name(p));
	parse_context(p, s);
	rise_by_expr(s, s->import.name);
	return s;
}

static struct stmt *parse_from(struct parser *p, struct place place)
{
	struct stmt *s = new_stmt(p, STMT_FROM, place);
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
	rise_by_expr(s, s->import.name);
	return s;
}

/* --- the whole --- */

static const struct {
	const char *tag;
	struct stmt *(*parse)(struct parser *p, struct place place);
} tags[] = {
	{"autoescape", parse_autoescape},
	{     "block",      parse_block},
	{     "break",      parse_break},
	{      "call", parse_call_block},
	{  "continue",   parse_continue},
	{        "do",         parse_do},
	{   "extends",    parse_extends},
	{    "filter",     parse_filter},
	{       "for",        parse_for},
	{      "from",       parse_from},
	{        "if",         parse_if},
	{    "import",     parse_import},
	{   "include",    parse_include},
	{     "macro",      parse_macro},
	{       "set",        parse_set},
	{      "with",       parse_with},
};

static struct stmt *parse_print(struct parser *p, struct place place)
{
	struct stmt *s = new_stmt(p, STMT_PRINT, place);

	s->unless_extended = p->in_root;
	s->expr = parse_tuple(p, true);
	if (s->expr->kind == EXPR_CONSTANT) /* Jinja2 escapes these when it compiles */
		s->escape = (uint8_t)p->known_escape;
	rise_by_expr(s, s->expr);
	return s;
}

/* {% print a, b %} prints each. */
static struct stmt *parse_print_tag(struct parser *p, struct place place)
{
	struct stmt *first = NULL, **link = &first;

	while (p->at->kind != TOKEN_BLOCK_END) {
		if (first)
			expect_operator(p, ",");
		*link = new_stmt(p, STMT_PRINT, place);
		(*link)->unless_extended = p->in_root;
		(*link)->expr = parse_expression(p);
		rise_by_expr(*link, (*link)->expr);
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
	struct stmt *s = new_stmt(p, STMT_TEXT, p->at->place);

	s->unless_extended = p->in_root;
	s->text = p->at++->text;
	return s;
}

static struct stmt *parse_print_region(struct parser *p)
{
	struct stmt *s = parse_print(p, p->at++->place);

	if (p->at->kind != TOKEN_PRINT_END)
		parse_unexpected(p);
	if (p->unknown)
		parse_fail(p, p->unknown->place, "no %s named '%.*s'",
			   p->unknown->kind == EXPR_TEST ? "test" : "filter",
			   SLICE_ARGS(p->unknown->call.name));
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
			   .escape = escape,
			   .known_escape = escape,
			   .template_escape = escape,
			   .last_block = &t->blocks,
			   .in_root = true};

	t->body = parse_body(&p, NULL);
	t->root.height = body_height(t->body);
}
