#include "base/json_stream.h"

struct json_stream json_stream_init(size_t most)
{
	return (struct json_stream){.most = most, .line = 1};
}

void json_stream_free(struct json_stream *stream)
{
	buf_free(&stream->bytes);
	spill_clear(&stream->long_one);
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

/* What of the record stands before `end` goes to the file, or is forgotten where it is too long. */
static void put_away(struct json_stream *stream, size_t end)
{
	struct slice piece = slice_make(stream->bytes.p + stream->at, end - stream->at);

	if (piece.n == 0)
		return;
	stream->before = piece.p[piece.n - 1];
	stream->at = end;
	if (stream->long_one.n + piece.n > stream->most)
		stream->skipping = true;
	else if (!stream->failed.code)
		spill_add(&stream->long_one, piece, &stream->failed);
}

static void give(struct json_stream *stream, size_t end, struct json_record *record)
{
	*record = (struct json_record){.line = stream->begun};
	if (stream->long_one.n || stream->skipping) {
		put_away(stream, end);
		record->large = true;
		record->n = stream->long_one.n;
		if (!stream->failed.code)
			spill_text(&stream->long_one, &record->text, &stream->failed);
	} else {
		record->text = stream->bytes.p + stream->at;
		record->n = end - stream->at;
	}
	record->too_long = stream->skipping || stream->failed.code || record->n > stream->most;
	if (record->too_long)
		record->n = 0;
	stream->at = stream->seen = end;
	stream->depth = 0;
	stream->in_text = stream->escaped = stream->skipping = false;
	stream->given = record->large;
}

/* A line that begins with '{' begins an object anew, whatever the one before left open. */
static bool begins_anew(const struct json_stream *stream, size_t at)
{
	const char *p = stream->bytes.p;

	if (p[at] != '{' || (at == stream->at && stream->long_one.n == 0 && !stream->skipping))
		return false;
	return (at > stream->at ? p[at - 1] : stream->before) == '\n';
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

/* Looks for the record's end; false: it is not there yet. */
static bool find_end(struct json_stream *stream, size_t *end)
{
	while (stream->seen < stream->bytes.n) {
		*end = stream->seen;
		char c = stream->bytes.p[*end];
		if (begins_anew(stream, *end))
			return true;
		stream->line += c == '\n';
		*end = ++stream->seen;
		if (stream->skipping ? c == '\n' : look(stream, c))
			return true;
	}
	return false;
}

bool json_stream_next(struct json_stream *stream, bool at_end, struct json_record *record)
{
	size_t end = stream->bytes.n;

	if (stream->given)
		spill_clear(&stream->long_one);
	stream->given = false;
	bool begun = stream->long_one.n || stream->skipping || stream->seen > stream->at;
	if (!begun && !skip_space(stream))
		return false;
	if (!find_end(stream, &end)) {
		if (stream->long_one.n || stream->seen - stream->at > SPILL_MEMORY ||
		    stream->seen - stream->at > stream->most)
			put_away(stream, end);
		if (!at_end)
			return false;
	}
	give(stream, end, record);
	return true;
}
