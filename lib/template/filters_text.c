#include "base/base64.h"
#include "base/utf8.h"
#include "template/arith.h"
#include "template/filters.h"
#include "template/slice.h"
#include "template/text.h"
#include "template/unicode.h"

/* The result is Markup if the source is. */
static struct value like(struct value source, struct value text)
{
	text.flags = source.flags & TEXT_SAFE;
	return text;
}

struct value filter_upper(struct run *run, const struct value *arg)
{
	struct value s = soft_str(run, arg[0]);

	return like(s, text_upper(run, value_chars(s)));
}

struct value filter_lower(struct run *run, const struct value *arg)
{
	struct value s = soft_str(run, arg[0]);

	return like(s, text_lower(run, value_chars(s)));
}

struct value filter_capitalize(struct run *run, const struct value *arg)
{
	struct value s = soft_str(run, arg[0]);

	return like(s, text_capitalize(run, value_chars(s)));
}

/* Words begin at the start and behind white space and - ( { [ <. */
static bool begins_word_after(uint32_t point)
{
	return unicode_is_space(point) || (point < 0x80 && point && strchr("-({[<", (int)point));
}

struct value filter_title(struct run *run, const struct value *arg)
{
	struct value source = soft_str(run, arg[0]);
	struct slice s = value_chars(source);
	size_t mark = text_begin(run), n;

	charge_bytes(run, s.n);
	while (s.n) {
		uint32_t point = utf8_decode(s, &n);
		put_upper(run, point);
		s = slice_after(s, n);
		if (begins_word_after(point))
			continue;
		for (n = 0; n < s.n;) {
			size_t more;
			if (begins_word_after(utf8_decode(slice_after(s, n), &more)))
				break;
			n += more;
		}
		put_slice(run, value_chars(text_lower(run, slice_first(s, n))));
		s = slice_after(s, n);
	}
	return text_plain(text_end(run, mark));
}

struct value filter_string(struct run *run, const struct value *arg)
{
	return soft_str(run, arg[0]);
}

struct value filter_center(struct run *run, const struct value *arg)
{
	struct value s = soft_str(run, arg[0]);
	int64_t width = arg_int(run, arg[1], 80);
	int64_t pad = width - (int64_t)text_length(run, value_chars(s));

	if (pad <= 0)
		return s;
	int64_t left = pad / 2 + (pad & width & 1);
	return like(s, text_pad(run, value_chars(s), slice_text(" "), left, pad - left));
}

/* Markup's own strip() escapes what it is given. */
static struct slice trimmed_chars(struct run *run, struct value s, struct value chars)
{
	struct slice text = arg_text(run, chars, "");

	return is_safe(s) ? value_chars(escape_value(run, value_slice(text))) : text;
}

struct value filter_trim(struct run *run, const struct value *arg)
{
	struct value s = soft_str(run, arg[0]);
	struct slice trimmed;

	if (is_missing(arg[1]) || is_none(arg[1]))
		trimmed = unicode_strip(value_chars(s));
	else
		trimmed = text_strip(run, value_chars(s), trimmed_chars(run, s, arg[1]), TEXT_BOTH);
	return like(s, value_slice(trimmed));
}

struct value filter_wordcount(struct run *run, const struct value *arg)
{
	struct slice s = value_chars(soft_str(run, arg[0]));
	int64_t words = 0;
	bool in_word = false;
	size_t n;

	charge_bytes(run, s.n);
	for (; s.n; s = slice_after(s, n)) {
		bool is_word = unicode_is_word(utf8_decode(s, &n));
		words += is_word && !in_word;
		in_word = is_word;
	}
	return value_int(words);
}

struct value filter_replace(struct run *run, const struct value *arg)
{
	struct value s = arg[0], old = arg[1], new = arg[2];
	int64_t most = is_none(arg[3]) ? -1 : arg_int(run, arg[3], -1);

