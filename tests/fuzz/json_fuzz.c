/* What the reader accepts, the writer writes so that it reads the same, safe on a terminal; in its
 * place it is read as it is in a copy. */
#include "base/json.h"

#include <assert.h>
#include <stdlib.h>

static void write(struct buf *buf, const struct json *tree)
{
	struct json_out out = {.buf = buf};

	json_put_value(&out, (struct slice){0}, tree);
}

static void read_in_place(const uint8_t *data, size_t size, const struct buf *once)
{
	struct arena arena = {0};
	struct buf copy = {0}, text = {0};
	struct err err = {0};

	buf_add(&copy, data, size);
	struct json *tree = json_parse_in_place(copy.p, copy.n, &arena, &err);
	if (tree)
		write(&text, tree);
	assert(slice_equal(buf_slice(once), buf_slice(&text)));
	buf_free(&copy);
	buf_free(&text);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct buf once = {0}, twice = {0};
	struct err err = {0};
	struct json *tree = json_parse(slice_make(data, size), &arena, &err);

	if (tree) {
		write(&once, tree);
		for (size_t i = 0; i < once.n; i++)
			assert((unsigned char)once.p[i] >= ' ' && once.p[i] != 0x7f);
		tree = json_parse(buf_slice(&once), &arena, &err);
		assert(tree);
		write(&twice, tree);
		assert(slice_equal(buf_slice(&once), buf_slice(&twice)));
	}
	read_in_place(data, size, &once);
	buf_free(&once);
	buf_free(&twice);
	arena_free(&arena);
	return 0;
}
