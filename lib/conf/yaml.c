#include "conf/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

/* One source on its way to a tree. */
struct parse {
	yaml_parser_t parser;
	const char *file;
	struct arena *arena;
	struct err *err;
	unsigned nodes;
};

static bool refuse(const struct parse *p, const yaml_mark_t *mark, const char *what)
{
	return err_set(p->err, EX_CONFIG, "%s:%zu: %s", p->file, mark->line + 1, what);
}

/* libyaml's own words are lower case and say what was expected. */
static bool refuse_syntax(const struct parse *p)
{
	const yaml_parser_t *parser = &p->parser;
	const char *problem = parser->problem ? parser->problem : "not YAML";

	if (parser->error == YAML_READER_ERROR)
		return err_set(p->err, EX_CONFIG, "%s: byte %zu: %s", p->file,
			       parser->problem_offset, problem);
	return err_set(p->err, EX_CONFIG, "%s:%zu: %s", p->file, parser->problem_mark.line + 1,
		       problem);
}

static bool next_event(struct parse *p, yaml_event_t *event)
{
	if (!yaml_parser_parse(&p->parser, event))
		return refuse_syntax(p);
	return true;
}

static const char *forbidden(const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return "aliases are not read";
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor)
		return "anchors are not read";
	return tag ? "tags are not read" : NULL;
}

static bool check_event(struct parse *p, const yaml_event_t *event, unsigned depth)
{
	const char *what = forbidden(event);

	if (!what && depth > YAML_DEPTH)
		what = "nested too deep";
	if (!what && ++p->nodes > YAML_NODES)
		what = "too many values";
	return what ? refuse(p, &event->start_mark, what) : true;
}

static bool take_text(struct parse *p, const yaml_event_t *event, struct slice *text)
{
	struct slice s = slice_make(event->data.scalar.value, event->data.scalar.length);

	if (slice_find(s, '\0') < s.n)
		return refuse(p, &event->start_mark, "NUL in a text");
	*text = arena_slice(p->arena, s);
	return true;
}

static bool take_node(struct parse *p, const yaml_event_t *event, unsigned depth,
		      struct yaml *node);

/* The children up to the end of their list. */
static bool take_list(struct parse *p, unsigned depth, struct yaml *list)
{
	struct yaml **end = &list->first;
	yaml_event_t event;

	for (;;) {
		if (!next_event(p, &event))
			return false;
		if (event.type == YAML_SEQUENCE_END_EVENT)
			break;
		*end = arena_alloc(p->arena, sizeof **end);
		bool taken = take_node(p, &event, depth, *end);
		yaml_event_delete(&event);
		if (!taken)
			return false;
		list->count++;
		end = &(*end)->next;
	}
	yaml_event_delete(&event);
	return true;
}

static bool take_key(struct parse *p, const yaml_event_t *event, const struct yaml *map,
		     struct slice *key)
{
	if (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT)
		return refuse(p, &event->start_mark, "a key must be text");
	if (!check_event(p, event, 0) || !take_text(p, event, key))
		return false;
	if (key->n > YAML_KEY_BYTES)
		return refuse(p, &event->start_mark, "a key is too long");
	if (slice_is(*key, "<<"))
		return refuse(p, &event->start_mark, "merge keys are not read");
	if (yaml_get(map, key->p))
		return err_set(p->err, EX_CONFIG, "%s:%zu: key '%s' stands twice", p->file,
			       event->start_mark.line + 1, key->p);
	return true;
}

static bool take_member(struct parse *p, const yaml_event_t *key_event, unsigned depth,
			const struct yaml *map, struct yaml *member)
{
	struct slice key = {0};
	yaml_event_t event;

	if (!take_key(p, key_event, map, &key) || !next_event(p, &event))
		return false;
	bool taken = take_node(p, &event, depth, member);
	yaml_event_delete(&event);
	member->key = key.p;
	member->line = (unsigned)key_event->start_mark.line + 1;
	return taken;
}

