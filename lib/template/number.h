/*
 * number.h: numbers to text and back, exactly as Python does it.
 */
#ifndef TEMPLATE_NUMBER_H
#define TEMPLATE_NUMBER_H

#include "template/run.h"

/* A literal of the template: 42, 0x2a, 0o52, 0b101010, 4.2e1. False when it is too large. */
bool number_literal(struct slice text, struct arena *arena, struct value *value);

/* Python's int(text, base) and float(text): false when text is no number. */
bool number_int(struct run *run, struct slice text, int base, struct value *value);
bool number_float(struct slice text, double *d);

/* The double nearest to a decimal number of JSON's form; fast for what people write. */
double number_decimal(struct slice text);

/* The shortest text that reads back as d: 1.0, 0.1, 1e+16, nan. */
void put_float(struct run *run, double d);

void put_int(struct run *run, int64_t i);

/*
 * d with `precision` digits, as Python's format types e, f and g (and E, F, G) do, rounded half to
 * even on the exact value. alternate is '#'.
 */
void put_double(struct run *run, double d, char type, unsigned precision, bool alternate);

/* An integer, a bool among them, or a float: as a double. */
double number_as_double(struct value v);

#endif
