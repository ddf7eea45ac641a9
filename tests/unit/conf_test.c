#include "conf/conf.h"

#include "files.h"

static void enter(void)
{
	files_enter();
	unsetenv("MAILQ_CONF");
	unsetenv("MAILQ_SPOOL");
}

static struct conf *load(void)
{
	struct err err = {0};
	struct conf *conf = conf_load("mailq.yaml", &err);

	ck_assert_msg(conf != NULL, "%s", err.text);
	return conf;
}

static void put_acme(void)
{
	files_put("mailq.yaml",
		  "organizations: organizations\nqueue_batch_size: 7\nmax_attempts: 9\n");
	files_put("organizations/acme/organization.yaml",
		  "name: Acme Ltd\n"
		  "domains: [acme.example, Acme.Test]\n"
		  "max_attempts: 3\n"
		  "rules:\n"
		  "  - {tags: [newsletter], connector: bulk}\n"
		  "guard:\n"
		  "  deliver_only_to: ['*@acme.example']\n");
	files_put("organizations/acme/connectors/office.yaml",
		  "kind: smtp\n"
		  "is_default: true\n"
		  "fallback: bulk\n"
		  "rate: 2.5\n"
		  "on_uncertain: hold\n"
		  "config:\n"
		  "  host: mail.example\n"
		  "  port: 587\n"
		  "  password: $ENV:OFFICE_PASSWORD\n");
	files_put("organizations/acme/connectors/bulk.yaml",
		  "id: bulk\n"
		  "name: Bulk mail\n"
		  "category: email\n"
		  "provider_type: pipe\n"
		  "config: {command: [/usr/bin/relay, -f]}\n");
}

START_TEST(reads_organizations_connectors_rules_and_guard)
{
	put_acme();
	struct conf *conf = load();
	const struct organization *acme = conf_organization(conf, slice_text("acme"));

	ck_assert_ptr_nonnull(acme);
	ck_assert_str_eq(acme->name, "Acme Ltd");
	ck_assert_uint_eq(acme->domains.count, 2);
	ck_assert_str_eq(acme->domains.text[1], "acme.test");
	ck_assert_uint_eq(acme->rule_count, 1);
	ck_assert_str_eq(acme->rules[0].connector, "bulk");
	ck_assert_int_eq(acme->rules[0].min_priority, -10);
	ck_assert_uint_eq(acme->rules[0].line, 5);
	ck_assert_str_eq(acme->guard.deliver_only_to.text[0], "*@acme.example");
	ck_assert_uint_eq(acme->connector_count, 2);

	const struct connector *office = organization_default(acme);
	ck_assert_str_eq(office->id, "office");
	ck_assert_str_eq(office->name, "office");
	ck_assert_str_eq(office->kind, "smtp");
	ck_assert_str_eq(office->fallback, "bulk");
	ck_assert_uint_eq(office->max_connections, 8);
	ck_assert(office->rate == 2.5);
	ck_assert_int_eq(office->on_uncertain, UNCERTAIN_HOLD);
	ck_assert_str_eq(connector_value(office, "port"), "587");
	ck_assert_str_eq(connector_value(office, "password"), "$ENV:OFFICE_PASSWORD");
	ck_assert_ptr_null(connector_value(office, "user"));
	ck_assert_uint_eq(office->config[2].line, 9);

	const struct connector *bulk = organization_connector(acme, slice_text("bulk"));
	ck_assert_str_eq(bulk->name, "Bulk mail");
	ck_assert_str_eq(bulk->kind, "pipe");
	ck_assert_ptr_null(connector_value(bulk, "command"));
	ck_assert_uint_eq(connector_list(bulk, "command").count, 2);
	ck_assert_str_eq(connector_list(bulk, "command").text[1], "-f");
	conf_free(conf);
}
END_TEST

