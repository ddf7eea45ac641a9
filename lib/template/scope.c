#include "template/scope.h"

#define SLOTS_MAX 10000

enum symbol_state {
	SYMBOL_PARAMETER, /* given a value by whatever opens the scope */
	SYMBOL_CONTEXT,   /* looked up in the context when read */
	SYMBOL_UNDEFINED,
	SYMBOL_ALIAS, /* begins as what `outer` holds */
};

struct scope;

struct symbol {
	struct name *name;
	struct scope *scope;
	struct symbol *next;     /* in the same scope */
	struct symbol *shadowed; /* what the name means outside of the scope */
	enum symbol_state state;
	struct symbol *outer;
	bool stored;
	uint16_t slot;
};

struct scope {
	struct scope *parent;
	struct scope *top; /* of the same function */
	struct function *function;
	unsigned level; /* of functions */
	struct symbol *symbols;
	uint32_t n;
};

struct resolver {
	struct template *t;
	struct trap *trap;
	struct scope *scope;
};

/* --- scopes and symbols --- */

static void *take(struct resolver *r, size_t n)
{
	return arena_alloc(&r->t->arena, n);
}

__attribute__((format(printf, 3, 4))) static _Noreturn void fail(struct resolver *r,
								 struct place place,
								 const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	trap_spring(r->trap, r->t->name, place, fmt, ap);
}

static struct symbol *define(struct resolver *r, struct scope *scope, struct name *name,
			     enum symbol_state state)
{
	struct symbol *symbol = take(r, sizeof *symbol);

	if (scope->function->slots == SLOTS_MAX)
		fail(r, (struct place){0}, "more than %d names in one function", SLOTS_MAX);
	*symbol = (struct symbol){.name = name,
				  .scope = scope,
				  .next = scope->symbols,
				  .shadowed = name->symbol,
				  .state = state,
				  .slot = scope->function->slots++};
	scope->symbols = symbol;
	scope->n++;
	name->symbol = symbol;
	return symbol;
}

/* function: NULL when the scope belongs to the function around it. */
static void enter(struct resolver *r, struct scope *scope, struct function *function)
{
	struct scope *parent = r->scope;

	*scope = (struct scope){.parent = parent};
	if (function) {
		scope->top = scope;
		scope->function = function;
		scope->level = parent ? parent->level + 1 : 0;
		if (parent)
			parent->function->captured = true;
	} else {
		scope->top = parent->top;
		scope->function = parent->function;
		scope->level = parent->level;
	}
	r->scope = scope;
}

static bool needs_init(const struct scope *scope, const struct symbol *symbol)
{
	if (symbol->state == SYMBOL_CONTEXT) /* a new frame's slots are in that state already */
		return scope != scope->top && symbol->stored;
	return symbol->state != SYMBOL_PARAMETER;
}

static struct slot_init init_of(const struct symbol *symbol)
{
	struct slot_init init = {.slot = symbol->slot,
				 .undefined = symbol->state == SYMBOL_UNDEFINED,
				 .name = symbol->name};

	if (symbol->state == SYMBOL_ALIAS) {
		init.alias = true;
		init.hops = (uint16_t)(symbol->scope->level - symbol->outer->scope->level);
		init.from = symbol->outer->slot;
	}
	return init;
}

/* Closes the innermost scope; what entering it has to do at run time goes to *inits. */
static void leave(struct resolver *r, struct entry_inits *inits)
{
	struct scope *scope = r->scope;

	inits->at = take(r, scope->n * sizeof *inits->at);
	for (struct symbol *s = scope->symbols; s; s = s->next) {
		if (needs_init(scope, s))
			inits->at[inits->n++] = init_of(s);
		s->name->symbol = s->shadowed;
	}
	r->scope = scope->parent;
}

static struct symbol *load(struct resolver *r, struct name *name)
{
	if (!name->symbol)
		define(r, r->scope->top, name, SYMBOL_CONTEXT);

