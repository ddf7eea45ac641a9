/*
 * arena.h: many small pieces of memory that are freed together.
 *
 * Life: `struct arena a = {0};`, arena_alloc, then arena_free(&a); or arena_reset(&a) to use the
 * same memory for the next message. Pieces are never freed singly and never move.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* the newest first */
	size_t used;                /* in the newest block */
	size_t total; /* bytes given out since the last reset: what a caller may bound */
};

void arena_free(struct arena *arena);

/* Forgets all pieces; keeps one block, so that a loop does not allocate at every turn. */
void arena_reset(struct arena *arena);

/* n zeroed bytes, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t n);

/* A copy ended by a NUL. */
char *arena_text(struct arena *arena, const char *text);
struct slice arena_slice(struct arena *arena, struct slice s);
char *arena_format(struct arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