START_TEST(organization_goes_before_environment_before_file_before_default)
{
	put_acme();
	setenv("EMAIL_MAX_ATTEMPTS", "4", 1);
	setenv("EMAIL_RETRY_BACKOFF_SECONDS", "15", 1);
	setenv("EMAIL_QUEUE_BATCH_SIZE", "", 1);
	struct conf *conf = load();
	const struct organization *acme = conf_organization(conf, slice_text("acme"));

	ck_assert_uint_eq(acme->settings.max_attempts, 3);
	ck_assert_uint_eq(conf->settings.max_attempts, 4);
	ck_assert_uint_eq(acme->settings.retry_backoff_seconds, 15);
	ck_assert_uint_eq(acme->settings.queue_batch_size, 7);
	ck_assert_int_eq(acme->settings.max_message_bytes, 26214400);
	conf_free(conf);
}
END_TEST

START_TEST(backoff_never_begins_above_its_cap)
{
	files_put("mailq.yaml", "organizations: organizations\nretry_backoff_max_seconds: 30\n");
	files_put("organizations/acme/organization.yaml", "{}");
	struct conf *conf = load();

	ck_assert_uint_eq(conf->organizations[0].settings.retry_backoff_seconds, 30);
	conf_free(conf);
}
END_TEST

START_TEST(relative_paths_stand_beside_the_file)
{
	files_put("etc/mailq.yaml", "spool: ../spool\norganizations: organizations\n");
	files_put("etc/organizations/acme/organization.yaml", "");
	struct err err = {0};

	setenv("MAILQ_CONF", "etc/mailq.yaml", 1);
	struct conf *conf = conf_load(NULL, &err);
	ck_assert_msg(conf != NULL, "%s", err.text);
	ck_assert_str_eq(conf->spool, "etc/../spool");
	ck_assert_str_eq(conf->organizations[0].file, "etc/organizations/acme/organization.yaml");
	conf_free(conf);

	setenv("MAILQ_SPOOL", "/elsewhere", 1);
	conf = conf_load(NULL, &err);
	ck_assert_str_eq(conf->spool, "/elsewhere");
	conf_free(conf);
}
END_TEST

START_TEST(mailq_yaml_alone_needs_no_organizations)
{
	struct err err = {0};

	files_put("mailq.yaml", "spool: /s\norganizations: nowhere\ndefault_organization: acme\n");
	struct conf *conf = conf_load_without_organizations("mailq.yaml", &err);
	ck_assert_msg(conf != NULL, "%s", err.text);
	ck_assert_str_eq(conf->spool, "/s");
	ck_assert_uint_eq(conf->organization_count, 0);
	conf_free(conf);
}
END_TEST

START_TEST(stages_get_one_worker_unless_more_are_asked_for)
{
	files_put("mailq.yaml", "organizations: organizations\nworkers: {smtp: 4, pipe: 0}\n");
	files_put("organizations/acme/organization.yaml", "");
	struct conf *conf = load();

	ck_assert_uint_eq(conf_workers(conf, "smtp"), 4);
	ck_assert_uint_eq(conf_workers(conf, "pipe"), 0);
	ck_assert_uint_eq(conf_workers(conf, "render"), 1);
	conf_free(conf);
}
END_TEST

START_TEST(what_is_no_connector_file_is_passed_over)
{
	put_acme();
	files_put("organizations/acme/connectors/README", "About these.\n");
	files_put("organizations/acme/connectors/office.yaml~", "kind: [");
	files_put("organizations/acme/connectors/.office.yaml.swp", "kind: [");
	files_put("organizations/README", "About these.\n");
	mkdir("organizations/just-made", 0777);
	struct conf *conf = load();

	ck_assert_uint_eq(conf->organization_count, 1);
	ck_assert_uint_eq(conf->organizations[0].connector_count, 2);
	conf_free(conf);
}
END_TEST

/* clang-format off */
static const struct {
	const char *given, *domain, *chosen;
	int code;
	const char *text;
} choices[] = {
	{"globex",  "acme.example",     "globex", 0,          NULL},
	{"",        "acme.example",     "acme",   0,          NULL},
	{"",        "ACME.example",     "acme",   0,          NULL},
	{"",        "sub.acme.example", "globex", 0,          NULL},
	{"",        "",                 "globex", 0,          NULL},
	{"nobody",  "acme.example",     NULL,     EX_DATAERR, "no such organization 'nobody'"},
	{"../acme", "",                 NULL,     EX_DATAERR, "no such organization '../acme'"},
};
/* clang-format on */

