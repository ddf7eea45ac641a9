/*
 * builtin.h: filters, tests, global functions and methods: functions of C with a name and
 * parameters, as they stand in the tables of filters.c, tests.c, globals.c and methods_*.c.
 */
#ifndef TEMPLATE_BUILTIN_H
#define TEMPLATE_BUILTIN_H

#include "template/value.h"

struct template_env;

struct named {
	struct slice name;
	struct value value;
};

/* What a call passes. */
struct args {
	const struct value *at;
	uint32_t n;
	const struct named *named;
	uint32_t named_n;
};

/* arg holds one value for each parameter, VALUE_MISSING for those not given. */
typedef struct value builtin_call(struct run *run, const struct value *arg);

/* For functions that take whatever comes; the piped value or self is args->at[0]. */
typedef struct value builtin_call_any(struct run *run, const struct args *args);

#define BUILTIN_PARAMETERS 8

struct builtin {
	const char *name;
	builtin_call *call;
	uint8_t least, most;        /* parameters, with the piped value or self */
	const char *parameters;     /* their names in order; NULL: by position only */
	builtin_call_any *call_any; /* instead of call */
	bool markup; /* a method that keeps Markup and escapes its arguments for it */
};

/* The one of that name, or NULL. Tables are sorted by name. */
const struct builtin *builtin_find(const struct builtin *table, size_t n, struct slice name);

const struct builtin *filter_find(struct slice name);
const struct builtin *env_filter(const struct template_env *env, struct slice name); /* added too */
const struct builtin *test_find(struct slice name);
const struct builtin *global_find(struct slice name);
const struct builtin *method_find(struct value self, struct slice name);

struct value builtin_apply(struct run *run, const struct builtin *builtin, const struct args *args);
struct value builtin_apply1(struct run *run, const struct builtin *builtin, struct value value);

/* As builtin_apply, for a method: args->at[0] is its object. */
struct value method_apply(struct run *run, const struct builtin *method, const struct args *args);

/* Calls anything that can be called: functions, macros, loop(), super(). */
struct value call_value(struct run *run, struct value callee, const struct args *args);

/* a.name and a[key], with the rules of the sandbox. */
struct value get_attribute(struct run *run, struct value of, struct value name);
struct value get_item(struct run *run, struct value of, struct value key);

/* --- what functions do with their arguments --- */

static inline struct value arg_or(struct value arg, struct value otherwise)
{
	return is_missing(arg) ? otherwise : arg;
}

int64_t arg_int(struct run *run, struct value arg, int64_t otherwise); /* fails for no integer */
bool arg_bool(struct run *run, struct value arg, bool otherwise);
struct slice arg_text(struct run *run, struct value arg,
		      const char *otherwise); /* fails for none */

#endif
