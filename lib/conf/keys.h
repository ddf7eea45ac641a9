/*
 * keys.h: one table of keys for each object of the configuration, and one way to read by it.
 *
 * A table says of each key its name, who reads its value, and into which field:
 *
 *     static const struct key guard_keys[] = {
 *             {"deliver_only_to", key_texts, .at = offsetof(struct guard, deliver_only_to)},
 *             {"redirect_to", key_text, .at = offsetof(struct guard, redirect_to)},
 *             {0},
 *     };
 *
 * keys_defaults fills an object with the defaults of its table, keys_environment with what the
 * environment says, keys_read with what a file says. A key that no table has, a value of the wrong
 * type or out of bounds is an error with file and line.
 */
#ifndef CONF_KEYS_H
#define CONF_KEYS_H

#include "conf/yaml.h"

struct key;

/* Reads a value into the field at `field`; false and err when it is none of that type. */
typedef bool key_read(const struct key *key, const struct yaml *value, void *field,
		      struct arena *arena, struct err *err);

struct key {
	const char *name;
	key_read *read;
	size_t at;                /* of the field in its object */
	int64_t least, most;      /* of numbers */
	const char *standard;     /* the default, as a file would say it; NULL: the field stays */
	const char *environment;  /* the variable that goes before mailq.yaml, or NULL */
	const char *const *words; /* of key_word: what may be said, in the order of the enum */
	const char *alias;        /* another name of the same key, or NULL */
	bool required;
};

/* A table (ended by a key without a name) and the object it fills. */
struct key_set {
	const struct key *keys;
	void *object;
};

void keys_defaults(struct key_set set, struct arena *arena);
bool keys_environment(struct key_set set, struct arena *arena, struct err *err);

/* Reads a map whose keys are divided among `count` sets. */
bool keys_read(const struct yaml *map, const struct key_set *sets, size_t count,
	       struct arena *arena, struct err *err);

key_read key_unsigned;        /* unsigned */
key_read key_integer;         /* int */
key_read key_bytes;           /* int64_t */
key_read key_rate;            /* double, not negative */
key_read key_bool;            /* bool */
key_read key_word;            /* an enum */
key_read key_text;            /* const char *: one line, not empty */
key_read key_body;            /* const char *: any text */
key_read key_name;            /* const char *: as message/name.h allows */
key_read key_own_name;        /* the same; must be what the field holds already */
key_read key_path;            /* const char *: relative to the file's directory */
key_read key_texts;           /* struct text_list of key_text */
key_read key_names;           /* struct text_list of key_name */
key_read key_address;         /* const char *: with or without a display name */
key_read key_email;           /* const char *: without one */
key_read key_domains;         /* struct text_list: A-labels in lower case */
key_read key_domain_patterns; /* the same, "*." may go before each */

/* True when the word is so close to the other that it may have been meant. */
bool keys_near(const char *word, const char *other);

#endif
