#include <inttypes.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/utf8.h"

/* --- text --- */

static void put_escape(struct buf *buf, uint32_t point)
{
	static const char letter[] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};

	if (point == '"' || point == '\\') {
		buf_add_char(buf, '\\');
		buf_add_char(buf, (char)point);
	} else if (point < sizeof letter && letter[point]) {
		buf_add_char(buf, '\\');
		buf_add_char(buf, letter[point]);
	} else {
		buf_addf(buf, "\\u%04x", (unsigned)point);
	}
}

/* The run of bytes at the start of s that need no escape: printable ASCII. */
static size_t plain_run(struct slice s)
{
	size_t at = 0;

	for (; s.n - at >= 8; at += 8) {
		uint64_t eight = bytes_load(s.p + at);
		if (bytes_below(eight, 0x20) || bytes_from_del(eight) || bytes_equal(eight, '"') ||
		    bytes_equal(eight, '\\'))
			break;
	}
	while (at < s.n && s.p[at] != '"' && s.p[at] != '\\' && s.p[at] >= 0x20 && s.p[at] < 0x7f)
		at++;
	return at;
}

static void put_quoted(struct buf *buf, struct slice text)
{
	buf_add_char(buf, '"');
	while (text.n) {
		size_t n = plain_run(text);
		buf_add(buf, text.p, n);
		text = slice_after(text, n);
		if (!text.n)
			break;

		uint32_t point = utf8_decode(text, &n);
		if (point == UTF8_BAD || point == 0)
			buf_add_text(buf, "\xef\xbf\xbd");
		else if (point == '"' || point == '\\' || utf8_is_control(point))
			put_escape(buf, point);
		else
			buf_add(buf, text.p, n);
		text = slice_after(text, n);
	}
	buf_add_char(buf, '"');
}

/* --- structure --- */

static void before(struct json_out *out, struct slice key)
{
	if (out->comma)
		buf_add_char(out->buf, ',');
	if (key.p) {
		put_quoted(out->buf, key);
		buf_add_char(out->buf, ':');
	}
	out->comma = true;
}

void json_open(struct json_out *out, const char *key, char bracket)
{
	before(out, slice_text(key));
	buf_add_char(out->buf, bracket);
	out->comma = false;
}

void json_close(struct json_out *out, char bracket)
{
	buf_add_char(out->buf, bracket);
	out->comma = true;
}

void json_put_slice(struct json_out *out, const char *key, struct slice text)
{
	before(out, slice_text(key));
	put_quoted(out->buf, text);
}

void json_put_text(struct json_out *out, const char *key, const char *text)
{
	if (text)
		json_put_slice(out, key, slice_text(text));
	else
		json_put_null(out, key);
}

void json_put_int(struct json_out *out, const char *key, int64_t n)
{
	before(out, slice_text(key));
	buf_addf(out->buf, "%" PRId64, n);
}

void json_put_bool(struct json_out *out, const char *key, bool truth)
{
	before(out, slice_text(key));
	buf_add_text(out->buf, truth ? "true" : "false");
}

void json_put_null(struct json_out *out, const char *key)
{
	before(out, slice_text(key));
	buf_add_text(out->buf, "null");
}

void json_put_time(struct json_out *out, const char *key, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	if (ms)
		clock_format(ms, text);
	json_put_text(out, key, ms ? text : NULL);
}

void json_put_raw(struct json_out *out, const char *key, struct slice json)
{
	before(out, slice_text(key));
	buf_add_slice(out->buf, json);
}

void json_put_value(struct json_out *out, struct slice key, const struct json *value)
{
	before(out, key);
	switch (value->type) {
	case JSON_NULL:
		buf_add_text(out->buf, "null");
		break;
	case JSON_BOOL:
		buf_add_text(out->buf, value->truth ? "true" : "false");
		break;
	case JSON_INT:
	case JSON_REAL:
		buf_add_slice(out->buf, value->text);
		break;
	case JSON_STRING:
		put_quoted(out->buf, value->text);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		buf_add_char(out->buf, value->type == JSON_ARRAY ? '[' : '{');
		out->comma = false;
		for (const struct json *c = value->first; c; c = c->next)
			json_put_value(out,
				       value->type == JSON_ARRAY ? slice_make(NULL, 0) : c->key, c);
		json_close(out, value->type == JSON_ARRAY ? ']' : '}');
		break;
	}
}
