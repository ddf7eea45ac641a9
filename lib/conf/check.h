/*
 * check.h: a connector's config held against what its kind says of itself.
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
 */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include "base/json.h"
#include "conf/conf.h"

/* False and err (EX_CONFIG, file and line) at the first key that is unknown, of the wrong type, or
 * missing. Values that are references pass: connector_check_secrets looks at those. */
bool connector_check(const struct connector *connector, const struct json *describe,
		     struct err *err);

/* False and err when the organization has connectors but no default one. */
bool organization_check(const struct organization *org, struct err *err);

#endif
