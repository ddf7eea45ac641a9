#include "base/utf8.h"
#include "template/big.h"
#include "template/frame.h"
#include "template/macro.h"
#include "template/number.h"
#include "template/run.h"
#include "template/unicode.h"

/* --- repr() of text --- */

static void put_repr_point(struct run *run, uint32_t point)
{
	if (unicode_of(point) & UNICODE_PRINTABLE)
		put_point(run, point);
	else if (point < 0x100)
		put_format(run, "\\x%02x", point);
	else if (point < 0x10000)
		put_format(run, "\\u%04x", point);
	else
		put_format(run, "\\U%08x", point);
}

static void put_quoted(struct run *run, struct slice s)
{
	static const char from[] = "\\\n\r\t", to[] = "\\nrt";
	char quote = memchr(s.p, '\'', s.n) && !memchr(s.p, '"', s.n) ? '"' : '\'';
	size_t n;

	charge(run, s.n / 8);
	put_char(run, quote);
	for (; s.n; s = slice_after(s, n)) {
		uint32_t point = utf8_decode(s, &n);
		const char *escaped = point && point < 0x80 ? strchr(from, (int)point) : NULL;
		if (escaped) {
			put_char(run, '\\');
			put_char(run, to[escaped - from]);
		} else if (point == (unsigned char)quote) {
			put_char(run, '\\');
			put_char(run, quote);
		} else if (point >= 0x20 && point < 0x7f) {
			put_char(run, (char)point);
		} else {
			put_repr_point(run, point);
		}
	}
	put_char(run, quote);
}

static void put_repr_text(struct run *run, struct value v)
{
	if (is_safe(v))
		put_chars(run, "Markup(");
	put_quoted(run, slice_make(v.p ? v.p : "", v.n));
	if (is_safe(v))
		put_char(run, ')');
}

/* --- repr() of containers --- */

static void put_items(struct run *run, struct list *list)
{
	charge(run, list->n);
	for (uint32_t i = 0; i < list->n; i++) {
		if (i)
			put_chars(run, ", ");
		put_repr(run, list->at[i]);
	}
}

static void put_list(struct run *run, struct value v)
{
	put_char(run, '[');
	put_items(run, list_open(run, v));
	put_char(run, ']');
}

static void put_tuple(struct run *run, struct value v)
{
	put_char(run, '(');
	put_items(run, v.list);
	put_chars(run, v.list->n == 1 ? ",)" : ")");
}

static void put_dict(struct run *run, struct value v)
{
	struct dict *dict = dict_open(run, v);

	charge(run, dict->n);
	put_char(run, '{');
	for (uint32_t i = 0; i < dict->n; i++) {
		if (i)
			put_chars(run, ", ");
		put_repr(run, dict->at[i].key);
		put_chars(run, ": ");
		put_repr(run, dict->at[i].value);
	}
	put_char(run, '}');
}

static void put_view(struct run *run, struct value v)
{
	static const char *const names[] = {"dict_keys", "dict_values", "dict_items"};

	put_chars(run, names[v.kind]);
	put_char(run, '(');
	put_list(run, v);
	put_char(run, ')');
}

static void put_range(struct run *run, struct value v)
{
	put_format(run, "range(%lld, %lld", (long long)v.range->start, (long long)v.range->stop);
	if (v.range->step != 1)
		put_format(run, ", %lld", (long long)v.range->step);
	put_char(run, ')');
}

/* --- the others --- */

static void put_undefined(struct run *run, struct value v)
{
	(void)v;
	put_chars(run, "Undefined");
}

static void put_none(struct run *run, struct value v)
{
	(void)v;
	put_chars(run, "None");
}

static void put_bool(struct run *run, struct value v)
{
	put_chars(run, v.truth ? "True" : "False");
}

static void put_integer(struct run *run, struct value v)
{
	put_int(run, v.i);
}

static void put_number(struct run *run, struct value v)
{
	put_float(run, v.d);
}

