#include "template/methods_text.h"

#include "base/utf8.h"
#include "template/html.h"
#include "template/run.h"
#include "template/slice.h"
#include "template/text.h"
#include "template/unicode.h"

/* --- case --- */

static struct value method_capitalize(struct run *run, const struct value *arg)
{
	return text_capitalize(run, self(arg));
}

static struct value method_casefold(struct run *run, const struct value *arg)
{
	return text_casefold(run, self(arg));
}

static struct value method_lower(struct run *run, const struct value *arg)
{
	return text_lower(run, self(arg));
}

static struct value method_swapcase(struct run *run, const struct value *arg)
{
	return text_swapcase(run, self(arg));
}

static struct value method_title(struct run *run, const struct value *arg)
{
	return text_title(run, self(arg));
}

static struct value method_upper(struct run *run, const struct value *arg)
{
	return text_upper(run, self(arg));
}

/* --- width --- */

static struct slice fill_of(struct run *run, struct value arg)
{
	struct slice fill = arg_text(run, arg, " ");

	if (utf8_length(fill) != 1)
		run_fail(run, "the fill character must be exactly one character long");
	return fill;
}

static int64_t missing_width(struct run *run, const struct value *arg)
{
	int64_t width = arg_int(run, arg[1], 0), n = (int64_t)text_length(run, self(arg));

	return width > n ? width - n : 0;
}

static struct value method_center(struct run *run, const struct value *arg)
{
	struct slice fill = fill_of(run, arg[2]);
	int64_t pad = missing_width(run, arg);
	int64_t left = pad / 2 + (pad & arg_int(run, arg[1], 0) & 1);

	return text_pad(run, self(arg), fill, left, pad - left);
}

static struct value method_ljust(struct run *run, const struct value *arg)
{
	struct slice fill = fill_of(run, arg[2]);

	return text_pad(run, self(arg), fill, 0, missing_width(run, arg));
}

static struct value method_rjust(struct run *run, const struct value *arg)
{
	struct slice fill = fill_of(run, arg[2]);

	return text_pad(run, self(arg), fill, missing_width(run, arg), 0);
}

static struct value method_zfill(struct run *run, const struct value *arg)
{
	struct slice s = self(arg);
	int64_t pad = missing_width(run, arg);
	size_t mark = text_begin(run), sign = s.n && (*s.p == '-' || *s.p == '+');

	put_slice(run, slice_first(s, sign));
	put_times(run, slice_text("0"), (uint64_t)pad);
	put_slice(run, slice_after(s, sign));
	return text_end(run, mark);
}

static struct value method_expandtabs(struct run *run, const struct value *arg)
{
	struct slice s = self(arg);
	int64_t size = arg_int(run, arg[1], 8), column = 0;
	size_t mark = text_begin(run), n;

	charge_bytes(run, s.n);
	for (; s.n; s = slice_after(s, n)) {
		uint32_t point = utf8_decode(s, &n);
		if (point == '\t') {
			int64_t pad = size > 0 ? size - column % size : 0;
			put_times(run, slice_text(" "), (uint64_t)pad);
			column += pad;
			continue;
		}
		put_slice(run, slice_first(s, n));
		column = point == '\n' || point == '\r' ? 0 : column + 1;
	}
	return text_end(run, mark);
}

/* --- taking off and replacing --- */

static struct value strip(struct run *run, const struct value *arg, enum text_sides sides)
{
	struct slice s = self(arg);

	if (!is_missing(arg[1]) && !is_none(arg[1]))
		return value_slice(text_strip(run, s, arg_text(run, arg[1], ""), sides));
	if (sides & TEXT_LEFT)
		s = unicode_strip_left(s);
	return value_slice(sides & TEXT_RIGHT ? unicode_strip_right(s) : s);
}

static struct value method_strip(struct run *run, const struct value *arg)
{
	return strip(run, arg, TEXT_BOTH);
}

static struct value method_lstrip(struct run *run, const struct value *arg)
{
	return strip(run, arg, TEXT_LEFT);
}

