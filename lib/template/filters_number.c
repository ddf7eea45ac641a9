#include <math.h>
#include <stdlib.h>

#include "template/arith.h"
#include "template/big.h"
#include "template/filters.h"
#include "template/number.h"

struct value filter_abs(struct run *run, const struct value *arg)
{
	struct value x = arg[0];

	if (!is_number(x))
		return arith_minus(run, x); /* says why not */
	if (x.type == VALUE_FLOAT)
		return value_float(fabs(x.d));
	return big_is_negative(x) ? arith_minus(run, x) : arith_plus(run, x);
}

/* --- int, float --- */

static struct value truncated(struct run *run, double d, struct value otherwise)
{
	if (isnan(d))
		return otherwise;
	if (isinf(d))
		run_fail(run, "cannot convert float infinity to integer");
	return big_from_double(run, trunc(d));
}

struct value filter_int(struct run *run, const struct value *arg)
{
	struct value v = arg[0], otherwise = arg_or(arg[1], value_int(0)), i;
	int64_t base = arg_int(run, arg[2], 10);
	double d;

	if (v.type == VALUE_UNDEFINED)
		run_fail_undefined(run, v);
	if (is_integer(v))
		return arith_plus(run, v);
	if (v.type == VALUE_FLOAT)
		return truncated(run, v.d, otherwise);
	if (!is_text(v))
		return otherwise;
	if ((base == 0 || (base >= 2 && base <= 36)) &&
	    number_int(run, value_chars(v), (int)base, &i))
		return i;
	return number_float(value_chars(v), &d) ? truncated(run, d, otherwise) : otherwise;
}

struct value filter_float(struct run *run, const struct value *arg)
{
	struct value v = arg[0];
	double d;

	if (v.type == VALUE_UNDEFINED)
		run_fail_undefined(run, v);
	if (is_number(v))
		return value_float(number_as_double(v));
	if (is_text(v) && number_float(value_chars(v), &d))
		return value_float(d);
	return arg_or(arg[1], value_float(0));
}

/* --- round --- */

#define PLACES_MAX 330

/* Half to even on the exact decimal value, as Python's round(). */
static double round_decimal(struct run *run, double d, int64_t places)
{
	size_t mark = text_begin(run);

	if (!isfinite(d) || places > PLACES_MAX)
		return d;
	if (places < -PLACES_MAX)
		return copysign(0, d);
	if (places < 0) {
		double unit = pow(10, (double)-places);
		return nearbyint(d / unit) * unit;
	}
	put_double(run, d, 'f', (unsigned)places, false);
	double rounded = strtod(text_end(run, mark).p, NULL);
	return rounded;
}

/* An integer to a multiple of 10^places, half to even. */
static struct value round_integer(struct run *run, struct value v, int64_t places)
{
	struct value unit, rest, half, down;

	if (places > BIG_DIGITS)
		return value_int(0);
	unit = big_power(run, value_int(10), (uint64_t)places);
	rest = arith_modulo(run, v, unit);
	down = arith_subtract(run, v, rest);
	half = arith_multiply(run, rest, value_int(2));
	int order = value_compare(run, half, unit);
	struct value odd = arith_modulo(run, arith_floor_divide(run, v, unit), value_int(2));
	return order > 0 || (order == 0 && odd.i) ? arith_add(run, down, unit) : down;
}

static struct value round_common(struct run *run, struct value v, int64_t places)
{
	if (v.type == VALUE_FLOAT)
		return value_float(round_decimal(run, v.d, places));
	if (places >= 0)
		return arith_plus(run, v);
	return round_integer(run, v, places == INT64_MIN ? INT64_MAX : -places);
}

struct value filter_round(struct run *run, const struct value *arg)
{
	struct slice method = arg_text(run, arg[2], "common");
	int64_t places = arg_int(run, arg[1], 0);
	struct value unit;

	if (!is_number(arg[0]))
		return arith_plus(run, arg[0]);
	if (slice_is(method, "common"))
		return round_common(run, arg[0], places);
	if (!slice_is(method, "ceil") && !slice_is(method, "floor"))
		run_fail(run, "method must be common, ceil or floor");

	unit = arith_power(run, value_int(10), value_int(places));
	double scaled = number_as_double(arith_multiply(run, arg[0], unit));
	if (!isfinite(scaled))
		run_fail(run, "cannot round %s", isnan(scaled) ? "nan" : "infinity");
	scaled = *method.p == 'c' ? ceil(scaled) : floor(scaled);
	return arith_divide(run, big_from_double(run, scaled), unit);
}

/* --- filesizeformat --- */

struct value filter_filesizeformat(struct run *run, const struct value *arg)
{
	static const char *const prefixes[][2] = {
		{"kB", "KiB"}, {"MB", "MiB"}, {"GB", "GiB"}, {"TB", "TiB"},
		{"PB", "PiB"}, {"EB", "EiB"}, {"ZB", "ZiB"}, {"YB", "YiB"},
	};
	bool binary = arg_bool(run, arg[1], false);
	double base = binary ? 1024 : 1000, unit = base, bytes;
	size_t mark = text_begin(run), i = 0;

	if (is_number(arg[0]))
		bytes = number_as_double(arg[0]);
	else if (!is_text(arg[0]) || !number_float(value_chars(arg[0]), &bytes))
		run_fail(run, "filesizeformat takes a number");
	if (bytes == 1)
		return value_text("1 Byte");
	if (bytes < base) {
		put_str(run, big_from_double(run, trunc(bytes)));
		put_chars(run, " Bytes");
		return text_end(run, mark);
	}
	for (unit *= base; i < 7 && !(bytes < unit); i++)
		unit *= base;
	put_double(run, base * bytes / unit, 'f', 1, false);
	put_char(run, ' ');
	put_chars(run, prefixes[i][binary]);
	return text_end(run, mark);
}
