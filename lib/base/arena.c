#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define BLOCK_BYTES 16384
#define ALIGNMENT 16

struct arena_block {
	struct arena_block *next;
	size_t room;
	_Alignas(ALIGNMENT) char bytes[];
};

static void free_blocks(struct arena_block *block)
{
	while (block) {
		struct arena_block *next = block->next;
		free(block);
		block = next;
	}
}

void arena_free(struct arena *arena)
{
	free_blocks(arena->blocks);
	*arena = (struct arena){0};
}

void arena_reset(struct arena *arena)
{
	struct arena_block *keep = arena->blocks;

	/* A block that one large message needed is not kept for all the small ones. */
	while (keep && keep->room > BLOCK_BYTES) {
		struct arena_block *next = keep->next;
		free(keep);
		keep = next;
	}
	if (keep) {
		free_blocks(keep->next);
		keep->next = NULL;
	}
	*arena = (struct arena){.blocks = keep};
}

void *arena_alloc(struct arena *arena, size_t n)
{
	n = (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);

	if (!arena->blocks || arena->blocks->room - arena->used < n) {
		size_t room = n > BLOCK_BYTES ? n : BLOCK_BYTES;
		struct arena_block *block = mem_resize(NULL, sizeof *block + room, 1);
		block->next = arena->blocks;
		block->room = room;
		arena->blocks = block;
		arena->used = 0;
	}

	char *piece = arena->blocks->bytes + arena->used;
	arena->used += n;
	arena->total += n;
	return memset(piece, 0, n);
}

struct slice arena_slice(struct arena *arena, struct slice s)
{
	char *copy = arena_alloc(arena, s.n + 1);

	if (s.n)
		memcpy(copy, s.p, s.n);
	return slice_make(copy, s.n);
}

char *arena_text(struct arena *arena, const char *text)
{
	return (char *)arena_slice(arena, slice_text(text)).p;
}

char *arena_format(struct arena *arena, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	char *text = arena_alloc(arena, n > 0 ? (size_t)n + 1 : 1);
	if (n > 0)
		vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return text;
}
