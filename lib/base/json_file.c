#include <string.h>

#include "base/io.h"
#include "base/json.h"

/* Parses the text, which is wiped: it may hold a connector's secret. */
static struct json *parse_object(struct buf *text, const char *where, const char *what,
				 struct arena *arena, struct err *err)
{
	struct json *value = json_parse(arena_slice(arena, buf_slice(text)), arena, err);

	if (!value)
		err_at(err, "%s", where);
	else if (value->type != JSON_OBJECT)
		err_set(err, EX_DATAERR, "%s: the %s is %s, not an object", where, what,
			json_type_name(value->type));
	if (text->p)
		explicit_bzero(text->p, text->n);
	return value && value->type == JSON_OBJECT ? value : NULL;
}

struct json *json_read_object(const char *path, size_t most, const char *what, struct arena *arena,
			      struct err *err)
{
	struct buf text = {0};
	struct json *value = NULL;

	if (io_read_path(path, most, &text, err))
		value = parse_object(&text, path, what, arena, err);
	buf_free(&text);
	return value;
}

struct json *json_read_argument(const char *argument, size_t most, const char *what,
				struct arena *arena, struct err *err)
{
	char first = argument[strspn(argument, " \t\r\n")];
	struct buf text = {0};

	if (!first || !strchr("{[\"", first))
		return json_read_object(argument + (*argument == '@'), most, what, arena, err);
	buf_add_slice(&text, slice_text(argument));
	struct json *value = parse_object(&text, what, what, arena, err);
	buf_free(&text);
	return value;
}
