#include "base/json_stream.h"

struct json_stream json_stream_init(size_t most)
{
	return (struct json_stream){.most = most, .line = 1};
}

void json_stream_free(struct json_stream *stream)
{
	buf_free(&stream->bytes);
}

void json_stream_add(struct json_stream *stream, struct slice bytes)
{
	buf_drop(&stream->bytes, stream->at);
	stream->seen -= stream->at;
	stream->at = 0;
	buf_add_slice(&stream->bytes, bytes);
}

/* Between records: white space is nobody's. False when nothing is left. */
static bool skip_space(struct json_stream *stream)
{
	for (; stream->at < stream->bytes.n; stream->at++) {
		char c = stream->bytes.p[stream->at];
		if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			break;
		stream->line += c == '\n';
	}
	stream->seen = stream->at;
	stream->begun = stream->line;
	return stream->at < stream->bytes.n;
}

static bool give(struct json_stream *stream, size_t end, struct json_record *record)
{
	record->text = slice_make(stream->bytes.p + stream->at, end - stream->at);
	record->line = stream->begun;
	record->too_long = stream->skipping || record->text.n > stream->most;
	if (record->too_long)
		record->text.n = 0;
	stream->at = stream->seen = end;
	stream->depth = 0;
	stream->in_text = stream->escaped = stream->skipping = false;
	return true;
}

/* A line that begins with '{' begins an object anew, whatever the one before left open. */
static bool begins_anew(const struct json_stream *stream, size_t at)
{
	const char *p = stream->bytes.p;

	return at > stream->at && p[at] == '{' && p[at - 1] == '\n';
}

/* Looks at one more byte. True when the record ends behind it. */
static bool look(struct json_stream *stream, char c)
{
	if (stream->in_text) {
		if (stream->escaped)
			stream->escaped = false;
		else if (c == '\\')
			stream->escaped = true;
		else if (c == '"')
			stream->in_text = false;
		else if (c == '\n') /* not in JSON: the text was never closed */
			return true;
		return false;
	}
	if (c == '"')
		stream->in_text = true;
	else if (c == '{' || c == '[')
		stream->depth++;
	else if (c == '}' || c == ']')
		return stream->depth == 0 || --stream->depth == 0;
	return c == '\n' && stream->depth == 0;
}

/* What was looked at of a record that is too long need not be kept. */
static void forget_long(struct json_stream *stream)
{
	if (stream->seen - stream->at <= stream->most)
		return;
	stream->skipping = true;
	stream->at = stream->seen;
}

bool json_stream_next(struct json_stream *stream, bool at_end, struct json_record *record)
{
	if (stream->seen == stream->at && !stream->skipping && !skip_space(stream))
		return false;
	while (stream->seen < stream->bytes.n) {
		size_t at = stream->seen;
		char c = stream->bytes.p[at];
		if (begins_anew(stream, at))
			return give(stream, at, record);
		stream->line += c == '\n';
		stream->seen++;
		if (stream->skipping ? c == '\n' : look(stream, c))
			return give(stream, at + 1, record);
	}
	forget_long(stream);
	return at_end && (stream->seen > stream->at || stream->skipping) &&
	       give(stream, stream->seen, record);
}
