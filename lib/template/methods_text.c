#include "base/utf8.h"
#include "template/html.h"
#include "template/methods.h"
#include "template/run.h"
#include "template/slice.h"
#include "template/text.h"
#include "template/unicode.h"

static struct slice self(const struct value *arg)
{
	return value_chars(arg[0]);
}

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

/* --- finding --- */

/* The part of self that start and end leave, and how many code points stand before it. */
static struct slice part(struct run *run, const struct value *arg, size_t *before)
{
	struct value none = value_none();
	struct value start = arg_or(arg[2], none), end = arg_or(arg[3], none);
	struct slice kept;

	*before = 0;
	if (is_none(start) && is_none(end))
		return self(arg);
	kept = value_chars(slice_value(run, text_plain(arg[0]), start, end, none));
	if (kept.p >= arg[0].p && kept.p <= arg[0].p + arg[0].n)
		*before = utf8_length(slice_make(arg[0].p, (size_t)(kept.p - arg[0].p)));
	return kept;
}

/* A start behind the end finds nothing, not even nothing. */
static bool starts_behind(struct run *run, const struct value *arg)
{
	return arg[2].type == VALUE_INT && arg[2].i > (int64_t)text_length(run, self(arg));
}

static int64_t find(struct run *run, const struct value *arg, bool last)
{
	size_t before, at;
	struct slice s = part(run, arg, &before), what = arg_text(run, arg[1], "");

	charge_bytes(run, s.n);
	if (starts_behind(run, arg))
		return -1;
	at = last ? text_find_last(run, s, what) : text_find(s, what, 0);
	return at == SIZE_MAX ? -1 : (int64_t)(before + utf8_length(slice_first(s, at)));
}

static struct value method_find_(struct run *run, const struct value *arg)
{
	return value_int(find(run, arg, false));
}

static struct value method_rfind(struct run *run, const struct value *arg)
{
	return value_int(find(run, arg, true));
}

static struct value found(struct run *run, int64_t at)
{
	if (at < 0)
		run_fail(run, "substring not found");
	return value_int(at);
}

static struct value method_index(struct run *run, const struct value *arg)
{
	return found(run, find(run, arg, false));
}

static struct value method_rindex(struct run *run, const struct value *arg)
{
	return found(run, find(run, arg, true));
}

static struct value method_count(struct run *run, const struct value *arg)
{
	size_t before, at = 0;
	struct slice s = part(run, arg, &before), what = arg_text(run, arg[1], "");
	int64_t n = 0;

	charge_bytes(run, s.n);
	if (starts_behind(run, arg))
		return value_int(0);
	if (what.n == 0)
		return value_int((int64_t)utf8_length(s) + 1);
	for (; (at = text_find(s, what, at)) != SIZE_MAX; at += what.n)
		n++;
	return value_int(n);
}

static bool begins(struct slice s, struct slice with)
{
	return slice_equal(slice_first(s, with.n), with);
}

static bool ends(struct slice s, struct slice with)
{
	return s.n >= with.n && slice_equal(slice_after(s, s.n - with.n), with);
}

/* The text, or any of a tuple of them. */
static struct value matches(struct run *run, const struct value *arg,
			    bool (*match)(struct slice, struct slice))
{
	size_t before;
	struct slice s = part(run, arg, &before);

	if (starts_behind(run, arg))
		return value_bool(false);
	if (arg[1].type != VALUE_TUPLE)
		return value_bool(match(s, arg_text(run, arg[1], "")));
	struct items items = iterate(run, arg[1]);
	for (uint32_t i = 0; i < items.n; i++)
		if (match(s, arg_text(run, items.at[i], "")))
			return value_bool(true);
	return value_bool(false);
}

static struct value method_startswith(struct run *run, const struct value *arg)
{
	return matches(run, arg, begins);
}

static struct value method_endswith(struct run *run, const struct value *arg)
{
	return matches(run, arg, ends);
}

/* --- taking off and replacing --- */

static struct value strip(struct run *run, const struct value *arg, int ends_)
{
	struct slice s = self(arg);

	if (!is_missing(arg[1]) && !is_none(arg[1]))
		return value_slice(text_strip(run, s, arg_text(run, arg[1], ""), ends_));
	if (ends_ & 1)
		s = unicode_strip_left(s);
	return value_slice(ends_ & 2 ? unicode_strip_right(s) : s);
}

static struct value method_strip(struct run *run, const struct value *arg)
{
	return strip(run, arg, 3);
}

static struct value method_lstrip(struct run *run, const struct value *arg)
{
	return strip(run, arg, 1);
}

