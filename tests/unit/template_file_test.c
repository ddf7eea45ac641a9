#include "conf/template_file.h"

#include "files.h"

static struct arena arena;

static void enter(void)
{
	arena = (struct arena){0};
}

static void leave(void)
{
	arena_free(&arena);
}

static const struct template_file *parse(const char *text)
{
	struct err err = {0};
	const struct template_file *file =
		template_file_parse(slice_text(text), "templates/welcome.yaml", "welcome", &arena,
				    &err);

	ck_assert_msg(file != NULL, "%s", err.text);
	return file;
}

START_TEST(reads_texts_headers_attachments_variables_and_samples)
{
	const struct template_file *file =
		parse("id: welcome\n"
		      "name: Welcome Email\n"
		      "subject: Welcome to {{ org.name }}\n"
		      "body_html: |\n"
		      "  <p>Hi {{ partner.name }},</p>\n"
		      "  <p>ready.</p>\n"
		      "headers:\n"
		      "  X-Campaign: welcome\n"
		      "attachments:\n"
		      "  - path: files/logo.png\n"
		      "    content_id: logo\n"
		      "    disposition: inline\n"
		      "variables:\n"
		      "  partner: {type: map, required: true}\n"
		      "  n: {}\n"
		      "samples:\n"
		      "  one: {partner: {name: Alice, age: 7}, n: 1.5}\n");

	ck_assert_str_eq(file->name, "Welcome Email");
	ck_assert_str_eq(file->fields.subject, "Welcome to {{ org.name }}");
	ck_assert_str_eq(file->fields.body_html, "<p>Hi {{ partner.name }},</p>\n<p>ready.</p>\n");
	ck_assert_ptr_null(file->fields.body_text);
	ck_assert_uint_eq(file->header_count, 1);
	ck_assert_str_eq(file->headers[0].name, "X-Campaign");
	ck_assert_str_eq(file->headers[0].value, "welcome");

	ck_assert_uint_eq(file->attachment_count, 1);
	ck_assert_str_eq(file->attachments[0].path, "templates/files/logo.png");
	ck_assert_str_eq(file->attachments[0].filename, "logo.png");
	ck_assert_str_eq(file->attachments[0].content_id, "logo");
	ck_assert(file->attachments[0].is_inline);

	ck_assert_uint_eq(file->variable_count, 2);
	ck_assert_str_eq(file->variables[0].name, "partner");
	ck_assert_int_eq(file->variables[0].type, TEMPLATE_MAP);
	ck_assert(file->variables[0].required);
	ck_assert_int_eq(file->variables[1].type, TEMPLATE_ANY);
	ck_assert(!file->variables[1].required);

	ck_assert_uint_eq(file->sample_count, 1);
	ck_assert_uint_eq(file->samples[0].line, 17);
	const struct json *partner = json_get(file->samples[0].context, "partner");
	ck_assert(slice_is(json_get_text(partner, "name"), "Alice"));
	ck_assert_int_eq(json_get_int(partner, "age", 0), 7);
}
END_TEST

/* clang-format off */
static const struct {
	const char *locale, *subject, *from;
} locales[] = {
	{"",           "Hello",   "a@b"},
	{"de",         "Hello",   "a@b"},
	{"fr",         "Bonjour", "fr@b"},
	{"fr-FR",      "Bonjour", "fr@b"},
	{"fr-CA",      "Allo",    "fr@b"},
	{"fr_ca",      "Allo",    "fr@b"},
	{"FR-CA-x-q",  "Allo",    "fr@b"},
	{"fra",        "Hello",   "a@b"},
	{"-",          "Hello",   "a@b"},
};
/* clang-format on */

START_TEST(each_text_comes_from_the_closest_language_that_has_it)
{
	const struct template_file *file =
		parse("subject: Hello\n"
		      "from_email: a@b\n"
		      "languages:\n"
		      "  fr: {subject: Bonjour, from_email: fr@b}\n"
		      "  fr-CA: {subject: Allo}\n");
	struct template_fields fields = template_file_fields(file, slice_text(locales[_i].locale));

	ck_assert_str_eq(fields.subject, locales[_i].subject);
	ck_assert_str_eq(fields.from_email, locales[_i].from);
	ck_assert_ptr_null(fields.body_html);
}
END_TEST

