/* Entries, one a line, "name body": a story that can be told is JSON, and its numbers agree. */
#include <assert.h>
#include <stdlib.h>

#include "message/story.h"

#define MOST 50

static void check_story(const struct story *story, struct arena *arena)
{
	struct buf told = {0};
	struct err err = {0};
	size_t pending = 0;

	for (size_t i = 0; i < story->n_recipients; i++)
		pending += story_is_pending(&story->recipients[i]);
	assert(pending == story->n_pending && story->n_recipients > 0);
	enum state state = story->to ? story->to : STATE_QUEUED;
	story_write_json(&(struct json_out){.buf = &told}, story, slice_text("id"),
			 slice_text("acme"), state_status(state), state);
	const struct json *tree = json_parse(buf_slice(&told), arena, &err);
	assert(tree && json_get(tree, "recipients")->count == story->n_recipients);
	buf_free(&told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_make(data, size), line;
	struct entry entries[MOST];
	struct arena arena = {0};
	struct story story;
	struct err err = {0};
	size_t n = 0;

	while (n < MOST && slice_next(&rest, '\n', &line)) {
		size_t space = slice_find(line, ' ');
		entries[n].name = slice_first(line, space);
		entries[n].body = slice_after(line, space + 1);
		entries[n].time_ms = (int64_t)n;
		n++;
	}
	if (story_read(entries, n, &arena, &story, &err))
		check_story(&story, &arena);
	else
		assert(err.code == EX_DATAERR && err.text[0]);
	arena_free(&arena);
	return 0;
}
