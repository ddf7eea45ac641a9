/*
 * literal.h: Python's literals, as `eval=` of an XML record writes them, read as JSON values.
 *
 * Taken: dictionaries with text as keys, lists, tuples, text in either quotes (also triple, with u
 * or r before it, adjacent pieces joined), whole numbers and fractions in decimal, True, False,
 * None. Names, calls and operators are refused: nothing is evaluated.
 *
 *     {'api_key': '$ENV:API_KEY', 'ports': (25, 587,), 'verify': True}
 */
#ifndef CONF_LITERAL_H
#define CONF_LITERAL_H

#include "base/json.h"

/* The tree in the arena, as json_parse makes it, or NULL and err (EX_DATAERR). */
struct json *literal_parse(struct slice source, struct arena *arena, struct err *err);

#endif
