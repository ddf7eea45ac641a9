/* Stored templates: what is read when, and what a render makes of them. */
#include "queue/templates.h"

#include "files.h"

static const struct organization acme = {.id = "acme",
					 .name = "Acme",
					 .from_email = "hello@acme.example",
					 .directory = "."};
static struct templates *templates;

static void setup(void)
{
	files_enter();
	templates = templates_open(&(struct templates_options){0});
}

static void teardown(void)
{
	templates_close(templates);
	files_leave();
}

/* The HTML body, or the error, until the arena goes. */
static const char *body_of(struct request request, struct arena *arena)
{
	struct templates_used used;
	struct err err = {0};

	return templates_apply(templates, &acme, &request, arena, &used, &err)
		       ? arena_slice(arena, request.body_html).p
		       : arena_text(arena, err.text);
}

static void renders(const char *id, const char *wanted)
{
	struct arena arena = {0};

	ck_assert_str_eq(body_of((struct request){.template_id = slice_text(id)}, &arena), wanted);
	arena_free(&arena);
}

START_TEST(takes_up_a_changed_file)
{
	files_put("templates/a.yaml", "body_html: one");
	renders("a", "one");
	files_put("templates/a.yaml", "body_html: another");
	renders("a", "another");
}
END_TEST

START_TEST(keeps_the_old_one_where_the_new_one_is_wrong)
{
	files_put("templates/a.yaml", "body_html: one");
	renders("a", "one");
	files_put("templates/a.yaml", "body: one");
	renders("a", "one");
}
END_TEST

START_TEST(takes_up_a_changed_layout)
{
	files_put("templates/layout.yaml", "body_html: '<p>{% block b %}{% endblock %}</p>'");
	files_put("templates/a.yaml",
		  "body_html: '{% extends \"layout\" %}{% block b %}a{% endblock %}'");
	renders("a", "<p>a</p>");
	files_put("templates/layout.yaml", "body_html: '<div>{% block b %}{% endblock %}</div>'");
	renders("a", "<div>a</div>");
}
END_TEST

START_TEST(reads_a_part_while_it_renders_another)
{
	files_put("templates/layout.yaml",
		  "body_html: '<{% include \"x\" %}{% block b %}{% endblock %}>'");
	files_put("templates/x.yaml", "body_html: x{% include \"y\" %}");
	files_put("templates/y.yaml", "body_html: y");
	files_put("templates/a.yaml",
		  "body_html: '{% extends \"layout\" %}{% block b %}a{% endblock %}'");
	renders("a", "<xya>");
	files_put("templates/x.yaml", "body_html: other {% include \"y\" %}");
	files_put("templates/y.yaml", "body_html: too {% include \"z\" ignore missing %}");
	renders("a", "<other too a>");
}
END_TEST

START_TEST(a_message_goes_before_its_template_and_has_the_organization)
{
	struct arena arena = {0};
	struct request request = {.template_id = SLICE("a"), .body_html = SLICE("{{ org.name }}!")};

	files_put("templates/a.yaml", "body_html: one");
	ck_assert_str_eq(body_of(request, &arena), "Acme!");
	arena_free(&arena);
}
END_TEST

START_TEST(an_organization_that_changed_is_another)
{
	struct organization other = acme;
	struct request request = {.body_html = SLICE("{{ org.name }}")};
	struct request again = request;
	struct templates_used used;
	struct arena arena = {0};
	struct err err = {0};

	other.name = "Acme Inc.";
	ck_assert(templates_apply(templates, &acme, &request, &arena, &used, &err));
	ck_assert(slice_is(request.body_html, "Acme"));
	ck_assert(templates_apply(templates, &other, &again, &arena, &used, &err));
	ck_assert(slice_is(again.body_html, "Acme Inc."));
	arena_free(&arena);
}
END_TEST

START_TEST(the_organization_has_the_language_of_messages_that_name_none)
{
	struct organization other = acme;
	struct request request = {.template_id = SLICE("a")};
	struct templates_used used;
	struct arena arena = {0};
	struct err err = {0};

	other.locale = "fr-CA";
	files_put("templates/a.yaml", "body_html: Hello\nlanguages: {fr: {body_html: Bonjour}}\n");
	ck_assert(templates_apply(templates, &other, &request, &arena, &used, &err));
	ck_assert(slice_is(request.body_html, "Bonjour"));
	request = (struct request){.template_id = SLICE("a"), .locale = SLICE("de")};
	ck_assert(templates_apply(templates, &other, &request, &arena, &used, &err));
	ck_assert(slice_is(request.body_html, "Hello"));
	arena_free(&arena);
}
END_TEST

START_TEST(an_error_names_template_line_and_column)
{
	files_put("templates/a.yaml", "body_html: |\n  one\n  {{ 1 / 0 }}\n");
	renders("a", "a.body_html:2: division by zero (column 6)");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("templates");
	TCase *t = tcase_create("stored");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, takes_up_a_changed_file);
	tcase_add_test(t, keeps_the_old_one_where_the_new_one_is_wrong);
	tcase_add_test(t, takes_up_a_changed_layout);
	tcase_add_test(t, reads_a_part_while_it_renders_another);
	tcase_add_test(t, a_message_goes_before_its_template_and_has_the_organization);
	tcase_add_test(t, an_organization_that_changed_is_another);
	tcase_add_test(t, the_organization_has_the_language_of_messages_that_name_none);
	tcase_add_test(t, an_error_names_template_line_and_column);
	suite_add_tcase(s, t);
	return s;
}
