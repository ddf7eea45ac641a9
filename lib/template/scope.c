#include "template/scope.h"

#include "template/symbol.h"

/* --- expressions --- */

static void analyze_expr(void *resolver, struct expr *e)
{
	struct resolver *r = resolver;

	if (e->kind == EXPR_NAME)
		symbol_load(r, e->name.name);
	else
		program_each_part(e, analyze_expr, r);
}

static void resolve_expr(void *resolver, struct expr *e)
{
	struct resolver *r = resolver;

	if (e->kind != EXPR_NAME) {
		program_each_part(e, resolve_expr, r);
		return;
	}

	const struct symbol *symbol = symbol_load(r, e->name.name);
	e->name.hops = symbol_hops(r, symbol);
	e->name.slot = symbol->slot;
	while (symbol->state == SYMBOL_ALIAS)
		symbol = symbol->outer;
	e->name.of_context = symbol->state == SYMBOL_CONTEXT;
}

/* e may be NULL. */
static void visit(struct resolver *r, program_visit *f, struct expr *e)
{
	if (e)
		f(r, e);
}

static void store_target(struct resolver *r, struct expr *target, bool conditional)
{
	if (target->kind == EXPR_NAME)
		symbol_store(r, target->name.name, conditional);
	else if (target->kind == EXPR_TUPLE)
		for (uint32_t i = 0; i < target->items.n; i++)
			store_target(r, target->items.at[i], conditional);
	else
		analyze_expr(r, target);
}

static void declare_target(struct resolver *r, struct expr *target)
{
	if (target->kind == EXPR_TUPLE)
		for (uint32_t i = 0; i < target->items.n; i++)
			declare_target(r, target->items.at[i]);
	else if (target->name.name->symbol == NULL || target->name.name->symbol->scope != r->scope)
		symbol_declare(r, target->name.name);
}

/* --- first pass over a scope: which names are assigned in it, and which are read before --- */

static void analyze(struct resolver *r, struct stmt *body, bool conditional);

static void analyze_stmt(struct resolver *r, struct stmt *s, bool conditional)
{
	switch (s->kind) {
	case STMT_PRINT:
	case STMT_DO:
	case STMT_EXTENDS:
		analyze_expr(r, s->expr);
		break;
	case STMT_IF:
		for (struct branch *b = s->branches; b; b = b->next) {
			visit(r, analyze_expr, b->test);
			analyze(r, b->body, true);
		}
		break;
	case STMT_FOR:
		analyze_expr(r, s->loop->items);
		break;
	case STMT_SET:
	case STMT_SET_BLOCK:
		visit(r, analyze_expr, s->set.value);
		store_target(r, s->set.target, conditional);
		break;
	case STMT_WITH:
		for (struct with_value *w = s->with.values; w; w = w->next)
			analyze_expr(r, w->value);
		break;
	case STMT_MACRO:
		symbol_store(r, s->macro.target->name.name, conditional);
		break;
	case STMT_CALL:
		analyze_expr(r, s->macro.target);
		break;
	case STMT_FILTER:
		analyze_expr(r, s->region.value);
		break;
	case STMT_INCLUDE:
		analyze_expr(r, s->import.name);
		break;
	case STMT_IMPORT:
		analyze_expr(r, s->import.name);
		store_target(r, s->import.target, conditional);
		break;
	case STMT_FROM:
		analyze_expr(r, s->import.name);
		for (struct import_name *n = s->import.names; n; n = n->next)
			symbol_store(r, n->as, conditional);
		break;
	default:
		break;
	}
}

static void analyze(struct resolver *r, struct stmt *body, bool conditional)
{
	for (; body; body = body->next)
		analyze_stmt(r, body, conditional);
}

/* --- second pass: slots for the names, and the scopes inside --- */

static void resolve(struct resolver *r, struct stmt *body);

static void resolve_region(struct resolver *r, struct stmt *body, struct entry_inits *inits)
{
	struct scope scope;

	symbol_enter(r, &scope, NULL);
	analyze(r, body, false);
	resolve(r, body);
	symbol_leave(r, inits);
}

static void resolve_for_body(struct resolver *r, struct for_stmt *loop)
{
	struct scope scope;

	symbol_enter(r, &scope, NULL);
	declare_target(r, loop->target);
	resolve_expr(r, loop->target);
	visit(r, resolve_expr, loop->test); /* where `loop` is still that of a loop around us */
	loop->uses_loop |= loop->recursive;
	if (loop->uses_loop)
		loop->loop = symbol_declare(r, program_name(r->t, slice_text("loop")))->slot;
	analyze(r, loop->body, false);
	resolve(r, loop->body);

	symbol_leave(r, &loop->inits);
}

static void resolve_for(struct resolver *r, struct for_stmt *loop)
{
	struct scope scope;

	resolve_expr(r, loop->items);
	if (loop->recursive)
		symbol_enter(r, &scope, &loop->function);
	resolve_for_body(r, loop);
	resolve_region(r, loop->otherwise, &loop->otherwise_inits);
	if (loop->recursive)
		symbol_leave(r, &loop->function.inits);
}

