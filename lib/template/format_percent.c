/* Python's "text" % values. */
#include <math.h>

#include "base/utf8.h"
#include "template/arith.h"
#include "template/big.h"
#include "template/builtin.h"
#include "template/format.h"
#include "template/number.h"

struct percent {
	struct run *run;
	struct slice rest; /* of the format */
	const struct value *values;
	uint32_t n, next;
	struct value mapping; /* where %(name)s looks, if it is one */
	bool escape;          /* the format is Markup */
};

static struct value next_value(struct percent *p)
{
	if (p->next >= p->n)
		run_fail(p->run, "not enough arguments for format string");
	return p->values[p->next++];
}

static char next_char(struct percent *p)
{
	if (p->rest.n == 0)
		run_fail(p->run, "incomplete format");
	char c = *p->rest.p;
	p->rest = slice_after(p->rest, 1);
	return c;
}

static bool at(const struct percent *p, char c)
{
	return p->rest.n && *p->rest.p == c;
}

/* (name) looks the value up. */
static struct value named_value(struct percent *p)
{
	size_t n = 0, depth = 1;

	next_char(p);
	for (; n < p->rest.n && depth; n++)
		depth += p->rest.p[n] == '(' ? 1 : p->rest.p[n] == ')' ? (size_t)-1 : 0;
	if (depth)
		run_fail(p->run, "incomplete format key");
	struct slice name = slice_first(p->rest, n - 1);
	p->rest = slice_after(p->rest, n);
	if (p->mapping.type != VALUE_DICT)
		run_fail(p->run, "format requires a mapping");
	const struct entry *e = dict_find_text(p->run, dict_open(p->run, p->mapping), name);
	if (!e)
		run_fail(p->run, "format: no value named '%.*s'", SLICE_ARGS(name));
	return e->value;
}

static void read_flags(struct percent *p, struct format_spec *spec)
{
	bool zero = false;

	while (p->rest.n && *p->rest.p <= '0' && strchr("-+ #0", *p->rest.p)) {
		char c = next_char(p);
		if (c == '-')
			spec->align = '<';
		else if (c == '+' || (c == ' ' && spec->sign != '+'))
			spec->sign = c;
		else if (c == '#')
			spec->alternate = true;
		else if (c == '0')
			zero = true;
	}
	if (zero && spec->align != '<') {
		spec->align = '=';
		spec->fill = slice_text("0");
	}
}

/* Digits, or * for the next value. */
static int64_t read_number(struct percent *p)
{
	int64_t n = 0;

	if (at(p, '*')) {
		next_char(p);
		return arg_int(p->run, next_value(p), 0);
	}
	while (p->rest.n && *p->rest.p >= '0' && *p->rest.p <= '9') {
		n = n * 10 + (next_char(p) - '0');
		if (n > INT32_MAX)
			run_fail(p->run, "a number of the format is too large");
	}
	return n;
}

static struct format_spec read_spec(struct percent *p)
{
	struct format_spec spec = {.precision = -1};

	read_flags(p, &spec);
	spec.width = read_number(p);
	if (spec.width < 0) {
		spec.align = '<';
		spec.fill = slice_text("");
		spec.width = -spec.width;
	}
	if (at(p, '.')) {
		next_char(p);
		spec.precision = read_number(p);
		if (spec.precision < 0)
			spec.precision = 0;
	}
	while (at(p, 'h') || at(p, 'l') || at(p, 'L'))
		next_char(p);
	spec.type = next_char(p);
	return spec;
}

static void put_text(struct percent *p, struct value v, struct format_spec *spec)
{
	struct run *run = p->run;
	size_t mark = text_begin(run);

	if (spec->type == 's')
		put_value(run, v, p->escape);
	else if (spec->type == 'r')
		put_repr(run, v);
	else
		put_ascii(run, v);
	struct value text = text_end(run, mark);
	if (p->escape && spec->type != 's')
		text = escape_value(run, text);
	if (!spec->align || spec->align == '=') {
		spec->align = '>';
		spec->fill = slice_text("");
	}
	put_text_as(run, value_chars(text), spec);
}

