#include "template/arith.h"

#include <math.h>

#include "template/big.h"
#include "template/number.h"

static _Noreturn void refuse(struct run *run, const char *operator, struct value a, struct value b)
{
	if (a.type == VALUE_UNDEFINED)
		run_fail_undefined(run, a);
	if (b.type == VALUE_UNDEFINED)
		run_fail_undefined(run, b);
	run_fail(run, "unsupported operand types for %s: '%s' and '%s'", operator,
		 value_type_name(a), value_type_name(b));
}

/* Both are integers of 64 bits. */
static bool small(struct value a, struct value b, int64_t *x, int64_t *y)
{
	if (a.type == VALUE_BIG || b.type == VALUE_BIG)
		return false;
	*x = a.type == VALUE_BOOL ? a.truth : a.i;
	*y = b.type == VALUE_BOOL ? b.truth : b.i;
	return true;
}

/* Both are integers. */
static bool integers(struct value a, struct value b)
{
	return is_integer(a) && is_integer(b);
}

static bool numbers(struct value a, struct value b)
{
	return is_number(a) && is_number(b);
}

static double to_double(struct run *run, struct value v)
{
	double d = number_as_double(v);

	if (v.type == VALUE_BIG && isinf(d))
		run_fail(run, "integer too large to convert to float");
	return d;
}

/* --- + - --- */

static struct value join_texts(struct run *run, struct value a, struct value b)
{
	size_t mark = text_begin(run);
	bool safe = is_safe(a) || is_safe(b);

	put_value(run, a, safe);
	put_value(run, b, safe);
	struct value joined = text_end(run, mark);
	return safe ? value_safe(joined) : joined;
}

static struct value join_lists(struct run *run, struct value a, struct value b)
{
	struct items left = iterate(run, a), right = iterate(run, b);
	struct value joined = list_value(run, left.n + right.n);

	charge(run, left.n + right.n);
	joined.type = a.type;
	if (left.n)
		memcpy(joined.list->at, left.at, left.n * sizeof *left.at);
	if (right.n)
		memcpy(joined.list->at + left.n, right.at, right.n * sizeof *right.at);
	joined.list->n = left.n + right.n;
	return joined;
}

struct value arith_add(struct run *run, struct value a, struct value b)
{
	int64_t x, y, sum;

	if (integers(a, b)) {
		if (small(a, b, &x, &y) && !__builtin_add_overflow(x, y, &sum))
			return value_int(sum);
		return big_add(run, a, b);
	}
	if (numbers(a, b))
		return value_float(to_double(run, a) + to_double(run, b));
	if (is_text(a) && is_text(b))
		return join_texts(run, a, b);
	if (is_list(a) && a.type == b.type)
		return join_lists(run, a, b);
	refuse(run, "+", a, b);
}

struct value arith_subtract(struct run *run, struct value a, struct value b)
{
	int64_t x, y, rest;

	if (integers(a, b)) {
		if (small(a, b, &x, &y) && !__builtin_sub_overflow(x, y, &rest))
			return value_int(rest);
		return big_subtract(run, a, b);
	}
	if (numbers(a, b))
		return value_float(to_double(run, a) - to_double(run, b));
	refuse(run, "-", a, b);
}

/* --- * --- */

static struct value repeat_text(struct run *run, struct value text, int64_t times)
{
	size_t mark = text_begin(run);

	put_times(run, value_chars(text), times > 0 ? (uint64_t)times : 0);
	struct value repeated = text_end(run, mark);
	repeated.flags = text.flags;
	return repeated;
}

static struct value repeat_list(struct run *run, struct value v, int64_t times)
{
	struct list *list = list_open(run, v);

	if (times <= 0 || list->n == 0)
		times = 0;
	if (times && (uint64_t)times > run->limits.memory / sizeof(struct value) / list->n)
		run_fail(run, "needs more than %zu bytes of memory", run->limits.memory);
	struct value repeated = list_value(run, (uint32_t)((uint64_t)times * list->n));
	repeated.type = v.type;
	charge(run, (uint64_t)times * list->n);
	for (int64_t t = 0; t < times; t++)
		for (uint32_t i = 0; i < list->n; i++)
			list_add(run, repeated.list, list->at[i]);
	return repeated;
}

static bool repeats(struct value what, struct value times)
{
	return (is_text(what) || is_list(what)) &&
	       (times.type == VALUE_INT || times.type == VALUE_BOOL);
}

struct value arith_multiply(struct run *run, struct value a, struct value b)
{
	int64_t x, y, product;

