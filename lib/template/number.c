#include "template/number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "template/big.h"
#include "template/unicode.h"

/* Powers of ten that a double holds exactly. */
static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
				1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
				1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* --- reading --- */

static double slow_decimal(struct slice text)
{
	char copy[64], *long_copy = NULL, *p = copy;
	double d;

	if (text.n >= sizeof copy)
		p = long_copy = malloc(text.n + 1);
	if (!p)
		return NAN;
	memcpy(p, text.p, text.n);
	p[text.n] = '\0';
	d = strtod(p, NULL);
	free(long_copy);
	return d;
}

/* Up to 15 digits over a small power of ten are one correctly rounded division. */
double number_decimal(struct slice text)
{
	uint64_t digits = 0;
	size_t i = 0, n = 0, after = 0;
	bool negative = text.n && *text.p == '-', point = false;

	for (i = negative; i < text.n; i++) {
		char c = text.p[i];
		if (c == '.' && !point) {
			point = true;
			continue;
		}
		if (c < '0' || c > '9' || ++n > 15)
			return slow_decimal(text);
		digits = digits * 10 + (uint64_t)(c - '0');
		after += point;
	}

	double d = (double)digits / powers[after];
	return negative ? -d : d;
}

static bool parse_int(struct arena *arena, struct slice digits, int base, bool negative,
		      struct value *value)
{
	int64_t i = 0;

	if (base != 10 || digits.n > 18)
		return big_parse(arena, digits, base, negative, value);
	for (size_t k = 0; k < digits.n; k++)
		i = i * 10 + (digits.p[k] - '0');
	*value = value_int(negative ? -i : i);
	return true;
}

static int base_prefix(struct slice text)
{
	if (text.n < 3 || *text.p != '0')
		return 10;
	switch (text.p[1] | 32) {
	case 'x':
		return 16;
	case 'o':
		return 8;
	case 'b':
		return 2;
	default:
		return 10;
	}
}

bool number_literal(struct slice text, struct arena *arena, struct value *value)
{
	int base = base_prefix(text);

	if (base != 10)
		return parse_int(arena, slice_after(text, 2), base, false, value);
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9') {
			*value = value_float(number_decimal(text));
			return true;
		}
	return parse_int(arena, text, 10, false, value);
}

static bool is_digit_of(char c, int base)
{
	int digit = c >= '0' && c <= '9'                 ? c - '0'
		    : (c | 32) >= 'a' && (c | 32) <= 'z' ? (c | 32) - 'a' + 10
							 : 99;

	return digit < base;
}

/* Decimal digits of all scripts become ASCII, white space at the ends goes; false when too long. */
static bool plain_digits(struct slice text, char *out, size_t room, size_t *n)
{
	size_t length;

	text = unicode_strip(text);
	for (*n = 0; text.n; text = slice_after(text, length)) {
		uint32_t point = utf8_decode(text, &length);
		int digit = unicode_decimal(point);
		if (*n + 1 >= room || (point > 0x7f && digit < 0))
			return false;
		out[(*n)++] = digit >= 0 ? (char)('0' + digit) : (char)point;
	}
	out[*n] = '\0';
	return *n > 0;
}

/* Single underscores may stand between digits; drops them. */
static bool drop_underscores(char *text, size_t *n)
{
	char *out = text;

	for (size_t i = 0; i < *n; i++) {
		if (text[i] != '_') {
			*out++ = text[i];
			continue;
		}
		if (i == 0 || i + 1 == *n || text[i - 1] == '_' || !is_digit_of(text[i - 1], 36) ||
		    !is_digit_of(text[i + 1], 36))
			return false;
	}
	*n = (size_t)(out - text);
	*out = '\0';
	return true;
}

