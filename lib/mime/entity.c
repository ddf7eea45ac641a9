#include "mime/entity.h"

#include "base/hex.h"

#define LENGTH_MOST 12 /* longer is no reference, and is not searched for its ';' */

/* U+00A0 to U+00FF. */
static const char *const latin1[] = {
	"nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",
	"copy",   "ordf",   "laquo",  "not",    "shy",    "reg",    "macr",   "deg",    "plusmn",
	"sup2",   "sup3",   "acute",  "micro",  "para",   "middot", "cedil",  "sup1",   "ordm",
	"raquo",  "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",  "Atilde",
	"Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",  "Euml",   "Igrave",
	"Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde",
	"Ouml",   "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",
	"szlig",  "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",  "aelig",  "ccedil",
	"egrave", "eacute", "ecirc",  "euml",   "igrave", "iacute", "icirc",  "iuml",   "eth",
	"ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave",
	"uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml"};

/* clang-format off */
static const struct {
	const char *name;
	uint32_t point;
} others[] = {
	{"amp", '&'},      {"lt", '<'},       {"gt", '>'},        {"quot", '"'},
	{"apos", '\''},    {"euro", 0x20ac},  {"hellip", 0x2026}, {"ndash", 0x2013},
	{"mdash", 0x2014}, {"lsquo", 0x2018}, {"rsquo", 0x2019},  {"sbquo", 0x201a},
	{"ldquo", 0x201c}, {"rdquo", 0x201d}, {"bdquo", 0x201e},  {"bull", 0x2022},
	{"trade", 0x2122}, {"larr", 0x2190},  {"rarr", 0x2192},   {"minus", 0x2212},
	{"zwnj", 0x200c},  {"zwj", 0x200d},   {"ensp", 0x2002},   {"emsp", 0x2003},
	{"thinsp", 0x2009}, {"lsaquo", 0x2039}, {"rsaquo", 0x203a}, {"oelig", 0x153},
	{"OElig", 0x152},  {"scaron", 0x161}, {"Scaron", 0x160},
};
/* clang-format on */

static bool find_name(struct slice name, uint32_t *point)
{
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (slice_is(name, others[i].name)) {
			*point = others[i].point;
			return true;
		}
	for (uint32_t i = 0; i < sizeof latin1 / sizeof *latin1; i++)
		if (slice_is(name, latin1[i])) {
			*point = 0xa0 + i;
			return true;
		}
	return false;
}

/* digits: "233" or "xe9". */
static bool read_number(struct slice digits, uint32_t *point)
{
	int base = digits.n && (*digits.p | 0x20) == 'x' ? 16 : 10;

	*point = 0;
	digits = slice_after(digits, base == 16);
	for (size_t i = 0; i < digits.n; i++) {
		int digit = hex_value(digits.p[i]);
		if (digit < 0 || digit >= base || *point > 0x10ffff)
			return false;
		*point = *point * (uint32_t)base + (uint32_t)digit;
	}
	/* Controls and surrogates are nobody's text. */
	return digits.n && *point >= ' ' && (*point < 0x7f || *point > 0x9f) &&
	       (*point < 0xd800 || *point > 0xdfff) && *point <= 0x10ffff;
}

size_t mime_entity(struct slice s, uint32_t *point)
{
	struct slice name = slice_after(slice_first(s, LENGTH_MOST), 1);
	size_t n = slice_find(name, ';');

	if (n == name.n || n == 0)
		return 0;
	name = slice_first(name, n);
	if (*name.p == '#' ? !read_number(slice_after(name, 1), point) : !find_name(name, point))
		return 0;
	return n + 2;
}
