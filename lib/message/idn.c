#include "base/utf8.h"
#include "message/address.h"

/*
 * International domain names as A-labels: punycode (RFC 3492), and of the mapping before it (UTS
 * #46) what needs no tables of Unicode. A library for it would make every program that accepts mail
 * start slower, for 100 lines; what these do not decide, they refuse.
 */

#define LABEL_MOST 63

/* --- which letters may stand, and in which case --- */

/* Marks, signs and forms that the full mapping would change or forbid. */
static const struct {
	uint32_t first, last;
} refused[] = {
	{0x0080, 0x00b6},    /* C1, and signs that are forms of others */
	{0x00b8, 0x00bf},    /* likewise; U+00B7 stands in Catalan names */
	{0x00d7, 0x00d7},    /* multiplication sign */
	{0x00f7, 0x00f7},    /* division sign */
	{0x0130, 0x0130},    /* I with dot above: two letters in lower case */
	{0x0132, 0x0133},    /* ligature ij */
	{0x013f, 0x0140},    /* l with middle dot */
	{0x0149, 0x0149},    /* n preceded by apostrophe */
	{0x017f, 0x017f},    /* long s */
	{0x01c4, 0x01cc},    /* digraphs */
	{0x01f1, 0x01f3},    /* digraphs */
	{0x02b0, 0x036f},    /* modifier letters and combining marks */
	{0x1ab0, 0x1aff},    /* combining marks */
	{0x1d2c, 0x1d6a},    /* modifier letters */
	{0x1dc0, 0x1dff},    /* combining marks */
	{0x1e96, 0x1e9f},    /* letters without a simple pair */
	{0x2000, 0x2bff},    /* punctuation, signs, symbols */
	{0x2e00, 0x2e7f},    /* punctuation */
	{0x2f00, 0x3004},    /* radicals, ideographic punctuation */
	{0x3008, 0x3020},    /* brackets */
	{0x3200, 0x33ff},    /* enclosed and squared forms */
	{0xd800, 0xfaff},    /* surrogates, private use, compatibility ideographs */
	{0xfb00, 0xfdff},    /* presentation forms */
	{0xfe00, 0xffff},    /* variation selectors, full and half width, specials */
	{0x1d400, 0x1d7ff},  /* mathematical letters */
	{0x1f100, 0x1f2ff},  /* enclosed letters */
	{0xe0000, 0x10ffff}, /* tags, private use */
};

/* Upper case: every step-th letter of a range, and how far away its lower case stands. */
/* clang-format off */
static const struct {
	uint32_t first, last, step;
	int32_t distance;
} upper[] = {
	{'A', 'Z', 1, 32},
	{0x00c0, 0x00de, 1, 32},
	{0x0100, 0x0136, 2, 1},
	{0x0139, 0x0147, 2, 1},
	{0x014a, 0x0176, 2, 1},
	{0x0178, 0x0178, 1, -121},
	{0x0179, 0x017d, 2, 1},
	{0x0218, 0x021e, 2, 1},
	{0x0386, 0x0386, 1, 38},
	{0x0388, 0x038a, 1, 37},
	{0x038c, 0x038c, 1, 64},
	{0x038e, 0x038f, 1, 63},
	{0x0391, 0x03ab, 1, 32},
	{0x0400, 0x040f, 1, 80},
	{0x0410, 0x042f, 1, 32},
	{0x0460, 0x0480, 2, 1},
	{0x048a, 0x04be, 2, 1},
	{0x04d0, 0x052e, 2, 1},
	{0x0531, 0x0556, 1, 48},
	{0x1e00, 0x1e94, 2, 1},
	{0x1ea0, 0x1efe, 2, 1},
};
/* clang-format on */

static bool is_refused(uint32_t point)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (point >= refused[i].first && point <= refused[i].last)
			return true;
	return false;
}

static uint32_t lower(uint32_t point)
{
	for (size_t i = 0; i < sizeof upper / sizeof *upper; i++)
		if (point >= upper[i].first && point <= upper[i].last)
			return (point - upper[i].first) % upper[i].step == 0
				       ? point + (uint32_t)upper[i].distance
				       : point;
	return point;
}

