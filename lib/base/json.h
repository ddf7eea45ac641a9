/*
 * json.h: JSON (RFC 8259), read in one bounded pass and written straight into a buf.
 *
 * Reading makes a tree in the caller's arena. Text without escapes is not copied: it points into
 * the source, which has to outlive the tree. Refused, with the byte where it happened: nesting
 * deeper than JSON_DEPTH, a name that stands twice in one object, text that is not UTF-8, U+0000 in
 * text, half a surrogate pair, numbers that JSON does not have, anything behind the value.
 *
 * Children are a list: for (c = v->first; c; c = c->next).
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define JSON_DEPTH 64

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_INT,  /* no fraction, no exponent; any size: see json_int */
	JSON_REAL, /* with a fraction or an exponent */
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json {
	enum json_type type;
	bool truth; /* JSON_BOOL */
	/* JSON_STRING: UTF-8, escapes resolved; JSON_INT, JSON_REAL: as written */
	struct slice text;
	struct json *first; /* JSON_ARRAY, JSON_OBJECT: the first child */
	size_t count;       /* and how many */
	struct slice key;   /* this value's name, when it stands in an object */
	struct json *next;  /* the next child of the same parent */
};

/* The tree, or NULL and err (EX_DATAERR). */
struct json *json_parse(struct slice source, struct arena *arena, struct err *err);

/* The same without a copy of any text, for a large source: escapes are resolved where they stand,
 * so that the source is no JSON any more, whatever is returned. */
struct json *json_parse_in_place(char *source, size_t n, struct arena *arena, struct err *err);

/* The object in a file of at most that many bytes; "-" is standard input. NULL and err: it cannot
 * be read, or it holds something else than the object that `what` names. */
struct json *json_read_object(const char *path, size_t most, const char *what, struct arena *arena,
			      struct err *err);

/* The object that an argument of a command line is, or names: JSON, or `path`, `@path` or "-". */
struct json *json_read_argument(const char *argument, size_t most, const char *what,
				struct arena *arena, struct err *err);

/* The member of an object with that name, or NULL; also NULL when object is NULL or no object. */
const struct json *json_get(const struct json *object, const char *key);

/* A JSON_INT that fits: true and *value. */
bool json_int(const struct json *value, int64_t *n);

/* What a member holds when it is of that type; else the fallback (an empty slice). */
struct slice json_get_text(const struct json *object, const char *key);
int64_t json_get_int(const struct json *object, const char *key, int64_t fallback);
bool json_get_bool(const struct json *object, const char *key, bool fallback);

const char *json_type_name(enum json_type type); /* "a string", for messages */

/*
 * Writing. Commas come by themselves; key is NULL inside an array and at the top.
 *
 *     struct json_out out = {.buf = &buf};
 *     json_open(&out, NULL, '{');
 *     json_put_text(&out, "id", id);
 *     json_close(&out, '}');
 *
 * Control characters are escaped, C1 and DEL too, and bytes that are no UTF-8 become U+FFFD: a line
 * of our JSON is safe on a terminal whatever a remote server put into it. So does NUL, which the
 * reader refuses.
 */
struct json_out {
	struct buf *buf;
	bool comma; /* a value stands before at this level */
};

void json_open(struct json_out *out, const char *key, char bracket);
void json_close(struct json_out *out, char bracket);
void json_put_slice(struct json_out *out, const char *key, struct slice text);
void json_put_text(struct json_out *out, const char *key, const char *text); /* NULL is null */
void json_put_int(struct json_out *out, const char *key, int64_t n);
void json_put_bool(struct json_out *out, const char *key, bool truth);
void json_put_null(struct json_out *out, const char *key);
void json_put_time(struct json_out *out, const char *key, int64_t ms); /* RFC 3339; 0 is null */
void json_put_raw(struct json_out *out, const char *key, struct slice json); /* JSON already */

/* A whole tree, members in their order; keys that are data, not our own words. */
void json_put_value(struct json_out *out, struct slice key, const struct json *value);

#endif
