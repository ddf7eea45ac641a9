#include "template/template.h"

#include <check.h>

/* The templates that include and extends find here; what is changed is seen after _forget. */
struct shelf {
	const char *inner;
	unsigned asked;
};

static bool load(void *data, struct slice name, struct buf *source, struct err *err)
{
	struct shelf *shelf = data;

	shelf->asked++;
	if (slice_is(name, "unreadable"))
		return err_set(err, EX_IOERR, "unreadable: disk on fire");
	if (!slice_is(name, "inner"))
		return err_set(err, EX_NOINPUT, "no such template");
	buf_add_text(source, shelf->inner);
	return true;
}

static const struct template_options plain;

static bool render(struct template_env *env, const char *source, const char *context,
		   struct buf *out, struct template_error *error)
{
	struct arena arena = {0};
	const struct json *json = json_parse(slice_text(context), &arena, &error->err);
	struct template *t = template_compile(env, "mail.html", slice_text(source), error);
	bool ok = json && t && template_render(t, json, out, error);

	template_free(t);
	arena_free(&arena);
	return ok;
}

/* clang-format off */
static const struct {
	const char *source;
	unsigned line, column;
	const char *text;
} faults[] = {
	{"a\nb {{ x + }}", 2, 10, "mail.html:2: unexpected end of print statement"},
	{"{% if x %}\n\n", 2, 1, "mail.html:2: unexpected end of template, expected 'elif'"},
	{"ok\n  {% nothing %}", 2, 6, "mail.html:2: unknown tag 'nothing'"},
	{"{{ x|nothing }}", 1, 6, "mail.html:1: no filter named 'nothing'"},
	{"{{ x is nothing }}", 1, 6, "mail.html:1: no test named 'nothing'"},
	{"{{ 'open }}", 1, 4, "mail.html:1: unexpected char '''"},
	{"\n{{ x", 2, 1, "mail.html:2: this tag is never closed"},
	{"{# x", 1, 1, "mail.html:1: missing end of comment tag"},
	{"{{ (1] }}", 1, 6, "mail.html:1: unexpected ']', expected ')'"},
	{"{{ 'é' ~ $ }}", 1, 10, "mail.html:1: unexpected char '$'"},
	{"a\xff", 0, 0, "mail.html: byte 2: not UTF-8"},
	{"x\n{{ 1 +\n (2 / 0) }}", 3, 5, "mail.html:3: division by zero"},
	{"{{ nope.x }}", 1, 8, "mail.html:1: 'nope' is undefined"},
	{"{{ d.a.b.c }}", 1, 9, "mail.html:1: 'int object' has no attribute 'b'"},
	{"{{ d.x.y }}", 1, 7, "mail.html:1: 'dict object' has no attribute 'x'"},
	{"{{ ''.__class__.x }}", 1, 16, "mail.html:1: access to attribute '__class__' of 'str' object is unsafe"},
	{"{{ d() }}", 1, 5, "mail.html:1: 'dict' object is not callable"},
	{"{% macro m(a) %}{% endmacro %}\n{{ m(1, 2) }}", 2, 5, "mail.html:2: macro 'm' takes no more arguments than 1"},
	{"{% include 'missing' %}", 1, 4, "mail.html:1: template 'missing' not found"},
	{"{% include 'unreadable' %}", 1, 4, "mail.html:1: unreadable: disk on fire"},
	{"{% include 'inner' %}", 2, 6, "inner:2: division by zero"},
	{"{% from 'inner' import x %}", 2, 6, "inner:2: division by zero"},
	{"{% for a, b in [1] %}{% endfor %}", 1, 4, "mail.html:1: 'int' object is not iterable"},
	{"{% for x in 5 %}{% endfor %}", 1, 4, "mail.html:1: 'int' object is not iterable"},
	{"{{ 1 < 'a' }}", 1, 4, "mail.html:1: 'int' and 'str' have no order"},
	{"{{ 'a'|upper(1) }}", 1, 8, "mail.html:1: upper() takes at most 1 arguments (2 given)"},
	{"{{ 'a'|center(wide=1) }}", 1, 8, "mail.html:1: center() got an unexpected keyword argument 'wide'"},
};
/* clang-format on */