	return name->symbol;
}

static void store(struct resolver *r, struct name *name, bool conditional)
{
	struct symbol *outer = name->symbol, *symbol = outer;

	if (!outer)
		symbol = define(r, r->scope, name, conditional ? SYMBOL_CONTEXT : SYMBOL_UNDEFINED);
	else if (outer->scope != r->scope)
		symbol = define(r, r->scope, name, SYMBOL_ALIAS);
	if (symbol != outer)
		symbol->outer = outer;
	symbol->stored = true;
}

static struct symbol *declare(struct resolver *r, struct name *name)
{
	struct symbol *symbol = define(r, r->scope, name, SYMBOL_PARAMETER);

	symbol->stored = true;
	return symbol;
}

static uint16_t hops_to(const struct resolver *r, const struct symbol *symbol)
{
	return (uint16_t)(r->scope->level - symbol->scope->level);
}

/* --- expressions --- */

typedef void visit_expr(struct resolver *r, struct expr *e);

static void visit(struct resolver *r, visit_expr *f, struct expr *e)
{
	if (e)
		f(r, e);
}

static void each_argument(struct resolver *r, struct call *call, visit_expr *f)
{
	for (uint32_t i = 0; i < call->n; i++)
		f(r, call->at[i]);
	for (uint32_t i = 0; i < call->named_n; i++)
		f(r, call->named[i].value);
	visit(r, f, call->star);
	visit(r, f, call->star_star);
}

static void each_part(struct resolver *r, struct expr *e, visit_expr *f)
{
	switch (e->kind) {
	case EXPR_CONSTANT:
	case EXPR_NAME:
		break;
	case EXPR_ATTRIBUTE:
		f(r, e->attribute.of);
		break;
	case EXPR_SLICE:
		f(r, e->slice.of);
		visit(r, f, e->slice.start);
		visit(r, f, e->slice.stop);
		visit(r, f, e->slice.step);
		break;
	case EXPR_CALL:
	case EXPR_FILTER:
	case EXPR_TEST:
		visit(r, f, e->call.of);
		each_argument(r, &e->call.call, f);
		break;
	case EXPR_COMPARE:
		f(r, e->compare.first);
		for (struct comparison *c = e->compare.rest; c; c = c->next)
			f(r, c->with);
		break;
	case EXPR_IF:
		f(r, e->branch.test);
		f(r, e->branch.yes);
		visit(r, f, e->branch.no);
		break;
	case EXPR_CONCAT:
	case EXPR_LIST:
	case EXPR_TUPLE:
	case EXPR_DICT:
		for (uint32_t i = 0; i < e->items.n; i++)
			f(r, e->items.at[i]);
		break;
	default:
		visit(r, f, e->pair.left);
		f(r, e->pair.right);
		break;
	}
}

static void analyze_expr(struct resolver *r, struct expr *e)
{
	if (e->kind == EXPR_NAME)
		load(r, e->name.name);
	else
		each_part(r, e, analyze_expr);
}

static void resolve_expr(struct resolver *r, struct expr *e)
{
	if (e->kind != EXPR_NAME) {
		each_part(r, e, resolve_expr);
		return;
	}

	const struct symbol *symbol = load(r, e->name.name);
	e->name.hops = hops_to(r, symbol);
	e->name.slot = symbol->slot;
	while (symbol->state == SYMBOL_ALIAS)
		symbol = symbol->outer;
	e->name.of_context = symbol->state == SYMBOL_CONTEXT;
}

static void store_target(struct resolver *r, struct expr *target, bool conditional)
{
	if (target->kind == EXPR_NAME)
		store(r, target->name.name, conditional);
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
		declare(r, target->name.name);
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
		store(r, s->macro.target->name.name, conditional);
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
			store(r, n->as, conditional);
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

	enter(r, &scope, NULL);
	analyze(r, body, false);
	resolve(r, body);
	leave(r, inits);
}