static struct value method_rstrip(struct run *run, const struct value *arg)
{
	return strip(run, arg, 2);
}

static struct value method_removeprefix(struct run *run, const struct value *arg)
{
	struct slice prefix = arg_text(run, arg[1], "");

	return value_slice(begins(self(arg), prefix) ? slice_after(self(arg), prefix.n)
						     : self(arg));
}

static struct value method_removesuffix(struct run *run, const struct value *arg)
{
	struct slice s = self(arg), suffix = arg_text(run, arg[1], "");

	return value_slice(ends(s, suffix) ? slice_first(s, s.n - suffix.n) : s);
}

static struct value method_replace(struct run *run, const struct value *arg)
{
	return text_replace(run, self(arg), arg_text(run, arg[1], ""), arg_text(run, arg[2], ""),
			    arg_int(run, arg[3], -1));
}

/* --- splitting and joining --- */

static void add_slice(struct run *run, struct value list, struct slice s)
{
	charge(run, 1);
	list_add(run, list.list, value_slice(s));
}

static void split_words(struct run *run, struct value list, struct slice rest, int64_t most)
{
	struct slice word;

	while (most != 0 && text_next_word(&rest, &word)) {
		add_slice(run, list, word);
		most -= most > 0;
	}
	rest = unicode_strip_left(rest);
	if (rest.n)
		add_slice(run, list, most == 0 ? unicode_strip_left(rest) : rest);
}

static struct slice separator_of(struct run *run, struct value arg)
{
	struct slice separator = arg_text(run, arg, "");

	if (separator.n == 0)
		run_fail(run, "empty separator");
	return separator;
}

static struct value method_split(struct run *run, const struct value *arg)
{
	struct value list = list_value(run, 0);
	int64_t most = arg_int(run, arg[2], -1);
	struct slice rest = self(arg), separator;
	size_t at;

	charge_bytes(run, rest.n);
	if (is_missing(arg[1]) || is_none(arg[1])) {
		split_words(run, list, rest, most);
		return list;
	}
	separator = separator_of(run, arg[1]);
	while (most != 0 && (at = text_find(rest, separator, 0)) != SIZE_MAX) {
		add_slice(run, list, slice_first(rest, at));
		rest = slice_after(rest, at + separator.n);
		most -= most > 0;
	}
	add_slice(run, list, rest);
	return list;
}

/* The last word of *rest, as text_next_word the first. */
static bool last_word(struct slice *rest, struct slice *word)
{
	*rest = unicode_strip_right(*rest);
	if (rest->n == 0)
		return false;

	size_t begin = rest->n, n;
	while (begin > 0) {
		size_t at = begin - 1;
		while (at > 0 && (rest->p[at] & 0xc0) == 0x80)
			at--;
		if (unicode_is_space(utf8_decode(slice_after(*rest, at), &n)))
			break;
		begin = at;
	}
	*word = slice_after(*rest, begin);
	rest->n = begin;
	return true;
}

static void reverse(struct list *list)
{
	for (uint32_t i = 0; i < list->n / 2; i++) {
		struct value item = list->at[i];
		list->at[i] = list->at[list->n - 1 - i];
		list->at[list->n - 1 - i] = item;
	}
}

static struct value method_rsplit(struct run *run, const struct value *arg)
{
	struct value list = list_value(run, 0);
	int64_t most = arg_int(run, arg[2], -1);
	struct slice rest = self(arg), word;
	size_t at;

	charge_bytes(run, rest.n);
	if (is_missing(arg[1]) || is_none(arg[1])) {
		for (; most != 0 && last_word(&rest, &word); most -= most > 0)
			add_slice(run, list, word);
		rest = unicode_strip_right(rest);
		if (rest.n)
			add_slice(run, list, rest);
	} else {
		struct slice separator = separator_of(run, arg[1]);
		while (most != 0 && (at = text_find_last(run, rest, separator)) != SIZE_MAX) {
			add_slice(run, list, slice_after(rest, at + separator.n));
			rest = slice_first(rest, at);
			most -= most > 0;
		}
		add_slice(run, list, rest);
	}
	reverse(list.list);
	return list;
}

static struct value method_splitlines(struct run *run, const struct value *arg)
{
	struct value list = list_value(run, 0);
	struct slice rest = self(arg), line, line_end;
	bool keep = arg_bool(run, arg[1], false);

	charge_bytes(run, rest.n);
	while (text_next_line(&rest, &line, &line_end))
		add_slice(run, list, keep ? slice_make(line.p, line.n + line_end.n) : line);
	return list;
}

