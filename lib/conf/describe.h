/*
 * describe.h: what kinds say of themselves.
 *
 * `mailq-send-KIND --describe` prints one JSON object:
 *
 *     {"kind": "smtp",
 *      "keys": [{"name": "host", "type": "string", "required": true, "help": "Its name."},
 *               {"name": "port", "type": "integer", "default": "25"},
 *               {"name": "security", "type": "choice", "values": ["none", "starttls", "tls"]},
 *               {"name": "password", "type": "string", "secret": true}]}
 *
 * type: string, integer (not negative), boolean, choice (of `values`), path (absolute), url (http
 * or https), list (of strings), command (a program, or a list of it and its arguments). Members
 * that are not named here are for others to read. Only `name` is required; what has no type is a
 * string.
 *
 *     struct kinds kinds = {0};
 *     const struct json *smtp = kinds_describe(&kinds, "smtp", &err);
 *     kinds_free(&kinds);
 */
#ifndef CONF_DESCRIBE_H
#define CONF_DESCRIBE_H

#include "base/json.h"

struct kind;

struct kinds {
	struct arena arena; /* descriptions live here */
	struct kind *first; /* asked so far */
};

void kinds_free(struct kinds *kinds);

/* Runs the kind's program, found beside the running one or in PATH, the first time. NULL and err
 * (EX_CONFIG) when there is no such program, or it says something else. */
const struct json *kinds_describe(struct kinds *kinds, const char *kind, struct err *err);

/* The kinds whose programs stand beside the running one and describe themselves: their names, in
 * the arena, sorted. They are asked, the first time. */
const char **kinds_list(struct kinds *kinds, struct arena *arena, size_t *n);

#endif
