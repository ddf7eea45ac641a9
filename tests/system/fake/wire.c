#include "fake.h"

#include <stdio.h>
#include <unistd.h>

static void note(struct session *s, const char *who, struct slice text)
{
	struct buf lines = {0};
	struct slice line;

	if (s->fake->transcript < 0)
		return;
	while (slice_next(&text, '\n', &line)) {
		buf_addf(&lines, "%u %s ", s->number, who);
		buf_add_slice(&lines, slice_trim(line));
		buf_add_char(&lines, '\n');
	}
	if (write(s->fake->transcript, lines.p, lines.n) < 0)
		perror("transcript");
	buf_free(&lines);
}

bool write_now(struct session *s, struct slice bytes)
{
	while (bytes.n && !s->over) {
		ssize_t sent = s->ssl ? SSL_write(s->ssl, bytes.p, (int)bytes.n)
				      : write(s->fd, bytes.p, bytes.n);
		if (sent <= 0)
			s->over = true;
		else
			bytes = slice_after(bytes, (size_t)sent);
	}
	return !s->over;
}

void flush(struct session *s)
{
	struct slice rest = buf_slice(&s->out);

	for (; s->slow && rest.n && !s->over; rest = slice_after(rest, 1)) {
		write_now(s, slice_first(rest, 1));
		sleep(1);
	}
	write_now(s, rest);
	buf_clear(&s->out);
}

void finish(struct session *s)
{
	flush(s);
	s->over = true;
}

void say(struct session *s, struct slice bytes)
{
	note(s, "S", bytes);
	buf_add_slice(&s->out, bytes);
}

bool hear(struct session *s)
{
	char *end = buf_reserve(&s->in, 65536);

	flush(s);
	if (s->over)
		return false;
	ssize_t n = s->ssl ? SSL_read(s->ssl, end, 65536) : read(s->fd, end, 65536);
	if (n <= 0)
		s->over = true;
	else
		s->in.n += (size_t)n;
	return n > 0;
}

bool hear_line(struct session *s)
{
	size_t at;

	while ((at = slice_find(buf_slice(&s->in), '\n')) == s->in.n)
		if (!hear(s))
			return false;
	buf_clear(&s->line);
	buf_add_slice(&s->line, slice_trim(slice_first(buf_slice(&s->in), at)));
	buf_add_text(&s->line, "");
	buf_drop(&s->in, at + 1);
	note(s, "C", buf_slice(&s->line));
	return true;
}

void start_tls(struct session *s)
{
	flush(s);
	buf_clear(&s->in); /* what came in the clear has no place behind TLS */
	s->ssl = SSL_new(s->fake->tls);
	SSL_set_fd(s->ssl, s->fd);
	if (SSL_accept(s->ssl) <= 0)
		s->over = true;
}
