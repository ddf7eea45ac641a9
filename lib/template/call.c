#include "template/builtin.h"
#include "template/frame.h"
#include "template/run.h"

const struct builtin *builtin_find(const struct builtin *table, size_t n, struct slice name)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = slice_compare(name, slice_text(table[middle].name));
		if (order == 0)
			return &table[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* Where `name` stands among space-separated words; -1: nowhere. */
static int word_index(const char *words, struct slice name)
{
	struct slice rest = slice_text(words), word;

	for (int i = 0; slice_next(&rest, ' ', &word); i++)
		if (slice_equal(word, name))
			return i;
	return -1;
}

static void bind_named(struct run *run, const struct builtin *b, const struct args *args,
		       struct value *arg)
{
	for (uint32_t i = 0; i < args->named_n; i++) {
		const struct named *named = &args->named[i];
		int at = b->parameters ? word_index(b->parameters, named->name) : -1;
		if (at < 0)
			run_fail(run, "%s() got an unexpected keyword argument '%.*s'", b->name,
				 SLICE_ARGS(named->name));
		if (!is_missing(arg[at]))
			run_fail(run, "%s() got multiple values for argument '%.*s'", b->name,
				 SLICE_ARGS(named->name));
		arg[at] = named->value;
	}
}

struct value builtin_apply(struct run *run, const struct builtin *b, const struct args *args)
{
	struct value arg[BUILTIN_PARAMETERS];

	if (b->call_any)
		return b->call_any(run, args);
	if (args->n == b->most && args->named_n == 0)
		return b->call(run, args->at);
	if (args->n > b->most)
		run_fail(run, "%s() takes at most %u arguments (%u given)", b->name, b->most,
			 args->n);
	memset(arg, 0, sizeof arg);
	if (args->n)
		memcpy(arg, args->at, args->n * sizeof *arg);
	if (args->named_n)
		bind_named(run, b, args, arg);
	for (uint32_t i = args->n; i < b->least; i++)
		if (is_missing(arg[i]))
			run_fail(run, "%s() is missing an argument", b->name);
	return b->call(run, arg);
}

struct value builtin_apply1(struct run *run, const struct builtin *b, struct value value)
{
	return builtin_apply(run, b, &(struct args){.at = &value, .n = 1});
}

/* --- methods of Markup: their arguments are escaped, what they return is Markup --- */

static struct value escape_argument(struct run *run, struct value v)
{
	return is_text(v) ? escape_value(run, v) : v;
}

static struct value as_markup(struct run *run, struct value v)
{
	if (is_text(v))
		return value_safe(v);
	if (is_list(v)) {
		struct list *list = list_open(run, v);
		for (uint32_t i = 0; i < list->n; i++)
			list->at[i] = as_markup(run, list->at[i]);
	}
	return v;
}

static struct value markup_apply(struct run *run, const struct builtin *method,
				 const struct args *args)
{
	struct value *at = take(run, args->n * sizeof *at);
	struct named *named = take(run, args->named_n * sizeof *named);
	struct args escaped = {at, args->n, named, args->named_n};

	at[0] = args->at[0];
	for (uint32_t i = 1; i < args->n; i++)
		at[i] = escape_argument(run, args->at[i]);
	for (uint32_t i = 0; i < args->named_n; i++)
		named[i] = (struct named){args->named[i].name,
					  escape_argument(run, args->named[i].value)};
	return as_markup(run, builtin_apply(run, method, &escaped));
}

struct value method_apply(struct run *run, const struct builtin *method, const struct args *args)
{
	if (method->markup && is_safe(args->at[0]))
		return markup_apply(run, method, args);
	return builtin_apply(run, method, args);
}

/* --- anything --- */

static struct value call_bound(struct run *run, const struct bound *bound, const struct args *args)
{
	struct value *at = take(run, (args->n + 1) * sizeof *at);
	struct args with_self = {at, args->n + 1, args->named, args->named_n};

	at[0] = bound->self;
	if (args->n)
		memcpy(at + 1, args->at, args->n * sizeof *at);
	return method_apply(run, bound->builtin, &with_self);
}

struct value call_value(struct run *run, struct value callee, const struct args *args)
{
	switch (callee.type) {
	case VALUE_FUNCTION:
		return builtin_apply(run, callee.builtin, args);
	case VALUE_METHOD:
		return call_bound(run, callee.bound, args);
	case VALUE_MACRO:
		return macro_call(run, callee.macro, args);
	case VALUE_LOOP:
		return loop_call(run, callee.object, args);
	case VALUE_BLOCK:
		return block_call(run, callee);
	case VALUE_JOINER:
		return joiner_call(run, callee);
	case VALUE_UNDEFINED:
		run_fail_undefined(run, callee);
	default:
		run_fail(run, "'%s' object is not callable", value_type_name(callee));
	}
}

/* --- arguments --- */

int64_t arg_int(struct run *run, struct value arg, int64_t otherwise)
{
	switch (arg.type) {
	case VALUE_MISSING:
		return otherwise;
	case VALUE_BOOL:
		return arg.truth;
	case VALUE_INT:
		return arg.i;
	case VALUE_UNDEFINED:
		run_fail_undefined(run, arg);
	default:
		run_fail(run, "expected an integer, got '%s'", value_type_name(arg));
	}
}

bool arg_bool(struct run *run, struct value arg, bool otherwise)
{
	return is_missing(arg) ? otherwise : value_truth(run, arg);
}

struct slice arg_text(struct run *run, struct value arg, const char *otherwise)
{
	if (is_missing(arg))
		return slice_text(otherwise);
	if (arg.type == VALUE_UNDEFINED)
		run_fail_undefined(run, arg);
	if (!is_text(arg))
		run_fail(run, "expected str, got '%s'", value_type_name(arg));
	return value_chars(arg);
}