/* A plain scalar in a sample, and what it is in JSON. */
/* clang-format off */
static const struct {
	const char *yaml, *json;
} scalars[] = {
	{"1",      "1"},
	{"-2.50",  "-2.50"},
	{"1e3",    "1e3"},
	{"'1'",    "\"1\""},
	{"007",    "\"007\""},
	{"1.2.3",  "\"1.2.3\""},
	{"True",   "true"},
	{"'true'", "\"true\""},
	{"yes",    "\"yes\""},
	{"~",      "null"},
	{"",       "null"},
	{"\"\"",   "\"\""},
	{"[a, 1]", "[\"a\",1]"},
	{"2026-11-24", "\"2026-11-24\""},
};
/* clang-format on */

START_TEST(samples_are_json)
{
	const struct template_file *file =
		parse(arena_format(&arena, "samples:\n  one:\n    v: %s\n", scalars[_i].yaml));
	struct buf buf = {0};
	struct json_out out = {.buf = &buf};

	json_put_value(&out, (struct slice){0}, json_get(file->samples[0].context, "v"));
	ck_assert_str_eq(buf.p, scalars[_i].json);
	buf_free(&buf);
}
END_TEST

/* clang-format off */
static const struct {
	const char *content, *said;
} bad[] = {
	{"colour: red", "1: unknown key 'colour'"},
	{"id: other", "1: id 'other' differs from 'welcome', the name it is stored under"},
	{"subject: [a]", "1: subject must be text, not a list"},
	{"body_html:", "1: body_html must be text, not nothing"},
	{"headers: {bcc: a@b.example}", "1: headers.bcc: use the field bcc_emails"},
	{"headers: {Content-Type: a/b}",
	 "1: headers.Content-Type: this header is not the caller's to set"},
	{"headers: {'X Y': a}", "1: headers: 'X Y' is not a header's name"},
	{"headers:\n  X-A: \"a\\nb\"", "2: X-A must be one line without control characters"},
	{"attachments: [{filename: a}]", "1: needs the key 'path'"},
	{"attachments: [{path: a, disposition: b}]",
	 "1: disposition must be one of attachment, inline, not 'b'"},
	{"variables: [a]", "1: variables must be a map, not a list"},
	{"variables:\n  a: text", "2: must be a map of keys, not text"},
	{"variables:\n  a: {type: string}",
	 "2: type must be one of any, text, number, bool, list, map, not 'string'"},
	{"samples: {one: 1}", "1: sample one must be a map, not text"},
	{"languages: {'f r': {subject: a}}", "1: languages: 'f r' is not a language tag"},
	{"languages: {fr: {headers: {}}}", "1: unknown key 'headers'"},
};
/* clang-format on */

START_TEST(refuses_what_is_wrong_with_file_and_line)
{
	struct err err = {0};

	ck_assert_ptr_null(template_file_parse(slice_text(bad[_i].content), "welcome.yaml",
					       "welcome", &arena, &err));
	ck_assert_str_eq(err.text, arena_format(&arena, "welcome.yaml:%s", bad[_i].said));
	ck_assert_int_eq(err.code, EX_CONFIG);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_no_input)
{
	struct err err = {0};

	ck_assert_ptr_null(template_file_read("/nowhere/welcome.yaml", "welcome", &arena, &err));
	ck_assert_int_eq(err.code, EX_NOINPUT);
}
END_TEST

START_TEST(types_are_those_of_json)
{
	struct err err;
	const struct json *number = json_parse(slice_text("1.5"), &arena, &err);
	const struct json *list = json_parse(slice_text("[]"), &arena, &err);

	ck_assert(template_type_is(TEMPLATE_ANY, list));
	ck_assert(template_type_is(TEMPLATE_LIST, list));
	ck_assert(!template_type_is(TEMPLATE_MAP, list));
	ck_assert(template_type_is(TEMPLATE_NUMBER, number));
	ck_assert(!template_type_is(TEMPLATE_TEXT, number));
	ck_assert_str_eq(template_type_name(TEMPLATE_NUMBER), "number");
}
END_TEST

#define COUNT(table) (sizeof(table) / sizeof *(table))

Suite *suite(void)
{
	Suite *s = suite_create("conf/template_file");
	TCase *t = tcase_create("template_file");

	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, reads_texts_headers_attachments_variables_and_samples);
	tcase_add_loop_test(t, each_text_comes_from_the_closest_language_that_has_it, 0,
			    COUNT(locales));
	tcase_add_loop_test(t, samples_are_json, 0, COUNT(scalars));
	tcase_add_loop_test(t, refuses_what_is_wrong_with_file_and_line, 0, COUNT(bad));
	tcase_add_test(t, a_file_that_is_not_there_is_no_input);
	tcase_add_test(t, types_are_those_of_json);
	suite_add_tcase(s, t);
	return s;
}
