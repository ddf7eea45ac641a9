#include "template/arith.h"
#include "template/builtin.h"
#include "template/number.h"
#include "template/run.h"
#include "template/text.h"
#include "template/unicode.h"

#include "base/utf8.h"

/* --- what a value is --- */

static struct value is_boolean(struct run *run, const struct value *arg)
{
	(void)run;
	return value_bool(arg->type == VALUE_BOOL);
}

static struct value is_callable(struct run *run, const struct value *arg)
{
	(void)run;
	switch (arg->type) {
	case VALUE_FUNCTION:
	case VALUE_METHOD:
	case VALUE_MACRO:
	case VALUE_LOOP:
	case VALUE_JOINER:
	case VALUE_BLOCK:
	case VALUE_UNDEFINED: /* Undefined has a __call__, if only one that fails */
		return value_bool(true);
	default:
		return value_bool(false);
	}
}

static struct value is_defined(struct run *run, const struct value *arg)
{
	(void)run;
	return value_bool(arg->type != VALUE_UNDEFINED);
}

static struct value is_undefined(struct run *run, const struct value *arg)
{
	(void)run;
	return value_bool(arg->type == VALUE_UNDEFINED);
}

static struct value is_escaped(struct run *run, const struct value *arg)
{
	(void)run;
	return value_bool(is_safe(*arg));
}

static struct value is_false(struct run *run, const struct value *arg)
{
	(void)run;
	return value_bool(arg->type == VALUE_BOOL && !arg->truth);
}

static struct value is_true(struct run *run, const struct value *arg)
{
	(void)run;
	return value_bool(arg->type == VALUE_BOOL && arg->truth);
}

static struct value is_float(struct run *run, const struct value *arg)
{
	(void)run;
	return value_bool(arg->type == VALUE_FLOAT);
}

static struct value is_int(struct run *run, const struct value *arg)
{
	(void)run;
	return value_bool(arg->type == VALUE_INT || arg->type == VALUE_BIG);
}

static struct value is_iterable(struct run *run, const struct value *arg)
{
	value_check(run, *arg);
	return value_bool(can_iterate(*arg));
}

static struct value is_mapping(struct run *run, const struct value *arg)
{
	(void)run;
	return value_bool(arg->type == VALUE_DICT);
}

static struct value is_nothing(struct run *run, const struct value *arg)
{
	(void)run;
	return value_bool(is_none(*arg));
}

static struct value is_a_number(struct run *run, const struct value *arg)
{
	(void)run;
	return value_bool(is_number(*arg));
}

/* What has a length and can be indexed. */
static struct value is_sequence(struct run *run, const struct value *arg)
{
	return value_bool(arg->type == VALUE_TEXT || is_list(*arg) || arg->type == VALUE_DICT ||
			  arg->type == VALUE_RANGE ||
			  (arg->type == VALUE_UNDEFINED && !run->strict));
}

static struct value is_string(struct run *run, const struct value *arg)
{
	(void)run;
	return value_bool(is_text(*arg));
}

/* --- case --- */

/* There is a cased character, and none of the other case. */
static bool all_in_case(struct run *run, struct value v, unsigned wanted, unsigned unwanted)
{
	struct slice s = value_chars(str_of(run, v));
	bool any = false;
	size_t n;

	charge(run, s.n / 8);
	for (; s.n; s = slice_after(s, n)) {
		unsigned is = unicode_of(utf8_decode(s, &n));
		if (is & (unwanted | UNICODE_TITLE))
			return false;
		any |= (is & wanted) != 0;
	}
	return any;
}

static struct value is_lower(struct run *run, const struct value *arg)
{
	return value_bool(all_in_case(run, *arg, UNICODE_LOWER, UNICODE_UPPER));
}

static struct value is_upper(struct run *run, const struct value *arg)
{
	return value_bool(all_in_case(run, *arg, UNICODE_UPPER, UNICODE_LOWER));
}

/* --- numbers --- */

static bool remainder_is(struct run *run, struct value v, int64_t by, int64_t rest)
{
	if (v.type == VALUE_INT)
		return (v.i % by + by) % by == rest;
	return value_equal(run, arith_modulo(run, v, value_int(by)), value_int(rest));
}

static struct value is_even(struct run *run, const struct value *arg)
{
	return value_bool(remainder_is(run, arg[0], 2, 0));
}

