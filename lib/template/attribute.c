#include "base/utf8.h"
#include "template/frame.h"
#include "template/slice.h"

/* What Python objects carry and templates must not touch. */
static bool is_internal(struct slice name)
{
	return slice_starts(name, "__") && slice_ends(name, "__") && name.n > 4;
}

static struct value bind(struct run *run, const struct builtin *method, struct value self)
{
	struct value v = {.type = VALUE_METHOD, .bound = take(run, sizeof *v.bound)};

	*v.bound = (struct bound){method, self};
	return v;
}

static struct value group_attribute(struct value group, struct slice name)
{
	if (slice_is(name, "grouper"))
		return group.list->at[0];
	if (slice_is(name, "list"))
		return group.list->at[1];
	return (struct value){0};
}

/* An attribute that an object has besides methods and items; VALUE_MISSING when it has none. */
static struct value own_attribute(struct run *run, struct value of, struct slice name)
{
	switch (of.type) {
	case VALUE_LOOP:
		return loop_attribute(run, of, name);
	case VALUE_MACRO:
		return macro_attribute(run, of.macro, name);
	case VALUE_MODULE:
		return module_attribute(run, of, name);
	case VALUE_SELF:
		return self_attribute(run, of, name);
	case VALUE_BLOCK:
		return block_attribute(run, of, name);
	case VALUE_CYCLER:
		return cycler_attribute(run, of, name);
	case VALUE_TUPLE:
		return of.flags & TUPLE_GROUP ? group_attribute(of, name) : (struct value){0};
	default:
		return (struct value){0};
	}
}

static struct value item_of_dict(struct run *run, struct value of, struct value key)
{
	const struct entry *entry = dict_find(run, dict_open(run, of), key);

	return entry ? entry->value : (struct value){0};
}

struct value get_attribute(struct run *run, struct value of, struct value name)
{
	const struct builtin *method = method_find(of, value_chars(name));
	struct value found;

	if (of.type == VALUE_UNDEFINED)
		run_fail_undefined(run, of);
	if (method)
		return bind(run, method, of);
	if (of.type == VALUE_DICT || of.type == VALUE_NAMESPACE)
		found = item_of_dict(run, of, name);
	else
		found = own_attribute(run, of, value_chars(name));
	if (!is_missing(found))
		return found;
	return value_undefined(is_internal(value_chars(name)) ? UNDEFINED_UNSAFE
							      : UNDEFINED_ATTRIBUTE,
			       of, value_chars(name));
}

/* --- a[key] --- */

static bool index_in(struct value key, int64_t n, int64_t *i)
{
	if (key.type == VALUE_BOOL)
		*i = key.truth;
	else if (key.type == VALUE_INT)
		*i = key.i;
	else
		return false;
	if (*i < 0)
		*i += n;
	return *i >= 0 && *i < n;
}

static struct value item_of_text(struct run *run, struct value text, struct value key)
{
	struct slice chars = value_chars(text);
	int64_t n, i;

	value_length(run, text, &n);
	if (!index_in(key, n, &i))
		return (struct value){0};
	struct value item =
		value_slice((size_t)n == chars.n ? slice_make(chars.p + i, 1)
						 : text_part(chars, (size_t)i, (size_t)i + 1));
	item.flags = text.flags;
	return item;
}

/* VALUE_MISSING when there is none. */
static struct value find_item(struct run *run, struct value of, struct value key)
{
	struct value none = {0};
	int64_t i;

	switch (of.type) {
	case VALUE_DICT:
		if (key.type == VALUE_LIST || key.type == VALUE_DICT)
			return none;
		return item_of_dict(run, of, key);
	case VALUE_LIST:
	case VALUE_TUPLE:
		if (!index_in(key, list_open(run, of)->n, &i))
			return none;
		return of.list->at[i];
	case VALUE_RANGE:
		if (!index_in(key, of.range->count, &i))
			return none;
		return value_int(of.range->start + i * of.range->step);
	case VALUE_TEXT:
		return item_of_text(run, of, key);
	case VALUE_UNDEFINED:
		run_fail_undefined(run, of);
	default:
		return none;
	}
}

struct value get_item(struct run *run, struct value of, struct value key)
{
	struct value found = find_item(run, of, key);

	if (!is_missing(found))
		return found;
	if (!is_text(key))
		return value_undefined(UNDEFINED_INDEX, of, value_chars(str_of(run, key)));
	if (of.type == VALUE_DICT && !method_find(of, value_chars(key)))
		return value_undefined(UNDEFINED_ATTRIBUTE, of, value_chars(key));
	return get_attribute(run, of, key);
}
