#include "template/inspect.h"

#include "template/program.h"

struct inspection {
	template_found *found;
	void *data;
};

static void tell(const struct inspection *in, enum template_finding_kind kind, struct slice name,
		 struct place place, bool optional)
{
	const struct template_finding finding = {.kind = kind,
						 .name = name,
						 .line = place.line,
						 .column = place.column,
						 .optional = optional};

	in->found(in->data, &finding);
}

/* --- expressions --- */

static void look_at_name(const struct inspection *in, const struct expr *e)
{
	struct slice name = e->name.name->text;

	if (e->name.of_context && !global_find(name) && !slice_is(name, "self") &&
	    !slice_is(name, "super"))
		tell(in, TEMPLATE_READS, name, e->place, false);
}

static void look_at_expr(void *inspection, struct expr *e)
{
	const struct inspection *in = inspection;

	if (e->kind == EXPR_NAME)
		look_at_name(in, e);
	else if (e->kind == EXPR_FILTER && !e->call.builtin)
		tell(in, TEMPLATE_FILTER, e->call.name, e->place, false);
	else if (e->kind == EXPR_TEST && !e->call.builtin)
		tell(in, TEMPLATE_TEST, e->call.name, e->place, false);
	program_each_part(e, look_at_expr, inspection);
}

/* e may be NULL. */
static void look(struct inspection *in, struct expr *e)
{
	if (e)
		look_at_expr(in, e);
}

/* --- statements --- */

static void look_at_body(struct inspection *in, const struct stmt *body);

static void look_at_target(struct inspection *in, struct expr *target)
{
	if (target->kind == EXPR_NAME)
		tell(in, TEMPLATE_SETS, target->name.name->text, target->place, false);
	else if (target->kind == EXPR_TUPLE)
		for (uint32_t i = 0; i < target->items.n; i++)
			look_at_target(in, target->items.at[i]);
	else
		look(in, target); /* an attribute of a namespace */
}

static void look_at_macro(struct inspection *in, const struct macro_code *code)
{
	for (uint32_t i = 0; i < code->n; i++)
		look(in, code->parameters[i].otherwise);
	look_at_body(in, code->body);
}

static void look_at_loop(struct inspection *in, const struct for_stmt *loop)
{
	look(in, loop->items);
	look(in, loop->test);
	look_at_body(in, loop->body);
	look_at_body(in, loop->otherwise);
}

/* The template's name, or several of which one has to be there. */
static void look_at_template(struct inspection *in, struct expr *name, bool optional)
{
	if (name->kind == EXPR_LIST || name->kind == EXPR_TUPLE)
		for (uint32_t i = 0; i < name->items.n; i++)
			look_at_template(in, name->items.at[i], true);
	else if (name->kind == EXPR_CONSTANT && name->constant.type == VALUE_TEXT)
		tell(in, TEMPLATE_NAMES, value_chars(name->constant), name->place, optional);
	else
		look(in, name);
}

static void look_at_import(struct inspection *in, const struct stmt *s)
{
	look_at_template(in, s->import.name, s->import.ignore_missing);
	if (s->import.target && s->toplevel)
		look_at_target(in, s->import.target);
	for (const struct import_name *n = s->import.names; n && s->toplevel; n = n->next)
		tell(in, TEMPLATE_SETS, n->as->text, s->place, false);
}

static void look_at_set(struct inspection *in, const struct stmt *s)
{
	look(in, s->set.value);
	look(in, s->set.filter);
	look_at_body(in, s->set.body);
	if (s->toplevel)
		look_at_target(in, s->set.target);
}

static void look_at_stmt(struct inspection *in, const struct stmt *s)
{
	switch (s->kind) {
	case STMT_PRINT:
	case STMT_DO:
		look(in, s->expr);
		break;
	case STMT_EXTENDS:
		look_at_template(in, s->expr, false);
		break;
	case STMT_IF:
		for (const struct branch *b = s->branches; b; b = b->next) {
			look(in, b->test);
			look_at_body(in, b->body);
		}
		break;
	case STMT_FOR:
		look_at_loop(in, s->loop);
		break;
	case STMT_SET:
	case STMT_SET_BLOCK:
		look_at_set(in, s);
		break;
	case STMT_WITH:
		for (const struct with_value *w = s->with.values; w; w = w->next)
			look(in, w->value);
		look_at_body(in, s->with.body);
		break;
	case STMT_MACRO:
		if (s->toplevel)
			look_at_target(in, s->macro.target);
		look_at_macro(in, s->macro.code);
		break;
	case STMT_CALL:
		look(in, s->macro.target);
		look_at_macro(in, s->macro.code);
		break;
	case STMT_FILTER:
	case STMT_AUTOESCAPE:
		look(in, s->region.value);
		look_at_body(in, s->region.body);
		break;
	case STMT_INCLUDE:
	case STMT_IMPORT:
	case STMT_FROM:
		look_at_import(in, s);
		break;
	default: /* blocks stand in a list of the template's own */
		break;
	}
}

static void look_at_body(struct inspection *in, const struct stmt *body)
{
	for (; body; body = body->next)
		look_at_stmt(in, body);
}

void template_inspect(const struct template *t, template_found *found, void *data)
{
	struct inspection in = {found, data};

	look_at_body(&in, t->body);
	for (const struct block *block = t->blocks; block; block = block->next)
		look_at_body(&in, block->body);
}
