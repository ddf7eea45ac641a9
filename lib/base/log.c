#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"

#define CUT " cut=true"

void log_free(struct log *log)
{
	buf_free(&log->line);
	buf_free(&log->lines);
}

/* Safe without quotes on a terminal, in a shell and for any reader of logfmt. */
static bool is_plain(struct slice value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return false;
	}
	return value.n > 0;
}

void log_begin(struct log *log, const char *event)
{
	char now[CLOCK_TEXT_SIZE];

	clock_format(clock_now_ms(), now);
	buf_clear(&log->line);
	buf_addf(&log->line, "time=%s event=%s", now, event);
}

/* Where the address that ends at the '@' begins. */
static size_t local_start(struct slice text, size_t at)
{
	while (at > 0 && (unsigned char)text.p[at - 1] > ' ' &&
	       !strchr("<>()[],;:\"'=@", text.p[at - 1]))
		at--;
	return at;
}

/* Addresses also stand in what a remote says. */
static void add_masked(struct buf *out, struct slice text)
{
	size_t at;

	while ((at = slice_find(text, '@')) < text.n) {
		size_t start = local_start(text, at);
		buf_add_slice(out, slice_first(text, start));
		if (start < at && (unsigned char)text.p[start] < 0x80)
			buf_add_char(out, text.p[start]);
		buf_add_text(out, start < at ? "***@" : "@");
		text = slice_after(text, at + 1);
	}
	buf_add_slice(out, text);
}

static void add_value(struct buf *line, const char *key, struct slice value)
{
	value = slice_first(value, LOG_VALUE_MAX);
	buf_addf(line, " %s=", key);
	if (is_plain(value))
		buf_add_slice(line, value);
	else
		json_put_slice(&(struct json_out){.buf = line}, NULL, value);
}

void log_slice(struct log *log, const char *key, struct slice value)
{
	struct buf *line = &log->line, masked = {0};
	size_t had = line->n;

	if (slice_ends(buf_slice(line), CUT))
		return;
	if (log->mask_addresses && slice_find(value, '@') < value.n) {
		add_masked(&masked, value);
		value = buf_slice(&masked);
	}
	add_value(line, key, value);
	buf_free(&masked);
	if (line->n + sizeof CUT > LOG_LINE_MAX) { /* the NUL's place is the newline's */
		line->n = had;
		buf_add_text(line, CUT);
	}
}

void log_text(struct log *log, const char *key, const char *value)
{
	if (value)
		log_slice(log, key, slice_text(value));
}

void log_int(struct log *log, const char *key, int64_t value)
{
	char text[24];

	int n = snprintf(text, sizeof text, "%lld", (long long)value);
	log_slice(log, key, slice_make(text, (size_t)n));
}

void log_address(struct log *log, const char *key, struct slice address)
{
	char masked[LOG_VALUE_MAX] = "***";
	size_t at = slice_find(address, '@');

	if (log->mask_addresses) {
		if (at > 0 && at < address.n)
			snprintf(masked, sizeof masked, "%c***%.*s", address.p[0],
				 SLICE_ARGS(slice_after(address, at)));
		address = slice_text(masked);
	}
	log_slice(log, key, address);
}

static void write_lines(const struct log *log, struct buf *lines)
{
	while (lines->n && write(log->fd, lines->p, lines->n) < 0 && errno == EINTR)
		;
	buf_clear(lines);
}

void log_end(struct log *log)
{
	buf_add_char(&log->line, '\n');
	if (!log->gathers) {
		write_lines(log, &log->line);
		return;
	}
	if (log->lines.n + log->line.n > LOG_LINE_MAX)
		write_lines(log, &log->lines);
	buf_add_slice(&log->lines, buf_slice(&log->line));
}

void log_gather(struct log *log)
{
	log->gathers = true;
}

void log_write(struct log *log)
{
	log->gathers = false;
	write_lines(log, &log->lines);
}