/* --- punycode --- */

#define BASE 36u
#define T_LEAST 1u
#define T_MOST 26u

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
	uint32_t k = 0;

	delta = first ? delta / 700 : delta / 2;
	delta += delta / points;
	for (; delta > (BASE - T_LEAST) * T_MOST / 2; k += BASE)
		delta /= BASE - T_LEAST;
	return k + (BASE - T_LEAST + 1) * delta / (delta + 38);
}

static char digit(uint32_t value)
{
	return (char)(value < 26 ? 'a' + value : '0' + value - 26);
}

/* Adds delta as a number of variable length. */
static void add_delta(struct buf *out, uint32_t delta, uint32_t bias)
{
	for (uint32_t k = BASE;; k += BASE) {
		uint32_t t = k <= bias ? T_LEAST : k >= bias + T_MOST ? T_MOST : k - bias;
		if (delta < t)
			break;
		buf_add_char(out, digit(t + (delta - t) % (BASE - t)));
		delta = (delta - t) / (BASE - t);
	}
	buf_add_char(out, digit(delta));
}

/* n is at most LABEL_MOST, so that delta stays far below 2^32. */
static void punycode(const uint32_t *points, uint32_t n, struct buf *out)
{
	uint32_t next = 0x80, delta = 0, bias = 72, done, plain = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (points[i] >= 0x80)
			continue;
		buf_add_char(out, (char)points[i]);
		plain++;
	}
	done = plain;
	if (plain)
		buf_add_char(out, '-');

	while (done < n) {
		uint32_t least = UINT32_MAX;
		for (uint32_t i = 0; i < n; i++)
			if (points[i] >= next && points[i] < least)
				least = points[i];
		delta += (least - next) * (done + 1);
		next = least;
		for (uint32_t i = 0; i < n; i++) {
			if (points[i] < next)
				delta++;
			if (points[i] != next)
				continue;
			add_delta(out, delta, bias);
			bias = adapt(delta, done + 1, done == plain);
			delta = 0;
			done++;
		}
		delta++;
		next++;
	}
}

/* --- domains --- */

/* Takes one label off the front and adds it to *out. */
static bool take_label(struct slice *rest, struct buf *out, struct err *err)
{
	uint32_t points[LABEL_MOST];
	uint32_t n = 0;
	bool ascii = true;

	while (rest->n) {
		size_t length;
		uint32_t point = utf8_decode(*rest, &length);
		if (point == '.' || point == 0x3002)
			break;
		if (is_refused(point) || point == UTF8_BAD)
			return err_set(err, EX_DATAERR,
				       "a character in the domain that needs its A-label (xn--)");
		if (n == LABEL_MOST)
			return err_set(err, EX_DATAERR, "a part of the domain is too long");
		points[n++] = lower(point);
		ascii = ascii && point < 0x80;
		*rest = slice_after(*rest, length);
	}
	if (!ascii)
		buf_add_text(out, "xn--");
	if (ascii)
		for (uint32_t i = 0; i < n; i++)
			buf_add_char(out, (char)points[i]);
	else
		punycode(points, n, out);
	return true;
}

bool address_domain_ascii(struct slice domain, struct arena *arena, struct slice *ascii,
			  struct err *err)
{
	struct buf out = {0};
	bool ok = true;

	*ascii = domain;
	if (utf8_is_ascii(domain))
		return true;
	if (domain.n > 4 * ADDRESS_DOMAIN_MOST)
		return err_set(err, EX_DATAERR, "the domain is too long");

	while (ok && domain.n) {
		size_t dot;
		ok = take_label(&domain, &out, err);
		if (!ok || !domain.n)
			break;
		utf8_decode(domain, &dot);
		domain = slice_after(domain, dot);
		buf_add_char(&out, '.');
	}
	if (ok)
		*ascii = arena_slice(arena, buf_slice(&out));
	buf_free(&out);
	return ok;
}
