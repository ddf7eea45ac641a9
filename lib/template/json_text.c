/* The filter tojson: JSON that can stand in HTML, as json.dumps with sorted keys writes it. */
#include <math.h>

#include "base/utf8.h"
#include "template/filters.h"
#include "template/number.h"

struct writer {
	struct run *run;
	struct slice indent; /* of one level; empty and !pretty: all on one line */
	bool pretty;
	unsigned level;
};

static void write_value(struct writer *w, struct value v);

static void write_unit(struct run *run, uint32_t unit)
{
	put_format(run, "\\u%04x", unit);
}

/* All that is not ASCII is escaped, and so is what HTML would see. */
static void write_text(struct run *run, struct slice s)
{
	static const char from[] = "\"\\\n\r\t\f\b", to[] = "\"\\nrtfb";
	size_t n;

	charge(run, s.n / 8);
	put_char(run, '"');
	for (; s.n; s = slice_after(s, n)) {
		uint32_t point = utf8_decode(s, &n);
		const char *plain = point && point < 0x80 ? strchr(from, (int)point) : NULL;
		if (plain) {
			put_char(run, '\\');
			put_char(run, to[plain - from]);
		} else if (point >= 0x10000) {
			write_unit(run, 0xd800 + ((point - 0x10000) >> 10));
			write_unit(run, 0xdc00 + ((point - 0x10000) & 0x3ff));
		} else if (point < 0x20 || point > 0x7e || strchr("<>&'", (int)point)) {
			write_unit(run, point);
		} else {
			put_char(run, (char)point);
		}
	}
	put_char(run, '"');
}

static void write_float(struct run *run, double d)
{
	if (isfinite(d))
		put_float(run, d);
	else
		put_chars(run, isnan(d) ? "NaN" : d < 0 ? "-Infinity" : "Infinity");
}

static void write_break(struct writer *w)
{
	put_char(w->run, '\n');
	put_times(w->run, w->indent, w->level);
}

/* Before an item, and before the closing bracket. */
static void write_next(struct writer *w, bool first)
{
	if (!first)
		put_char(w->run, ',');
	if (w->pretty)
		write_break(w);
	else if (!first)
		put_char(w->run, ' ');
}

static void write_end(struct writer *w, char bracket)
{
	w->level--;
	if (w->pretty)
		write_break(w);
	put_char(w->run, bracket);
}

static void write_list(struct writer *w, struct value v)
{
	struct list *list = list_open(w->run, v);

	if (list->n == 0) {
		put_chars(w->run, "[]");
		return;
	}
	put_char(w->run, '[');
	w->level++;
	for (uint32_t i = 0; i < list->n; i++) {
		write_next(w, i == 0);
		write_value(w, list->at[i]);
	}
	write_end(w, ']');
}

/* Keys are text in JSON. */
static void write_key(struct writer *w, struct value key)
{
	switch (key.type) {
	case VALUE_TEXT:
		write_text(w->run, value_chars(key));
		return;
	case VALUE_NONE:
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_BIG:
	case VALUE_FLOAT:
		put_char(w->run, '"');
		write_value(w, key);
		put_char(w->run, '"');
		return;
	default:
		run_fail(w->run, "keys must be str, int, float, bool or None, not %s",
			 value_type_name(key));
	}
}

static void write_dict(struct writer *w, struct value v)
{
	struct value sort[BUILTIN_PARAMETERS] = {v, value_bool(true)};
	struct items items;

	if (dict_open(w->run, v)->n == 0) {
		put_chars(w->run, "{}");
		return;
	}
	items = iterate(w->run, filter_dictsort(w->run, sort));
	put_char(w->run, '{');
	w->level++;
	for (uint32_t i = 0; i < items.n; i++) {
		write_next(w, i == 0);
		write_key(w, items.at[i].list->at[0]);
		put_chars(w->run, ": ");
		write_value(w, items.at[i].list->at[1]);
	}
	write_end(w, '}');
}

static void write_value(struct writer *w, struct value v)
{
	struct run *run = w->run;

	charge(run, 1);
	descend(run, 1);
	switch (v.type) {
	case VALUE_NONE:
		put_chars(run, "null");
		break;
	case VALUE_BOOL:
		put_chars(run, v.truth ? "true" : "false");
		break;
	case VALUE_INT:
	case VALUE_BIG:
		put_str(run, v);
		break;
	case VALUE_FLOAT:
		write_float(run, v.d);
		break;
	case VALUE_TEXT:
		write_text(run, value_chars(v));
		break;
	case VALUE_LIST:
	case VALUE_TUPLE:
		write_list(w, v);
		break;
	case VALUE_DICT:
		write_dict(w, v);
		break;
	case VALUE_UNDEFINED:
		run_fail_undefined(run, v);
	default:
		run_fail(run, "object of type %s is not JSON serializable", value_type_name(v));
	}
	ascend(run, 1);
}

struct value filter_tojson(struct run *run, const struct value *arg)
{
	struct writer w = {.run = run, .pretty = !is_missing(arg[1]) && !is_none(arg[1])};
	size_t mark = text_begin(run);

	if (w.pretty && is_text(arg[1])) {
		w.indent = value_chars(arg[1]);
	} else if (w.pretty) {
		int64_t n = arg_int(run, arg[1], 0);
		put_times(run, slice_text(" "), n > 0 ? (uint64_t)n : 0);
		w.indent = value_chars(text_end(run, mark));
	}
	write_value(&w, arg[0]);
	return value_safe(text_end(run, mark));
}
