/*
 * slice.h: Python's a[start:stop:step], where None stands for what is left out.
 */
#ifndef TEMPLATE_SLICE_H
#define TEMPLATE_SLICE_H

#include "template/run.h"

struct value slice_value(struct run *run, struct value of, struct value start, struct value stop,
			 struct value step);

/* Text from the code point `from` up to, not including, `to`: clamped to what there is. */
struct slice text_part(struct slice text, size_t from, size_t to);

#endif
