/*
 * macro.h: a macro that was defined, or the body of a call block: its code and where it was met.
 */
#ifndef TEMPLATE_MACRO_H
#define TEMPLATE_MACRO_H

#include "template/frame.h"

struct macro {
	const struct macro_code *code;
	struct frame *frame; /* the variables around it */
};

#endif