START_TEST(an_error_says_where_and_what)
{
	struct shelf shelf = {.inner = "fine\n{{ 1 / 0 }}"};
	const struct template_loader loader = {load, &shelf};
	struct template_env *env = template_env_open(&plain, &loader);
	struct template_error error = {0};
	struct buf out = {0};

	ck_assert(!render(env, faults[_i].source, "{\"d\":{\"a\":1}}", &out, &error));
	ck_assert_str_eq(error.err.text, faults[_i].text);
	ck_assert_int_eq(error.err.code, EX_DATAERR);
	ck_assert_uint_eq(error.line, faults[_i].line);
	ck_assert_uint_eq(error.column, faults[_i].column);
	template_env_close(env);
	buf_free(&out);
}
END_TEST

START_TEST(a_failed_render_leaves_the_output_as_it_was)
{
	struct template_env *env = template_env_open(&plain, NULL);
	struct template_error error = {0};
	struct buf out = {0};

	buf_add_text(&out, "before ");
	ck_assert(!render(env, "half{{ 1 / 0 }}", "{}", &out, &error));
	ck_assert_str_eq(out.p, "before ");
	ck_assert(render(env, "whole", "{}", &out, &error));
	ck_assert_str_eq(out.p, "before whole");
	template_env_close(env);
	buf_free(&out);
}
END_TEST

START_TEST(the_same_template_and_context_give_the_same_bytes)
{
	const char *source = "{% do l.append(4) %}{{ l }}{{ l|random }}{{ lipsum(2) }}";
	struct template_env *env = template_env_open(&plain, NULL);
	struct template *t;
	struct template_error error = {0};
	struct arena arena = {0};
	struct json *json = json_parse(slice_text("{\"l\":[1,2,3]}"), &arena, &error.err);
	struct buf first = {0}, second = {0};

	t = template_compile(env, "t", slice_text(source), &error);
	ck_assert(template_render(t, json, &first, &error));
	ck_assert(template_render(t, json, &second, &error));
	ck_assert(slice_starts(buf_slice(&first), "[1, 2, 3, 4]"));
	ck_assert(slice_equal(buf_slice(&first), buf_slice(&second)));
	template_free(t);
	template_env_close(env);
	arena_free(&arena);
	buf_free(&first);
	buf_free(&second);
}
END_TEST

START_TEST(other_templates_stay_compiled_until_forgotten)
{
	struct shelf shelf = {.inner = "old"};
	const struct template_loader loader = {load, &shelf};
	struct template_env *env = template_env_open(&plain, &loader);
	const char *source = "{% include 'inner' %}{% include 'inner' %} ";
	struct template_error error = {0};
	struct buf out = {0};

	ck_assert(render(env, source, "{}", &out, &error));
	shelf.inner = "new";
	ck_assert(render(env, source, "{}", &out, &error));
	ck_assert_uint_eq(shelf.asked, 1);
	template_env_forget(env);
	ck_assert(render(env, source, "{}", &out, &error));
	ck_assert_str_eq(out.p, "oldold oldold newnew ");
	template_env_close(env);
	buf_free(&out);
}
END_TEST

START_TEST(a_context_is_an_object)
{
	struct template_env *env = template_env_open(&plain, NULL);
	struct template_error error = {0};
	struct buf out = {0};

	ck_assert(!render(env, "x", "[1]", &out, &error));
	ck_assert_str_eq(error.err.text, "mail.html: the context is not an object");
	template_env_close(env);
	buf_free(&out);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("template/template");
	TCase *t = tcase_create("template");

	tcase_add_loop_test(t, an_error_says_where_and_what, 0, sizeof faults / sizeof *faults);
	tcase_add_test(t, a_failed_render_leaves_the_output_as_it_was);
	tcase_add_test(t, the_same_template_and_context_give_the_same_bytes);
	tcase_add_test(t, other_templates_stay_compiled_until_forgotten);
	tcase_add_test(t, a_context_is_an_object);
	suite_add_tcase(s, t);
	return s;
}
