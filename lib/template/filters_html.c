#include "base/utf8.h"
#include "template/filters.h"
#include "template/html.h"
#include "template/text.h"

struct value filter_escape(struct run *run, const struct value *arg)
{
	return escape_value(run, arg[0]);
}

struct value filter_forceescape(struct run *run, const struct value *arg)
{
	return escape_value(run, text_plain(str_of(run, arg[0])));
}

struct value filter_safe(struct run *run, const struct value *arg)
{
	return value_safe(str_of(run, arg[0]));
}

struct value filter_striptags(struct run *run, const struct value *arg)
{
	return html_strip_tags(run, value_chars(str_of(run, arg[0])));
}

/* --- urlencode --- */

static bool is_unreserved(char c, bool in_query)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("_.-~", c)) || (c == '/' && !in_query);
}

static void put_quoted_url(struct run *run, struct value v, bool in_query)
{
	struct slice s = value_chars(str_of(run, v));

	charge_bytes(run, s.n);
	for (size_t i = 0; i < s.n; i++) {
		if (is_unreserved(s.p[i], in_query))
			put_char(run, s.p[i]);
		else if (s.p[i] == ' ' && in_query)
			put_char(run, '+');
		else
			put_format(run, "%%%02X", (unsigned char)s.p[i]);
	}
}

static void put_query(struct run *run, struct value value)
{
	struct value pairs = value.type == VALUE_DICT
				     ? dict_view(run, dict_open(run, value), VIEW_ITEMS)
				     : value;
	struct items items = iterate(run, pairs);

	for (uint32_t i = 0; i < items.n; i++) {
		struct items pair = iterate(run, items.at[i]);
		if (pair.n != 2)
			run_fail(run, "urlencode takes text, a mapping or pairs");
		if (i)
			put_char(run, '&');
		put_quoted_url(run, pair.at[0], true);
		put_char(run, '=');
		put_quoted_url(run, pair.at[1], true);
	}
}

struct value filter_urlencode(struct run *run, const struct value *arg)
{
	size_t mark = text_begin(run);

	if (is_text(arg[0]) || !can_iterate(arg[0]))
		put_quoted_url(run, arg[0], false);
	else
		put_query(run, arg[0]);
	return text_end(run, mark);
}

/* --- xmlattr --- */

/* A key with such a character would be more than a key. */
static void check_key(struct run *run, struct value key)
{
	for (uint32_t i = 0; i < key.n; i++)
		if (strchr(" \t\n\r\f/>=", key.p[i]))
			run_fail(run, "invalid character in attribute name '%.*s'",
				 SLICE_ARGS(value_chars(key)));
}

struct value filter_xmlattr(struct run *run, const struct value *arg)
{
	size_t mark = text_begin(run);
	struct dict *dict;

	if (arg[0].type != VALUE_DICT)
		run_fail(run, "xmlattr takes a mapping, not '%s'", value_type_name(arg[0]));
	dict = dict_open(run, arg[0]);
	for (uint32_t i = 0; i < dict->n; i++) {
		struct value value = dict->at[i].value;
		if (is_none(value) || value.type == VALUE_UNDEFINED)
			continue;
		struct value key = str_of(run, dict->at[i].key);
		check_key(run, key);
		if (text_begin(run) > mark || arg_bool(run, arg[1], true))
			put_char(run, ' ');
		put_value(run, key, true);
		put_chars(run, "=\"");
		put_value(run, value, true);
		put_char(run, '"');
	}
	struct value text = text_end(run, mark);
	return run_escapes(run) ? value_safe(text) : text;
}
