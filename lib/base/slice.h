/*
 * slice.h: borrowed text: a pointer and a length, owned by somebody else, not ended by a NUL.
 *
 * Print one with "%.*s" and SLICE_ARGS(s). An empty slice may have a NULL pointer.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *p;
	size_t n;
};

/* A slice of a string literal, also in initializers of static tables. */
#define SLICE(literal)                         \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}
#define SLICE_ARGS(s) ((int)((s).n > 4096 ? 4096 : (s).n)), ((s).p ? (s).p : "")

static inline struct slice slice_make(const void *p, size_t n)
{
	return (struct slice){.p = p, .n = n};
}

static inline struct slice slice_text(const char *text)
{
	return slice_make(text, text ? strlen(text) : 0);
}

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool slice_is(struct slice s, const char *text)
{
	return slice_equal(s, slice_text(text));
}

/* As slice_is, ASCII letters alike in both cases. */
bool slice_is_nocase(struct slice s, const char *text);
bool slice_equal_nocase(struct slice a, struct slice b);

bool slice_starts(struct slice s, const char *prefix);
bool slice_starts_nocase(struct slice s, const char *prefix);
bool slice_ends(struct slice s, const char *suffix);

/* Where the first byte c stands, or s.n. */
size_t slice_find(struct slice s, char c);

/* What stands behind the first `mark`: true and *rest, or false. */
bool slice_behind(struct slice s, const char *mark, struct slice *rest);

/* s without its first n bytes (all of them, if it has fewer), and its first n bytes. */
struct slice slice_after(struct slice s, size_t n);
struct slice slice_first(struct slice s, size_t n);

/* Space, tab, CR or LF: the white space of protocols and of our files. */
static inline bool slice_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* s without white space at both ends. */
struct slice slice_trim(struct slice s);

/* Takes the text up to the next byte c off the front of *rest, and c with it. False at the end. */
bool slice_next(struct slice *rest, char c, struct slice *part);

/* A decimal number without sign, at most `most`: true and *value, or false. */
bool slice_number(struct slice s, uint64_t most, uint64_t *value);

/* Sorts texts that end with a NUL, by their bytes. */
void slice_sort_texts(const char **texts, size_t n);

/* As memcmp over the common length, then the shorter first. */
int slice_compare(struct slice a, struct slice b);

#endif
