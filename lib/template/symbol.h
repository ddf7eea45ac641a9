/*
 * symbol.h: what the names of a template mean where scope.c stands: the scopes that are open and
 * the symbols in them.
 *
 * A symbol takes a slot in the frame of its scope's function. name->symbol is the innermost one of
 * that name; leaving a scope brings back what it shadowed. Scopes live on the caller's stack,
 * symbols in the template's arena.
 */
#ifndef TEMPLATE_SYMBOL_H
#define TEMPLATE_SYMBOL_H

#include "template/program.h"

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

/* function: NULL when the scope belongs to the function around it. */
void symbol_enter(struct resolver *r, struct scope *scope, struct function *function);

/* Closes the innermost scope; what entering it has to do at run time goes to *inits. */
void symbol_leave(struct resolver *r, struct entry_inits *inits);

/* A name that is read: what it means here; of the context when nothing around assigns it. */
struct symbol *symbol_load(struct resolver *r, struct name *name);

/* A name that is assigned in the innermost scope; conditional: perhaps. */
void symbol_store(struct resolver *r, struct name *name, bool conditional);

/* A name that what opens the innermost scope gives a value; springs the trap, as the two above do,
 * when the function has too many. */
struct symbol *symbol_declare(struct resolver *r, struct name *name);

/* How many functions out of this one the symbol's is. */
uint16_t symbol_hops(const struct resolver *r, const struct symbol *symbol);

#endif
