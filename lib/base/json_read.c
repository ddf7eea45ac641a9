#include <errno.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/utf8.h"

struct reader {
	const char *start, *p, *end;
	char *source; /* the same as start where escapes are resolved in place; else NULL */
	struct arena *arena;
	struct err *err;
	unsigned depth;
};

static bool read_value(struct reader *r, struct json *value);

static bool refuse(struct reader *r, const char *why)
{
	return err_set(r->err, EX_DATAERR, "byte %zu: %s", (size_t)(r->p - r->start) + 1, why);
}

static void skip_space(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t'))
		r->p++;
}

static bool take(struct reader *r, char c)
{
	skip_space(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* --- text --- */

static bool read_hex(struct reader *r, uint32_t *unit)
{
	*unit = 0;
	if (r->end - r->p < 4)
		return refuse(r, "\\u without four digits");
	for (int i = 0; i < 4; i++, r->p++) {
		int digit = hex_value(*r->p);
		if (digit < 0)
			return refuse(r, "\\u without four digits");
		*unit = *unit << 4 | (uint32_t)digit;
	}
	return true;
}

/* r->p is behind "\u". */
static bool read_unicode(struct reader *r, char **out)
{
	uint32_t point, low;

	if (!read_hex(r, &point))
		return false;
	if (point >= 0xd800 && point <= 0xdbff) {
		if (r->end - r->p < 2 || r->p[0] != '\\' || r->p[1] != 'u')
			return refuse(r, "half a surrogate pair");
		r->p += 2;
		if (!read_hex(r, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return refuse(r, "half a surrogate pair");
		point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
	} else if (point >= 0xdc00 && point <= 0xdfff) {
		return refuse(r, "half a surrogate pair");
	}
	if (point == 0)
		return refuse(r, "U+0000 in text");
	*out += utf8_encode(point, *out);
	return true;
}

static bool read_escape(struct reader *r, char **out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";

	if (r->p == r->end)
		return refuse(r, "text without an end");
	char c = *r->p++;
	if (c == 'u')
		return read_unicode(r, out);

	const char *at = c ? strchr(from, c) : NULL;
	if (!at)
		return refuse(r, "an escape that JSON does not have");
	*(*out)++ = to[at - from];
	return true;
}

static const char *plain_run(const char *p, const char *end)
{
	while (end - p >= 8) {
		uint64_t eight = bytes_load(p);
		if (bytes_below(eight, 0x20) || bytes_equal(eight, '"') || bytes_equal(eight, '\\'))
			break;
		p += 8;
	}
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	return p;
}

/* Text with escapes, copied, or moved together in its place: no escape is shorter than what it
 * stands for. Length is bounded by what stands up to the closing quote. */
static bool read_escaped(struct reader *r, const char *begin, struct slice *text)
{
	const char *close = r->p;
	while (close < r->end && *close != '"')
		close = *close == '\\' ? close + 2 : plain_run(close + 1, r->end);
	if (close >= r->end)
		return refuse(r, "text without an end");

	char *copy = r->source ? r->source + (begin - r->start)
			       : arena_alloc(r->arena, (size_t)(close - begin) + 1);
	char *out = copy;
	r->p = begin;
	for (;;) {
		const char *stop = plain_run(r->p, r->end);
		memmove(out, r->p, (size_t)(stop - r->p));
		out += stop - r->p;
		r->p = stop;
		if (r->p == r->end)
			return refuse(r, "text without an end");
		if (*r->p == '"')
			break;
		if (*r->p != '\\')
			return refuse(r, "a control character in text");
		r->p++;
		if (!read_escape(r, &out))
			return false;
	}
	*text = slice_make(copy, (size_t)(out - copy));
	return true;
}

/* r->p is behind the opening quote. */
static bool read_text(struct reader *r, struct slice *text)
{
	const char *begin = r->p;

	r->p = plain_run(r->p, r->end);
	if (r->p == r->end)
		return refuse(r, "text without an end");
	if (*r->p == '"')
		*text = slice_make(begin, (size_t)(r->p - begin));
	else if (*r->p != '\\')
		return refuse(r, "a control character in text");
	else if (!read_escaped(r, begin, text))
		return false;

	/* in place, what stands behind the text up to the quote is what it was before */
	struct slice source = r->source ? *text : slice_make(begin, (size_t)(r->p - begin));
	size_t bad = utf8_check(source);
	if (bad < source.n) {
		r->p = begin + bad;
		return refuse(r, "not UTF-8");
	}
	r->p++;
	return true;
}

/* --- numbers and words --- */

static bool digits(struct reader *r)
{
	const char *begin = r->p;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		r->p++;
	return r->p > begin;
}

static bool read_number(struct reader *r, struct json *value)
{
	const char *begin = r->p;

	value->type = JSON_INT;
	if (*r->p == '-')
		r->p++;
	if (r->p < r->end && *r->p == '0')
		r->p++;
	else if (!digits(r))
		return refuse(r, "not a JSON value");
	if (r->p < r->end && *r->p == '.') {
		r->p++;
		value->type = JSON_REAL;
		if (!digits(r))
			return refuse(r, "a number ends in its point");
	}
	if (r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
		r->p++;
		value->type = JSON_REAL;
		if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
			r->p++;
		if (!digits(r))
			return refuse(r, "a number ends in its exponent");
	}
	value->text = slice_make(begin, (size_t)(r->p - begin));
	return true;
}

static bool read_word(struct reader *r, struct json *value)
{
	struct slice rest = slice_make(r->p, (size_t)(r->end - r->p));

	if (slice_starts(rest, "true"))
		*value = (struct json){.type = JSON_BOOL, .truth = true, .key = value->key};
	else if (slice_starts(rest, "false"))
		*value = (struct json){.type = JSON_BOOL, .key = value->key};
	else if (slice_starts(rest, "null"))
		*value = (struct json){.type = JSON_NULL, .key = value->key};
	else
		return refuse(r, "not a JSON value");
	r->p += value->truth || value->type == JSON_NULL ? 4 : 5;
	return true;
}

/* --- arrays and objects --- */

static int by_key(const void *a, const void *b)
{
	return slice_compare((*(struct json *const *)a)->key, (*(struct json *const *)b)->key);
}

static bool has_twin(const struct json *member)
{
	for (const struct json *other = member->next; other; other = other->next)
		if (slice_equal(member->key, other->key))
			return true;
	return false;
}

/* Of a few, each is held against the others; of many, neighbours once they are sorted. */
static bool has_twins(const struct reader *r, const struct json *object)
{
	struct json **sorted;
	size_t n = 0;

	if (object->count <= 16) {
		for (const struct json *c = object->first; c; c = c->next)
			if (has_twin(c))
				return true;
		return false;
	}

	sorted = arena_alloc(r->arena, object->count * sizeof(struct json *));
	for (struct json *c = object->first; c; c = c->next)
		sorted[n++] = c;
	qsort(sorted, n, sizeof *sorted, by_key);
	for (size_t i = 1; i < n; i++)
		if (slice_equal(sorted[i - 1]->key, sorted[i]->key))
			return true;
	return false;
}

static bool read_name(struct reader *r, struct slice *key)
{
	if (!take(r, '"'))
		return refuse(r, "a member has no name");
	if (!read_text(r, key))
		return false;
	if (!take(r, ':'))
		return refuse(r, "no ':' after a name");
	return true;
}

/* r->p is behind the opening bracket. */
static bool read_children(struct reader *r, struct json *parent, char close)
{
	struct json **link = &parent->first;

	if (++r->depth > JSON_DEPTH)
		return refuse(r, "nested too deep");
	if (take(r, close)) {
		r->depth--;
		return true;
	}
	do {
		struct json *child = arena_alloc(r->arena, sizeof *child);
		if (parent->type == JSON_OBJECT && !read_name(r, &child->key))
			return false;
		if (!read_value(r, child))
			return false;
		*link = child;
		link = &child->next;
		parent->count++;
	} while (take(r, ','));
	if (!take(r, close))
		return refuse(r, close == ']' ? "no ',' or ']'" : "no ',' or '}'");
	if (parent->type == JSON_OBJECT && has_twins(r, parent))
		return refuse(r, "a name stands twice in this object");
	r->depth--;
	return true;
}

static bool read_value(struct reader *r, struct json *value)
{
	skip_space(r);
	if (r->p == r->end)
		return refuse(r, "ends too early");

	switch (*r->p) {
	case '{':
		r->p++;
		value->type = JSON_OBJECT;
		return read_children(r, value, '}');
	case '[':
		r->p++;
		value->type = JSON_ARRAY;
		return read_children(r, value, ']');
	case '"':
		r->p++;
		value->type = JSON_STRING;
		return read_text(r, &value->text);
	case 't':
	case 'f':
	case 'n':
		return read_word(r, value);
	default:
		return read_number(r, value);
	}
}

static struct json *read_whole(struct reader *r)
{
	struct json *value = arena_alloc(r->arena, sizeof *value);

	if (!read_value(r, value))
		return NULL;
	skip_space(r);
	if (r->p < r->end) {
		refuse(r, "something stands behind the value");
		return NULL;
	}
	return value;
}

struct json *json_parse(struct slice source, struct arena *arena, struct err *err)
{
	struct reader r = {.start = source.p,
			   .p = source.p,
			   .end = source.p + source.n,
			   .arena = arena,
			   .err = err};

	return read_whole(&r);
}

struct json *json_parse_in_place(char *source, size_t n, struct arena *arena, struct err *err)
{
	struct reader r = {.start = source,
			   .p = source,
			   .end = source + n,
			   .source = source,
			   .arena = arena,
			   .err = err};

	return read_whole(&r);
}

/* --- looking into a tree --- */

const struct json *json_get(const struct json *object, const char *key)
{
	if (!object || object->type != JSON_OBJECT)
		return NULL;
	for (const struct json *c = object->first; c; c = c->next)
		if (slice_is(c->key, key))
			return c;
	return NULL;
}

bool json_int(const struct json *value, int64_t *n)
{
	char digits[24], *end;

	if (!value || value->type != JSON_INT || value->text.n >= sizeof digits)
		return false;
	memcpy(digits, value->text.p, value->text.n);
	digits[value->text.n] = '\0';
	errno = 0;
	*n = strtoll(digits, &end, 10);
	return errno == 0 && *end == '\0';
}

struct slice json_get_text(const struct json *object, const char *key)
{
	const struct json *value = json_get(object, key);

	return value && value->type == JSON_STRING ? value->text : slice_make(NULL, 0);
}

int64_t json_get_int(const struct json *object, const char *key, int64_t fallback)
{
	int64_t n;

	return json_int(json_get(object, key), &n) ? n : fallback;
}

bool json_get_bool(const struct json *object, const char *key, bool fallback)
{
	const struct json *value = json_get(object, key);

	return value && value->type == JSON_BOOL ? value->truth : fallback;
}

const char *json_type_name(enum json_type type)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",        [JSON_BOOL] = "true or false", [JSON_INT] = "a number",
		[JSON_REAL] = "a fraction",  [JSON_STRING] = "a string",    [JSON_ARRAY] = "a list",
		[JSON_OBJECT] = "an object",
	};

	return names[type];
}
