/*
 * yaml_json.h: a YAML tree as the JSON value that says the same.
 *
 * Plain scalars are read by the core schema of YAML 1.2, as far as it has what JSON has: null,
 * true, false, numbers in decimal. Everything else is text.
 */
#ifndef CONF_YAML_JSON_H
#define CONF_YAML_JSON_H

#include "base/json.h"
#include "conf/yaml.h"

/* In the arena; texts point into the YAML tree. */
struct json *yaml_to_json(const struct yaml *node, struct arena *arena);

#endif
