#include "conf/yaml_json.h"

static bool is_one_of(struct slice text, const char *const *words)
{
	for (; *words; words++)
		if (slice_is(text, *words))
			return true;
	return false;
}

static void take_plain(const struct yaml *node, struct json *value, struct arena *arena)
{
	static const char *const truths[] = {"true", "True", "TRUE", NULL};
	static const char *const falsehoods[] = {"false", "False", "FALSE", NULL};
	struct err err;

	value->type = JSON_STRING;
	value->text = node->text;
	if (yaml_is_null(node)) {
		value->type = JSON_NULL;
	} else if (is_one_of(node->text, truths) || is_one_of(node->text, falsehoods)) {
		value->type = JSON_BOOL;
		value->truth = is_one_of(node->text, truths);
	} else if (node->text.p[0] == '-' || (node->text.p[0] >= '0' && node->text.p[0] <= '9')) {
		const struct json *number = json_parse(node->text, arena, &err);
		if (number && (number->type == JSON_INT || number->type == JSON_REAL))
			value->type = number->type;
	}
}

static void take_children(const struct yaml *node, struct json *value, struct arena *arena)
{
	struct json **end = &value->first;

	for (const struct yaml *child = node->first; child; child = child->next) {
		*end = yaml_to_json(child, arena);
		(*end)->key = slice_text(child->key);
		end = &(*end)->next;
	}
	value->count = node->count;
}

struct json *yaml_to_json(const struct yaml *node, struct arena *arena)
{
	struct json *value = arena_alloc(arena, sizeof *value);

	if (node->type == YAML_TEXT && !node->plain) {
		value->type = JSON_STRING;
		value->text = node->text;
	} else if (node->type == YAML_TEXT) {
		take_plain(node, value, arena);
	} else {
		value->type = node->type == YAML_MAP ? JSON_OBJECT : JSON_ARRAY;
		take_children(node, value, arena);
	}
	return value;
}
