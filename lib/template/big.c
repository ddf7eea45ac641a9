#include "template/big.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define BASE 1000000000u
#define LIMB_DIGITS 9
#define LIMBS ((BIG_DIGITS + LIMB_DIGITS - 1) / LIMB_DIGITS)

/* The magnitude, the lowest limb first, no zero limb at the top. */
struct big {
	bool negative;
	uint32_t n;
	uint32_t limb[];
};

/* A small integer in the same form: 64 bits need three limbs. */
struct small {
	bool negative;
	uint32_t n;
	uint32_t limb[3];
};

struct number {
	bool negative;
	uint32_t n;
	const uint32_t *limb;
};

static struct number number_of(struct value v, struct small *room)
{
	if (v.type == VALUE_BIG)
		return (struct number){v.big->negative, v.big->n, v.big->limb};

	int64_t i = v.type == VALUE_BOOL ? v.truth : v.i;
	uint64_t rest = i < 0 ? -(uint64_t)i : (uint64_t)i;
	*room = (struct small){.negative = i < 0};
	for (; rest; rest /= BASE)
		room->limb[room->n++] = (uint32_t)(rest % BASE);
	return (struct number){room->negative, room->n, room->limb};
}

static struct big *new_big(struct run *run, uint32_t n)
{
	if (n > LIMBS + 1)
		run_fail(run, "an integer of more than %d digits", BIG_DIGITS);
	charge(run, n);
	return take(run, sizeof(struct big) + n * sizeof(uint32_t));
}

static bool fits(const struct big *big, int64_t *i)
{
	unsigned __int128 magnitude = 0;

	if (big->n > 3)
		return false;
	for (uint32_t k = big->n; k > 0; k--)
		magnitude = magnitude * BASE + big->limb[k - 1];
	if (magnitude > (uint64_t)INT64_MAX + (big->negative ? 1 : 0))
		return false;
	*i = big->negative ? (int64_t) - (uint64_t)magnitude : (int64_t)magnitude;
	return true;
}

static struct value normal(struct big *big)
{
	int64_t i;

	while (big->n > 0 && big->limb[big->n - 1] == 0)
		big->n--;
	if (fits(big, &i))
		return value_int(i);
	return (struct value){.type = VALUE_BIG, .big = big};
}

/* As normal, for what must not have more digits than we want. */
static struct value bounded(struct run *run, struct big *big)
{
	struct value v = normal(big);

	if (v.type == VALUE_BIG && big->n > LIMBS)
		run_fail(run, "an integer of more than %d digits", BIG_DIGITS);
	return v;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return (c | 32) - 'a' + 10;
}

bool big_parse(struct arena *arena, struct slice digits, int base, bool negative,
	       struct value *value)
{
	while (digits.n > 1 && *digits.p == '0')
		digits = slice_after(digits, 1);
	if (digits.n > BIG_DIGITS)
		return false;

	struct big *big = arena_alloc(arena, sizeof *big + (digits.n / 5 + 2) * sizeof(uint32_t));
	big->negative = negative;
	for (size_t i = 0; i < digits.n; i++) {
		uint64_t carry = (uint64_t)digit_value(digits.p[i]);
		for (uint32_t k = 0; k < big->n; k++) {
			carry += (uint64_t)big->limb[k] * (unsigned)base;
			big->limb[k] = (uint32_t)(carry % BASE);
			carry /= BASE;
		}
		if (carry)
			big->limb[big->n++] = (uint32_t)carry;
	}
	*value = normal(big);
	return big->n <= LIMBS;
}

/* --- magnitudes --- */

static int compare_magnitude(struct number a, struct number b)
{
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	for (uint32_t k = a.n; k > 0; k--)
		if (a.limb[k - 1] != b.limb[k - 1])
			return a.limb[k - 1] < b.limb[k - 1] ? -1 : 1;
	return 0;
}

static struct value add_magnitude(struct run *run, struct number a, struct number b, bool negative)
{
	uint32_t n = (a.n > b.n ? a.n : b.n) + 1, carry = 0;
	struct big *sum = new_big(run, n);

	sum->n = n;
	sum->negative = negative;
	for (uint32_t k = 0; k < n; k++) {
		uint32_t limb = carry + (k < a.n ? a.limb[k] : 0) + (k < b.n ? b.limb[k] : 0);
		carry = limb >= BASE;
		sum->limb[k] = carry ? limb - BASE : limb;
	}
	return bounded(run, sum);
}

/* a - b, where a is not the smaller one. */
static struct value subtract_magnitude(struct run *run, struct number a, struct number b,
				       bool negative)
{
	struct big *rest = new_big(run, a.n);
	int64_t borrow = 0;

	rest->n = a.n;
	rest->negative = negative;
	for (uint32_t k = 0; k < a.n; k++) {
		int64_t limb = (int64_t)a.limb[k] - borrow - (k < b.n ? b.limb[k] : 0);
		borrow = limb < 0;
		rest->limb[k] = (uint32_t)(limb < 0 ? limb + BASE : limb);
	}
	return normal(rest);
}

static struct value add_signed(struct run *run, struct number a, struct number b)
{
	if (a.negative == b.negative)
		return add_magnitude(run, a, b, a.negative);
	if (compare_magnitude(a, b) >= 0)
		return subtract_magnitude(run, a, b, a.negative);
	return subtract_magnitude(run, b, a, b.negative);
}

/* --- arithmetic --- */

struct value big_add(struct run *run, struct value a, struct value b)
{
	struct small x, y;

	return add_signed(run, number_of(a, &x), number_of(b, &y));
}

