/*
 * value.h: what a template computes with: the values of Python that JSON and Jinja2 lead to.
 *
 * A value is 16 bytes and passed by value. Text, lists and dicts point into the arena of the render
 * (or into the compiled template, or the context's JSON) and live until the render ends. Lists and
 * dicts are shared by reference, as in Python.
 *
 * A JSON array or object becomes a list or dict when it is first looked into: list_open and
 * dict_open are the only ways to their contents.
 */
#ifndef TEMPLATE_VALUE_H
#define TEMPLATE_VALUE_H

#include "base/json.h"
#include "base/slice.h"

struct run;
struct big;
struct bound;
struct builtin;
struct macro;

enum value_type {
	VALUE_MISSING, /* an argument not given; a slot not filled yet */
	VALUE_UNDEFINED,
	VALUE_NONE,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_BIG, /* an integer beyond 64 bits; never one that fits */
	VALUE_FLOAT,
	VALUE_TEXT,
	VALUE_LIST,
	VALUE_TUPLE,
	VALUE_DICT,
	VALUE_RANGE,
	VALUE_VIEW,     /* dict.keys(), .values(), .items() */
	VALUE_ITERATOR, /* what Python gives as a generator: can be gone through once */
	VALUE_NAMESPACE,
	VALUE_FUNCTION, /* a built-in function, filter or test */
	VALUE_METHOD,   /* one bound to its object */
	VALUE_MACRO,
	VALUE_LOOP,
	VALUE_CYCLER,
	VALUE_JOINER,
	VALUE_MODULE, /* what import gives */
	VALUE_SELF,   /* the blocks of this template */
	VALUE_BLOCK,  /* super, or one of self's */
	VALUE_TYPES,
};

/* value.flags */
#define TEXT_SAFE 1   /* VALUE_TEXT: Markup: not escaped again */
#define TUPLE_GROUP 1 /* VALUE_TUPLE: of groupby, with .grouper and .list */

/* value.kind of VALUE_UNDEFINED: what was asked for */
enum undefined_kind {
	UNDEFINED_NAME,  /* a name: value.p */
	UNDEFINED_UNSET, /* a variable that nothing was assigned to yet; read, it is UNDEFINED_NAME
			  */
	UNDEFINED_ATTRIBUTE, /* of an object whose type is value.flags: value.p */
	UNDEFINED_INDEX,     /* likewise, and the index is no text */
	UNDEFINED_UNSAFE,    /* an attribute that the sandbox does not give */
	UNDEFINED_HINT,      /* value.p says it all */
	UNDEFINED_BRANCH,    /* of an inline if without else; prints nothing, even if strict */
	UNDEFINED_PARAMETER, /* of a macro, that no argument filled yet */
};

enum view_kind { VIEW_KEYS, VIEW_VALUES, VIEW_ITEMS };

struct value {
	uint8_t type;
	uint8_t flags;
	uint16_t kind;
	uint32_t n; /* VALUE_TEXT, VALUE_UNDEFINED: bytes at p */
	union {
		bool truth;
		int64_t i;
		double d;
		const char *p;
		const struct big *big;
		struct list *list; /* VALUE_LIST, VALUE_TUPLE, VALUE_VIEW, VALUE_ITERATOR */
		struct dict *dict; /* VALUE_DICT, VALUE_NAMESPACE */
		struct range *range;
		const struct builtin *builtin;
		struct bound *bound;
		struct macro *macro;
		void *object;
	};
};

struct list {
	struct value *at;
	uint32_t n, room;
	uint32_t next;             /* VALUE_ITERATOR: how many were taken */
	const struct json *source; /* not opened yet */
};

struct entry {
	struct value key, value;
};

struct dict {
	struct entry *at; /* in the order of insertion */
	uint32_t n, room;
	uint32_t *index; /* by hash, once there are many: a position in `at` plus 1, or 0 */
	uint32_t index_room;
	const struct json *source; /* not opened yet */
};

struct range {
	int64_t start, stop, step;
	int64_t count;
};

struct bound {
	const struct builtin *builtin;
	struct value self;
};

/* --- making values --- */

static inline struct value value_none(void)
{
	return (struct value){.type = VALUE_NONE};
}

static inline struct value value_bool(bool truth)
{
	return (struct value){.type = VALUE_BOOL, .truth = truth};
}

