#include "template/value.h"

#include <math.h>

#include "base/utf8.h"
#include "template/big.h"
#include "template/number.h"
#include "template/run.h"

struct value value_undefined(enum undefined_kind kind, struct value of, struct slice what)
{
	return (struct value){.type = VALUE_UNDEFINED,
			      .flags = of.type,
			      .kind = (uint16_t)kind,
			      .n = (uint32_t)what.n,
			      .p = what.p};
}

struct value value_hint(const char *hint)
{
	return value_undefined(UNDEFINED_HINT, value_none(), slice_text(hint));
}

struct value value_from_json(struct run *run, const struct json *json)
{
	struct value value = {.type = VALUE_NONE};

	switch (json->type) {
	case JSON_NULL:
		return value;
	case JSON_BOOL:
		return value_bool(json->truth);
	case JSON_INT:
		if (!number_literal(slice_after(json->text, *json->text.p == '-'), run->arena,
				    &value))
			run_fail(run, "an integer of more than %d digits", BIG_DIGITS);
		return *json->text.p == '-' ? big_negate(run, value) : value;
	case JSON_REAL:
		return value_float(number_decimal(json->text));
	case JSON_STRING:
		return value_slice(json->text);
	case JSON_ARRAY:
		value.type = VALUE_LIST;
		value.list = take(run, sizeof *value.list);
		value.list->source = json;
		return value;
	case JSON_OBJECT:
		value.type = VALUE_DICT;
		value.dict = take(run, sizeof *value.dict);
		value.dict->source = json;
		return value;
	}
	return value;
}

const char *value_type_name(struct value v)
{
	static const char *const names[VALUE_TYPES] = {
		[VALUE_MISSING] = "missing",
		[VALUE_UNDEFINED] = "Undefined",
		[VALUE_NONE] = "NoneType",
		[VALUE_BOOL] = "bool",
		[VALUE_INT] = "int",
		[VALUE_BIG] = "int",
		[VALUE_FLOAT] = "float",
		[VALUE_TEXT] = "str",
		[VALUE_LIST] = "list",
		[VALUE_TUPLE] = "tuple",
		[VALUE_DICT] = "dict",
		[VALUE_RANGE] = "range",
		[VALUE_VIEW] = "dict view",
		[VALUE_ITERATOR] = "generator",
		[VALUE_NAMESPACE] = "Namespace",
		[VALUE_FUNCTION] = "function",
		[VALUE_METHOD] = "builtin_function_or_method",
		[VALUE_MACRO] = "Macro",
		[VALUE_LOOP] = "LoopContext",
		[VALUE_CYCLER] = "Cycler",
		[VALUE_JOINER] = "Joiner",
		[VALUE_MODULE] = "TemplateModule",
		[VALUE_SELF] = "TemplateReference",
		[VALUE_BLOCK] = "BlockReference",
	};

	return is_safe(v) ? "Markup" : names[v.type];
}

void value_check(struct run *run, struct value v)
{
	if (v.type == VALUE_UNDEFINED && run->strict && v.kind != UNDEFINED_BRANCH)
		run_fail_undefined(run, v);
}

bool value_truth(struct run *run, struct value v)
{
	int64_t n;

	switch (v.type) {
	case VALUE_UNDEFINED:
		value_check(run, v);
		return false;
	case VALUE_NONE:
		return false;
	case VALUE_BOOL:
		return v.truth;
	case VALUE_INT:
		return v.i != 0;
	case VALUE_FLOAT:
		return v.d != 0;
	case VALUE_TEXT:
		return v.n > 0;
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_DICT:
	case VALUE_RANGE:
	case VALUE_VIEW:
		return value_length(run, v, &n) && n > 0;
	default:
		return true;
	}
}

