#include "mime/scan.h"

#include "base/utf8.h"

/* But `From :` is a field, in an obsolete form. */
static bool is_mbox_line(struct slice line)
{
	if (!slice_starts(line, "From "))
		return false;
	line = slice_trim(slice_after(line, strlen("From")));
	return line.n == 0 || *line.p != ':';
}

struct slice mime_header_start(struct slice message)
{
	size_t n = slice_find(message, '\n');

	if (is_mbox_line(slice_first(message, n)))
		message = slice_after(message, n + 1);
	/* Of those that have had the message before (RFC 976, 2.4). */
	while (slice_starts(message, ">From "))
		message = slice_after(message, slice_find(message, '\n') + 1);
	return message;
}

#define NAME_MOST 200 /* longer is no name, and would leave no room on its line */

/* RFC 5322, 3.6.8: printable ASCII but the colon. */
static size_t name_length(struct slice s)
{
	const char *p = s.p, *end = s.p + (s.n < NAME_MOST ? s.n : NAME_MOST);

	while (p<end && * p> ' ' && *p < 0x7f && *p != ':')
		p++;
	return (size_t)(p - s.p);
}

/* Where the field ends that goes on at p: behind its line and those that continue it. */
static const char *field_end(const char *p, const char *end)
{
	do {
		p = memchr(p, '\n', (size_t)(end - p));
		if (!p)
			return end;
		p++;
	} while (p < end && (*p == ' ' || *p == '\t'));
	return p;
}

bool mime_header_next(struct slice *rest, struct mime_header *field)
{
	const char *start = rest->p, *end = start + rest->n;

	if (rest->n == 0)
		return false;
	if (*start == '\n' || (*start == '\r' && rest->n > 1 && start[1] == '\n')) {
		*rest = slice_after(*rest, *start == '\r' ? 2 : 1);
		return false;
	}

	/* White space before the colon is obsolete, and still around. */
	size_t name = name_length(*rest);
	const char *colon = start + name;
	while (colon < end && (*colon == ' ' || *colon == '\t'))
		colon++;
	if (name == 0 || colon == end || *colon != ':')
		return false;

	const char *next = field_end(colon, end);
	field->whole = slice_make(start, (size_t)(next - start));
	field->name = slice_make(start, name);
	field->value = slice_trim(slice_make(colon + 1, (size_t)(next - colon - 1)));
	*rest = slice_make(next, (size_t)(end - next));
	return true;
}

struct slice mime_header_find(struct slice message, const char *name)
{
	struct slice rest = message;
	struct mime_header field;

	while (mime_header_next(&rest, &field))
		if (slice_is_nocase(field.name, name))
			return field.value;
	return slice_make(NULL, 0);
}

void mime_header_unfold(struct slice value, struct buf *out)
{
	while (value.n) {
		size_t n = slice_find(value, '\n');
		struct slice line = slice_first(value, n);
		value = slice_after(value, n + 1);
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		buf_add_slice(out, line);
		if (value.n)
			buf_add_char(out, ' ');
		while (value.n && slice_is_space(*value.p))
			value = slice_after(value, 1);
	}
}

/* Looks at one line without its LF, and says whether it had a CR. */
static void look_at_line(struct slice line, bool ended, bool in_header, struct mime_needs *needs)
{
	bool cr = line.n && line.p[line.n - 1] == '\r';
	struct slice text = slice_first(line, line.n - cr);

	needs->long_line |= text.n > MIME_LINE_MOST;
	needs->bare_newline |= (ended && !cr) || (!ended && cr) || slice_find(text, '\r') < text.n;
	needs->nul |= slice_find(text, '\0') < text.n;
	if (utf8_is_ascii(text))
		return;
	if (in_header)
		needs->utf8 = true;
	else
		needs->eight_bit = true;
}

static void look_at_lines(struct slice lines, bool in_header, struct mime_needs *needs)
{
	while (lines.n) {
		size_t n = slice_find(lines, '\n');
		look_at_line(slice_first(lines, n), n < lines.n, in_header, needs);
		lines = slice_after(lines, n + 1);
	}
}

struct mime_needs mime_scan(struct slice message)
{
	struct mime_needs needs = {0};
	struct slice body = message;
	struct mime_header field;

	while (mime_header_next(&body, &field))
		;
	look_at_lines(slice_first(message, message.n - body.n), true, &needs);
	look_at_lines(body, false, &needs);
	return needs;
}

struct mime_needs mime_scan_body(struct slice body)
{
	struct mime_needs needs = {0};

	look_at_lines(body, false, &needs);
	return needs;
}
