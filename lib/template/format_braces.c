/* Python's str.format. */
#include "base/utf8.h"
#include "template/format.h"
#include "template/methods.h"
#include "template/number.h"

#define NESTED_MAX 2 /* a specification may hold fields, and these no further ones */

struct braces {
	struct run *run;
	const struct args *args; /* args->at[0] is the format itself */
	struct dict *mapping;    /* format_map's */
	int64_t automatic;       /* the next index of {}; -1 once one was written out */
	bool numbered;
	bool escape;
};

static void put_format_text(struct braces *b, struct slice format, unsigned depth);

/* --- {name.attribute[item]} --- */

static bool is_number_text(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0 && s.n < 10;
}

static struct value by_index(struct braces *b, int64_t i)
{
	if (b->mapping || i + 1 >= b->args->n)
		run_fail(b->run, "replacement index %lld out of range", (long long)i);
	return b->args->at[i + 1];
}

static struct value by_name(struct braces *b, struct slice name)
{
	const struct entry *e = b->mapping ? dict_find_text(b->run, b->mapping, name) : NULL;

	if (e)
		return e->value;
	for (uint32_t i = 0; !b->mapping && i < b->args->named_n; i++)
		if (slice_equal(b->args->named[i].name, name))
			return b->args->named[i].value;
	run_fail(b->run, "format: no value named '%.*s'", SLICE_ARGS(name));
}

static struct value first_value(struct braces *b, struct slice name)
{
	bool number = is_number_text(name);
	uint64_t i = 0;

	if (name.n && !number)
		return by_name(b, name);
	if (name.n ? b->automatic > 0 : b->numbered)
		run_fail(b->run, "cannot mix automatic and manual field numbering");
	if (name.n == 0)
		return by_index(b, b->automatic++);
	b->numbered = true;
	slice_number(name, UINT32_MAX, &i);
	return by_index(b, (int64_t)i);
}

static struct value look_into(struct braces *b, struct value v, struct slice path)
{
	struct run *run = b->run;
	uint64_t i = 0;

	while (path.n) {
		bool dot = *path.p == '.';
		size_t n;
		path = slice_after(path, 1);
		for (n = 0; n < path.n &&
			    !(dot ? path.p[n] == '.' || path.p[n] == '[' : path.p[n] == ']');)
			n++;
		struct slice part = slice_first(path, n);
		if (n == 0 || (!dot && n == path.n))
			run_fail(run, "empty attribute in format string");
		path = slice_after(path, dot ? n : n + 1);
		if (path.n && *path.p != '.' && *path.p != '[')
			run_fail(run, "only '.' or '[' may follow ']' in format field specifier");
		if (!dot && is_number_text(part) && slice_number(part, UINT32_MAX, &i))
			v = get_item(run, v, value_int((int64_t)i));
		else
			v = dot ? get_attribute(run, v, value_slice(part))
				: get_item(run, v, value_slice(part));
	}
	return v;
}

static struct value field_value(struct braces *b, struct slice name)
{
	size_t n = 0;

	while (n < name.n && name.p[n] != '.' && name.p[n] != '[')
		n++;
	return look_into(b, first_value(b, slice_first(name, n)), slice_after(name, n));
}

/* --- the specification --- */

static bool is_align(char c)
{
	return c && strchr("<>=^", c);
}

static int64_t take_number(struct run *run, struct slice *s, int64_t otherwise)
{
	int64_t n = 0;

	if (s->n == 0 || *s->p < '0' || *s->p > '9')
		return otherwise;
	for (; s->n && *s->p >= '0' && *s->p <= '9'; *s = slice_after(*s, 1))
		if ((n = n * 10 + (*s->p - '0')) > INT32_MAX)
			run_fail(run, "a number of the format is too large");
	return n;
}

static bool take_char(struct slice *s, const char *any, char *c)
{
	if (s->n == 0 || !*s->p || !strchr(any, *s->p))
		return false;
	*c = *s->p;
	*s = slice_after(*s, 1);
	return true;
}

static struct format_spec read_spec(struct run *run, struct slice s)
{
	struct format_spec spec = {.precision = -1};
	size_t n = 0;
	char c;

	utf8_decode(s, &n);
	if (s.n > n && is_align(s.p[n])) {
		spec.fill = slice_first(s, n);
		s = slice_after(s, n);
	}
	take_char(&s, "<>=^", &spec.align);
	take_char(&s, "+- ", &spec.sign);
	spec.alternate = take_char(&s, "#", &c);
	if (take_char(&s, "0", &c) && !spec.fill.n) {
		spec.fill = slice_text("0");
		spec.align = spec.align ? spec.align : '=';
	}
	spec.width = take_number(run, &s, 0);
	take_char(&s, ",_", &spec.grouping);
	if (take_char(&s, ".", &c) && (spec.precision = take_number(run, &s, -1)) < 0)
		run_fail(run, "format specifier missing precision");
	if (s.n > 1)
		run_fail(run, "invalid format specifier");
	if (s.n)
		spec.type = *s.p;
	return spec;
}

static void put_field_text(struct run *run, struct slice s, struct format_spec spec)
{
	if ((spec.type && spec.type != 's') || spec.sign || spec.grouping || spec.alternate)
		run_fail(run, "invalid format specifier for object of type 'str'");
	if (spec.align == '=') {
		if (!slice_is(spec.fill, "0"))
			run_fail(run, "'=' alignment not allowed in string format specifier");
		spec.align = '<';
	}
	put_text_as(run, s, &spec);
}

