#include "template/filters.h"

#include "base/utf8.h"
#include "template/slice.h"

struct value filter_length(struct run *run, const struct value *arg)
{
	int64_t n;

	if (!value_length(run, arg[0], &n))
		run_fail(run, "object of type '%s' has no len()", value_type_name(arg[0]));
	return value_int(n);
}

struct value filter_list(struct run *run, const struct value *arg)
{
	return list_copy(run, arg[0]);
}

struct value filter_first(struct run *run, const struct value *arg)
{
	struct items items;

	if (arg[0].type == VALUE_ITERATOR) { /* takes one, the others stay */
		struct list *list = arg[0].list;
		if (list->next < list->n)
			return list->at[list->next++];
		return value_hint("no first item, sequence was empty");
	}
	items = iterate(run, arg[0]);
	return items.n ? items.at[0] : value_hint("no first item, sequence was empty");
}

struct value filter_last(struct run *run, const struct value *arg)
{
	struct items items;

	if (arg[0].type == VALUE_ITERATOR)
		run_fail(run, "'generator' object is not reversible");
	if (is_text(arg[0]) && arg[0].n)
		return get_item(run, arg[0], value_int(-1));
	items = iterate(run, arg[0]);
	return items.n ? items.at[items.n - 1] : value_hint("no last item, sequence was empty");
}

/* xorshift64*, from the same seed in every render. */
uint64_t next_random(struct run *run, uint64_t below)
{
	uint64_t x = run->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	run->random = x;
	return (x * 0x2545f4914f6cdd1d >> 33) % below;
}

struct value filter_random(struct run *run, const struct value *arg)
{
	struct items items;
	int64_t n;

	if (!value_length(run, arg[0], &n) || (arg[0].type == VALUE_DICT && n))
		run_fail(run, "'%s' object has no order to choose from", value_type_name(arg[0]));
	items = iterate(run, arg[0]);
	if (items.n == 0)
		return value_hint("no random item, sequence was empty");
	return items.at[next_random(run, items.n)];
}

struct value filter_reverse(struct run *run, const struct value *arg)
{
	struct value none = value_none(), reversed;

	if (is_text(arg[0]))
		return slice_value(run, arg[0], none, none, value_int(-1));
	reversed = list_copy(run, arg[0]);
	struct list *list = reversed.list;
	for (uint32_t i = 0; i < list->n / 2; i++) {
		struct value item = list->at[i];
		list->at[i] = list->at[list->n - 1 - i];
		list->at[list->n - 1 - i] = item;
	}
	return arg[0].type == VALUE_ITERATOR ? reversed : iterator_value(reversed);
}

/* --- join --- */

static bool any_safe(struct items items)
{
	for (uint32_t i = 0; i < items.n; i++)
		if (is_safe(items.at[i]))
			return true;
	return false;
}

/* Markup among the parts, or as the separator, makes Markup of the whole, and escapes the rest. */
struct value filter_join(struct run *run, const struct value *arg)
{
	struct value separator = is_missing(arg[1]) ? value_text("") : arg[1];
	struct value path = arg_or(arg[2], value_none());
	struct value list = list_copy(run, arg[0]);
	struct items items = iterate(run, list);

	charge(run, items.n);
	if (!is_none(path))
		for (uint32_t i = 0; i < items.n; i++)
			list.list->at[i] = get_path(run, items.at[i], path, value_none());
	bool safe = run_escapes(run) && (is_safe(separator) || any_safe(items));
	separator = str_of(run, separator);
	if (safe)
		separator = escape_value(run, separator);

	size_t mark = text_begin(run);
	for (uint32_t i = 0; i < items.n; i++) {
		if (i)
			put(run, separator.p, separator.n);
		put_value(run, items.at[i], safe);
	}
	struct value text = text_end(run, mark);
	return safe ? value_safe(text) : text;
}

/* --- batch, slice --- */

static void fill(struct run *run, struct list *list, int64_t upto, struct value with)
{
	if (is_missing(with) || is_none(with))
		return;
	while (list->n < upto) {
		charge(run, 1);
		list_add(run, list, with);
	}
}

struct value filter_batch(struct run *run, const struct value *arg)
{
	struct items items = iterate(run, arg[0]);
	int64_t size = arg_int(run, arg[1], 0);
	struct value rows = list_value(run, 0), row = {0};

	for (uint32_t i = 0; i < items.n; i++) {
		charge(run, 1);
		if (is_missing(row) || row.list->n == size) {
			row = list_value(run, 0);
			list_add(run, rows.list, row);
		}
		list_add(run, row.list, items.at[i]);
	}
	if (!is_missing(row))
		fill(run, row.list, size, arg[2]);
	return iterator_value(rows);
}

struct value filter_slice(struct run *run, const struct value *arg)
{
	struct items items = iterate(run, arg[0]);
	int64_t slices = arg_int(run, arg[1], 0);
	struct value columns = list_value(run, 0);

	if (slices <= 0)
		run_fail(run, "slice takes a number of slices above 0");
	uint32_t each = (uint32_t)(items.n / slices), longer = (uint32_t)(items.n % slices), at = 0;
	for (int64_t i = 0; i < slices; i++) {
		uint32_t n = each + (i < longer);
		struct value column = list_value(run, n + 1);
		charge(run, n + 1);
		for (uint32_t k = 0; k < n; k++)
			list_add(run, column.list, items.at[at++]);
		if (i >= longer && !is_missing(arg[2]) && !is_none(arg[2]))
			list_add(run, column.list, arg[2]);
		list_add(run, columns.list, column);
	}
	return iterator_value(columns);
}
