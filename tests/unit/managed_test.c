#include "conf/managed.h"

#include <check.h>

#include "conf/yaml_write.h"

/* An edit and what there is: which code it ends in; 0: it may go on. */
static const struct {
	const char *id, *values, *revision;
	bool is_new;
	struct managed_file there;
	int change, remove;
} edits[] = {
	{"a", "{}", NULL, false, {.exists = false}, 0, EX_NOINPUT},
	{"a", "{}", NULL, false, {.exists = true, .managed = true, .revision = "r"}, 0, 0},
	{"a",
	 "{}",
	 NULL,
	 true,
	 {.exists = true, .managed = true, .revision = "r"},
	 EX_CANTCREAT,
	 0},
	{"a", "{}", "r", false, {.exists = true, .managed = true, .revision = "r"}, 0, 0},
	{"a",
	 "{}",
	 "s",
	 false,
	 {.exists = true, .managed = true, .revision = "r"},
	 EX_CANTCREAT,
	 EX_CANTCREAT},
	{"a", "{}", "r", false, {.exists = false}, EX_CANTCREAT, EX_NOINPUT},
	{"a", "{}", NULL, false, {.exists = true, .revision = "r"}, EX_NOPERM, EX_NOPERM},
	{"a", "{\"id\":\"a\"}", NULL, false, {.exists = false}, 0, EX_NOINPUT},
	{"a", "{\"id\":\"b\"}", NULL, false, {.exists = false}, EX_DATAERR, EX_NOINPUT},
	{"a", "{\"id\":1}", NULL, false, {.exists = false}, EX_DATAERR, EX_NOINPUT},
	{"../a", "{}", NULL, false, {.exists = false}, EX_DATAERR, EX_NOINPUT},
	{"", "{}", NULL, false, {.exists = false}, EX_DATAERR, EX_NOINPUT},
};

START_TEST(a_file_is_changed_only_as_it_was_seen_and_where_it_is_managed)
{
	struct arena arena = {0};
	struct err err = {0};
	struct managed_edit edit = {.id = edits[_i].id,
				    .revision = edits[_i].revision,
				    .is_new = edits[_i].is_new};

	edit.values = json_parse(slice_text(edits[_i].values), &arena, &err);
	bool may = managed_may_change(&edit, &edits[_i].there, &err);
	ck_assert_int_eq(may ? 0 : err.code, edits[_i].change);
	may = managed_may_remove(&edit, &edits[_i].there, &err);
	ck_assert_int_eq(may ? 0 : err.code, edits[_i].remove);
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *base, *over, *merged;
} merges[] = {
	{"{}", "{}", "{}"},
	{"{\"a\":1,\"b\":2}", "{}", "{\"a\":1,\"b\":2}"},
	{"{\"a\":1,\"b\":2}", "{\"a\":3}", "{\"a\":3,\"b\":2}"},
	{"{\"a\":1,\"b\":2}", "{\"a\":null}", "{\"b\":2}"},
	{"{\"a\":1}", "{\"c\":{\"d\":4},\"e\":null}", "{\"a\":1,\"c\":{\"d\":4}}"},
	{"{\"a\":{\"b\":1}}", "{\"a\":{\"c\":2}}", "{\"a\":{\"c\":2}}"},
};

START_TEST(members_go_in_place_of_others)
{
	struct arena arena = {0};
	struct buf text = {0};
	struct json_out out = {.buf = &text};
	struct err err = {0};
	const struct json *base = json_parse(slice_text(merges[_i].base), &arena, &err);
	const struct json *over = json_parse(slice_text(merges[_i].over), &arena, &err);

	json_put_value(&out, (struct slice){0}, managed_merge(base, over, &arena));
	ck_assert_str_eq(text.p, merges[_i].merged);
	buf_free(&text);
	arena_free(&arena);
}
END_TEST

START_TEST(a_file_has_what_was_said_and_that_it_is_managed)
{
	struct arena arena = {0};
	struct buf yaml = {0};
	struct err err = {0};
	const struct json *members =
		json_parse(slice_text(
				   "{\"id\":\"b\",\"organization_id\":\"acme\",\"name\":\"A: b\","
				   "\"headers\":{},\"samples\":{\"s\":{}},\"rate\":2.5,"
				   "\"locale\":null,\"managed\":false,\"revision\":\"r\"}"),
			   &arena, &err);

	managed_put_members(&yaml, "a", members);
	ck_assert_str_eq(yaml.p,
			 "id: a\nname: \"A: b\"\nsamples:\n  s: {}\nrate: 2.5\n"
			 "managed: true\n");
	buf_free(&yaml);
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *text, *left;
} places[] = {
	{"/a/b.yaml:12: unknown key 'x'", "unknown key 'x'"},
	{"/a/b.yaml: needs config.host", "needs config.host"},
	{"/a/b.yaml:3: x: y", "x: y"},
	{"another: thing", "another: thing"},
};

START_TEST(of_what_was_in_no_file_no_place_is_told)
{
	struct err err = {0};

	err_set(&err, EX_CONFIG, "%s", places[_i].text);
	ck_assert(!managed_without_place(&err, "/a/b.yaml"));
	ck_assert_str_eq(err.text, places[_i].left);
	ck_assert_int_eq(err.code, EX_DATAERR);
}
END_TEST

#define COUNT(table) (sizeof(table) / sizeof *(table))

Suite *suite(void)
{
	Suite *s = suite_create("conf/managed");
	TCase *t = tcase_create("managed");

	tcase_add_loop_test(t, a_file_is_changed_only_as_it_was_seen_and_where_it_is_managed, 0,
			    COUNT(edits));
	tcase_add_loop_test(t, members_go_in_place_of_others, 0, COUNT(merges));
	tcase_add_test(t, a_file_has_what_was_said_and_that_it_is_managed);
	tcase_add_loop_test(t, of_what_was_in_no_file_no_place_is_told, 0, COUNT(places));
	suite_add_tcase(s, t);
	return s;
}
