#include "template/filters.h"

/* The arguments that follow those which map or select took for itself. */
static struct value apply_to(struct run *run, const struct builtin *builtin, struct value item,
			     const struct args *args, uint32_t taken)
{
	struct value *at = take(run, (args->n - taken + 1) * sizeof *at);
	struct args inner = {at, args->n - taken + 1, args->named, args->named_n};

	charge(run, 1);
	at[0] = item;
	for (uint32_t i = taken; i < args->n; i++)
		at[i - taken + 1] = args->at[i];
	return builtin_apply(run, builtin, &inner);
}

/* Nothing at all comes of a value that is false. */
static struct items items_of(struct run *run, struct value value)
{
	return value_truth(run, value) ? iterate(run, value) : (struct items){NULL, 0};
}

static struct value map_attribute(struct run *run, const struct args *args)
{
	struct value path = {0}, otherwise = {0}, list = list_value(run, 0);
	struct items items = items_of(run, args->at[0]);

	for (uint32_t i = 0; i < args->named_n; i++) {
		if (slice_is(args->named[i].name, "attribute"))
			path = args->named[i].value;
		else if (slice_is(args->named[i].name, "default"))
			otherwise = args->named[i].value;
		else
			run_fail(run, "unexpected keyword argument '%.*s'",
				 SLICE_ARGS(args->named[i].name));
	}
	if (is_missing(path))
		run_fail(run, "map requires a filter argument");
	for (uint32_t i = 0; i < items.n; i++) {
		charge(run, 1);
		list_add(run, list.list, get_path(run, items.at[i], path, otherwise));
	}
	return iterator_value(list);
}

struct value filter_map(struct run *run, const struct args *args)
{
	struct value list = list_value(run, 0);
	const struct builtin *filter;
	struct items items;

	if (args->n == 1)
		return map_attribute(run, args);
	items = items_of(run, args->at[0]);
	filter = env_filter(run->env, arg_text(run, args->at[1], ""));
	if (!filter && items.n)
		run_fail(run, "no filter named '%.*s'", SLICE_ARGS(value_chars(args->at[1])));
	for (uint32_t i = 0; i < items.n; i++)
		list_add(run, list.list, apply_to(run, filter, items.at[i], args, 2));
	return iterator_value(list);
}

/* The items whose test is `wanted`; with by_attribute, that of one of their attributes. */
static struct value choose(struct run *run, const struct args *args, bool by_attribute, bool wanted)
{
	struct items items = items_of(run, args->at[0]);
	uint32_t taken = by_attribute ? 2 : 1;
	struct value list = list_value(run, 0), missing = {0};
	const struct builtin *test = NULL;

	if (items.n && args->n < taken)
		run_fail(run, "missing parameter for attribute name");
	if (items.n && args->n > taken) {
		struct slice name = arg_text(run, args->at[taken], "");
		if (!(test = test_find(name)))
			run_fail(run, "no test named '%.*s'", SLICE_ARGS(name));
	}
	for (uint32_t i = 0; i < items.n; i++) {
		struct value looked_at = items.at[i];
		charge(run, 1);
		if (by_attribute)
			looked_at = get_path(run, looked_at, args->at[1], missing);
		if (test)
			looked_at = apply_to(run, test, looked_at, args, taken + 1);
		if (value_truth(run, looked_at) == wanted)
			list_add(run, list.list, items.at[i]);
	}
	return iterator_value(list);
}

struct value filter_select(struct run *run, const struct args *args)
{
	return choose(run, args, false, true);
}

struct value filter_reject(struct run *run, const struct args *args)
{
	return choose(run, args, false, false);
}

struct value filter_selectattr(struct run *run, const struct args *args)
{
	return choose(run, args, true, true);
}

struct value filter_rejectattr(struct run *run, const struct args *args)
{
	return choose(run, args, true, false);
}
