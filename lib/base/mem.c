#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static void *or_exit(void *memory)
{
	if (!memory)
		err_exit(&(struct err){.code = EX_TEMPFAIL, .text = "out of memory"});
	return memory;
}

void *mem_zero(size_t n)
{
	return or_exit(calloc(1, n ? n : 1));
}

void *mem_array(size_t count, size_t size)
{
	return or_exit(calloc(count ? count : 1, size ? size : 1));
}

void *mem_resize(void *old, size_t count, size_t size)
{
	return or_exit(reallocarray(old, count ? count : 1, size ? size : 1));
}

char *mem_text(const char *text)
{
	return or_exit(strdup(text));
}

char *mem_copy(const void *bytes, size_t n)
{
	char *copy = or_exit(malloc(n + 1));

	if (n)
		memcpy(copy, bytes, n);
	copy[n] = '\0';
	return copy;
}

char *mem_format(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	return or_exit(text);
}
