#include "template/filters.h"
#include "template/methods.h"

static struct list *self(struct run *run, const struct value *arg)
{
	return list_open(run, arg[0]);
}

static struct value method_append(struct run *run, const struct value *arg)
{
	list_add(run, self(run, arg), arg[1]);
	return value_none();
}

static struct value method_clear(struct run *run, const struct value *arg)
{
	struct list *list = self(run, arg);

	list->n = list->room = 0;
	return value_none();
}

static struct value method_copy(struct run *run, const struct value *arg)
{
	return list_copy(run, arg[0]);
}

static struct value method_count(struct run *run, const struct value *arg)
{
	const struct list *list = self(run, arg);
	int64_t n = 0;

	for (uint32_t i = 0; i < list->n; i++)
		n += value_equal(run, list->at[i], arg[1]);
	return value_int(n);
}

static struct value method_extend(struct run *run, const struct value *arg)
{
	struct list *list = self(run, arg);
	struct items items = iterate(run, list_copy(run, arg[1]));

	for (uint32_t i = 0; i < items.n; i++) {
		charge(run, 1);
		list_add(run, list, items.at[i]);
	}
	return value_none();
}

static int64_t clamp(int64_t i, int64_t n)
{
	if (i < 0)
		i += n;
	return i < 0 ? 0 : i > n ? n : i;
}

static struct value method_index(struct run *run, const struct value *arg)
{
	const struct list *list = self(run, arg);
	int64_t from = clamp(arg_int(run, arg[2], 0), list->n);
	int64_t to = clamp(arg_int(run, arg[3], list->n), list->n);

	for (int64_t i = from; i < to; i++)
		if (value_equal(run, list->at[i], arg[1]))
			return value_int(i);
	run_fail(run, "the value is not in the list");
}

static struct value method_insert(struct run *run, const struct value *arg)
{
	struct list *list = self(run, arg);
	int64_t at = clamp(arg_int(run, arg[1], 0), list->n);

	charge(run, list->n);
	list_add(run, list, arg[2]);
	memmove(&list->at[at + 1], &list->at[at], (list->n - 1 - (size_t)at) * sizeof *list->at);
	list->at[at] = arg[2];
	return value_none();
}

static struct value take_out(struct run *run, struct list *list, int64_t at)
{
	struct value item = list->at[at];

	charge(run, list->n);
	list->n--;
	memmove(&list->at[at], &list->at[at + 1], (list->n - (size_t)at) * sizeof *list->at);
	return item;
}

static struct value method_pop(struct run *run, const struct value *arg)
{
	struct list *list = self(run, arg);
	int64_t at = arg_int(run, arg[1], -1);

	if (at < 0)
		at += list->n;
	if (at < 0 || at >= list->n)
		run_fail(run, "pop index out of range");
	return take_out(run, list, at);
}

static struct value method_remove(struct run *run, const struct value *arg)
{
	struct list *list = self(run, arg);

	for (uint32_t i = 0; i < list->n; i++)
		if (value_equal(run, list->at[i], arg[1])) {
			take_out(run, list, i);
			return value_none();
		}
	run_fail(run, "remove(): the value is not in the list");
}

static void replace_items(struct run *run, struct list *list, struct value with)
{
	struct items items = iterate(run, with);

	if (items.n)
		memcpy(list->at, items.at, items.n * sizeof *items.at);
}

static struct value method_reverse(struct run *run, const struct value *arg)
{
	struct list *list = self(run, arg);

	replace_items(run, list, filter_reverse(run, arg));
	return value_none();
}

static struct value method_sort(struct run *run, const struct args *args)
{
	struct value arg[BUILTIN_PARAMETERS] = {args->at[0]};
	struct list *list = self(run, args->at);

	for (uint32_t i = 0; i < args->named_n; i++) {
		if (!slice_is(args->named[i].name, "reverse"))
			run_fail(run, "sort() takes no keyword but reverse");
		arg[1] = args->named[i].value;
	}
	if (args->n > 1)
		run_fail(run, "sort() takes no positional arguments");
	arg[2] = value_bool(true); /* case counts */
	replace_items(run, list, filter_sort(run, arg));
	return value_none();
}

/* name, function, fewest and most parameters (with self) */
/* clang-format off */
const struct builtin list_methods[] = {
	{"append", method_append, 2, 2},
	{"clear", method_clear, 1, 1},
	{"copy", method_copy, 1, 1},
	{"count", method_count, 2, 2},
	{"extend", method_extend, 2, 2},
	{"index", method_index, 2, 4},
	{"insert", method_insert, 3, 3},
	{"pop", method_pop, 1, 2},
	{"remove", method_remove, 2, 2},
	{"reverse", method_reverse, 1, 1},
	{"sort", .call_any = method_sort},
};
/* clang-format on */
const size_t list_methods_n = sizeof list_methods / sizeof *list_methods;

/* clang-format off */
const struct builtin tuple_methods[] = {
	{"count", method_count, 2, 2},
	{"index", method_index, 2, 4},
};
/* clang-format on */
const size_t tuple_methods_n = sizeof tuple_methods / sizeof *tuple_methods;