static void resolve_for_body(struct resolver *r, struct for_stmt *loop)
{
	struct scope scope;

	enter(r, &scope, NULL);
	declare_target(r, loop->target);
	resolve_expr(r, loop->target);
	visit(r, resolve_expr, loop->test); /* where `loop` is still that of a loop around us */
	loop->uses_loop |= loop->recursive;
	if (loop->uses_loop)
		loop->loop = declare(r, program_name(r->t, slice_text("loop")))->slot;
	analyze(r, loop->body, false);
	resolve(r, loop->body);

	leave(r, &loop->inits);
}

static void resolve_for(struct resolver *r, struct for_stmt *loop)
{
	struct scope scope;

	resolve_expr(r, loop->items);
	if (loop->recursive)
		enter(r, &scope, &loop->function);
	resolve_for_body(r, loop);
	resolve_region(r, loop->otherwise, &loop->otherwise_inits);
	if (loop->recursive)
		leave(r, &loop->function.inits);
}

static void resolve_with(struct resolver *r, struct stmt *s)
{
	struct scope scope;

	for (struct with_value *w = s->with.values; w; w = w->next)
		resolve_expr(r, w->value);
	enter(r, &scope, NULL);
	for (struct with_value *w = s->with.values; w; w = w->next) {
		declare_target(r, w->target);
		resolve_expr(r, w->target);
	}
	analyze(r, s->with.body, false);
	resolve(r, s->with.body);
	leave(r, &s->with.inits);
}

static uint16_t declare_word(struct resolver *r, bool wanted, const char *word)
{
	struct name *name = program_name(r->t, slice_text(word));

	if (!wanted)
		return 0;
	if (name->symbol && name->symbol->scope == r->scope)
		return name->symbol->slot;
	return declare(r, name)->slot;
}

static void resolve_macro(struct resolver *r, struct macro_code *code)
{
	struct scope scope;

	enter(r, &scope, &code->function);
	for (uint32_t i = 0; i < code->n; i++)
		code->parameters[i].slot = declare(r, code->parameters[i].name)->slot;
	code->caller = declare_word(r, code->wants_caller, "caller");
	code->varargs = declare_word(r, code->wants_varargs, "varargs");
	code->kwargs = declare_word(r, code->wants_kwargs, "kwargs");
	for (uint32_t i = 0; i < code->n; i++)
		visit(r, resolve_expr, code->parameters[i].otherwise);
	analyze(r, code->body, false);
	resolve(r, code->body);
	leave(r, &code->function.inits);
}

/* The variables that can be seen from here: what include, import and scoped blocks hand on. */
static void collect_locals(struct resolver *r, struct locals *locals)
{
	uint32_t room = 0;

	for (struct scope *scope = r->scope; scope; scope = scope->parent) {
		room += scope->n;
		scope->function->captured = true; /* a macro over there may keep our context */
	}
	locals->at = take(r, room * sizeof *locals->at);
	for (struct scope *scope = r->scope; scope; scope = scope->parent)
		for (struct symbol *s = scope->symbols; s; s = s->next) {
			if (!s->stored || s->name->symbol != s)
				continue;

			locals->at[locals->n++] = (struct local){s->name, hops_to(r, s), s->slot};
		}
}

static void resolve_import(struct resolver *r, struct stmt *s)
{
	resolve_expr(r, s->import.name);
	visit(r, resolve_expr, s->import.target);
	for (struct import_name *n = s->import.names; n; n = n->next) {
		const struct symbol *symbol = n->as->symbol;
		n->hops = hops_to(r, symbol);
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

	enter(r, &scope, function);
	analyze(r, body, false);
	resolve(r, body);
	leave(r, &function->inits);
}

void scope_resolve(struct template *t, struct trap *trap)
{
	struct resolver r = {.t = t, .trap = trap};

	resolve_function(&r, t->body, &t->root);
	for (struct block *block = t->blocks; block; block = block->next)
		resolve_function(&r, block->body, &block->function);
}
