/*
 * yaml.h: a strict part of YAML 1.1, read into a tree that remembers its lines.
 *
 * Configuration is text, lists and maps, so that is all there is. Refused, with file and line:
 * anchors, aliases, tags, merge keys, keys that are not text, a key that stands twice, a second
 * document, text with NUL, and more than the bounds below. What a plain scalar means (a number, a
 * truth) is decided by who reads it: conf/keys.h.
 *
 * The tree lives in the caller's arena, and copies what it needs from the source.
 */
#ifndef CONF_YAML_H
#define CONF_YAML_H

#include "base/arena.h"
#include "base/err.h"

#define YAML_BYTES 1048576
#define YAML_KEY_BYTES 255 /* what any writer of YAML can put on one line */
#define YAML_NODES 20000
#define YAML_DEPTH 32

enum yaml_type {
	YAML_TEXT,
	YAML_LIST,
	YAML_MAP,
};

struct yaml {
	enum yaml_type type;
	bool plain;         /* YAML_TEXT: without quotes, on one line */
	bool block;         /* YAML_TEXT: behind | or >, from the next line on */
	struct slice text;  /* YAML_TEXT: UTF-8, and a NUL behind it */
	struct yaml *first; /* YAML_LIST, YAML_MAP: the first child */
	size_t count;       /* and how many */
	const char *key;    /* this value's name, when it stands in a map */
	struct yaml *next;  /* the next child of the same parent */
	const char *file;   /* borrowed from the caller */
	unsigned line;      /* of the key in a map, else of the value; 0: not from a file's text */
};

/* The tree, or NULL and err (EX_CONFIG). A source without any value is an empty map. */
struct yaml *yaml_parse(struct slice source, const char *file, struct arena *arena,
			struct err *err);

/* The member of a map with that key, or NULL; also NULL when map is NULL or no map. */
const struct yaml *yaml_get(const struct yaml *map, const char *key);

/* True for what YAML takes as no value: nothing, ~ and null, without quotes. */
bool yaml_is_null(const struct yaml *node);

const char *yaml_type_name(const struct yaml *node); /* "a list", for messages */

/* "file:line: " and the text into *err (EX_CONFIG); returns false. */
bool yaml_error(const struct yaml *at, struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