bool number_int(struct run *run, struct slice text, int base, struct value *value)
{
	char digits[BIG_DIGITS + 16], *p = digits;
	size_t n;

	if (!plain_digits(text, digits, sizeof digits, &n))
		return false;
	bool negative = *p == '-';
	if (*p == '-' || *p == '+')
		p++, n--;
	int prefix = base_prefix(slice_make(p, n));
	if (prefix != 10 && (base == prefix || base == 0)) {
		base = prefix;
		p += 2, n -= 2;
		if (*p == '_') /* 0x_ff */
			p++, n--;
	}
	if (base == 0)
		base = 10;
	if (!drop_underscores(p, &n) || n == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_digit_of(p[i], base))
			return false;
	charge(run, n > 18 ? n * n / 16 : 1);
	take(run, 0);
	return parse_int(run->arena, slice_make(p, n), base, negative, value);
}

bool number_float(struct slice text, double *d)
{
	char copy[1100], *end, *p = copy;
	size_t n;

	if (!plain_digits(text, copy, sizeof copy, &n) || !drop_underscores(copy, &n))
		return false;
	if (*p == '+' || *p == '-')
		p++;
	if ((p[0] == '0' && (p[1] | 32) == 'x') || strpbrk(p, "()")) /* C's, not Python's */
		return false;
	*d = strtod(copy, &end);
	return end == copy + n && end > copy;
}

double number_as_double(struct value v)
{
	switch (v.type) {
	case VALUE_FLOAT:
		return v.d;
	case VALUE_BOOL:
		return v.truth;
	case VALUE_INT:
		return (double)v.i;
	default:
		return big_to_double(v);
	}
}

/* --- writing --- */

void put_int(struct run *run, int64_t i)
{
	char text[24], *p = text + sizeof text;
	uint64_t rest = i < 0 ? -(uint64_t)i : (uint64_t)i;

	do
		*--p = (char)('0' + rest % 10);
	while (rest /= 10);
	if (i < 0)
		*--p = '-';
	put(run, p, (size_t)(text + sizeof text - p));
}

static bool put_special(struct run *run, double d, bool upper)
{
	if (isnan(d))
		put_chars(run, upper ? "NAN" : "nan");
	else if (isinf(d))
		put_chars(run, upper ? (d < 0 ? "-INF" : "INF") : (d < 0 ? "-inf" : "inf"));
	else
		return false;
	return true;
}

/*
 * A decimal of up to 15 digits that reads back as d is the shortest there is: two such decimals
 * never read back as the same double.
 */
static bool put_short_float(struct run *run, double d)
{
	double magnitude = fabs(d);

	if (magnitude >= 1e15 || (magnitude < 1e-3 && magnitude != 0))
		return false;
	for (unsigned places = 0; places <= 6; places++) {
		double scaled = magnitude * powers[places];
		if (scaled >= 1e15)
			return false;
		uint64_t digits = (uint64_t)(scaled + 0.5);
		if ((double)digits / powers[places] != magnitude)
			continue;
		char text[24], *p = text + sizeof text;
		for (unsigned i = 0; i < places; i++, digits /= 10)
			*--p = (char)('0' + digits % 10);
		if (places == 0)
			*--p = '0';
		*--p = '.';
		do
			*--p = (char)('0' + digits % 10);
		while (digits /= 10);
		if (signbit(d))
			*--p = '-';
		put(run, p, (size_t)(text + sizeof text - p));
		return true;
	}
	return false;
}

