/* What the reader accepts, the writer writes so that it reads the same. */
#include "conf/yaml.h"

#include <assert.h>
#include <stdlib.h>

#include "conf/yaml_write.h"

static struct json *texts_of(const struct yaml *list, struct arena *arena)
{
	struct json *array = arena_alloc(arena, sizeof *array), **link = &array->first;

	array->type = JSON_ARRAY;
	for (const struct yaml *item = list->first; item; item = item->next) {
		*link = arena_alloc(arena, sizeof **link);
		(*link)->type = JSON_STRING;
		(*link)->text = item->text;
		link = &(*link)->next;
		array->count++;
	}
	return array;
}

/* The texts of a map, a list of texts in it, or a map below; what the programs write. */
static void write_map(struct buf *buf, const struct yaml *map, unsigned depth, struct arena *arena)
{
	for (const struct yaml *node = map->first; node; node = node->next) {
		if (node->type == YAML_TEXT) {
			yaml_put_text(buf, depth, node->key, node->text);
			continue;
		}
		if (node->type == YAML_LIST) {
			yaml_put_value(buf, depth, node->key, texts_of(node, arena));
			continue;
		}
		yaml_put_map(buf, depth, node->key);
		write_map(buf, node, depth + 1, arena);
	}
}

static bool all_alike(const struct yaml *a, const struct yaml *b);

static bool alike(const struct yaml *a, const struct yaml *b)
{
	if ((a->key != NULL) != (b->key != NULL) || (a->key && strcmp(a->key, b->key) != 0))
		return false;
	if (a->count == 0 && a->type != YAML_TEXT) /* written as nothing */
		return b->text.n == 0;
	return a->type == b->type && slice_equal(a->text, b->text) && all_alike(a->first, b->first);
}

static bool all_alike(const struct yaml *a, const struct yaml *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (!alike(a, b))
			return false;
	return !a && !b;
}

static bool has_only_texts_in_lists(const struct yaml *node)
{
	for (const struct yaml *child = node->first; child; child = child->next) {
		if (node->type == YAML_LIST && child->type != YAML_TEXT)
			return false;
		if (!has_only_texts_in_lists(child))
			return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct buf buf = {0};
	struct err err = {0};
	const struct yaml *once = yaml_parse(slice_make(data, size), "input", &arena, &err);

	if (once && once->type == YAML_MAP && once->count && has_only_texts_in_lists(once)) {
		write_map(&buf, once, 0, &arena);
		const struct yaml *twice = yaml_parse(buf_slice(&buf), "output", &arena, &err);
		assert(twice || buf.n > YAML_BYTES);
		assert(!twice || all_alike(once->first, twice->first));
	}
	buf_free(&buf);
	arena_free(&arena);
	return 0;
}
