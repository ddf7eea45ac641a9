/*
 * mem.h: memory that is there, or the program is not.
 *
 * Running out of memory is not an error that callers handle: the spool is safe whenever a program
 * ends, so these print one line and exit with EX_TEMPFAIL. What comes from outside is bounded
 * before memory is asked for.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* n zeroed bytes; the caller frees. */
void *mem_zero(size_t n);

/* count * size zeroed bytes, safe against overflow; the caller frees. */
void *mem_array(size_t count, size_t size);

/* As realloc(count * size), safe against overflow. New bytes are not zeroed. */
void *mem_resize(void *old, size_t count, size_t size);

/* A copy of the string, or of the n bytes and a NUL; the caller frees. */
char *mem_text(const char *text);
char *mem_copy(const void *bytes, size_t n);

/* A formatted string; the caller frees. */
char *mem_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
