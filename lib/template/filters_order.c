#include "template/arith.h"
#include "template/filters.h"

/* --- a stable sort --- */

struct keyed {
	struct value key, item;
};

/* Merges two sorted neighbours; equal items keep their order, also when it is reversed. */
static void merge(struct run *run, struct keyed *at, uint32_t middle, uint32_t n,
		  struct keyed *room, bool reverse)
{
	uint32_t left = 0, right = middle, out = 0;

	while (left < middle && right < n) {
		int order = value_compare(run, at[right].key, at[left].key);
		bool take_right = reverse ? order > 0 : order < 0;
		room[out++] = at[take_right ? right++ : left++];
	}
	while (left < middle)
		room[out++] = at[left++];
	while (right < n)
		room[out++] = at[right++];
	memcpy(at, room, n * sizeof *at);
}

static void sort(struct run *run, struct keyed *at, uint32_t n, struct keyed *room, bool reverse)
{
	uint32_t middle = n / 2;

	if (n < 2)
		return;
	sort(run, at, middle, room, reverse);
	sort(run, at + middle, n - middle, room, reverse);
	merge(run, at, middle, n, room, reverse);
}

static struct value sorted(struct run *run, struct keyed *at, uint32_t n, bool reverse)
{
	struct value list = list_value(run, n);

	charge(run, n);
	sort(run, at, n, take(run, n * sizeof *at), reverse);
	for (uint32_t i = 0; i < n; i++)
		list_add(run, list.list, at[i].item);
	return list;
}

/* --- sort, dictsort, groupby --- */

/* "a,b" sorts by a, then by b. */
static struct value sort_key(struct run *run, struct value item, struct value path,
			     bool case_sensitive)
{
	struct slice rest = value_chars(path), part;
	struct value key, missing = {0};

	if (!is_text(path) || slice_find(rest, ',') == rest.n)
		return fold_case(run, get_path(run, item, path, missing), case_sensitive);
	key = tuple_value(run, 2);
	while (slice_next(&rest, ',', &part))
		list_add(run, key.list,
			 fold_case(run, get_path(run, item, value_slice(part), missing),
				   case_sensitive));
	return key;
}

struct value filter_sort(struct run *run, const struct value *arg)
{
	struct items items = iterate(run, arg[0]);
	bool case_sensitive = arg_bool(run, arg[2], false);
	struct keyed *at = take(run, items.n * sizeof *at);

	for (uint32_t i = 0; i < items.n; i++)
		at[i] = (struct keyed){sort_key(run, items.at[i], arg[3], case_sensitive),
				       items.at[i]};
	return sorted(run, at, items.n, arg_bool(run, arg[1], false));
}

struct value filter_dictsort(struct run *run, const struct value *arg)
{
	bool case_sensitive = arg_bool(run, arg[1], false);
	struct slice by = arg_text(run, arg[2], "key");
	struct keyed *at;
	struct items items;

	if (arg[0].type != VALUE_DICT)
		run_fail(run, "dictsort takes a mapping, not '%s'", value_type_name(arg[0]));
	if (!slice_is(by, "key") && !slice_is(by, "value"))
		run_fail(run, "you can only sort by either \"key\" or \"value\"");
	items = iterate(run, dict_view(run, dict_open(run, arg[0]), VIEW_ITEMS));
	at = take(run, items.n * sizeof *at);
	for (uint32_t i = 0; i < items.n; i++) {
		struct value key = items.at[i].list->at[slice_is(by, "value")];
		at[i] = (struct keyed){fold_case(run, key, case_sensitive), items.at[i]};
	}
	return sorted(run, at, items.n, arg_bool(run, arg[3], false));
}

static struct value group(struct run *run, struct value grouper)
{
	struct value group = pair_value(run, grouper, list_value(run, 0));

	group.flags = TUPLE_GROUP;
	return group;
}

struct value filter_groupby(struct run *run, const struct value *arg)
{
	struct items items = iterate(run, arg[0]);
	bool case_sensitive = arg_bool(run, arg[3], false);
	struct keyed *at = take(run, items.n * sizeof *at);
	struct value groups = list_value(run, 0), last = {0};

	for (uint32_t i = 0; i < items.n; i++) {
		struct value key = get_path(run, items.at[i], arg[1], arg[2]);
		at[i] = (struct keyed){fold_case(run, key, case_sensitive), items.at[i]};
	}
	sorted(run, at, items.n, false);
	for (uint32_t i = 0; i < items.n; i++) {
		if (i == 0 || !value_equal(run, at[i - 1].key, at[i].key)) {
			last = group(run, get_path(run, at[i].item, arg[1], arg[2]));
			list_add(run, groups.list, last);
		}
		list_add(run, last.list->at[1].list, at[i].item);
	}
	return groups;
}

/* --- unique, min, max, sum --- */

struct value filter_unique(struct run *run, const struct value *arg)
{
	struct items items = iterate(run, arg[0]);
	bool case_sensitive = arg_bool(run, arg[1], false);
	struct value seen = dict_value(run), list = list_value(run, 0), missing = {0};

	for (uint32_t i = 0; i < items.n; i++) {
		struct value key =
			fold_case(run, get_path(run, items.at[i], arg[2], missing), case_sensitive);
		if (dict_find(run, seen.dict, key))
			continue;
		dict_set(run, seen.dict, key, value_none());
		list_add(run, list.list, items.at[i]);
	}
	return iterator_value(list);
}

static struct value extreme(struct run *run, const struct value *arg, int sign)
{
	struct items items = iterate(run, arg[0]);
	bool case_sensitive = arg_bool(run, arg[1], false);
	struct value best = {0}, best_key = {0}, missing = {0};

	for (uint32_t i = 0; i < items.n; i++) {
		struct value key =
			fold_case(run, get_path(run, items.at[i], arg[2], missing), case_sensitive);
		if (i > 0 && value_compare(run, key, best_key) * sign <= 0)
			continue;
		best = items.at[i];
		best_key = key;
	}
	return items.n ? best : value_hint("no aggregated item, sequence was empty");
}

struct value filter_min(struct run *run, const struct value *arg)
{
	return extreme(run, arg, -1);
}

struct value filter_max(struct run *run, const struct value *arg)
{
	return extreme(run, arg, 1);
}

struct value filter_sum(struct run *run, const struct value *arg)
{
	struct items items = iterate(run, arg[0]);
	struct value sum = arg_or(arg[2], value_int(0)), missing = {0};

	if (is_text(sum))
		run_fail(run, "sum() can't sum strings [use ''.join(seq) instead]");
	for (uint32_t i = 0; i < items.n; i++) {
		charge(run, 1);
		sum = arith_add(run, sum, get_path(run, items.at[i], arg[1], missing));
	}
	return sum;
}
