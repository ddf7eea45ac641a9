#include "template/filters.h"
#include "template/text.h"

struct value filter_default(struct run *run, const struct value *arg)
{
	bool use = arg[0].type == VALUE_UNDEFINED ||
		   (arg_bool(run, arg[2], false) && !value_truth(run, arg[0]));

	return use ? arg_or(arg[1], value_text("")) : arg[0];
}

/* An attribute, and never an item. */
struct value filter_attr(struct run *run, const struct value *arg)
{
	struct value name = str_of(run, arg[1]);

	if (arg[0].type == VALUE_DICT && !method_find(arg[0], value_chars(name)))
		return value_undefined(UNDEFINED_ATTRIBUTE, arg[0], value_chars(name));
	return get_attribute(run, arg[0], name);
}

struct value filter_items(struct run *run, const struct value *arg)
{
	if (arg[0].type == VALUE_UNDEFINED)
		return iterator_value(list_copy(run, arg[0]));
	if (arg[0].type != VALUE_DICT)
		run_fail(run, "can only get item pairs from a mapping");
	return iterator_value(dict_view(run, dict_open(run, arg[0]), VIEW_ITEMS));
}

/* --- attribute paths --- */

static struct value path_part(struct slice part)
{
	int64_t i = 0;

	if (part.n == 0 || part.n > 18)
		return value_slice(part);
	for (size_t k = 0; k < part.n; k++) {
		if (part.p[k] < '0' || part.p[k] > '9')
			return value_slice(part);
		i = i * 10 + (part.p[k] - '0');
	}
	return value_int(i);
}

static struct value step(struct run *run, struct value item, struct value part,
			 struct value otherwise)
{
	item = get_item(run, item, part);
	if (item.type == VALUE_UNDEFINED && !is_missing(otherwise) && !is_none(otherwise))
		return otherwise;
	return item;
}

struct value get_path(struct run *run, struct value item, struct value path, struct value otherwise)
{
	struct slice rest = value_chars(path);

	if (is_missing(path) || is_none(path))
		return item;
	if (!is_text(path))
		return step(run, item, path, otherwise);
	for (;;) {
		size_t dot = slice_find(rest, '.');
		item = step(run, item, path_part(slice_first(rest, dot)), otherwise);
		if (dot == rest.n)
			return item;
		rest = slice_after(rest, dot + 1);
	}
}

struct value fold_case(struct run *run, struct value v, bool case_sensitive)
{
	return is_text(v) && !case_sensitive ? text_lower(run, value_chars(v)) : v;
}