bool value_length(struct run *run, struct value v, int64_t *n)
{
	switch (v.type) {
	case VALUE_UNDEFINED:
		value_check(run, v);
		*n = 0;
		return true;
	case VALUE_TEXT:
		charge_bytes(run, v.n);
		*n = (int64_t)utf8_length(value_chars(v));
		return true;
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_VIEW:
		*n = v.list->source ? (int64_t)v.list->source->count : v.list->n;
		return true;
	case VALUE_DICT:
		*n = v.dict->source ? (int64_t)v.dict->source->count : v.dict->n;
		return true;
	case VALUE_RANGE:
		*n = v.range->count;
		return true;
	default:
		return false;
	}
}

/* --- equality --- */

static bool equal_numbers(struct value a, struct value b)
{
	if (a.type == VALUE_BIG || b.type == VALUE_BIG) {
		if (a.type == VALUE_FLOAT || b.type == VALUE_FLOAT)
			return number_as_double(a) == number_as_double(b);
		return big_compare(a, b) == 0;
	}
	if (a.type == VALUE_FLOAT || b.type == VALUE_FLOAT)
		return number_as_double(a) == number_as_double(b);

	int64_t left = a.type == VALUE_BOOL ? a.truth : a.i;
	int64_t right = b.type == VALUE_BOOL ? b.truth : b.i;
	return left == right;
}

static bool equal_lists(struct run *run, struct value a, struct value b)
{
	struct list *left = list_open(run, a), *right = list_open(run, b);
	bool equal = left->n == right->n;

	descend(run, 1);
	for (uint32_t i = 0; equal && i < left->n && i < right->n; i++)
		equal = value_equal(run, left->at[i], right->at[i]);
	ascend(run, 1);
	return equal;
}

static bool equal_dicts(struct run *run, struct value a, struct value b)
{
	struct dict *left = dict_open(run, a), *right = dict_open(run, b);
	bool equal = left->n == right->n;

	descend(run, 1);
	for (uint32_t i = 0; equal && i < left->n; i++) {
		const struct entry *other = dict_find(run, right, left->at[i].key);
		equal = other && value_equal(run, left->at[i].value, other->value);
	}
	ascend(run, 1);
	return equal;
}

bool value_equal(struct run *run, struct value a, struct value b)
{
	charge(run, 1);
	value_check(run, a);
	value_check(run, b);
	if (is_number(a) && is_number(b))
		return equal_numbers(a, b);
	if (a.type != b.type)
		return false;
	switch (a.type) {
	case VALUE_UNDEFINED:
	case VALUE_NONE:
		return true;
	case VALUE_TEXT:
		charge_bytes(run, a.n == b.n ? a.n : 0);
		return slice_equal(value_chars(a), value_chars(b));
	case VALUE_LIST:
	case VALUE_TUPLE:
		return a.list == b.list || equal_lists(run, a, b);
	case VALUE_DICT:
		return a.dict == b.dict || equal_dicts(run, a, b);
	case VALUE_RANGE:
		if (a.range->count != b.range->count || a.range->count == 0)
			return a.range->count == b.range->count;
		return a.range->start == b.range->start &&
		       (a.range->count == 1 || a.range->step == b.range->step);
	case VALUE_VIEW:
		return a.kind == b.kind && a.kind != VIEW_VALUES && equal_lists(run, a, b);
	default:
		return a.object == b.object;
	}
}

/* --- order --- */

static int compare_numbers(struct value a, struct value b)
{
	if (a.type == VALUE_FLOAT || b.type == VALUE_FLOAT) {
		double left = number_as_double(a), right = number_as_double(b);
		return left < right ? -1 : left > right;
	}
	if (a.type == VALUE_BIG || b.type == VALUE_BIG)
		return big_compare(a, b);

	int64_t left = a.type == VALUE_BOOL ? a.truth : a.i;
	int64_t right = b.type == VALUE_BOOL ? b.truth : b.i;
	return left < right ? -1 : left > right;
}