static struct value three(struct run *run, struct slice a, struct slice b, struct slice c)
{
	struct value tuple = tuple_value(run, 3);

	add_slice(run, tuple, a);
	add_slice(run, tuple, b);
	add_slice(run, tuple, c);
	return tuple;
}

static struct value method_partition(struct run *run, const struct value *arg)
{
	struct slice s = self(arg), separator = separator_of(run, arg[1]), none = slice_text("");
	size_t at = text_find(s, separator, 0);

	if (at == SIZE_MAX)
		return three(run, s, none, none);
	return three(run, slice_first(s, at), separator, slice_after(s, at + separator.n));
}

static struct value method_rpartition(struct run *run, const struct value *arg)
{
	struct slice s = self(arg), separator = separator_of(run, arg[1]), none = slice_text("");
	size_t at = text_find_last(run, s, separator);

	if (at == SIZE_MAX)
		return three(run, none, none, s);
	return three(run, slice_first(s, at), separator, slice_after(s, at + separator.n));
}

/* Of Markup, the parts that are none are escaped. */
static struct value method_join(struct run *run, const struct value *arg)
{
	struct items items = iterate(run, arg[1]);
	size_t mark = text_begin(run);

	for (uint32_t i = 0; i < items.n; i++) {
		charge(run, 1);
		if (!is_text(items.at[i]))
			run_fail(run, "sequence item %u: expected str instance, %s found", i,
				 value_type_name(items.at[i]));
		if (i)
			put_slice(run, self(arg));
		put_value(run, items.at[i], is_safe(arg[0]));
	}
	return text_end(run, mark);
}

/* --- what all characters are --- */

static struct value all_are(struct run *run, const struct value *arg, unsigned wanted, bool empty)
{
	struct slice s = self(arg);
	size_t n;

	charge(run, s.n / 8);
	if (s.n == 0)
		return value_bool(empty);
	for (; s.n; s = slice_after(s, n))
		if (!(unicode_of(utf8_decode(s, &n)) & wanted))
			return value_bool(false);
	return value_bool(true);
}

static struct value method_isalnum(struct run *run, const struct value *arg)
{
	return all_are(run, arg, UNICODE_ALPHA | UNICODE_DECIMAL | UNICODE_DIGIT | UNICODE_NUMERIC,
		       false);
}

static struct value method_isalpha(struct run *run, const struct value *arg)
{
	return all_are(run, arg, UNICODE_ALPHA, false);
}

static struct value method_isascii(struct run *run, const struct value *arg)
{
	(void)run;
	return value_bool(utf8_is_ascii(self(arg)));
}

static struct value method_isdecimal(struct run *run, const struct value *arg)
{
	return all_are(run, arg, UNICODE_DECIMAL, false);
}

static struct value method_isdigit(struct run *run, const struct value *arg)
{
	return all_are(run, arg, UNICODE_DIGIT, false);
}

static struct value method_isidentifier(struct run *run, const struct value *arg)
{
	size_t n;

	if (!unicode_is_name_start(utf8_decode(self(arg), &n)))
		return value_bool(false);
	return all_are(run, arg, UNICODE_NAME, false);
}

static struct value method_isnumeric(struct run *run, const struct value *arg)
{
	return all_are(run, arg, UNICODE_NUMERIC, false);
}

static struct value method_isprintable(struct run *run, const struct value *arg)
{
	return all_are(run, arg, UNICODE_PRINTABLE, true);
}

static struct value method_isspace(struct run *run, const struct value *arg)
{
	return all_are(run, arg, UNICODE_SPACE, false);
}

static struct value method_islower(struct run *run, const struct value *arg)
{
	return builtin_apply1(run, test_find(slice_text("lower")), arg[0]);
}

static struct value method_isupper(struct run *run, const struct value *arg)
{
	return builtin_apply1(run, test_find(slice_text("upper")), arg[0]);
}

/* Capitals begin words, small letters only follow. */
static struct value method_istitle(struct run *run, const struct value *arg)
{
	struct slice s = self(arg);
	bool in_word = false, any = false;
	size_t n;

	charge(run, s.n / 8);
	for (; s.n; s = slice_after(s, n)) {
		unsigned is = unicode_of(utf8_decode(s, &n));
		bool capital = is & (UNICODE_UPPER | UNICODE_TITLE), small = is & UNICODE_LOWER;
		if ((capital && in_word) || (small && !in_word))
			return value_bool(false);
		in_word = capital || small;
		any |= in_word;
	}
	return value_bool(any);
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
	{"find", method_find_, 2, 4},
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