static bool take_map(struct parse *p, unsigned depth, struct yaml *map)
{
	struct yaml **end = &map->first;
	yaml_event_t event;

	for (;;) {
		if (!next_event(p, &event))
			return false;
		if (event.type == YAML_MAPPING_END_EVENT)
			break;
		struct yaml *member = arena_alloc(p->arena, sizeof *member);
		bool taken = take_member(p, &event, depth, map, member);
		yaml_event_delete(&event);
		if (!taken)
			return false;
		*end = member;
		end = &member->next;
		map->count++;
	}
	yaml_event_delete(&event);
	return true;
}

static bool take_node(struct parse *p, const yaml_event_t *event, unsigned depth, struct yaml *node)
{
	if (!check_event(p, event, depth))
		return false;
	node->file = p->file;
	node->line = (unsigned)event->start_mark.line + 1;
	if (event->type == YAML_SEQUENCE_START_EVENT) {
		node->type = YAML_LIST;
		return take_list(p, depth + 1, node);
	}
	if (event->type == YAML_MAPPING_START_EVENT) {
		node->type = YAML_MAP;
		return take_map(p, depth + 1, node);
	}
	node->type = YAML_TEXT;
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->block = event->data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
		      event->data.scalar.style == YAML_FOLDED_SCALAR_STYLE;
	return take_text(p, event, &node->text);
}

/* Stream start, document start, the value, document end, stream end; or an empty stream. */
static bool take_document(struct parse *p, struct yaml *root)
{
	yaml_event_t event;
	bool started = false, done = false, good = true;

	while (good && !done) {
		if (!next_event(p, &event))
			return false;
		switch (event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			break;
		case YAML_STREAM_END_EVENT:
			done = true;
			break;
		case YAML_DOCUMENT_START_EVENT:
			if (started)
				good = refuse(p, &event.start_mark, "a second document");
			started = true;
			break;
		default:
			good = take_node(p, &event, 0, root);
			break;
		}
		yaml_event_delete(&event);
	}
	return good;
}

struct yaml *yaml_parse(struct slice source, const char *file, struct arena *arena, struct err *err)
{
	struct parse p = {.file = file, .arena = arena, .err = err};
	struct yaml *root = arena_alloc(arena, sizeof *root);

	*root = (struct yaml){.type = YAML_MAP, .file = file, .line = 1};
	if (source.n > YAML_BYTES) {
		err_set(err, EX_CONFIG, "%s: larger than %d bytes", file, YAML_BYTES);
		return NULL;
	}
	if (!yaml_parser_initialize(&p.parser)) {
		err_set(err, EX_TEMPFAIL, "%s: out of memory", file);
		return NULL;
	}
	yaml_parser_set_encoding(&p.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p.parser, (const yaml_char_t *)source.p, source.n);
	bool good = take_document(&p, root);
	yaml_parser_delete(&p.parser);
	return good ? root : NULL;
}

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
	if (!map || map->type != YAML_MAP)
		return NULL;
	for (const struct yaml *child = map->first; child; child = child->next)
		if (strcmp(child->key, key) == 0)
			return child;
	return NULL;
}

bool yaml_is_null(const struct yaml *node)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};

	if (node->type != YAML_TEXT || !node->plain)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (slice_is(node->text, words[i]))
			return true;
	return false;
}

const char *yaml_type_name(const struct yaml *node)
{
	if (yaml_is_null(node))
		return "nothing";
	switch (node->type) {
	case YAML_LIST:
		return "a list";
	case YAML_MAP:
		return "a map";
	default:
		return "text";
	}
}

bool yaml_error(const struct yaml *at, struct err *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	char text[sizeof err->text];
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	if (at->line == 0)
		return err_set(err, EX_CONFIG, "%s: %s", at->file, text);
	return err_set(err, EX_CONFIG, "%s:%u: %s", at->file, at->line, text);
}