struct value big_subtract(struct run *run, struct value a, struct value b)
{
	struct small x, y;
	struct number right = number_of(b, &y);

	right.negative = !right.negative;
	return add_signed(run, number_of(a, &x), right);
}

struct value big_negate(struct run *run, struct value a)
{
	return big_subtract(run, value_int(0), a);
}

struct value big_multiply(struct run *run, struct value a, struct value b)
{
	struct small x, y;
	struct number left = number_of(a, &x), right = number_of(b, &y);
	struct big *product = new_big(run, left.n + right.n);

	charge(run, (uint64_t)left.n * right.n / 8);
	product->n = left.n + right.n;
	product->negative = left.negative != right.negative;
	for (uint32_t i = 0; i < left.n; i++) {
		uint64_t carry = 0;
		for (uint32_t k = 0; k < right.n || carry; k++) {
			carry += product->limb[i + k];
			if (k < right.n)
				carry += (uint64_t)left.limb[i] * right.limb[k];
			product->limb[i + k] = (uint32_t)(carry % BASE);
			carry /= BASE;
		}
	}
	return bounded(run, product);
}

struct value big_power(struct run *run, struct value a, uint64_t exponent)
{
	struct value power = value_int(1);

	for (;;) {
		if (exponent & 1)
			power = big_multiply(run, power, a);
		exponent >>= 1;
		if (!exponent)
			return power;
		a = big_multiply(run, a, a);
	}
}

/* How often b goes into rest (limbs from `at` on); by bisection: short numbers, and rare. */
static uint32_t quotient_digit(struct big *rest, uint32_t at, struct number b)
{
	uint32_t low = 0, high = BASE - 1;

	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;
		uint64_t carry = 0;
		int order = 0;
		for (uint32_t k = 0; k <= b.n; k++) {
			carry += k < b.n ? (uint64_t)b.limb[k] * middle : 0;
			uint32_t limb = (uint32_t)(carry % BASE), has = rest->limb[at + k];
			if (limb != has)
				order = limb < has ? -1 : 1;
			carry /= BASE;
		}
		if (order > 0 || carry)
			high = middle - 1;
		else
			low = middle;
	}
	return low;
}

static void take_away(struct big *rest, uint32_t at, struct number b, uint32_t times)
{
	int64_t carry = 0;

	for (uint32_t k = 0; k <= b.n; k++) {
		carry += rest->limb[at + k];
		carry -= k < b.n ? (int64_t)b.limb[k] * times : 0;
		int64_t limb = carry % (int64_t)BASE;
		carry /= (int64_t)BASE;
		if (limb < 0) {
			limb += BASE;
			carry--;
		}
		rest->limb[at + k] = (uint32_t)limb;
	}
}

void big_divide(struct run *run, struct value a, struct value b, struct value *quotient,
		struct value *remainder)
{
	struct small x, y;
	struct number left = number_of(a, &x), right = number_of(b, &y);
	struct big *rest = new_big(run, left.n + 1), *result = new_big(run, left.n + 1);

	charge(run, (uint64_t)left.n * right.n * 4);
	rest->n = left.n + 1;
	result->n = left.n + 1;
	memcpy(rest->limb, left.limb, left.n * sizeof *left.limb);
	for (uint32_t at = left.n >= right.n ? left.n - right.n + 1 : 0; at > 0; at--) {
		result->limb[at - 1] = quotient_digit(rest, at - 1, right);
		take_away(rest, at - 1, right, result->limb[at - 1]);
	}
	result->negative = left.negative != right.negative;
	rest->negative = left.negative;
	*quotient = normal(result);
	*remainder = normal(rest);

	bool exact = remainder->type == VALUE_INT && remainder->i == 0;
	if (!exact && left.negative != right.negative) { /* towards minus infinity */
		*quotient = big_subtract(run, *quotient, value_int(1));
		*remainder = big_add(run, *remainder, b);
	}
}

int big_compare(struct value a, struct value b)
{
	struct small x, y;
	struct number left = number_of(a, &x), right = number_of(b, &y);

	if (left.negative != right.negative)
		return left.negative ? -1 : 1;

	int order = compare_magnitude(left, right);
	return left.negative ? -order : order;
}

bool big_is_negative(struct value a)
{
	struct small room;

	return number_of(a, &room).negative;
}

/* --- to and from other forms --- */

static char *digits_of(const struct big *big, char *text)
{
	char *p = text;

	if (big->negative)
		*p++ = '-';
	p += sprintf(p, "%u", big->limb[big->n - 1]);
	for (uint32_t k = big->n - 1; k > 0; k--)
		p += sprintf(p, "%09u", big->limb[k - 1]);
	return text;
}

#define TEXT_SIZE ((LIMBS + 2) * LIMB_DIGITS + 2)

double big_to_double(struct value a)
{
	char text[TEXT_SIZE];

	if (a.type != VALUE_BIG)
		return a.type == VALUE_BOOL ? a.truth : (double)a.i;
	return strtod(digits_of(a.big, text), NULL);
}

struct value big_from_double(struct run *run, double whole)
{
	char text[400];
	struct value value;
	bool negative = whole < 0;

	if (fabs(whole) < 9e18)
		return value_int((int64_t)whole);
	int n = snprintf(text, sizeof text, "%.0f", fabs(whole));
	charge(run, 100);
	take(run, 0);
	big_parse(run->arena, slice_make(text, (size_t)n), 10, negative, &value);
	return value;
}

void put_big(struct run *run, struct value a)
{
	char text[TEXT_SIZE];

	put_chars(run, digits_of(a.big, text));
}
