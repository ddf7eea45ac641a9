/*
 * scope.h: what each name of a template means, decided once.
 *
 * Jinja2's rules: for, with, macros, blocks and captured text open a scope, if does not. Within a
 * scope all uses of a name that is assigned there mean the same variable. When the scope is entered
 * it holds the value of the same name further out; with none further out it is undefined, or, when
 * read before it is assigned or assigned under a condition, looked up in the context. A name that
 * is assigned nowhere around is looked up in the context.
 */
#ifndef TEMPLATE_SCOPE_H
#define TEMPLATE_SCOPE_H

#include "template/program.h"

/* Fills in slots and frames throughout t; springs the trap when there are too many. */
void scope_resolve(struct template *t, struct trap *trap);

#endif