	if (integers(a, b)) {
		if (small(a, b, &x, &y) && !__builtin_mul_overflow(x, y, &product))
			return value_int(product);
		return big_multiply(run, a, b);
	}
	if (numbers(a, b))
		return value_float(to_double(run, a) * to_double(run, b));
	if (repeats(b, a)) { /* 3 * "ab" */
		struct value times = a;
		a = b;
		b = times;
	}
	if (!repeats(a, b))
		refuse(run, "*", a, b);
	int64_t times = b.type == VALUE_BOOL ? b.truth : b.i;
	return is_text(a) ? repeat_text(run, a, times) : repeat_list(run, a, times);
}

/* --- / // % --- */

static bool is_zero(struct value v)
{
	return v.type != VALUE_BIG && number_as_double(v) == 0;
}

static void divisor(struct run *run, struct value v)
{
	if (is_zero(v))
		run_fail(run, "division by zero");
}

struct value arith_divide(struct run *run, struct value a, struct value b)
{
	if (!numbers(a, b))
		refuse(run, "/", a, b);
	divisor(run, b);
	return value_float(to_double(run, a) / to_double(run, b));
}

/* As CPython: the remainder has the divisor's sign, and the quotient fits it. */
static void divide_floats(double a, double b, double *quotient, double *remainder)
{
	double rest = fmod(a, b), whole = (a - rest) / b;

	if (rest != 0 && (b < 0) != (rest < 0)) {
		rest += b;
		whole -= 1;
	} else if (rest == 0) {
		rest = copysign(0, b);
	}
	*remainder = rest;
	*quotient = whole == 0 ? copysign(0, a / b) : floor(whole) + (whole - floor(whole) > 0.5);
}

static void divide(struct run *run, struct value a, struct value b, struct value *quotient,
		   struct value *remainder)
{
	int64_t x, y;

	divisor(run, b);
	if (!integers(a, b)) {
		*quotient = *remainder = value_float(0);
		divide_floats(to_double(run, a), to_double(run, b), &quotient->d, &remainder->d);
		return;
	}
	if (!small(a, b, &x, &y) || (x == INT64_MIN && y == -1)) {
		big_divide(run, a, b, quotient, remainder);
		return;
	}
	int64_t whole = x / y, rest = x % y;
	bool down = rest != 0 && (rest < 0) != (y < 0);
	*quotient = value_int(whole - down);
	*remainder = value_int(down ? rest + y : rest);
}

struct value arith_floor_divide(struct run *run, struct value a, struct value b)
{
	struct value quotient, remainder;

	if (!numbers(a, b))
		refuse(run, "//", a, b);
	divide(run, a, b, &quotient, &remainder);
	return quotient;
}

struct value arith_modulo(struct run *run, struct value a, struct value b)
{
	struct value quotient, remainder;

	if (is_text(a))
		return format_percent(run, a, b);
	if (!numbers(a, b))
		refuse(run, "%", a, b);
	divide(run, a, b, &quotient, &remainder);
	return remainder;
}

/* --- ** and signs --- */

struct value arith_power(struct run *run, struct value a, struct value b)
{
	if (!numbers(a, b))
		refuse(run, "**", a, b);
	if (integers(a, b) && !big_is_negative(b)) {
		if (b.type != VALUE_BIG)
			return big_power(run, a, (uint64_t)(b.type == VALUE_BOOL ? b.truth : b.i));
		if (a.type != VALUE_BIG && fabs(number_as_double(a)) <= 1) {
			bool even = is_zero(arith_modulo(run, b, value_int(2)));
			return big_power(run, a, even ? 2 : 1);
		}
		run_fail(run, "an integer of more than %d digits", BIG_DIGITS);
	}

	double x = to_double(run, a), y = to_double(run, b), power = pow(x, y);
	if (x == 0 && y < 0)
		run_fail(run, "0.0 cannot be raised to a negative power");
	if (isnan(power) && !isnan(x) && !isnan(y))
		run_fail(run, "a negative number has no fractional power");
	if (isinf(power) && isfinite(x) && isfinite(y))
		run_fail(run, "result of ** is too large");
	return value_float(power);
}

struct value arith_minus(struct run *run, struct value a)
{
	if (a.type == VALUE_FLOAT)
		return value_float(-a.d);
	if (is_integer(a))
		return arith_subtract(run, value_int(0), a);
	if (a.type == VALUE_UNDEFINED)
		run_fail_undefined(run, a);
	run_fail(run, "bad operand type for unary -: '%s'", value_type_name(a));
}

struct value arith_plus(struct run *run, struct value a)
{
	if (a.type == VALUE_BOOL)
		return value_int(a.truth);
	if (is_number(a))
		return a;
	if (a.type == VALUE_UNDEFINED)
		run_fail_undefined(run, a);
	run_fail(run, "bad operand type for unary +: '%s'", value_type_name(a));
}
