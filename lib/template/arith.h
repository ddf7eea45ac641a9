/*
 * arith.h: Python's operators on numbers, and + * % on text and lists.
 */
#ifndef TEMPLATE_ARITH_H
#define TEMPLATE_ARITH_H

#include "template/run.h"

struct value arith_add(struct run *run, struct value a, struct value b);
struct value arith_subtract(struct run *run, struct value a, struct value b);
struct value arith_multiply(struct run *run, struct value a, struct value b);
struct value arith_divide(struct run *run, struct value a, struct value b);
struct value arith_floor_divide(struct run *run, struct value a, struct value b);
struct value arith_modulo(struct run *run, struct value a, struct value b);
struct value arith_power(struct run *run, struct value a, struct value b);
struct value arith_minus(struct run *run, struct value a);
struct value arith_plus(struct run *run, struct value a);

/* Python's "text" % value (format_percent.c). */
struct value format_percent(struct run *run, struct value format, struct value value);

/* The same with a tuple of n values. */
struct value format_percent_with(struct run *run, struct value format, const struct value *values,
				 uint32_t n);

#endif
