/*
 * Any template renders within its bounds to UTF-8 text, the same each time, or is refused with
 * EX_DATAERR. The first byte chooses the options, the rest is the template.
 */
#include <assert.h>

#include "base/utf8.h"
#include "template/template.h"

static const char context_text[] =
	"{\"s\":\"<b>h\\u00e9llo "
	"w\\u00f6rld</b>\",\"n\":3,\"f\":-2.5,\"big\":12345678901234567890123,\"z\":null,"
	"\"l\":[3,1,2],\"w\":[\"b\",\"A\",\"\"],\"d\":{\"a\":1,\"b\":{\"c\":[1,{\"d\":2}]}},"
	"\"u\":[{\"name\":\"x\",\"age\":1},{\"name\":\"Y\",\"age\":2}],"
	"\"t\":[{\"n\":1,\"c\":[{\"n\":2,\"c\":[]}]}]}";

static const struct {
	const char *name, *source;
} others[] = {
	{"base", "<{% block a %}A{{ x }}{% endblock %}{% block b scoped %}B{% endblock %}>"},
	{"mid", "{% extends 'base' %}{% block a %}m{{ super() }}{% endblock %}"},
	{"lib",
	 "{% macro m(a, b=2) %}[{{ a }}{{ b }}{{ caller() if caller }}]{% endmacro %}"
	 "{% set v = 1 %}"},
	{"inc", "{{ s }}{{ i }}{% for x in l %}{{ loop.index }}{% endfor %}"},
	{"self", "{% include 'self' %}"},
};

static bool load(void *data, struct slice name, struct buf *source, struct err *err)
{
	(void)data;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (slice_is(name, others[i].name)) {
			buf_add_text(source, others[i].source);
			return true;
		}
	return err_set(err, EX_NOINPUT, "no template of that name");
}

static bool render(struct template *t, const struct json *context, struct buf *out)
{
	struct template_error error = {0};
	bool ok = template_render(t, context, out, &error);

	assert(ok || (error.err.code == EX_DATAERR && out->n == 0));
	assert(utf8_check(buf_slice(out)) == out->n);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t choice = size ? *data : 0;
	const struct template_options options = {
		.autoescape = choice & 1,
		.strict = choice & 2,
		.trim_blocks = choice & 4,
		.lstrip_blocks = choice & 8,
		.keep_trailing_newline = choice & 16,
		.limits = {.steps = 20000, .output = 1 << 18, .memory = 1 << 20, .depth = 600},
	};
	const struct template_loader loader = {load, NULL};
	struct template_env *env = template_env_open(&options, &loader);
	struct template_error error = {0};
	struct arena arena = {0};
	struct buf first = {0}, second = {0};
	struct json *context = json_parse(slice_text(context_text), &arena, &error.err);
	struct template *t =
		template_compile(env, "fuzz", slice_make(data + (size > 0), size - (size > 0)),
				 &error);

	assert(context);
	if (!t) {
		assert(error.err.code == EX_DATAERR);
	} else {
		bool ok = render(t, context, &first);
		assert(render(t, context, &second) == ok);
		assert(slice_equal(buf_slice(&first), buf_slice(&second)));
	}
	template_free(t);
	template_env_close(env);
	arena_free(&arena);
	buf_free(&first);
	buf_free(&second);
	return 0;
}