static void resolve_with(struct resolver *r, struct stmt *s)
{
	struct scope scope;

	for (struct with_value *w = s->with.values; w; w = w->next)
		resolve_expr(r, w->value);
	symbol_enter(r, &scope, NULL);
	for (struct with_value *w = s->with.values; w; w = w->next) {
		declare_target(r, w->target);
		resolve_expr(r, w->target);
	}
	analyze(r, s->with.body, false);
	resolve(r, s->with.body);
	symbol_leave(r, &s->with.inits);
}

static uint16_t declare_word(struct resolver *r, bool wanted, const char *word)
{
	struct name *name = program_name(r->t, slice_text(word));

	if (!wanted)
		return 0;
	if (name->symbol && name->symbol->scope == r->scope)
		return name->symbol->slot;
	return symbol_declare(r, name)->slot;
}

static void resolve_macro(struct resolver *r, struct macro_code *code)
{
	struct scope scope;

	symbol_enter(r, &scope, &code->function);
	for (uint32_t i = 0; i < code->n; i++)
		code->parameters[i].slot = symbol_declare(r, code->parameters[i].name)->slot;
	code->caller = declare_word(r, code->wants_caller, "caller");
	code->varargs = declare_word(r, code->wants_varargs, "varargs");
	code->kwargs = declare_word(r, code->wants_kwargs, "kwargs");
	for (uint32_t i = 0; i < code->n; i++)
		visit(r, resolve_expr, code->parameters[i].otherwise);
	analyze(r, code->body, false);
	resolve(r, code->body);
	symbol_leave(r, &code->function.inits);
}

/* The variables that can be seen from here: what include, import and scoped blocks hand on. */
static void collect_locals(struct resolver *r, struct locals *locals)
{
	uint32_t room = 0;

	for (struct scope *scope = r->scope; scope; scope = scope->parent) {
		room += scope->n;
		scope->function->captured = true; /* a macro over there may keep our context */
	}
	locals->at = arena_alloc(&r->t->arena, room * sizeof *locals->at);
	for (struct scope *scope = r->scope; scope; scope = scope->parent)
		for (struct symbol *s = scope->symbols; s; s = s->next) {
			if (!s->stored || s->name->symbol != s)
				continue;

			locals->at[locals->n++] =
				(struct local){s->name, symbol_hops(r, s), s->slot};
		}
}

static void resolve_import(struct resolver *r, struct stmt *s)
{
	resolve_expr(r, s->import.name);
	visit(r, resolve_expr, s->import.target);
	for (struct import_name *n = s->import.names; n; n = n->next) {
		const struct symbol *symbol = n->as->symbol;
		n->hops = symbol_hops(r, symbol);
		n->slot = symbol->slot;
	}
	if (s->import.with_context)
		collect_locals(r, &s->import.locals);
}

static void resolve_stmt(struct resolver *r, struct stmt *s)
{
	switch (s->kind) {
	case STMT_PRINT:
	case STMT_DO:
	case STMT_EXTENDS:
		resolve_expr(r, s->expr);
		break;
	case STMT_IF:
		for (struct branch *b = s->branches; b; b = b->next) {
			visit(r, resolve_expr, b->test);
			resolve(r, b->body);
		}
		break;
	case STMT_FOR:
		resolve_for(r, s->loop);
		break;
	case STMT_SET:
	case STMT_SET_BLOCK:
		visit(r, resolve_expr, s->set.value);
		resolve_region(r, s->set.body, &s->set.inits);
		visit(r, resolve_expr, s->set.filter);
		resolve_expr(r, s->set.target);
		break;
	case STMT_WITH:
		resolve_with(r, s);
		break;
	case STMT_MACRO:
	case STMT_CALL:
		resolve_expr(r, s->macro.target);
		resolve_macro(r, s->macro.code);
		break;
	case STMT_FILTER:
	case STMT_AUTOESCAPE:
		resolve_expr(r, s->region.value);
		resolve_region(r, s->region.body, &s->region.inits);
		break;
	case STMT_BLOCK:
		if (s->block.block->scoped)
			collect_locals(r, &s->block.locals);
		break;
	case STMT_INCLUDE:
	case STMT_IMPORT:
	case STMT_FROM:
		resolve_import(r, s);
		break;
	default:
		break;
	}
}

static void resolve(struct resolver *r, struct stmt *body)
{
	for (; body; body = body->next)
		resolve_stmt(r, body);
}

static void resolve_function(struct resolver *r, struct stmt *body, struct function *function)
{
	struct scope scope;

	symbol_enter(r, &scope, function);
	analyze(r, body, false);
	resolve(r, body);
	symbol_leave(r, &function->inits);
}

void scope_resolve(struct template *t, struct trap *trap)
{
	struct resolver r = {.t = t, .trap = trap};

	resolve_function(&r, t->body, &t->root);
	for (struct block *block = t->blocks; block; block = block->next)
		resolve_function(&r, block->body, &block->function);
}
