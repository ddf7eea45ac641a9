#include "template/template.h"

#include <check.h>

static const struct template_options small = {
	.limits = {.steps = 100000,
		   .output = 100000,
		   .memory = 1 << 20,
		   .source = 10000,
		   .depth = 500},
};

static bool load_itself(void *data, struct slice name, struct buf *source, struct err *err)
{
	(void)data, (void)err;
	buf_addf(source, "{%% include '%.*s' %%}", SLICE_ARGS(name));
	return true;
}

/* What a render of the source ends with, in a buf that the caller frees: text, or "! error". */
static struct buf outcome(const char *source, const char *context)
{
	const struct template_loader loader = {load_itself, NULL};
	struct template_env *env = template_env_open(&small, &loader);
	struct template_error error = {0};
	struct arena arena = {0};
	struct buf out = {0};
	const struct json *json = json_parse(slice_text(context), &arena, &error.err);
	struct template *t = template_compile(env, "t", slice_text(source), &error);

	ck_assert_ptr_nonnull(json);
	if (!t || !template_render(t, json, &out, &error)) {
		ck_assert_int_eq(error.err.code, EX_DATAERR);
		ck_assert_uint_eq(out.n, 0);
		buf_addf(&out, "! %s", error.err.text);
	}
	template_free(t);
	template_env_close(env);
	arena_free(&arena);
	return out;
}

