/*
 * buf.h: bytes that grow.
 *
 * Life: `struct buf b = {0};`, add, then buf_free(&b). buf_clear keeps the memory for the next turn
 * of a loop. Memory grows by doubling; whoever adds what came from outside bounds it first. There
 * is always a NUL behind the bytes once something was added, so that b.p can be printed.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>

#include "base/slice.h"

struct buf {
	char *p;
	size_t n;    /* bytes in use */
	size_t room; /* bytes allocated */
};

void buf_free(struct buf *buf);

static inline void buf_clear(struct buf *buf)
{
	buf->n = 0;
}

/* Makes room for `more` bytes behind the end and returns where they go; buf->n is the caller's to
 * raise. */
char *buf_reserve(struct buf *buf, size_t more);

void buf_add(struct buf *buf, const void *bytes, size_t n);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_slice(struct buf *buf, struct slice s);
void buf_addf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline void buf_add_char(struct buf *buf, char c)
{
	if (buf->n + 2 > buf->room)
		buf_reserve(buf, 2);
	buf->p[buf->n++] = c;
	buf->p[buf->n] = '\0';
}

/* Removes the first n bytes: what a reader has dealt with. */
void buf_drop(struct buf *buf, size_t n);

static inline struct slice buf_slice(const struct buf *buf)
{
	return slice_make(buf->p, buf->n);
}

/* Gives the bytes, ended by a NUL, to the caller, who frees them; *buf is empty afterwards. */
char *buf_take(struct buf *buf);

#endif
