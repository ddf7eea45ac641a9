#include "template/symbol.h"

#define SLOTS_MAX 10000

__attribute__((format(printf, 2, 3))) static _Noreturn void fail(struct resolver *r,
								 const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	trap_spring(r->trap, r->t->name, (struct place){0}, fmt, ap);
}

static struct symbol *symbol_define(struct resolver *r, struct scope *scope, struct name *name,
				    enum symbol_state state)
{
	struct symbol *symbol = arena_alloc(&r->t->arena, sizeof *symbol);

	if (scope->function->slots == SLOTS_MAX)
		fail(r, "more than %d names in one function", SLOTS_MAX);
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

void symbol_enter(struct resolver *r, struct scope *scope, struct function *function)
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

void symbol_leave(struct resolver *r, struct entry_inits *inits)
{
	struct scope *scope = r->scope;

	inits->at = arena_alloc(&r->t->arena, scope->n * sizeof *inits->at);
	for (struct symbol *s = scope->symbols; s; s = s->next) {
		if (needs_init(scope, s))
			inits->at[inits->n++] = init_of(s);
		s->name->symbol = s->shadowed;
	}
	r->scope = scope->parent;
}

struct symbol *symbol_load(struct resolver *r, struct name *name)
{
	if (!name->symbol)
		symbol_define(r, r->scope->top, name, SYMBOL_CONTEXT);

	return name->symbol;
}

void symbol_store(struct resolver *r, struct name *name, bool conditional)
{
	struct symbol *outer = name->symbol, *symbol = outer;

	if (!outer)
		symbol = symbol_define(r, r->scope, name,
				       conditional ? SYMBOL_CONTEXT : SYMBOL_UNDEFINED);
	else if (outer->scope != r->scope)
		symbol = symbol_define(r, r->scope, name, SYMBOL_ALIAS);
	if (symbol != outer)
		symbol->outer = outer;
	symbol->stored = true;
}

struct symbol *symbol_declare(struct resolver *r, struct name *name)
{
	struct symbol *symbol = symbol_define(r, r->scope, name, SYMBOL_PARAMETER);

	symbol->stored = true;
	return symbol;
}

uint16_t symbol_hops(const struct resolver *r, const struct symbol *symbol)
{
	return (uint16_t)(r->scope->level - symbol->scope->level);
}