/* clang-format off */
static const struct {
	const char *source, *says;
} hostile[] = {
	{"{% for a in range(999) %}{% for b in range(50) %}{{ b }}{% endfor %}{% endfor %}", "t:1: takes more than 100000 steps"},
	{"{% set m = l * 999 %}{% for a in m %}{{ 9 in m }}{% endfor %}", "t:1: takes more than 100000 steps"},
	{"{% for a in range(999) %}{% for b in range(999) %}{% endfor %}{% endfor %}", "t:1: needs more than 1048576 bytes of memory"},
	{"{{ range(100001) }}", "t:1: range too big, the maximum size is 100000"},
	{"{{ range(99999)|list }}", "t:1: needs more than 1048576 bytes of memory"},
	{"{{ 'a' * 10 ** 9 }}", "t:1: makes more than 100000 bytes of text"},
	{"{{ 'a' * 10 ** 18 }}", "t:1: makes more than 100000 bytes of text"},
	{"{{ [1] * 10 ** 9 }}", "t:1: needs more than 1048576 bytes of memory"},
	{"{{ '%1000000000d' % 1 }}", "t:1: makes more than 100000 bytes of text"},
	{"{{ '%.1000000000f' % 1 }}", "t:1: a precision of more than 2000 digits"},
	{"{{ '{:1000000000}'.format(1) }}", "t:1: makes more than 100000 bytes of text"},
	{"{{ '{:99999999999}'.format(1) }}", "t:1: a number of the format is too large"},
	{"{{ 'a'.center(10 ** 10) }}", "t:1: makes more than 100000 bytes of text"},
	{"{{ 'a'|indent(10 ** 10, true) }}", "t:1: makes more than 100000 bytes of text"},
	{"{{ 'a\\tb'.expandtabs(10 ** 10) }}", "t:1: makes more than 100000 bytes of text"},
	{"{{ [1]|batch(10 ** 9, 0)|list }}", "t:1: needs more than 1048576 bytes of memory"},
	{"{{ [1]|slice(10 ** 9)|list }}", "t:1: needs more than 1048576 bytes of memory"},
	{"{{ lipsum(10 ** 9) }}", "t:1: makes more than 100000 bytes of text"},
	{"{{ 9 ** (9 ** 9) }}", "t:1: an integer of more than 4300 digits"},
	{"{{ 2 ** (2 ** 70) }}", "t:1: an integer of more than 4300 digits"},
	{"{{ 1 ** (2 ** 70) }}", "1"},
	{"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "t:1: nested too deep: more than 500 levels"},
	{"{% include 'again' %}", "again:1: nested too deep: more than 500 levels"},
	{"{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "t:1: nested too deep: more than 500 levels"},
	{"{% block a %}{{ self.a() }}{% endblock %}", "t:1: nested too deep: more than 500 levels"},
	{"{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}", "t:1: nested too deep: more than 500 levels"},
	{"{% set l = [] %}{% do l.append(l) %}{{ l }}", "t:1: nested too deep: more than 500 levels"},
	{"{% set l = [] %}{% do l.append(l) %}{{ l|tojson }}", "t:1: nested too deep: more than 500 levels"},
	{"{% set l = [] %}{% do l.append(l) %}{% set k = [] %}{% do k.append(k) %}{{ l == k }}", "t:1: nested too deep: more than 500 levels"},
	{"{% for i in range(99) %}{% for x in l %}{% do l.append(x) %}{% endfor %}{% endfor %}", "t:1: needs more than 1048576 bytes of memory"},
	{"{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}", "t:1: makes more than 100000 bytes of text"},
	{"{{ 'a' * 90000 }}{{ 'b' * 90000 }}", "t:1: makes more than 100000 bytes of text"},
	{"{{ ('a' * 90000).rfind('a' * 40000 ~ 'b') }}", "-1"},
	{"{{ ('a' * 9000).rsplit('a')|length }}", "9001"},
	{"{{ ('<' * 30000)|e }}", "t:1: makes more than 100000 bytes of text"},
};
/* clang-format on */

START_TEST(a_hostile_template_ends_in_a_clear_error)
{
	struct buf got = outcome(hostile[_i].source, "{\"l\":[1,2,3]}");
	const char *text = got.n > 1 && *got.p == '!' ? got.p + 2 : got.p;

	ck_assert_str_eq(text, hostile[_i].says);
	buf_free(&got);
}
END_TEST

static void repeat(struct buf *source, const char *text, int times)
{
	while (times-- > 0)
		buf_add_text(source, text);
}

/* Sources that nest: so many openings, something, so many closings. */
/* clang-format off */
static const struct {
	const char *begin, *open, *middle, *close, *end;
} nested[] = {
	{"{{ ", "(", "1", ")", " }}"},
	{"{{ ", "[", "1", "]", " }}"},
	{"{{ ", "{1:", "1", "}", " }}"},
	{"{{ ", "-", "1", "", " }}"},
	{"{{ ", "not ", "1", "", " }}"},
	{"{{ ", "1 if 1 else ", "1", "", " }}"},
	{"{{ ", "1+", "1", "", " }}"},
	{"{{ ", "x.", "x", "", " }}"},
	{"{{ 1", "|abs", "", "", " }}"},
	{"{{ ", "a[", "1", "]", " }}"},
	{"{{ ", "f(", "1", ")", " }}"},
	{"", "{% if 1 %}", "x", "{% endif %}", ""},
	{"{% for ", "(", "a", ")", " in b %}{% endfor %}"},
};
/* clang-format on */

START_TEST(source_that_nests_without_end_is_refused)
{
	struct buf source = {0}, got;

	buf_add_text(&source, nested[_i].begin);
	repeat(&source, nested[_i].open, 450);
	buf_add_text(&source, nested[_i].middle);
	repeat(&source, nested[_i].close, 450);
	buf_add_text(&source, nested[_i].end);
	got = outcome(source.p, "{}");
	ck_assert_msg(strstr(got.p, "nested too deep") != NULL, "%s", got.p);
	buf_free(&source);
	buf_free(&got);
}
END_TEST

START_TEST(a_source_beyond_its_bound_is_refused)
{
	struct buf source = {0}, got;

	repeat(&source, "0123456789", 1001);
	got = outcome(source.p, "{}");
	ck_assert_str_eq(got.p, "! t: the template is too large");
	buf_free(&source);
	buf_free(&got);
}
END_TEST

START_TEST(what_stays_within_its_bounds_renders)
{
	struct buf got =
		outcome("{% for i in range(3000) %}{{ i }} {% endfor %}{{ 'a' * 80000 }}"
			"{% macro m(n) %}{{ m(n - 1) if n }}{% endmacro %}{{ m(50) }}",
			"{}");

	ck_assert_uint_eq(got.n, 13890 + 80000);
	buf_free(&got);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("template/bounds");
	TCase *t = tcase_create("bounds");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_hostile_template_ends_in_a_clear_error, 0,
			    sizeof hostile / sizeof *hostile);
	tcase_add_loop_test(t, source_that_nests_without_end_is_refused, 0,
			    sizeof nested / sizeof *nested);
	tcase_add_test(t, a_source_beyond_its_bound_is_refused);
	tcase_add_test(t, what_stays_within_its_bounds_renders);
	suite_add_tcase(s, t);
	return s;
}
