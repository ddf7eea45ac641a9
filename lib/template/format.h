/*
 * format.h: one value as text, in the way that a format specification asks for.
 *
 * Both of Python's notations, "%-8.2f" and "{:<8.2f}", lead to the same struct format_spec.
 */
#ifndef TEMPLATE_FORMAT_H
#define TEMPLATE_FORMAT_H

#include "template/run.h"

struct format_spec {
	struct slice fill; /* one code point; empty: a space */
	char align;        /* < > = ^, or 0 for the type's own */
	char sign;         /* + - or space, or 0 */
	char grouping;     /* , or _ between thousands, or 0 */
	char type;         /* d, f, s, ..., or 0 */
	bool alternate;
	int64_t width;
	int64_t precision; /* -1: none */
};

/* An integer or float. */
void put_number_as(struct run *run, struct value v, const struct format_spec *spec);

/* Text: cut to the precision, filled up to the width. */
void put_text_as(struct run *run, struct slice s, const struct format_spec *spec);

/* repr(), with everything that is not ASCII escaped. */
void put_ascii(struct run *run, struct value v);

#endif