static void put_character(struct percent *p, struct value v, struct format_spec *spec)
{
	char bytes[4];
	struct slice s;

	if (v.type == VALUE_INT && v.i >= 0 && v.i <= 0x10ffff && !(v.i >= 0xd800 && v.i < 0xe000))
		s = slice_make(bytes, utf8_encode((uint32_t)v.i, bytes));
	else if (is_text(v) && utf8_length(value_chars(v)) == 1)
		s = value_chars(v);
	else
		run_fail(p->run, "%%c requires int or char");
	spec->precision = -1;
	spec->align = spec->align == '<' ? '<' : '>';
	spec->fill = slice_text("");
	put_text_as(p->run, s, spec);
}

static void put_integer(struct percent *p, struct value v, struct format_spec *spec)
{
	bool decimal = strchr("diu", spec->type);

	if (decimal && v.type == VALUE_FLOAT) {
		if (!isfinite(v.d))
			run_fail(p->run, "cannot convert float %s to integer",
				 isnan(v.d) ? "NaN" : "infinity");
		v = big_from_double(p->run, trunc(v.d));
	}
	if (!is_integer(v)) {
		if (v.type == VALUE_UNDEFINED)
			run_fail_undefined(p->run, v);
		run_fail(p->run, "%%%c format: a number is required, not %s", spec->type,
			 value_type_name(v));
	}
	if (decimal)
		spec->type = 'd';
	put_number_as(p->run, v, spec);
}

static void put_real(struct percent *p, struct value v, struct format_spec *spec)
{
	double d;

	if (v.type == VALUE_UNDEFINED)
		run_fail_undefined(p->run, v);
	if (!is_number(v))
		run_fail(p->run, "must be real number, not %s", value_type_name(v));
	d = number_as_double(v);
	put_number_as(p->run, value_float(d), spec);
}

typedef void put_conversion_of(struct percent *p, struct value v, struct format_spec *spec);

/* clang-format off */
static put_conversion_of *const conversions[128] = {
	['s'] = put_text, ['r'] = put_text, ['a'] = put_text,
	['c'] = put_character,
	['d'] = put_integer, ['i'] = put_integer, ['u'] = put_integer,
	['x'] = put_integer, ['X'] = put_integer, ['o'] = put_integer,
	['e'] = put_real, ['E'] = put_real, ['f'] = put_real, ['F'] = put_real,
	['g'] = put_real, ['G'] = put_real,
};
/* clang-format on */

/* p->rest is behind a %. */
static void put_conversion(struct percent *p)
{
	bool named = at(p, '(');
	struct value v = {0};
	struct format_spec spec;

	if (named)
		v = named_value(p);
	spec = read_spec(p);
	if (spec.type == '%') {
		put_char(p->run, '%');
		return;
	}
	if (spec.type & 0x80 || !conversions[(unsigned char)spec.type])
		run_fail(p->run, "unsupported format character '%c'", spec.type);
	conversions[(unsigned char)spec.type](p, named ? v : next_value(p), &spec);
}

static struct value format(struct percent *p)
{
	struct run *run = p->run;
	size_t mark = text_begin(run), n;
	bool may_be_left = can_iterate(p->mapping) && !is_text(p->mapping);

	charge_bytes(run, p->rest.n);
	while (p->rest.n) {
		n = slice_find(p->rest, '%');
		put_slice(run, slice_first(p->rest, n));
		if (n == p->rest.n)
			break;
		p->rest = slice_after(p->rest, n + 1);
		charge(run, 1);
		put_conversion(p);
	}
	if (p->next < p->n && !may_be_left)
		run_fail(run, "not all arguments converted during string formatting");
	struct value text = text_end(run, mark);
	return p->escape ? value_safe(text) : text;
}

struct value format_percent_with(struct run *run, struct value text, const struct value *values,
				 uint32_t n)
{
	struct percent p = {run, value_chars(text), values, n, .escape = is_safe(text)};

	return format(&p);
}

struct value format_percent(struct run *run, struct value text, struct value value)
{
	struct percent p = {run, value_chars(text), &value, 1, 0, value, is_safe(text)};

	if (value.type == VALUE_TUPLE)
		return format_percent_with(run, text, value.list->at, value.list->n);
	return format(&p);
}
