/* The filter pprint: repr() over several lines where one of 80 columns does not do. */
#include "base/utf8.h"
#include "template/filters.h"
#include "template/text.h"
#include "template/unicode.h"

#define WIDTH 80

/* Puts v, which begins in that column; `after` columns are taken by brackets and commas behind it.
 */
static void print(struct run *run, struct value v, size_t column, size_t after);

static void put_break(struct run *run, size_t column)
{
	put_char(run, '\n');
	put_times(run, slice_text(" "), column);
}

static bool all_of(const struct dict *dict, bool (*is)(struct value))
{
	for (uint32_t i = 0; i < dict->n; i++)
		if (!is(dict->at[i].key))
			return false;
	return true;
}

/* The pairs of a dict by key, where the keys have an order. */
static struct items sorted_pairs(struct run *run, struct value v)
{
	struct value sort[BUILTIN_PARAMETERS] = {v, value_bool(true)};
	struct dict *dict = dict_open(run, v);

	charge(run, dict->n);
	if (all_of(dict, is_text) || all_of(dict, is_number))
		return iterate(run, filter_dictsort(run, sort));
	return iterate(run, dict_view(run, dict, VIEW_ITEMS));
}

static void put_sorted_repr(struct run *run, struct value v);

static void put_sorted_dict(struct run *run, struct value v)
{
	struct items pairs = sorted_pairs(run, v);

	put_char(run, '{');
	for (uint32_t i = 0; i < pairs.n; i++) {
		if (i)
			put_chars(run, ", ");
		put_repr(run, pairs.at[i].list->at[0]);
		put_chars(run, ": ");
		put_sorted_repr(run, pairs.at[i].list->at[1]);
	}
	put_char(run, '}');
}

static void put_sorted_list(struct run *run, struct value v)
{
	struct items items = iterate(run, v);
	bool tuple = v.type == VALUE_TUPLE;

	put_char(run, tuple ? '(' : '[');
	for (uint32_t i = 0; i < items.n; i++) {
		if (i)
			put_chars(run, ", ");
		put_sorted_repr(run, items.at[i]);
	}
	put_chars(run, tuple ? (items.n == 1 ? ",)" : ")") : "]");
}

/* repr() with the keys of dicts in order. */
static void put_sorted_repr(struct run *run, struct value v)
{
	charge(run, 1);
	descend(run, 1);
	if (v.type == VALUE_DICT)
		put_sorted_dict(run, v);
	else if (is_list(v))
		put_sorted_list(run, v);
	else
		put_repr(run, v);
	ascend(run, 1);
}

/* Puts the value and tells whether it fits; if not, nothing is put. */
static bool fits(struct run *run, struct value v, size_t room)
{
	size_t mark = text_begin(run);

	put_sorted_repr(run, v);
	if (utf8_length(slice_make(run->out->p + mark, run->out->n - mark)) <= room)
		return true;
	run->out->n = mark;
	return false;
}

static void print_items(struct run *run, struct items items, size_t column, size_t after)
{
	for (uint32_t i = 0; i < items.n; i++) {
		bool last = i + 1 == items.n;
		if (i)
			put_break(run, column);
		print(run, items.at[i], column, last ? after : 1);
		if (!last)
			put_char(run, ',');
	}
}

static void print_list(struct run *run, struct value v, size_t column, size_t after)
{
	bool tuple = v.type == VALUE_TUPLE;
	struct items items = iterate(run, v);

	put_char(run, tuple ? '(' : '[');
	print_items(run, items, column + 1, after + 1 + (tuple && items.n == 1));
	if (tuple && items.n == 1)
		put_char(run, ',');
	put_char(run, tuple ? ')' : ']');
}

