/* What a compiled template says that it asks for. */
#include <check.h>

#include "template/inspect.h"

/* +read =set |filter ?test >template >>optional template, in the order found. */
static void note(void *data, const struct template_finding *found)
{
	static const char *const signs[] = {
		[TEMPLATE_READS] = "+", [TEMPLATE_SETS] = "=",  [TEMPLATE_FILTER] = "|",
		[TEMPLATE_TEST] = "?",  [TEMPLATE_NAMES] = ">",
	};

	buf_addf(data, "%s%s%s%.*s:%u", ((struct buf *)data)->n ? " " : "", signs[found->kind],
		 found->optional ? ">" : "", SLICE_ARGS(found->name), found->line);
}

static const struct {
	const char *source, *finds;
} cases[] = {
	{"text", ""},
	{"{{ a }}\n{{ b.c[d]|upper }}", "+a:1 +b:2 +d:2"},
	{"{{ a if b else c }}{{ [d, (e,), {f: g}] }}", "+b:1 +a:1 +c:1 +d:1 +e:1 +f:1 +g:1"},
	{"{{ a[b:c:d] }}{{ e < f <= g }}{{ h ~ i }}{{ -j }}",
	 "+a:1 +b:1 +c:1 +d:1 +e:1 +f:1 +g:1 +h:1 +i:1 +j:1"},
	{"{{ f(a, b=c, *d, **e) }}", "+f:1 +a:1 +c:1 +d:1 +e:1"},

	/* names of its own are not the context's */
	{"{% for a in b if a %}{{ a }}{{ loop.index }}{% else %}{{ c }}{% endfor %}{{ a }}",
	 "+b:1 +c:1 +a:1"},
	{"{% set a = b %}{{ a }}", "+b:1 =a:1"},
	{"{{ a }}{% set a = 1 %}{{ a }}", "+a:1 =a:1 +a:1"},
	{"{% set a %}{{ b }}{% endset %}{{ a }}", "+b:1 =a:1"},
	{"{% with a = b %}{{ a }}{% set c = 1 %}{{ c }}{% endwith %}", "+b:1"},
	{"{% macro m(a, b=c) %}{{ a }}{{ d }}{{ varargs }}{% endmacro %}{{ m(e) }}",
	 "=m:1 +c:1 +d:1 +e:1"},
	{"{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ a }}{% endcall %}",
	 "=m:1 +a:1"},
	{"{% for a in range(3) %}{{ dict(b=namespace()) }}{% endfor %}", ""},
	{"{% block b %}{{ self.b() }}{{ super() }}{{ a }}{% endblock %}", "+a:1"},
	{"{% filter replace(a, b) %}{{ c }}{% endfilter %}", "+a:1 +b:1 +c:1"},
	{"{% autoescape a %}{{ b }}{% endautoescape %}", "+a:1 +b:1"},

	/* what is not there is found where Jinja2 finds it only when it gets there */
	{"{% if a %}\n{{ b|nothing }}{{ b is odder }}{% endif %}",
	 "+a:1 |nothing:2 +b:2 ?odder:2 +b:2"},

	{"{% extends 'a' %}{% block b %}{% include 'c' %}{% endblock %}", ">a:1 >c:1"},
	{"{% include 'a' ignore missing %}{% include ['b', 'c'] %}{% include d %}",
	 ">>a:1 >>b:1 >>c:1 +d:1"},
	{"{% import 'a' as b %}{% from 'c' import d, e as f %}{{ b }}{{ d }}{{ f }}",
	 ">a:1 =b:1 >c:1 =d:1 =f:1"},
};

START_TEST(it_tells_what_it_asks_for)
{
	struct template_env *env = template_env_open(&(struct template_options){0}, NULL);
	struct template_error error = {0};
	struct buf found = {0};
	struct template *t = template_compile(env, "t", slice_text(cases[_i].source), &error);

	ck_assert_msg(t != NULL, "%s", error.err.text);
	template_inspect(t, note, &found);
	ck_assert_msg(slice_is(buf_slice(&found), cases[_i].finds), "%s: %.*s, not %s",
		      cases[_i].source, SLICE_ARGS(buf_slice(&found)), cases[_i].finds);
	buf_free(&found);
	template_free(t);
	template_env_close(env);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("template/inspect");
	TCase *t = tcase_create("findings");

	tcase_add_loop_test(t, it_tells_what_it_asks_for, 0, sizeof cases / sizeof *cases);
	suite_add_tcase(s, t);
	return s;
}