/* The shortest digits, and the exponent of the first of them. */
static int shortest_digits(double d, char digits[20], int *exponent)
{
	char text[40];
	int n = 0, precision = 0;

	while (precision < 16) {
		snprintf(text, sizeof text, "%.*e", precision, d);
		if (strtod(text, NULL) == d)
			break;
		precision += precision < 14 ? 14 : 1;
	}
	snprintf(text, sizeof text, "%.*e", precision, d);
	for (const char *p = text; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			digits[n++] = *p;
	while (n > 1 && digits[n - 1] == '0')
		n--;
	*exponent = atoi(strchr(text, 'e') + 1);
	return n;
}

/* Positional up to 10^16 and down to 10^-4, else with an exponent of at least two digits. */
void put_float(struct run *run, double d)
{
	char digits[20];
	int exponent;

	if (put_special(run, d, false) || put_short_float(run, d))
		return;
	if (signbit(d))
		put_char(run, '-');
	int n = shortest_digits(fabs(d), digits, &exponent);
	if (exponent < -4 || exponent >= 16) {
		put(run, digits, 1);
		if (n > 1) {
			put_char(run, '.');
			put(run, digits + 1, (size_t)n - 1);
		}
		put_format(run, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
		return;
	}
	if (exponent < 0) {
		put_chars(run, "0.");
		put_times(run, slice_text("0"), (uint64_t)(-exponent - 1));
		put(run, digits, (size_t)n);
		return;
	}
	int whole = n < exponent + 1 ? n : exponent + 1;
	put(run, digits, (size_t)whole);
	put_times(run, slice_text("0"), (uint64_t)(exponent + 1 - whole));
	put_char(run, '.');
	if (n > whole)
		put(run, digits + whole, (size_t)(n - whole));
	else
		put_char(run, '0');
}

/*
 * d * 10^precision, exactly rounded, in 64 bits: false when it does not fit. A double is a 53-bit
 * integer times a power of two, so that 128 bits hold the product and what rounding cuts off.
 */
static bool scale(double d, unsigned precision, uint64_t *scaled)
{
	uint64_t bits, mantissa, ten = 1;
	int exponent;

	if (precision > 9 || d >= 1e9 || d < 1e-9)
		return false;
	memcpy(&bits, &d, sizeof bits);
	mantissa = (bits & 0xfffffffffffff) | (uint64_t)1 << 52;
	exponent = (int)(bits >> 52 & 0x7ff) - 1075;
	for (unsigned i = 0; i < precision; i++)
		ten *= 10;
	unsigned __int128 product = (unsigned __int128)mantissa * ten;
	if (exponent >= 0 || exponent <= -100)
		return false;

	unsigned shift = (unsigned)-exponent;
	unsigned __int128 whole = product >> shift, half = (unsigned __int128)1 << (shift - 1);
	unsigned __int128 rest = product - (whole << shift);
	if (rest > half || (rest == half && (whole & 1)))
		whole++;
	*scaled = (uint64_t)whole;
	return true;
}

static bool put_fixed(struct run *run, double d, unsigned precision, bool alternate)
{
	char text[40], *p = text + sizeof text;
	uint64_t scaled = 0;

	if (d != 0 && !scale(fabs(d), precision, &scaled))
		return false;
	if (d == 0 && precision > 9)
		return false;
	for (unsigned i = 0; i < precision; i++, scaled /= 10)
		*--p = (char)('0' + scaled % 10);
	if (precision || alternate)
		*--p = '.';
	do
		*--p = (char)('0' + scaled % 10);
	while (scaled /= 10);
	if (signbit(d))
		*--p = '-';
	put(run, p, (size_t)(text + sizeof text - p));
	return true;
}

static int print_double(char *room, size_t n, char type, int precision, bool alternate, double d)
{
	switch (type) {
	case 'e':
		return snprintf(room, n, alternate ? "%#.*e" : "%.*e", precision, d);
	case 'E':
		return snprintf(room, n, alternate ? "%#.*E" : "%.*E", precision, d);
	case 'g':
		return snprintf(room, n, alternate ? "%#.*g" : "%.*g", precision, d);
	case 'G':
		return snprintf(room, n, alternate ? "%#.*G" : "%.*G", precision, d);
	default:
		return snprintf(room, n, alternate ? "%#.*f" : "%.*f", precision, d);
	}
}

#define PRECISION_MAX 2000
#define WHOLE_DIGITS 320 /* the largest double has 309 before the point */

void put_double(struct run *run, double d, char type, unsigned precision, bool alternate)
{
	if (put_special(run, d, type < 'a'))
		return;
	if ((type | 32) == 'f' && put_fixed(run, d, precision, alternate))
		return;
	if (precision > PRECISION_MAX)
		run_fail(run, "a precision of more than %d digits", PRECISION_MAX);
	charge(run, precision / 4 + 4);

	size_t room = precision + WHOLE_DIGITS;
	char *end = put_room(run, room);
	run->out->n += (size_t)print_double(end, room, type, (int)precision, alternate, d);
}
