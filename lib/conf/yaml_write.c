#include "conf/yaml_write.h"

#include <ctype.h>

#include "base/utf8.h"

#define INDENT 2

/* What libyaml takes as it is; other characters are written as escapes. U+0085, U+2028 and U+2029
 * are line breaks to it, and U+FEFF a byte order mark. */
static bool is_printable(uint32_t point)
{
	if (point < 0xa0)
		return point >= 0x20 && point < 0x7f;
	return point != 0x2028 && point != 0x2029 && point != 0xfeff &&
	       (point < 0xd800 || point > 0xdfff) && (point & 0xfffe) != 0xfffe;
}

static bool all_printable(struct slice text, const char *and_these)
{
	size_t n;

	for (; text.n; text = slice_after(text, n)) {
		uint32_t point = utf8_decode(text, &n);
		if (!is_printable(point) && !(point < 0x80 && strchr(and_these, (int)point)))
			return false;
	}
	return true;
}

/* Words that some reader of YAML takes for something else than text. */
static bool is_special_word(struct slice text)
{
	static const char *const words[] = {"null", "true", "false", "yes", "no",
					    "on",   "off",  "y",     "n"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (slice_is_nocase(text, words[i]))
			return true;
	return false;
}

/* Begins with a letter, '/' or '$', and goes on without what means something to YAML. */
static bool may_be_plain(struct slice text)
{
	if (text.n == 0 || (!isalpha((unsigned char)text.p[0]) && !strchr("/$", text.p[0])))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool colon = c == ':' && i + 1 < text.n && text.p[i + 1] != ' ';
		if (!isalnum(c) && c < 0x80 && !colon && !strchr("/$_.@+- {}()[]<>,;!?=%&*'\"", c))
			return false;
	}
	return text.p[text.n - 1] != ' ' && !is_special_word(text) && all_printable(text, "");
}

static bool may_be_block(struct slice text)
{
	return slice_find(text, '\n') < text.n && slice_trim(text).n > 0 &&
	       all_printable(text, "\n\t");
}

static void put_escape(struct buf *buf, uint32_t point)
{
	if (point == '\n')
		buf_add_text(buf, "\\n");
	else if (point == '\t')
		buf_add_text(buf, "\\t");
	else if (point <= 0xff)
		buf_addf(buf, "\\x%02x", point);
	else if (point <= 0xffff)
		buf_addf(buf, "\\u%04x", point);
	else
		buf_addf(buf, "\\U%08x", point);
}

static void put_quoted(struct buf *buf, struct slice text)
{
	size_t n;

	buf_add_char(buf, '"');
	for (; text.n; text = slice_after(text, n)) {
		uint32_t point = utf8_decode(text, &n);
		if (!is_printable(point)) {
			put_escape(buf, point);
			continue;
		}
		if (point == '"' || point == '\\')
			buf_add_char(buf, '\\');
		buf_add(buf, text.p, n);
	}
	buf_add_char(buf, '"');
}

static void put_line(struct buf *buf, struct slice text)
{
	if (may_be_plain(text))
		buf_add_slice(buf, text);
	else
		put_quoted(buf, text);
}

static void indent(struct buf *buf, unsigned depth)
{
	buf_addf(buf, "%*s", (int)(depth * INDENT), "");
}

/* The header says where lines begin when the first cannot show it, and how many newlines end the
 * text: none, one, or all that are there. */
static void put_block(struct buf *buf, unsigned depth, struct slice text)
{
	struct slice line;

	buf_add_char(buf, '|');
	if (strchr(" \n\t", text.p[0]))
		buf_addf(buf, "%d", INDENT);
	if (!slice_ends(text, "\n"))
		buf_add_char(buf, '-');
	else if (slice_ends(text, "\n\n"))
		buf_add_char(buf, '+');
	while (slice_next(&text, '\n', &line)) {
		buf_add_char(buf, '\n');
		if (line.n)
			indent(buf, depth + 1);
		buf_add_slice(buf, line);
	}
}

static void put_key(struct buf *buf, unsigned depth, const char *key)
{
	indent(buf, depth);
	put_line(buf, slice_text(key));
	buf_add_char(buf, ':');
}

void yaml_put_text(struct buf *buf, unsigned depth, const char *key, struct slice text)
{
	put_key(buf, depth, key);
	buf_add_char(buf, ' ');
	if (may_be_block(text))
		put_block(buf, depth, text);
	else
		put_line(buf, text);
	buf_add_char(buf, '\n');
}

void yaml_put_plain(struct buf *buf, unsigned depth, const char *key, const char *word)
{
	put_key(buf, depth, key);
	buf_addf(buf, " %s\n", word);
}

void yaml_put_map(struct buf *buf, unsigned depth, const char *key)
{
	put_key(buf, depth, key);
	buf_add_char(buf, '\n');
}

/* JSON is YAML, but for characters that YAML does not take as they are. */
static void put_flow(struct buf *buf, const struct json *value)
{
	struct json_out out = {.buf = buf};

	switch (value->type) {
	case JSON_STRING:
		put_quoted(buf, value->text);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		buf_add_char(buf, value->type == JSON_ARRAY ? '[' : '{');
		for (const struct json *child = value->first; child; child = child->next) {
			if (value->type == JSON_OBJECT) {
				put_quoted(buf, child->key);
				buf_add_text(buf, ": ");
			}
			put_flow(buf, child);
			if (child->next)
				buf_add_text(buf, ", ");
		}
		buf_add_char(buf, value->type == JSON_ARRAY ? ']' : '}');
		break;
	default:
		json_put_value(&out, (struct slice){0}, value);
	}
}

static void put_list(struct buf *buf, unsigned depth, const struct json *list)
{
	for (const struct json *item = list->first; item; item = item->next) {
		indent(buf, depth);
		buf_add_text(buf, "- ");
		if (item->type == JSON_STRING)
			put_line(buf, item->text);
		else
			put_flow(buf, item);
		buf_add_char(buf, '\n');
	}
}

static void put_map(struct buf *buf, unsigned depth, const struct json *map)
{
	struct arena arena = {0};

	for (const struct json *child = map->first; child; child = child->next)
		yaml_put_value(buf, depth, arena_slice(&arena, child->key).p, child);
	arena_free(&arena);
}

void yaml_put_value(struct buf *buf, unsigned depth, const char *key, const struct json *value)
{
	if (value->type == JSON_STRING) {
		yaml_put_text(buf, depth, key, value->text);
	} else if (value->count == 0) {
		put_key(buf, depth, key);
		buf_add_char(buf, ' ');
		put_flow(buf, value);
		buf_add_char(buf, '\n');
	} else {
		yaml_put_map(buf, depth, key);
		(value->type == JSON_OBJECT ? put_map : put_list)(buf, depth + 1, value);
	}
}