static int compare_lists(struct run *run, struct value a, struct value b)
{
	struct list *left = list_open(run, a), *right = list_open(run, b);
	uint32_t i = 0;
	int order;

	descend(run, 1);
	while (i < left->n && i < right->n && value_equal(run, left->at[i], right->at[i]))
		i++;
	if (i < left->n && i < right->n)
		order = value_compare(run, left->at[i], right->at[i]);
	else
		order = left->n < right->n ? -1 : left->n > right->n;
	ascend(run, 1);
	return order;
}

int value_compare(struct run *run, struct value a, struct value b)
{
	charge(run, 1);
	if (a.type == VALUE_UNDEFINED)
		run_fail_undefined(run, a);
	if (b.type == VALUE_UNDEFINED)
		run_fail_undefined(run, b);
	if (is_number(a) && is_number(b))
		return compare_numbers(a, b);
	if (is_text(a) && is_text(b)) {
		charge_bytes(run, a.n < b.n ? a.n : b.n);
		return slice_compare(value_chars(a), value_chars(b));
	}
	if (is_list(a) && a.type == b.type)
		return compare_lists(run, a, b);
	run_fail(run, "'%s' and '%s' have no order", value_type_name(a), value_type_name(b));
}

/* --- hashes --- */

uint32_t value_hash_bytes(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ p[i]) * 16777619u;
	return hash ^ hash >> 15;
}

static uint32_t hash_float(double d)
{
	if (d == floor(d) && fabs(d) < 9e18) { /* equal to an integer */
		int64_t i = (int64_t)d;
		return value_hash_bytes(&i, sizeof i);
	}
	return value_hash_bytes(&d, sizeof d);
}

uint32_t value_hash(struct run *run, struct value v)
{
	uint32_t hash = 7;
	double d;
	int64_t i;

	value_check(run, v);
	switch (v.type) {
	case VALUE_LIST:
	case VALUE_DICT:
		run_fail(run, "unhashable type: '%s'", value_type_name(v));
	case VALUE_TEXT:
		charge_bytes(run, v.n);
		return value_hash_bytes(v.p, v.n);
	case VALUE_BOOL:
		i = v.truth;
		return value_hash_bytes(&i, sizeof i);
	case VALUE_INT:
		return value_hash_bytes(&v.i, sizeof v.i);
	case VALUE_FLOAT:
		return hash_float(v.d);
	case VALUE_BIG:
		d = big_to_double(v);
		return value_hash_bytes(&d, sizeof d);
	case VALUE_TUPLE:
		descend(run, 1);
		for (uint32_t k = 0; k < list_open(run, v)->n; k++)
			hash = hash * 31 + value_hash(run, v.list->at[k]);
		ascend(run, 1);
		return hash;
	case VALUE_UNDEFINED:
	case VALUE_NONE:
		return v.type;
	default:
		return value_hash_bytes(&v.object, sizeof v.object);
	}
}

/* --- in --- */

static bool range_has(const struct range *range, struct value item)
{
	double d = is_number(item) ? number_as_double(item) : 0.5;

	if (d != floor(d) || fabs(d) > 9e18)
		return false;
	int64_t i = (int64_t)d, first = range->start;
	int64_t last = first + (range->count - 1) * range->step;
	if (range->count == 0 || (i - first) % range->step != 0)
		return false;
	return range->step > 0 ? i >= first && i <= last : i <= first && i >= last;
}

bool value_contains(struct run *run, struct value container, struct value item)
{
	if (is_text(container)) {
		if (item.type == VALUE_UNDEFINED)
			run_fail_undefined(run, item);
		if (!is_text(item))
			run_fail(run, "'in <string>' requires string as left operand, not %s",
				 value_type_name(item));
		charge_bytes(run, container.n);
		return item.n == 0 || memmem(container.p, container.n, item.p, item.n);
	}
	if (container.type == VALUE_DICT)
		return dict_find(run, dict_open(run, container), item) != NULL;
	if (container.type == VALUE_RANGE)
		return range_has(container.range, item);

	struct items items = iterate(run, container);
	for (uint32_t i = 0; i < items.n; i++)
		if (value_equal(run, items.at[i], item))
			return true;
	return false;
}
