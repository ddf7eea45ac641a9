/*
 * methods.h: the methods of Python's types that a template can call, a sorted table for each type;
 * those of numbers, one each, are in methods.c.
 */
#ifndef TEMPLATE_METHODS_H
#define TEMPLATE_METHODS_H

#include "template/builtin.h"

extern const struct builtin dict_methods[], list_methods[], tuple_methods[], text_methods[],
	markup_methods[];
extern const size_t dict_methods_n, list_methods_n, tuple_methods_n, text_methods_n,
	markup_methods_n;

/* Python's str.format and str.format_map (format_braces.c). */
builtin_call_any method_format;
builtin_call method_format_map;

#endif
