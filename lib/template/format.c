#include "template/format.h"

#include <math.h>

#include "base/utf8.h"
#include "template/arith.h"
#include "template/big.h"
#include "template/number.h"
#include "template/slice.h"
#include "template/text.h"

#define PRECISION_MAX 2000

/* --- filling up --- */

static void put_filled(struct run *run, struct slice prefix, struct slice body,
		       const struct format_spec *spec, char align)
{
	struct slice fill = spec->fill.n ? spec->fill : slice_text(" ");
	int64_t n = (int64_t)(utf8_length(prefix) + utf8_length(body));
	uint64_t pad = spec->width > n ? (uint64_t)(spec->width - n) : 0;
	uint64_t left = align == '>' ? pad : align == '^' ? pad / 2 : 0;

	put_times(run, fill, left);
	put_slice(run, prefix);
	if (align == '=')
		put_times(run, fill, pad);
	put_slice(run, body);
	if (align != '=')
		put_times(run, fill, pad - left);
}

void put_text_as(struct run *run, struct slice s, const struct format_spec *spec)
{
	if (spec->precision >= 0)
		s = text_part(s, 0, (size_t)spec->precision);
	if (spec->width == 0)
		put_slice(run, s);
	else
		put_filled(run, slice_text(""), s, spec, spec->align ? spec->align : '<');
}

/* --- numbers --- */

/* Digits of an integer without its sign, in a base that is a power of two. */
static void put_digits(struct run *run, struct value v, unsigned base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	struct value rest = v, digit;
	char text[20000], *p = text + sizeof text;

	do {
		big_divide(run, rest, value_int(base), &rest, &digit);
		*--p = digits[digit.i];
	} while (rest.type == VALUE_BIG || rest.i);
	put(run, p, (size_t)(text + sizeof text - p));
}

static void put_magnitude(struct run *run, struct value v, const struct format_spec *spec)
{
	size_t mark = text_begin(run);

	if (big_is_negative(v))
		v = arith_minus(run, v);
	switch (spec->type) {
	case 'b':
		put_digits(run, v, 2, false);
		return;
	case 'o':
		put_digits(run, v, 8, false);
		return;
	case 'x':
	case 'X':
		put_digits(run, v, 16, spec->type == 'X');
		return;
	}
	put_str(run, v.type == VALUE_BOOL ? value_int(v.truth) : v);
	int64_t n = (int64_t)(run->out->n - mark);
	if (spec->precision > n) { /* "%.3d": at least that many digits */
		struct slice digits = value_chars(text_end(run, mark));
		put_times(run, slice_text("0"), (uint64_t)(spec->precision - n));
		put_slice(run, digits);
	}
}

/* A float without a type: as repr(), or with a precision like g, but never like an integer. */
static void put_general(struct run *run, double d, const struct format_spec *spec)
{
	size_t mark = text_begin(run);

	if (spec->precision < 0) {
		put_float(run, d);
		return;
	}
	put_double(run, d, 'g', spec->precision ? (unsigned)spec->precision : 1, spec->alternate);
	if (isfinite(d) && !memchr(run->out->p + mark, '.', run->out->n - mark) &&
	    !memchr(run->out->p + mark, 'e', run->out->n - mark))
		put_chars(run, ".0");
}

static void put_real(struct run *run, double d, const struct format_spec *spec)
{
	unsigned precision = spec->precision < 0 ? 6 : (unsigned)spec->precision;

	if (spec->precision > PRECISION_MAX)
		run_fail(run, "a precision of more than %d digits", PRECISION_MAX);
	d = fabs(d);
	switch (spec->type) {
	case 0:
		put_general(run, d, spec);
		break;
	case '%':
		put_double(run, d * 100, 'f', precision, spec->alternate);
		put_char(run, '%');
		break;
	case 'n':
		put_double(run, d, 'g', precision, spec->alternate);
		break;
	default:
		put_double(run, d, spec->type, precision, spec->alternate);
		break;
	}
}

/* Thousands separated; where zeros fill up the width, they are separated too. */
static struct slice grouped(struct run *run, struct slice body, const struct format_spec *spec,
			    size_t prefix)
{
	size_t digits = 0, mark = text_begin(run), each = 3, zeros = 0;
	bool fills = spec->align == '=' && slice_is(spec->fill, "0");

	if (spec->type && strchr("boxX", spec->type))
		each = 4;
	while (digits < body.n &&
	       ((body.p[digits] >= '0' && body.p[digits] <= '9') ||
		(each == 4 && (body.p[digits] | 32) >= 'a' && (body.p[digits] | 32) <= 'f')))
		digits++;
	if (fills && spec->width < 100000)
		while (prefix + digits + zeros + (digits + zeros - 1) / each + body.n - digits <
		       (size_t)spec->width)
			zeros++;
	for (size_t left = digits + zeros; left > 0; left--) {
		put_char(run, left > digits ? '0' : body.p[digits - left]);
		if (left > 1 && (left - 1) % each == 0)
			put_char(run, spec->grouping);
	}
	put_slice(run, slice_after(body, digits));
	return value_chars(text_end(run, mark));
}

static bool is_integer_type(char type)
{
	return type && strchr("bdoxX", type);
}

static bool is_negative(struct value v)
{
	return v.type == VALUE_FLOAT ? signbit(v.d) && !isnan(v.d) : big_is_negative(v);
}

/* The sign, and 0x and the like. */
static struct slice prefix_of(struct value v, const struct format_spec *spec, char room[4])
{
	size_t n = 0;

	if (is_negative(v))
		room[n++] = '-';
	else if (spec->sign == '+' || spec->sign == ' ')
		room[n++] = spec->sign;
	if (spec->alternate && spec->type && strchr("boxX", spec->type)) {
		room[n++] = '0';
		room[n++] = spec->type;
	}
	return slice_make(room, n);
}

static void put_body(struct run *run, struct value v, const struct format_spec *spec)
{
	if (v.type != VALUE_FLOAT &&
	    (spec->type == 0 || spec->type == 'n' || is_integer_type(spec->type)))
		put_magnitude(run, v, spec);
	else if (is_integer_type(spec->type))
		run_fail(run, "format code '%c' is not for floats", spec->type);
	else
		put_real(run, number_as_double(v), spec);
}

void put_number_as(struct run *run, struct value v, const struct format_spec *spec)
{
	char room[4];
	struct slice prefix = prefix_of(v, spec, room), body;
	size_t mark;

	if (spec->width == 0 && !spec->grouping) {
		put_slice(run, prefix);
		put_body(run, v, spec);
		return;
	}
	mark = text_begin(run);
	put_body(run, v, spec);
	body = value_chars(text_end(run, mark));
	if (spec->grouping)
		body = grouped(run, body, spec, prefix.n);
	put_filled(run, prefix, body, spec, spec->align ? spec->align : '>');
}

void put_ascii(struct run *run, struct value v)
{
	size_t mark = text_begin(run), n;
	struct slice s;

	put_repr(run, v);
	s = value_chars(text_end(run, mark));
	for (; s.n; s = slice_after(s, n)) {
		uint32_t point = utf8_decode(s, &n);
		if (point < 0x80)
			put_char(run, (char)point);
		else
			put_format(run,
				   point < 0x100     ? "\\x%02x"
				   : point < 0x10000 ? "\\u%04x"
						     : "\\U%08x",
				   point);
	}
}
