#include "conf/template_draft.h"

#include "files.h"

#define DRAFT "acme/templates/welcome.draft"

static const struct organization organization = {.id = "acme", .directory = "acme"};
static struct arena arena;

static void enter(void)
{
	arena = (struct arena){0};
	files_enter();
	files_put("acme/templates/welcome.yaml", "id: welcome\nsubject: Hi\nmanaged: true\n");
}

static void leave(void)
{
	files_leave();
	arena_free(&arena);
}

static struct template_draft draft_of(const char *members)
{
	struct err err = {0};
	const struct json *values = json_parse(slice_text(members), &arena, &err);

	ck_assert_msg(values != NULL, "%s", err.text);
	return (struct template_draft){.id = "welcome",
				       .members = values,
				       .by = "token 3f9c",
				       .at_ms = 1790000000123,
				       .of = "0011223344556677"};
}

static void write_draft(const char *members)
{
	const struct template_draft draft = draft_of(members);
	struct err err = {0};
	struct slice text;

	ck_assert_msg(template_draft_text(&draft, &arena, &text, &err), "%s", err.text);
	files_put(DRAFT, text.p);
}

static const struct template_draft *read_draft(struct err *err)
{
	*err = (struct err){0};
	return template_draft_of(&organization, slice_text("welcome"), &arena, err);
}

/* Members as they were given, and as they are read: a template's, or what was typed for one. */
static const struct {
	const char *members, *read;
} drafts[] = {
	{"{\"subject\":\"Ho\"}", NULL},
	{"{\"subject\":\"Ho\",\"body_html\":\"<p>\\n{{ "
	 "x\\n\\n\",\"languages\":{\"fr\":{\"subject\":\"\"}}}",
	 NULL},
	{"{\"samples\":\"one: [\",\"headers\":\"X-A\\nX-B: b\\n\"}", NULL},
	{"{\"samples\":{\"one\":{\"n\":[1,2.5,null,true,{\"a\":\"1\"}]}}}", NULL},
	{"{\"nothing\":\"of a template's\"}", NULL},
	{"{\"id\":\"other\",\"draft\":{\"by\":\"me\"},\"revision\":\"1\",\"subject\":\"Ho\"}",
	 "{\"subject\":\"Ho\"}"},
};

static const char *write_json(const struct json *members)
{
	struct buf text = {0};
	struct json_out out = {.buf = &text};

	json_open(&out, NULL, '{');
	for (const struct json *m = members->first; m; m = m->next)
		if (!slice_is(m->key, "id") && !slice_is(m->key, "managed"))
			json_put_value(&out, m->key, m);
	json_close(&out, '}');
	const char *result = arena_slice(&arena, buf_slice(&text)).p;
	buf_free(&text);
	return result;
}

START_TEST(a_draft_reads_back_as_it_was_right_or_wrong)
{
	struct err err;

	write_draft(drafts[_i].members);
	const struct template_draft *draft = read_draft(&err);
	ck_assert_msg(draft != NULL, "%s", err.text);
	ck_assert_str_eq(write_json(draft->members),
			 drafts[_i].read ? drafts[_i].read : drafts[_i].members);
	ck_assert_str_eq(draft->by, "token 3f9c");
	ck_assert_int_eq(draft->at_ms, 1790000000123);
	ck_assert_str_eq(draft->of, "0011223344556677");
}
END_TEST

START_TEST(one_that_says_what_is_published_is_none)
{
	struct err err;

	write_draft("{\"subject\":\"Hi\"}");
	ck_assert_ptr_null(read_draft(&err));
	ck_assert_int_eq(err.code, EX_NOINPUT);
	write_draft("{\"subject\":\"Hi!\"}");
	ck_assert_ptr_nonnull(read_draft(&err));
}
END_TEST

static const struct {
	const char *text;
	int code;
} files[] = {
	{"", 0}, /* whose it is, nobody knows */
	{"subject: Ho\ndraft: {at: yesterday}\n", 0},
	{"- a list\n", EX_CONFIG},
	{"subject: [\n", EX_CONFIG},
};

START_TEST(a_file_that_was_not_written_here_is_read_or_refused)
{
	struct err err;

	files_put(DRAFT, files[_i].text);
	const struct template_draft *draft = read_draft(&err);
	ck_assert_int_eq(draft ? 0 : err.code, files[_i].code);
	if (!draft)
		return;
	ck_assert_str_eq(draft->by, "");
	ck_assert_int_eq(draft->at_ms, 0);
	ck_assert_ptr_null(draft->of);
}
END_TEST

START_TEST(what_could_not_be_read_again_is_not_written)
{
	struct buf members = {0};
	struct err err = {0};
	struct slice text;

	for (int i = 0; i < 40; i++)
		buf_add_text(&members, "{\"samples\":");
	buf_add_text(&members, "1");
	for (int i = 0; i < 40; i++)
		buf_add_char(&members, '}');
	const struct template_draft draft = draft_of(members.p);
	ck_assert(!template_draft_text(&draft, &arena, &text, &err));
	ck_assert_int_eq(err.code, EX_DATAERR);
	buf_free(&members);
}
END_TEST

START_TEST(drafts_are_listed_and_other_files_are_not)
{
	const char **ids;
	size_t count;
	struct err err = {0};

	files_put(DRAFT, "");
	files_put("acme/templates/a.draft", "");
	files_put("acme/templates/.b.draft", "");
	files_put("acme/templates/C.draft", "");
	files_put("acme/templates/a", "");
	ck_assert(template_draft_ids(&organization, &arena, &ids, &count, &err));
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(ids[0], "a");
	ck_assert_str_eq(ids[1], "welcome");
	ck_assert(template_file_ids(&organization, &arena, &ids, &count, &err));
	ck_assert_uint_eq(count, 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("conf/template_draft");
	TCase *t = tcase_create("drafts");

	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_loop_test(t, a_draft_reads_back_as_it_was_right_or_wrong, 0,
			    sizeof drafts / sizeof *drafts);
	tcase_add_test(t, one_that_says_what_is_published_is_none);
	tcase_add_loop_test(t, a_file_that_was_not_written_here_is_read_or_refused, 0,
			    sizeof files / sizeof *files);
	tcase_add_test(t, what_could_not_be_read_again_is_not_written);
	tcase_add_test(t, drafts_are_listed_and_other_files_are_not);
	suite_add_tcase(s, t);
	return s;
}