static struct value method_rstrip(struct run *run, const struct value *arg)
{
	return strip(run, arg, TEXT_RIGHT);
}

static struct value method_replace(struct run *run, const struct value *arg)
{
	return text_replace(run, self(arg), arg_text(run, arg[1], ""), arg_text(run, arg[2], ""),
			    arg_int(run, arg[3], -1));
}

/* --- Markup only --- */

static struct value method_escape(struct run *run, const struct value *arg)
{
	return escape_value(run, arg[1]);
}

static struct value method_striptags(struct run *run, const struct value *arg)
{
	return html_strip_tags(run, self(arg));
}

static struct value method_unescape(struct run *run, const struct value *arg)
{
	return html_unescape(run, self(arg));
}

/* name, function, fewest and most parameters (with self), their names if they may be named; whether
 * Markup's own version escapes its arguments and returns Markup */
/* clang-format off */
const struct builtin text_methods[] = {
	{"capitalize", method_capitalize, 1, 1, .markup = true},
	{"casefold",method_casefold, 1, 1},
	{"center", method_center, 2, 3, .markup = true},
	{"count", method_count, 2, 4},
	{"endswith", method_endswith, 2, 4},
	{"expandtabs", method_expandtabs, 1, 2, "self tabsize",.markup = true},
	{"find", method_find_text, 2, 4},
	{"format", .call_any = method_format},
	{"format_map", method_format_map, 2, 2},
	{"index", method_index, 2, 4},
	{"isalnum", method_isalnum, 1, 1},
	{"isalpha", method_isalpha, 1, 1},
	{"isascii", method_isascii, 1, 1},
	{"isdecimal", method_isdecimal, 1, 1},
	{"isdigit", method_isdigit, 1, 1},
	{"isidentifier", method_isidentifier, 1, 1},
	{"islower", method_islower, 1, 1},
	{"isnumeric", method_isnumeric, 1, 1},
	{"isprintable", method_isprintable, 1, 1},
	{"isspace", method_isspace, 1, 1},
	{"istitle", method_istitle, 1, 1},
	{"isupper", method_isupper, 1, 1},
	{"join", method_join, 2, 2, .markup = true},
	{"ljust", method_ljust, 2, 3, .markup = true},
	{"lower", method_lower, 1, 1, .markup = true},
	{"lstrip", method_lstrip, 1, 2, .markup = true},
	{"partition", method_partition, 2, 2, .markup = true},
	{"removeprefix",method_removeprefix, 2, 2},
	{"removesuffix",method_removesuffix, 2, 2},
	{"replace", method_replace, 3, 4, .markup = true},
	{"rfind", method_rfind, 2, 4},
	{"rindex", method_rindex, 2, 4},
	{"rjust", method_rjust, 2, 3, .markup = true},
	{"rpartition", method_rpartition, 2, 2, .markup = true},
	{"rsplit", method_rsplit, 1, 3, "self sep maxsplit",.markup = true},
	{"rstrip", method_rstrip, 1, 2, .markup = true},
	{"split", method_split, 1, 3, "self sep maxsplit",.markup = true},
	{"splitlines", method_splitlines, 1, 2, "self keepends",.markup = true},
	{"startswith", method_startswith, 2, 4},
	{"strip", method_strip, 1, 2, .markup = true},
	{"swapcase", method_swapcase, 1, 1, .markup = true},
	{"title", method_title, 1, 1, .markup = true},
	{"upper", method_upper, 1, 1, .markup = true},
	{"zfill", method_zfill, 2, 2, .markup = true},
};
/* clang-format on */
const size_t text_methods_n = sizeof text_methods / sizeof *text_methods;

/* clang-format off */
const struct builtin markup_methods[] = {
	{"escape", method_escape, 2, 2},
	{"striptags", method_striptags, 1, 1},
	{"unescape", method_unescape, 1, 1},
};
/* clang-format on */
const size_t markup_methods_n = sizeof markup_methods / sizeof *markup_methods;
