#include "base/io.h"
#include "base/json.h"

struct json *json_read_object(const char *path, size_t most, const char *what, struct arena *arena,
			      struct err *err)
{
	struct buf text = {0};
	struct json *value = NULL;

	if (io_read_path(path, most, &text, err) &&
	    !(value = json_parse(arena_slice(arena, buf_slice(&text)), arena, err)))
		err_at(err, "%s", path);
	if (text.p)
		explicit_bzero(text.p, text.n); /* it may hold a connector's secret */
	buf_free(&text);
	if (value && value->type != JSON_OBJECT) {
		err_set(err, EX_DATAERR, "%s: the %s is %s, not an object", path, what,
			json_type_name(value->type));
		return NULL;
	}
	return value;
}
