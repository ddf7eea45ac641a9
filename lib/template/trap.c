#include "template/trap.h"

#include <stdio.h>

bool trap_explain(struct template_error *error, const char *name, struct place place,
		  const char *message)
{
	snprintf(error->template, sizeof error->template, "%s", name);
	error->line = place.line;
	error->column = place.column;
	if (place.line)
		return err_set(&error->err, EX_DATAERR, "%s:%u: %s", name, place.line, message);
	return err_set(&error->err, EX_DATAERR, "%s: %s", name, message);
}

void trap_spring(struct trap *trap, const char *name, struct place place, const char *fmt,
		 va_list ap)
{
	char message[512];

	vsnprintf(message, sizeof message, fmt, ap);
	trap_explain(trap->error, name, place, message);
	longjmp(trap->back, 1);
}