	if (!run_escapes(run))
		return text_replace(run, value_chars(str_of(run, s)), value_chars(str_of(run, old)),
				    value_chars(str_of(run, new)), most);
	if (is_safe(old) || (is_safe(new) && !is_safe(s)))
		s = escape_value(run, s);
	s = soft_str(run, s);
	old = soft_str(run, old);
	new = soft_str(run, new);
	if (is_safe(s)) {
		old = escape_value(run, old);
		new = escape_value(run, new);
	}
	return like(s, text_replace(run, value_chars(s), value_chars(old), value_chars(new), most));
}

/* "..."|format(...) is the same as "..." % (...). */
struct value filter_format(struct run *run, const struct args *args)
{
	struct value format = soft_str(run, args->at[0]), values;

	if (args->named_n == 0)
		return format_percent_with(run, format, args->at + 1, args->n - 1);
	if (args->n > 1)
		run_fail(run, "can't handle positional and keyword arguments at the same time");
	values = dict_value(run);
	for (uint32_t i = 0; i < args->named_n; i++)
		dict_set(run, values.dict, value_slice(args->named[i].name), args->named[i].value);
	return format_percent(run, format, values);
}

struct value filter_truncate(struct run *run, const struct value *arg)
{
	struct value s = arg[0];
	int64_t length = arg_int(run, arg[1], 255), n;
	int64_t leeway = is_none(arg[4]) ? 5 : arg_int(run, arg[4], 5);
	struct value end = is_missing(arg[3]) ? value_text("...") : soft_str(run, arg[3]);
	int64_t end_length = (int64_t)text_length(run, value_chars(end));

	if (length < end_length)
		run_fail(run, "expected length >= %lld, got %lld", (long long)end_length,
			 (long long)length);
	if (leeway < 0)
		run_fail(run, "expected leeway >= 0, got %lld", (long long)leeway);
	if (!value_length(run, s, &n))
		run_fail(run, "'%s' has no length", value_type_name(s));
	if (n <= length || n - length <= leeway)
		return s;
	if (!is_text(s))
		run_fail(run, "expected str, got '%s'", value_type_name(s));

	struct slice kept = text_part(value_chars(s), 0, (size_t)(length - end_length));
	size_t space = text_find_last(run, kept, slice_text(" "));
	if (!arg_bool(run, arg[2], false) && space != SIZE_MAX)
		kept = slice_first(kept, space);
	return arith_add(run, like(s, value_slice(kept)), end);
}

/* --- indent --- */

static struct slice indention(struct run *run, struct value width)
{
	if (is_text(width))
		return value_chars(width);

	int64_t n = arg_int(run, width, 4);
	size_t mark = text_begin(run);
	put_times(run, slice_text(" "), n > 0 ? (uint64_t)n : 0);
	return value_chars(text_end(run, mark));
}

struct value filter_indent(struct run *run, const struct value *arg)
{
	struct slice indent = indention(run, arg[1]), line, line_end;
	bool first = arg_bool(run, arg[2], false), blank = arg_bool(run, arg[3], false);
	struct slice rest = arg_text(run, arg[0], "");
	bool ends = rest.n == 0;
	size_t mark = text_begin(run);

	charge_bytes(run, rest.n);
	for (bool begin = true; text_next_line(&rest, &line, &line_end); begin = false) {
		if (!begin)
			put_char(run, '\n');
		if (begin ? first : line.n > 0 || blank)
			put_slice(run, indent);
		put_slice(run, line);
		ends = line_end.n > 0;
	}
	/* Text that ends in a newline keeps it, and what follows is a last line. */
	if (ends && arg[0].n) {
		put_char(run, '\n');
		if (blank)
			put_slice(run, indent);
	} else if (ends && first) {
		put_slice(run, indent);
	}
	return like(arg[0], text_end(run, mark));
}

/* --- b64encode, of Ansible --- */

struct value filter_b64encode(struct run *run, const struct value *arg)
{
	struct slice bytes = value_chars(str_of(run, arg[0]));
	size_t mark = text_begin(run);

	charge_bytes(run, bytes.n);
	put_room(run, bytes.n / 3 * 4 + 4);
	base64_encode(bytes, run->out);
	return text_end(run, mark);
}