static void put_namespace(struct run *run, struct value v)
{
	put_chars(run, "<Namespace ");
	put_dict(run, v);
	put_char(run, '>');
}

static void put_function(struct run *run, struct value v)
{
	const struct builtin *builtin = v.type == VALUE_METHOD ? v.bound->builtin : v.builtin;

	put_format(run, "<function %s>", builtin->name);
}

static void put_macro(struct run *run, struct value v)
{
	struct value name = macro_attribute(run, v.macro, slice_text("name"));

	put_chars(run, "<Macro ");
	if (is_none(name))
		put_chars(run, "anonymous");
	else
		put_repr(run, name);
	put_char(run, '>');
}

static void put_loop(struct run *run, struct value v)
{
	put_chars(run, "<LoopContext ");
	put_str(run, loop_attribute(run, v, slice_text("index")));
	put_char(run, '/');
	put_str(run, loop_attribute(run, v, slice_text("length")));
	put_char(run, '>');
}

/* Python prints an address here, which would make no two renders alike. */
static void put_object(struct run *run, struct value v)
{
	put_format(run, "<%s object>", value_type_name(v));
}

static void (*const reprs[VALUE_TYPES])(struct run *, struct value) = {
	[VALUE_MISSING] = put_none,        [VALUE_UNDEFINED] = put_undefined,
	[VALUE_NONE] = put_none,           [VALUE_BOOL] = put_bool,
	[VALUE_INT] = put_integer,         [VALUE_BIG] = put_big,
	[VALUE_FLOAT] = put_number,        [VALUE_TEXT] = put_repr_text,
	[VALUE_LIST] = put_list,           [VALUE_TUPLE] = put_tuple,
	[VALUE_DICT] = put_dict,           [VALUE_RANGE] = put_range,
	[VALUE_VIEW] = put_view,           [VALUE_ITERATOR] = put_object,
	[VALUE_NAMESPACE] = put_namespace, [VALUE_FUNCTION] = put_function,
	[VALUE_METHOD] = put_function,     [VALUE_MACRO] = put_macro,
	[VALUE_LOOP] = put_loop,           [VALUE_CYCLER] = put_object,
	[VALUE_JOINER] = put_object,       [VALUE_MODULE] = put_object,
	[VALUE_SELF] = put_object,         [VALUE_BLOCK] = put_object,
};

void put_repr(struct run *run, struct value v)
{
	descend(run, 1);
	reprs[v.type](run, v);
	ascend(run, 1);
}

void put_str(struct run *run, struct value v)
{
	if (is_text(v))
		put(run, v.p, v.n);
	else if (v.type == VALUE_UNDEFINED)
		value_check(run, v);
	else if (v.type == VALUE_MODULE)
		put_module(run, v);
	else
		put_repr(run, v);
}

/* Numbers and the like have nothing to escape. */
static bool is_plain(struct value v)
{
	return v.type <= VALUE_FLOAT || v.type == VALUE_MODULE;
}

void put_value(struct run *run, struct value v, bool escape)
{
	if (is_text(v)) {
		if (escape && !(v.flags & TEXT_SAFE))
			put_escaped(run, value_chars(v));
		else
			put(run, v.p, v.n);
	} else if (!escape || is_plain(v)) {
		put_str(run, v);
	} else {
		size_t mark = text_begin(run);
		put_str(run, v);
		put_escaped(run, value_chars(text_end(run, mark)));
	}
}

struct value str_of(struct run *run, struct value v)
{
	if (is_text(v))
		return v;

	size_t mark = text_begin(run);
	put_str(run, v);
	struct value text = text_end(run, mark);
	return v.type == VALUE_MODULE && run_escapes(run) ? value_safe(text) : text;
}

struct value text_plain(struct value text)
{
	text.flags &= (uint8_t)~TEXT_SAFE;
	return text;
}

struct value escape_value(struct run *run, struct value v)
{
	if (is_safe(v))
		return v;

	size_t mark = text_begin(run);
	put_value(run, v, true);
	return value_safe(text_end(run, mark));
}
