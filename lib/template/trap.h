/*
 * trap.h: the one way out of a template that goes wrong.
 *
 * Compiling and rendering descend deeply, and at almost every step a template can be at fault. So
 * whoever notices springs the trap, and control returns to where it was set. This is sound here
 * because what both make lives in an arena or in the caller's buf: nothing is left behind.
 *
 *     if (setjmp(trap.back))
 *             return NULL; // trap.error is filled in
 */
#ifndef TEMPLATE_TRAP_H
#define TEMPLATE_TRAP_H

#include <setjmp.h>
#include <stdarg.h>

#include "template/template.h"

struct place {
	uint32_t line, column; /* from 1 */
};

struct trap {
	jmp_buf back;
	struct template_error *error;
};

_Noreturn void trap_spring(struct trap *trap, const char *name, struct place place, const char *fmt,
			   va_list ap);

/* Fills *error in, with EX_DATAERR; returns false. */
bool trap_explain(struct template_error *error, const char *name, struct place place,
		  const char *message);

#endif
