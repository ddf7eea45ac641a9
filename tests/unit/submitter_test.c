#include "conf/submitter.h"

#include "files.h"

static struct conf *conf;
static struct arena arena;
static struct err err;

static void enter(void)
{
	files_enter();
	files_put("mailq.yaml",
		  "organizations: organizations\n"
		  "default_organization: acme\n"
		  "submitters:\n"
		  "  daemon: [globex]\n"
		  "  \"%daemon\": [acme]\n"
		  "  \"%nosuchgroup\": [initech]\n");
	files_put("organizations/acme/organization.yaml", "domains: [acme.example]\n");
	files_put("organizations/globex/organization.yaml", "domains: [globex.example]\n");
	files_put("organizations/initech/organization.yaml", "domains: [initech.example]\n");
	conf = conf_load("mailq.yaml", &err);
	ck_assert_msg(conf != NULL, "%s", err.text);
}

static void leave(void)
{
	conf_free(conf);
	arena_free(&arena);
	files_leave();
}

static const char *const one[] = {"globex"};
static const char *const two[] = {"globex", "acme"};

START_TEST(rights_name_and_domain_decide)
{
	static const struct {
		struct submitter_rights rights;
		const char *given, *domain;
		const char *chosen; /* NULL: EX_NOPERM */
	} cases[] = {
		{{.all = true}, "", "", "acme"},
		{{.all = true}, "", "GLOBEX.example", "globex"},
		{{.all = true}, "initech", "globex.example", "initech"},
		{{.organizations = {one, 1}}, "", "", "globex"},
		{{.organizations = {one, 1}}, "", "other.example", "globex"},
		{{.organizations = {one, 1}}, "", "acme.example", NULL},
		{{.organizations = {one, 1}}, "acme", "globex.example", NULL},
		{{.organizations = {one, 1}}, "globex", "acme.example", "globex"},
		{{.organizations = {two, 2}}, "", "other.example", "acme"},
		{{.organizations = {two, 2}}, "", "globex.example", "globex"},
		{{.all = false}, "", "", NULL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct organization *org =
			submitter_choose(conf, &cases[i].rights, slice_text(cases[i].given),
					 slice_text(cases[i].domain), &err);
		ck_assert_msg(!org == !cases[i].chosen, "case %zu: %s", i, err.text);
		if (org)
			ck_assert_str_eq(org->id, cases[i].chosen);
		else
			ck_assert_int_eq(err.code, EX_NOPERM);
	}
}
END_TEST

START_TEST(an_organization_that_does_not_exist_is_an_error_of_the_caller)
{
	struct submitter_rights all = {.all = true};

	ck_assert_ptr_null(
		submitter_choose(conf, &all, slice_text("hooli"), (struct slice){0}, &err));
	ck_assert_int_eq(err.code, EX_DATAERR);
}
END_TEST

START_TEST(a_user_has_the_rights_of_name_and_groups)
{
	struct submitter_rights rights = submitter_of_user(conf, 1, &arena); /* daemon */

	ck_assert(!rights.all);
	ck_assert_uint_eq(rights.organizations.count, 2);
	ck_assert_str_eq(rights.organizations.text[0], "globex");
	ck_assert_str_eq(rights.organizations.text[1], "acme");
}
END_TEST

START_TEST(root_may_for_all_and_a_stranger_for_none)
{
	ck_assert(submitter_of_user(conf, 0, &arena).all);
	struct submitter_rights stranger = submitter_of_user(conf, 4000000000, &arena);
	ck_assert(!stranger.all);
	ck_assert_uint_eq(stranger.organizations.count, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("conf/submitter");
	TCase *t = tcase_create("submitter");

	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, rights_name_and_domain_decide);
	tcase_add_test(t, an_organization_that_does_not_exist_is_an_error_of_the_caller);
	tcase_add_test(t, a_user_has_the_rights_of_name_and_groups);
	tcase_add_test(t, root_may_for_all_and_a_stranger_for_none);
	suite_add_tcase(s, t);
	return s;
}
