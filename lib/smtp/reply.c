#include "smtp/reply.h"

#include "base/utf8.h"

static void keep(struct smtp_reply_reader *reader, const void *bytes, size_t n)
{
	if (n > sizeof reader->text - reader->text_n)
		return;
	memcpy(reader->text + reader->text_n, bytes, n);
	reader->text_n += n;
}

static void keep_escaped(struct smtp_reply_reader *reader, struct slice text)
{
	while (text.n) {
		size_t n;
		uint32_t point = utf8_decode(text, &n);
		if (point == '\t')
			keep(reader, " ", 1);
		else if (point == UTF8_BAD || utf8_is_control(point))
			keep(reader, "?", 1);
		else
			keep(reader, text.p, n);
		text = slice_after(text, n);
	}
}

static enum smtp_read bad(struct smtp_reply_reader *reader, const char *why, struct slice line)
{
	reader->broken = true;
	reader->text_n = 0;
	keep(reader, why, strlen(why));
	keep_escaped(reader, slice_first(line, 80));
	return SMTP_READ_BAD;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One to three digits (RFC 3463 section 2). */
static bool take_number(struct slice *text, unsigned short *number)
{
	unsigned sum = 0;
	size_t n = 0;

	for (; n < 3 && n < text->n && is_digit(text->p[n]); n++)
		sum = sum * 10 + (unsigned)(text->p[n] - '0');
	if (n == 0)
		return false;
	*number = (unsigned short)sum;
	*text = slice_after(*text, n);
	return true;
}

static bool take_char(struct slice *text, char c)
{
	if (text->n == 0 || *text->p != c)
		return false;
	*text = slice_after(*text, 1);
	return true;
}

struct smtp_enhanced smtp_enhanced_take(struct slice *text)
{
	static const struct smtp_enhanced none = {0};
	struct smtp_enhanced found = {0};
	struct slice rest = *text;

	if (!take_number(&rest, &found.class) || !take_char(&rest, '.') ||
	    !take_number(&rest, &found.subject) || !take_char(&rest, '.') ||
	    !take_number(&rest, &found.detail))
		return none;
	if (found.class != 2 && found.class != 4 && found.class != 5)
		return none;
	if (rest.n && !take_char(&rest, ' '))
		return none;
	*text = rest;
	return found;
}

/* Three digits, then '-' when more lines follow; a space or nothing on the last one. */
static bool is_reply_line(struct slice line)
{
	return line.n >= 3 && line.p[0] >= '2' && line.p[0] <= '5' && is_digit(line.p[1]) &&
	       is_digit(line.p[2]) && (line.n == 3 || line.p[3] == ' ' || line.p[3] == '-');
}

static enum smtp_read take_line(struct smtp_reply_reader *reader, struct slice line)
{
	if (!is_reply_line(line))
		return bad(reader, "not an SMTP reply: ", line);

	int code = (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 + (line.p[2] - '0');
	if (reader->lines && code != reader->code)
		return bad(reader, "a reply of two minds: ", line);
	if (reader->lines == SMTP_REPLY_LINES_MAX)
		return bad(reader, "a reply of too many lines: ", line);

	struct slice text = slice_after(line, 4);
	struct smtp_enhanced enhanced = smtp_enhanced_take(&text);
	if (reader->lines++ == 0) {
		reader->code = code;
		reader->enhanced = enhanced;
		reader->text_n = 0;
	} else {
		keep(reader, " ", 1);
	}
	keep_escaped(reader, text);
	return line.n > 3 && line.p[3] == '-' ? SMTP_READ_MORE : SMTP_READ_REPLY;
}

/* Moves bytes into the line buffer; true when the line's end came. A bare LF ends a line too: what
 * reads replies gains nothing from refusing the many servers' scripts that write one. */
static bool gather_line(struct smtp_reply_reader *reader, struct slice *input)
{
	size_t room = sizeof reader->line - reader->line_n;
	struct slice some = slice_first(*input, room);
	size_t end = slice_find(some, '\n');
	size_t n = end < some.n ? end + 1 : some.n;

	if (n)
		memcpy(reader->line + reader->line_n, some.p, n);
	reader->line_n += n;
	*input = slice_after(*input, n);
	return end < some.n;
}

static struct slice line_text(const struct smtp_reply_reader *reader)
{
	struct slice line = slice_make(reader->line, reader->line_n);

	while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	return line;
}

static enum smtp_read read_reply(struct smtp_reply_reader *reader, struct slice *input)
{
	enum smtp_read read = SMTP_READ_MORE;

	if (reader->broken)
		return SMTP_READ_BAD;
	while (read == SMTP_READ_MORE && gather_line(reader, input)) {
		read = take_line(reader, line_text(reader));
		reader->line_n = 0;
	}
	if (read == SMTP_READ_MORE && reader->line_n == sizeof reader->line)
		return bad(reader, "a reply line without an end: ", line_text(reader));
	return read;
}

enum smtp_read smtp_reply_read(struct smtp_reply_reader *reader, struct slice *input,
			       struct smtp_reply *reply)
{
	enum smtp_read read = read_reply(reader, input);

	*reply = (struct smtp_reply){0};
	if (read == SMTP_READ_MORE)
		return read;
	reply->text = slice_make(reader->text, reader->text_n);
	if (read == SMTP_READ_REPLY) {
		reply->code = reader->code;
		reply->enhanced = reader->enhanced;
	}
	reader->lines = 0;
	return read;
}

void smtp_reply_print(const struct smtp_reply *reply, struct buf *buf)
{
	if (reply->code)
		buf_addf(buf, "%d ", reply->code);
	if (reply->enhanced.class)
		buf_addf(buf, "%hu.%hu.%hu ", reply->enhanced.class, reply->enhanced.subject,
			 reply->enhanced.detail);
	buf_add_slice(buf, reply->text);
}

/* The word around which servers put the name: behind the mark, or before it. */
static const struct {
	struct slice mark;
	bool before;
} queue_id_marks[] = {
	{SLICE("queued as "), false},
	{SLICE(" id="), false},
	{SLICE(" Message accepted for del"), true},
};

static struct slice word_behind(struct slice text)
{
	struct slice word = slice_first(text, slice_find(text, ' '));

	while (word.n && (word.p[word.n - 1] == '.' || word.p[word.n - 1] == ','))
		word.n--;
	return word;
}

static struct slice word_before(struct slice text)
{
	size_t at = text.n;

	while (at && text.p[at - 1] != ' ')
		at--;
	return slice_after(text, at);
}

struct slice smtp_reply_queue_id(const struct smtp_reply *reply)
{
	struct slice text = reply->text;

	for (size_t i = 0; text.n && i < sizeof queue_id_marks / sizeof *queue_id_marks; i++) {
		struct slice mark = queue_id_marks[i].mark;
		const char *at = memmem(text.p, text.n, mark.p, mark.n);
		if (!at)
			continue;
		size_t start = (size_t)(at - text.p);
		return queue_id_marks[i].before ? word_before(slice_first(text, start))
						: word_behind(slice_after(text, start + mark.n));
	}
	if (slice_is_nocase(slice_first(text, 3), "ok ") &&
	    slice_find(slice_after(text, 3), ' ') == text.n - 3)
		return slice_after(text, 3);
	return (struct slice){0};
}
