/* What handlers share: a body as JSON, an error told. */
#include "app/app.h"

#define RETRY_AFTER_S 5

bool app_flag(struct http_request *request, const char *name, bool *flag)
{
	struct slice text = slice_text(http_request_query(request, name));

	*flag = slice_is(text, "true");
	if (!text.p || *flag || slice_is(text, "false"))
		return true;
	http_problem(request, 422, "%s: neither true nor false", name);
	return false;
}

const struct json *app_values(struct buf *text, struct arena *arena)
{
	struct err err = {0};
	const struct json *json = json_parse(arena_slice(arena, buf_slice(text)), arena, &err);

	buf_free(text);
	return json;
}

unsigned app_status(const struct err *err)
{
	switch (err->code) {
	case EX_DATAERR:
		return err->too_large ? 413 : 422;
	case EX_NOINPUT:
		return 404;
	case EX_NOPERM:
		return 403;
	default:
		return err_is_temporary(err) ? 503 : 500;
	}
}

void app_refuse(struct http_request *request, unsigned status, const struct err *err)
{
	http_problem(request, status, "%s", err->text);
	request->answer.retry_after = status == 503 ? RETRY_AFTER_S : 0;
}

/* curl -d, which knows no JSON, says that it sends a form. */
static bool may_be_json(struct slice type)
{
	static const char *const types[] = {"application/json", "text/json", "text/plain",
					    "application/x-www-form-urlencoded",
					    "application/octet-stream"};

	type = slice_trim(slice_first(type, slice_find(type, ';')));
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (slice_is_nocase(type, types[i]))
			return true;
	return !type.n || slice_ends(type, "+json");
}

const struct json *app_json(struct http_request *request)
{
	const char *type = http_request_header(request, "Content-Type");
	struct slice coding = slice_text(http_request_header(request, "Content-Encoding"));
	struct err err = {0};

	if (!may_be_json(slice_text(type))) {
		http_problem(request, 415, "Content-Type: application/json is asked for");
		return NULL;
	}
	if (coding.n && !slice_is_nocase(coding, "identity")) {
		http_problem(request, 415, "Content-Encoding: none is known");
		return NULL;
	}
	const struct json *json = json_parse(request->body, &request->arena, &err);
	if (!json)
		http_problem(request, 400, "%s", err.text);
	return json;
}
