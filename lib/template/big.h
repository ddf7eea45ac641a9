/*
 * big.h: integers beyond 64 bits, since Python's have no bound.
 *
 * Ours have one: BIG_DIGITS decimal digits, the most that Python turns into text. What needs more
 * fails. A result that fits 64 bits comes back as VALUE_INT, so that a number has one form.
 */
#ifndef TEMPLATE_BIG_H
#define TEMPLATE_BIG_H

#include "template/run.h"

#define BIG_DIGITS 4300

/* Digits of a base up to 36, nothing else, after a sign when negative; false when there are too
 * many. */
bool big_parse(struct arena *arena, struct slice digits, int base, bool negative,
	       struct value *value);

struct value big_add(struct run *run, struct value a, struct value b);
struct value big_subtract(struct run *run, struct value a, struct value b);
struct value big_multiply(struct run *run, struct value a, struct value b);
struct value big_power(struct run *run, struct value a, uint64_t exponent);
struct value big_negate(struct run *run, struct value a);

/* Towards minus infinity, as Python's // and %; b is not 0. */
void big_divide(struct run *run, struct value a, struct value b, struct value *quotient,
		struct value *remainder);

int big_compare(struct value a, struct value b);
bool big_is_negative(struct value a);
double big_to_double(struct value a); /* HUGE_VAL when it is out of reach */
struct value big_from_double(struct run *run, double whole);
void put_big(struct run *run, struct value a); /* in decimal */

#endif
