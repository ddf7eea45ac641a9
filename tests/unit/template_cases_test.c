/*
 * Holds the template engine to what Jinja2 makes of the same templates: the .json files of
 * tests/template, which tests/template/generate.py wrote, and departures.json, where we differ on
 * purpose.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "template/template.h"

static const char *const topics[] = {
	"expressions", "numbers",     "strings",  "methods",    "filters",
	"filter_grid", "tests",       "loops",    "statements", "scopes",
	"macros",      "inheritance", "includes", "escaping",   "whitespace",
	"undefined",   "formatting",  "nests",    "mails",      "departures",
};

#define FILE_MOST (16 << 20)

/* The other templates of a case, by name. */
static bool load(void *data, struct slice name, struct buf *source, struct err *err)
{
	const struct json *templates = json_get(data, "templates");

	for (const struct json *t = templates ? templates->first : NULL; t; t = t->next)
		if (slice_equal(t->key, name)) {
			buf_add_slice(source, t->text);
			return true;
		}
	return err_set(err, EX_NOINPUT, "no template of that name");
}

static void render(struct json *c, struct buf *out, struct template_error *error)
{
	const struct json *options = json_get(c, "options");
	const struct template_loader loader = {load, c};
	struct template_env *env = template_env_open(
		&(struct template_options){
			.autoescape = json_get_bool(options, "autoescape", false),
			.strict = json_get_bool(options, "strict", false),
			.trim_blocks = json_get_bool(options, "trim_blocks", false),
			.lstrip_blocks = json_get_bool(options, "lstrip_blocks", false),
			.keep_trailing_newline =
				json_get_bool(options, "keep_trailing_newline", false),
		},
		&loader);
	struct template *t = template_compile(env, "case", json_get_text(c, "template"), error);

	if (t)
		template_render(t, json_get(c, "context"), out, error);
	template_free(t);
	template_env_close(env);
}

/* Says how the case differs; true when it does. */
static bool differs(struct json *c, const char *topic, unsigned number)
{
	const struct json *expect = json_get(c, "expect");
	struct slice template = json_get_text(c, "template");
	struct template_error error = {0};
	struct buf out = {0};
	bool bad;

	render(c, &out, &error);
	if (expect->type == JSON_NULL)
		bad = error.err.code != EX_DATAERR;
	else
		bad = error.err.code || !slice_equal(buf_slice(&out), expect->text);
	if (bad)
		fprintf(stderr, "%s case %u: %.*s\n  expected: %.*s\n  but got:  %.*s%s\n", topic,
			number, SLICE_ARGS(template),
			SLICE_ARGS(expect->type == JSON_NULL ? slice_text("(an error)")
							     : expect->text),
			SLICE_ARGS(buf_slice(&out)), error.err.text);
	buf_free(&out);
	return bad;
}

START_TEST(renders_what_jinja2_renders)
{
	const char *topic = topics[_i];
	char path[64];
	struct arena arena = {0};
	struct buf text = {0};
	struct err err = {0};
	unsigned number = 0, bad = 0;

	snprintf(path, sizeof path, "tests/template/%s.json", topic);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert(io_read_all(fd, &text, FILE_MOST, path, &err));
	close(fd);
	struct json *cases = json_parse(buf_slice(&text), &arena, &err);
	ck_assert_msg(cases != NULL, "%s: %s", path, err.text);
	for (struct json *c = cases->first; c; c = c->next)
		bad += differs(c, topic, ++number);
	ck_assert_msg(bad == 0 && number > 0, "%s: %u of %u differ", topic, bad, number);
	arena_free(&arena);
	buf_free(&text);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("template/cases");
	TCase *t = tcase_create("cases");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, renders_what_jinja2_renders, 0, sizeof topics / sizeof *topics);
	suite_add_tcase(s, t);
	return s;
}