static struct value is_odd(struct run *run, const struct value *arg)
{
	return value_bool(remainder_is(run, arg[0], 2, 1));
}

static struct value is_divisible(struct run *run, const struct value *arg)
{
	return value_bool(value_equal(run, arith_modulo(run, arg[0], arg[1]), value_int(0)));
}

/* --- comparisons --- */

static struct value is_eq(struct run *run, const struct value *arg)
{
	return value_bool(value_equal(run, arg[0], arg[1]));
}

static struct value is_ne(struct run *run, const struct value *arg)
{
	return value_bool(!value_equal(run, arg[0], arg[1]));
}

static struct value is_lt(struct run *run, const struct value *arg)
{
	return value_bool(value_compare(run, arg[0], arg[1]) < 0);
}

static struct value is_le(struct run *run, const struct value *arg)
{
	return value_bool(value_compare(run, arg[0], arg[1]) <= 0);
}

static struct value is_gt(struct run *run, const struct value *arg)
{
	return value_bool(value_compare(run, arg[0], arg[1]) > 0);
}

static struct value is_ge(struct run *run, const struct value *arg)
{
	return value_bool(value_compare(run, arg[0], arg[1]) >= 0);
}

static struct value is_in(struct run *run, const struct value *arg)
{
	return value_bool(value_contains(run, arg[1], arg[0]));
}

/* Python's `is`: the same object. Equal values of a simple type are taken as the same. */
static struct value is_same(struct run *run, const struct value *arg)
{
	if (arg[0].type != arg[1].type || arg[0].type == VALUE_UNDEFINED)
		return value_bool(false);
	if (arg[0].type <= VALUE_TEXT)
		return value_bool(value_equal(run, arg[0], arg[1]));
	return value_bool(arg[0].object == arg[1].object);
}

/* --- names of filters and tests --- */

static struct value is_filter(struct run *run, const struct value *arg)
{
	value_hash(run, arg[0]); /* fails for what no name could be */
	return value_bool(is_text(arg[0]) && env_filter(run->env, value_chars(arg[0])));
}

static struct value is_test(struct run *run, const struct value *arg)
{
	value_hash(run, arg[0]);
	return value_bool(is_text(arg[0]) && test_find(value_chars(arg[0])));
}

/* name, function, fewest and most parameters (with the value itself), their names */
/* clang-format off */
static const struct builtin tests[] = {
	{"!=", is_ne, 2, 2},
	{"<", is_lt, 2, 2},
	{"<=", is_le, 2, 2},
	{"==", is_eq, 2, 2},
	{">", is_gt, 2, 2},
	{">=", is_ge, 2, 2},
	{"boolean", is_boolean, 1, 1},
	{"callable", is_callable, 1, 1},
	{"defined", is_defined, 1, 1},
	{"divisibleby", is_divisible, 2, 2, "value num"},
	{"eq", is_eq, 2, 2},
	{"equalto", is_eq, 2, 2},
	{"escaped", is_escaped, 1, 1},
	{"even", is_even, 1, 1},
	{"false", is_false, 1, 1},
	{"filter", is_filter, 1, 1},
	{"float", is_float, 1, 1},
	{"ge", is_ge, 2, 2},
	{"greaterthan", is_gt, 2, 2},
	{"gt", is_gt, 2, 2},
	{"in", is_in, 2, 2, "value seq"},
	{"integer", is_int, 1, 1},
	{"iterable", is_iterable, 1, 1},
	{"le", is_le, 2, 2},
	{"lessthan", is_lt, 2, 2},
	{"lower", is_lower, 1, 1},
	{"lt", is_lt, 2, 2},
	{"mapping", is_mapping, 1, 1},
	{"ne", is_ne, 2, 2},
	{"none", is_nothing, 1, 1},
	{"number", is_a_number, 1, 1},
	{"odd", is_odd, 1, 1},
	{"sameas", is_same, 2, 2, "value other"},
	{"sequence", is_sequence, 1, 1},
	{"string", is_string, 1, 1},
	{"test", is_test, 1, 1},
	{"true", is_true, 1, 1},
	{"undefined", is_undefined, 1, 1},
	{"upper", is_upper, 1, 1},
};
/* clang-format on */

const struct builtin *test_find(struct slice name)
{
	return builtin_find(tests, sizeof tests / sizeof *tests, name);
}
