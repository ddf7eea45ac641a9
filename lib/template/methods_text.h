/*
 * methods_text.h: the methods of text, a file for each kind of question; their table, and those
 * that change or pad a text, are in methods_text.c.
 */
#ifndef TEMPLATE_METHODS_TEXT_H
#define TEMPLATE_METHODS_TEXT_H

#include "template/methods.h"

/* The text whose method is called. */
static inline struct slice self(const struct value *arg)
{
	return value_chars(arg[0]);
}

/* Where something stands in a text, and whether it does: methods_text_find.c. */
builtin_call method_find_text, method_rfind, method_index, method_rindex, method_count,
	method_startswith, method_endswith, method_removeprefix, method_removesuffix;

/* Texts to lists and back: methods_text_split.c. */
builtin_call method_split, method_rsplit, method_splitlines, method_partition, method_rpartition,
	method_join;

/* What all its characters are: methods_text_is.c. */
builtin_call method_isalnum, method_isalpha, method_isascii, method_isdecimal, method_isdigit,
	method_isidentifier, method_isnumeric, method_isprintable, method_isspace, method_islower,
	method_isupper, method_istitle;

#endif