static void put_field_number(struct run *run, struct value v, struct format_spec spec)
{
	char bytes[4];

	if (spec.type == 'c' && v.type == VALUE_INT && v.i >= 0 && v.i <= 0x10ffff &&
	    !(v.i >= 0xd800 && v.i < 0xe000)) {
		spec.type = 0;
		put_text_as(run, slice_make(bytes, utf8_encode((uint32_t)v.i, bytes)), &spec);
		return;
	}
	if (spec.type && !strchr("bdoxXneEfFgG%", spec.type))
		run_fail(run, "unknown format code '%c' for object of type '%s'", spec.type,
			 value_type_name(v));
	if (spec.grouping && spec.type && strchr(spec.grouping == ',' ? "bcnoxX" : "cn", spec.type))
		run_fail(run, "cannot specify '%c' with '%c'", spec.grouping, spec.type);
	if (spec.precision >= 0 && v.type != VALUE_FLOAT &&
	    (!spec.type || strchr("bdoxXn", spec.type)))
		run_fail(run, "precision not allowed in integer format specifier");
	put_number_as(run, v, &spec);
}

static void put_formatted(struct braces *b, struct value v, struct slice spec)
{
	struct run *run = b->run;
	size_t mark = text_begin(run);

	if (spec.n == 0)
		put_value(run, v, b->escape);
	else if (is_text(v))
		put_field_text(run, value_chars(v), read_spec(run, spec));
	else if (is_number(v))
		put_field_number(run, v, read_spec(run, spec));
	else
		run_fail(run, "unsupported format string passed to %s.__format__",
			 value_type_name(v));
	if (spec.n && b->escape && !is_safe(v))
		put_escaped(run, value_chars(text_end(run, mark)));
}

/* --- fields --- */

/* Where the field ends: at its closing brace, which nested ones do not count for. */
static size_t field_end(struct run *run, struct slice s)
{
	size_t depth = 1, n = 0;

	for (; n < s.n; n++) {
		if (s.p[n] == '{')
			depth++;
		else if (s.p[n] == '}' && --depth == 0)
			return n;
	}
	run_fail(run, "expected '}' before end of string");
}

static struct value converted(struct run *run, struct value v, char how)
{
	size_t mark = text_begin(run);

	if (how == 's')
		return str_of(run, v);
	if (how == 'r')
		put_repr(run, v);
	else if (how == 'a')
		put_ascii(run, v);
	else
		run_fail(run, "unknown conversion specifier '%c'", how);
	return text_end(run, mark);
}

static void put_field(struct braces *b, struct slice field, unsigned depth)
{
	struct run *run = b->run;
	size_t n = 0, mark;
	struct slice spec;

	while (n < field.n && field.p[n] != ':' && field.p[n] != '!')
		n += field.p[n] == '[' ? slice_find(slice_after(field, n), ']') : 1;
	struct value v = field_value(b, slice_first(field, n));
	spec = slice_after(field, n);
	if (spec.n && *spec.p == '!') {
		if (spec.n < 2 || (spec.n > 2 && spec.p[2] != ':'))
			run_fail(run, "expected ':' after conversion specifier");
		v = converted(run, v, spec.p[1]);
		spec = slice_after(spec, 2);
	}
	spec = slice_after(spec, 1);
	if (memchr(spec.p ? spec.p : "", '{', spec.n)) {
		mark = text_begin(run);
		put_format_text(b, spec, depth + 1);
		spec = value_chars(text_end(run, mark));
	}
	put_formatted(b, v, spec);
}

static void put_format_text(struct braces *b, struct slice s, unsigned depth)
{
	struct run *run = b->run;

	if (depth >= NESTED_MAX)
		run_fail(run, "max string recursion exceeded");
	charge_bytes(run, s.n);
	while (s.n) {
		size_t n = 0;
		while (n < s.n && s.p[n] != '{' && s.p[n] != '}')
			n++;
		put_slice(run, slice_first(s, n));
		s = slice_after(s, n);
		if (s.n == 0)
			break;
		charge(run, 1);
		if (s.n > 1 && s.p[1] == *s.p) {
			put_char(run, *s.p);
			s = slice_after(s, 2);
			continue;
		}
		if (*s.p == '}')
			run_fail(run, "single '}' encountered in format string");
		s = slice_after(s, 1);
		n = field_end(run, s);
		put_field(b, slice_first(s, n), depth);
		s = slice_after(s, n + 1);
	}
}

static struct value format_with(struct braces *b, struct value format)
{
	size_t mark = text_begin(b->run);

	b->escape = is_safe(format);
	put_format_text(b, value_chars(format), 0);
	struct value text = text_end(b->run, mark);
	return b->escape ? value_safe(text) : text;
}

struct value method_format(struct run *run, const struct args *args)
{
	struct braces b = {.run = run, .args = args};

	return format_with(&b, args->at[0]);
}

struct value method_format_map(struct run *run, const struct value *arg)
{
	struct args none = {.at = arg, .n = 1};
	struct braces b = {.run = run, .args = &none};

	if (arg[1].type != VALUE_DICT)
		run_fail(run, "format_map() takes a mapping");
	b.mapping = dict_open(run, arg[1]);
	return format_with(&b, arg[0]);
}
