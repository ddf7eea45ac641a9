#include "template/methods_text.h"

#include "base/utf8.h"
#include "template/run.h"
#include "template/text.h"
#include "template/unicode.h"

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

struct value method_split(struct run *run, const struct value *arg)
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

struct value method_rsplit(struct run *run, const struct value *arg)
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

struct value method_splitlines(struct run *run, const struct value *arg)
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

struct value method_partition(struct run *run, const struct value *arg)
{
	struct slice s = self(arg), separator = separator_of(run, arg[1]), none = slice_text("");
	size_t at = text_find(s, separator, 0);

	if (at == SIZE_MAX)
		return three(run, s, none, none);
	return three(run, slice_first(s, at), separator, slice_after(s, at + separator.n));
}

struct value method_rpartition(struct run *run, const struct value *arg)
{
	struct slice s = self(arg), separator = separator_of(run, arg[1]), none = slice_text("");
	size_t at = text_find_last(run, s, separator);

	if (at == SIZE_MAX)
		return three(run, none, none, s);
	return three(run, slice_first(s, at), separator, slice_after(s, at + separator.n));
}

/* Of Markup, the parts that are none are escaped. */
struct value method_join(struct run *run, const struct value *arg)
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