static void print_dict(struct run *run, struct value v, size_t column, size_t after)
{
	struct items items = sorted_pairs(run, v);

	put_char(run, '{');
	for (uint32_t i = 0; i < items.n; i++) {
		const struct value *pair = items.at[i].list->at;
		bool last = i + 1 == items.n;
		size_t mark;
		if (i)
			put_break(run, column + 1);
		mark = text_begin(run);
		put_repr(run, pair[0]);
		size_t key = utf8_length(slice_make(run->out->p + mark, run->out->n - mark));
		put_chars(run, ": ");
		print(run, pair[1], column + key + 3, last ? after + 1 : 1);
		if (!last)
			put_char(run, ',');
	}
	put_char(run, '}');
}

/* --- long text: a piece for each line, cut behind white space --- */

/* The next word with the white space behind it, which textwrap's sibling takes as one. */
static struct slice take_piece(struct slice *rest)
{
	size_t at = 0, n;

	while (at < rest->n && !unicode_is_space(utf8_decode(slice_after(*rest, at), &n)))
		at += n;
	while (at < rest->n && unicode_is_space(utf8_decode(slice_after(*rest, at), &n)))
		at += n;
	struct slice piece = slice_first(*rest, at);
	*rest = slice_after(*rest, at);
	return piece;
}

static size_t repr_length(struct run *run, struct slice s)
{
	size_t mark = text_begin(run), n;

	put_repr(run, value_slice(s));
	n = utf8_length(slice_make(run->out->p + mark, run->out->n - mark));
	run->out->n = mark;
	return n;
}

static void add_piece(struct run *run, struct value pieces, struct slice piece)
{
	if (piece.n)
		list_add(run, pieces.list, value_slice(piece));
}

static void split_line(struct run *run, struct value pieces, struct slice line, size_t width,
		       size_t last_width)
{
	struct slice current = slice_first(line, 0);

	if (repr_length(run, line) <= last_width) {
		add_piece(run, pieces, line);
		return;
	}
	while (line.n) {
		struct slice piece = take_piece(&line);
		struct slice candidate = slice_make(current.p, current.n + piece.n);
		size_t most = line.n == 0 ? last_width : width;
		charge(run, 1);
		if (repr_length(run, candidate) > most) {
			add_piece(run, pieces, current);
			current = piece;
		} else {
			current = candidate;
		}
	}
	add_piece(run, pieces, current);
}

static void print_text(struct run *run, struct value v, size_t column, size_t after, bool top)
{
	struct value pieces = list_value(run, 0);
	struct slice rest = value_chars(v), line, line_end;
	size_t inner = column + top;

	while (text_next_line(&rest, &line, &line_end)) {
		size_t width = WIDTH > inner ? WIDTH - inner : 1;
		size_t taken = after + top;
		size_t last = rest.n ? width : width > taken ? width - taken : 1;
		line.n += line_end.n;
		split_line(run, pieces, line, width, last);
	}
	if (pieces.list->n == 1) {
		put_repr(run, v);
		return;
	}
	if (top)
		put_char(run, '(');
	for (uint32_t i = 0; i < pieces.list->n; i++) {
		if (i)
			put_break(run, inner);
		put_repr(run, pieces.list->at[i]);
	}
	if (top)
		put_char(run, ')');
}

static void print(struct run *run, struct value v, size_t column, size_t after)
{
	size_t taken = column + after;

	charge(run, 1);
	if (fits(run, v, WIDTH > taken ? WIDTH - taken : 0))
		return;
	descend(run, 1);
	if (is_list(v) && list_open(run, v)->n)
		print_list(run, v, column, after);
	else if (v.type == VALUE_DICT && dict_open(run, v)->n)
		print_dict(run, v, column, after);
	else if (is_text(v) && !is_safe(v) && v.n)
		print_text(run, v, column, after, false);
	else
		put_repr(run, v);
	ascend(run, 1);
}

struct value filter_pprint(struct run *run, const struct value *arg)
{
	size_t mark = text_begin(run);

	if (is_text(arg[0]) && !is_safe(arg[0]) && arg[0].n &&
	    repr_length(run, value_chars(arg[0])) > WIDTH)
		print_text(run, arg[0], 0, 0, true);
	else
		print(run, arg[0], 0, 0);
	return text_end(run, mark);
}