START_TEST(chooses_the_organization_given_then_by_domain_then_the_default)
{
	put_acme();
	files_put("mailq.yaml", "organizations: organizations\ndefault_organization: globex\n");
	files_put("organizations/globex/organization.yaml", "");
	struct conf *conf = load();
	struct err err = {0};
	const struct organization *org =
		conf_choose_organization(conf, slice_text(choices[_i].given),
					 slice_text(choices[_i].domain), &err);

	if (choices[_i].chosen) {
		ck_assert_ptr_nonnull(org);
		ck_assert_str_eq(org->id, choices[_i].chosen);
	} else {
		ck_assert_ptr_null(org);
		ck_assert_int_eq(err.code, choices[_i].code);
		ck_assert_str_eq(err.text, choices[_i].text);
	}
	conf_free(conf);
}
END_TEST

START_TEST(without_a_default_the_only_organization_is_taken_or_none)
{
	struct err err = {0};

	put_acme();
	struct conf *conf = load();
	ck_assert_str_eq(conf_choose_organization(conf, slice_text(""), slice_text(""), &err)->id,
			 "acme");
	conf_free(conf);

	files_put("organizations/globex/organization.yaml", "");
	conf = load();
	ck_assert_ptr_null(conf_choose_organization(conf, slice_text(""), slice_text(""), &err));
	ck_assert_int_eq(err.code, EX_CONFIG);
	ck_assert_str_eq(err.text,
			 "mailq.yaml: no organization is given, and there is no "
			 "default_organization");
	conf_free(conf);
}
END_TEST

/* File times advance by ticks: a time that young is not relied upon. */
static struct conf *load_when_old(void)
{
	struct conf *conf = load();

	while (conf_changed(conf)) {
		conf_free(conf);
		conf = load();
	}
	return conf;
}

START_TEST(notices_a_file_that_changed_came_or_went)
{
	put_acme();
	struct conf *conf = load_when_old();
	files_put("organizations/acme/connectors/office.yaml", "kind: smtp\nis_default: true\n");
	ck_assert(conf_changed(conf));
	conf_free(conf);

	conf = load_when_old();
	files_put("organizations/acme/connectors/new.yaml", "kind: smtp\n");
	ck_assert(conf_changed(conf));
	conf_free(conf);

	conf = load_when_old();
	unlink("organizations/acme/connectors/new.yaml");
	ck_assert(conf_changed(conf));
	conf_free(conf);

	conf = load_when_old();
	files_put("organizations/globex/organization.yaml", "");
	ck_assert(conf_changed(conf));
	conf_free(conf);

	conf = load_when_old();
	ck_assert(!conf_changed(conf));
	conf_free(conf);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("conf/conf");
	TCase *t = tcase_create("load");

	tcase_add_checked_fixture(t, enter, files_leave);
	tcase_add_test(t, reads_organizations_connectors_rules_and_guard);
	tcase_add_test(t, organization_goes_before_environment_before_file_before_default);
	tcase_add_test(t, backoff_never_begins_above_its_cap);
	tcase_add_test(t, relative_paths_stand_beside_the_file);
	tcase_add_test(t, mailq_yaml_alone_needs_no_organizations);
	tcase_add_test(t, stages_get_one_worker_unless_more_are_asked_for);
	tcase_add_test(t, what_is_no_connector_file_is_passed_over);
	tcase_add_loop_test(t, chooses_the_organization_given_then_by_domain_then_the_default, 0,
			    sizeof choices / sizeof *choices);
	tcase_add_test(t, without_a_default_the_only_organization_is_taken_or_none);
	tcase_add_test(t, notices_a_file_that_changed_came_or_went);
	suite_add_tcase(s, t);
	return s;
}