static inline struct value value_int(int64_t i)
{
	return (struct value){.type = VALUE_INT, .i = i};
}

static inline struct value value_float(double d)
{
	return (struct value){.type = VALUE_FLOAT, .d = d};
}

/* Borrowed text: it has to live as long as the value. */
static inline struct value value_slice(struct slice s)
{
	return (struct value){.type = VALUE_TEXT, .n = (uint32_t)s.n, .p = s.p};
}

static inline struct value value_text(const char *text)
{
	return value_slice(slice_text(text));
}

static inline struct value value_safe(struct value text)
{
	text.flags |= TEXT_SAFE;
	return text;
}

static inline struct slice value_chars(struct value text)
{
	return slice_make(text.p, text.n);
}

/* A name or attribute that is not there. */
struct value value_undefined(enum undefined_kind kind, struct value of, struct slice what);
struct value value_hint(const char *hint);

/* Fails for what StrictUndefined does not let be printed, compared or gone through. */
void value_check(struct run *run, struct value v);

/* As it stands in the context; the tree has to outlive the value. */
struct value value_from_json(struct run *run, const struct json *json);

/* --- looking at them --- */

static inline bool is_text(struct value v)
{
	return v.type == VALUE_TEXT;
}

static inline bool is_safe(struct value v)
{
	return v.type == VALUE_TEXT && (v.flags & TEXT_SAFE);
}

static inline bool is_list(struct value v) /* or a tuple */
{
	return v.type == VALUE_LIST || v.type == VALUE_TUPLE;
}

static inline bool is_integer(struct value v) /* True and False are, in Python */
{
	return v.type == VALUE_BOOL || v.type == VALUE_INT || v.type == VALUE_BIG;
}

static inline bool is_number(struct value v)
{
	return is_integer(v) || v.type == VALUE_FLOAT;
}

static inline bool is_missing(struct value v)
{
	return v.type == VALUE_MISSING;
}

static inline bool is_none(struct value v)
{
	return v.type == VALUE_NONE;
}

/* Python's name of the type: "str", "dict". */
const char *value_type_name(struct value v);

/* What `if` sees. */
bool value_truth(struct run *run, struct value v);

/* Python's ==; nothing fails but a strict undefined. */
bool value_equal(struct run *run, struct value a, struct value b);

/* < 0, 0, > 0; fails for what Python does not order. */
int value_compare(struct run *run, struct value a, struct value b);

/* Equal values have equal hashes; fails for lists and dicts. */
uint32_t value_hash(struct run *run, struct value v);
uint32_t value_hash_bytes(const void *bytes, size_t n);

/* The number of items; false when v has none. */
bool value_length(struct run *run, struct value v, int64_t *n);

/* Python's `item in container`. */
bool value_contains(struct run *run, struct value container, struct value item);

/* --- lists --- */

struct value list_value(struct run *run, uint32_t room);  /* an empty list */
struct value tuple_value(struct run *run, uint32_t room); /* an empty tuple, to be filled */
struct value pair_value(struct run *run, struct value a, struct value b);
void list_add(struct run *run, struct list *list, struct value item);
struct list *list_open(struct run *run, struct value list);
static inline struct value iterator_value(struct value list)
{
	list.type = VALUE_ITERATOR;
	return list;
}

/*
 * The items that `for` would go through. Text gives its characters, a dict its keys; an iterator is
 * used up by it. iterate fails for what cannot be gone through; can_iterate tells beforehand.
 */
struct items {
	const struct value *at;
	uint32_t n;
};
struct items iterate(struct run *run, struct value v);
bool can_iterate(struct value v);
struct value list_copy(struct run *run, struct value iterable); /* Python's list(iterable) */

/* --- dicts --- */

struct value dict_value(struct run *run);
struct dict *dict_open(struct run *run, struct value dict);
struct entry *dict_find(struct run *run, struct dict *dict, struct value key); /* or NULL */
struct entry *dict_find_text(struct run *run, struct dict *dict, struct slice key);
void dict_set(struct run *run, struct dict *dict, struct value key, struct value item);
void dict_update(struct run *run, struct dict *dict, struct value with); /* a dict, or pairs */
void dict_remove(struct run *run, struct dict *dict, struct entry *entry);
struct value dict_view(struct run *run, struct dict *dict, enum view_kind kind);

#endif
