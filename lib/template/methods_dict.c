#include "template/methods.h"
#include "template/run.h"

static struct dict *self(struct run *run, const struct value *arg)
{
	return dict_open(run, arg[0]);
}

static struct value method_clear(struct run *run, const struct value *arg)
{
	struct dict *dict = self(run, arg);

	dict->n = 0;
	dict->room = 0;
	dict->index = NULL;
	dict->index_room = 0;
	return value_none();
}

static struct value method_copy(struct run *run, const struct value *arg)
{
	struct value copy = dict_value(run);

	dict_update(run, copy.dict, arg[0]);
	return copy;
}

static struct value method_fromkeys(struct run *run, const struct value *arg)
{
	struct value dict = dict_value(run);
	struct items keys = iterate(run, arg[1]);

	for (uint32_t i = 0; i < keys.n; i++)
		dict_set(run, dict.dict, keys.at[i], arg_or(arg[2], value_none()));
	return dict;
}

static struct value method_get(struct run *run, const struct value *arg)
{
	const struct entry *entry = dict_find(run, self(run, arg), arg[1]);

	return entry ? entry->value : arg_or(arg[2], value_none());
}

static struct value method_items(struct run *run, const struct value *arg)
{
	return dict_view(run, self(run, arg), VIEW_ITEMS);
}

static struct value method_keys(struct run *run, const struct value *arg)
{
	return dict_view(run, self(run, arg), VIEW_KEYS);
}

static struct value method_values(struct run *run, const struct value *arg)
{
	return dict_view(run, self(run, arg), VIEW_VALUES);
}

static struct value method_pop(struct run *run, const struct value *arg)
{
	struct dict *dict = self(run, arg);
	struct entry *entry = dict_find(run, dict, arg[1]);

	if (!entry && is_missing(arg[2]))
		run_fail(run, "pop(): no such key");
	if (!entry)
		return arg[2];
	struct value value = entry->value;
	dict_remove(run, dict, entry);
	return value;
}

static struct value method_popitem(struct run *run, const struct value *arg)
{
	struct dict *dict = self(run, arg);

	if (dict->n == 0)
		run_fail(run, "popitem(): dictionary is empty");
	struct entry last = dict->at[dict->n - 1];
	dict_remove(run, dict, &dict->at[dict->n - 1]);
	return pair_value(run, last.key, last.value);
}

static struct value method_setdefault(struct run *run, const struct value *arg)
{
	struct dict *dict = self(run, arg);
	const struct entry *entry = dict_find(run, dict, arg[1]);
	struct value value = arg_or(arg[2], value_none());

	if (entry)
		return entry->value;
	dict_set(run, dict, arg[1], value);
	return value;
}

static struct value method_update(struct run *run, const struct args *args)
{
	struct dict *dict = self(run, args->at);

	if (args->n > 2)
		run_fail(run, "update expected at most 1 argument, got %u", args->n - 1);
	if (args->n == 2)
		dict_update(run, dict, args->at[1]);
	for (uint32_t i = 0; i < args->named_n; i++)
		dict_set(run, dict, value_slice(args->named[i].name), args->named[i].value);
	return value_none();
}

/* name, function, fewest and most parameters (with self) */
/* clang-format off */
const struct builtin dict_methods[] = {
	{"clear", method_clear, 1, 1},
	{"copy", method_copy, 1, 1},
	{"fromkeys", method_fromkeys, 2, 3},
	{"get", method_get, 2, 3},
	{"items", method_items, 1, 1},
	{"keys", method_keys, 1, 1},
	{"pop", method_pop, 2, 3},
	{"popitem", method_popitem, 1, 1},
	{"setdefault", method_setdefault, 2, 3},
	{"update", .call_any = method_update},
	{"values", method_values, 1, 1},
};
/* clang-format on */
const size_t dict_methods_n = sizeof dict_methods / sizeof *dict_methods;
