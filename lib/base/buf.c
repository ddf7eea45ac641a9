#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

void buf_free(struct buf *buf)
{
	free(buf->p);
	*buf = (struct buf){0};
}

char *buf_reserve(struct buf *buf, size_t more)
{
	size_t need = buf->n + more + 1;

	if (need > buf->room) {
		size_t room = buf->room ? buf->room : 256;
		while (room < need)
			room *= 2;
		buf->p = mem_resize(buf->p, room, 1);
		buf->room = room;
	}
	return buf->p + buf->n;
}

void buf_add(struct buf *buf, const void *bytes, size_t n)
{
	char *end = buf_reserve(buf, n);

	if (n)
		memcpy(end, bytes, n);
	buf->n += n;
	buf->p[buf->n] = '\0';
}

void buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_add_slice(struct buf *buf, struct slice s)
{
	buf_add(buf, s.p, s.n);
}

void buf_addf(struct buf *buf, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(buf_reserve(buf, 128), 129, fmt, ap);
	if (n > 128)
		vsnprintf(buf_reserve(buf, (size_t)n), (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	if (n > 0)
		buf->n += (size_t)n;
}

void buf_drop(struct buf *buf, size_t n)
{
	if (n >= buf->n) {
		buf->n = 0;
		return;
	}
	if (n)
		memmove(buf->p, buf->p + n, buf->n - n);
	buf->n -= n;
}

char *buf_take(struct buf *buf)
{
	buf_reserve(buf, 0)[0] = '\0';

	char *bytes = buf->p;
	*buf = (struct buf){0};
	return bytes;
}
