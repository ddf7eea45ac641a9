#include "conf/conf.h"

#include "files.h"

/*
 * One wrong file beside good ones, and what is said: a text that someone at a terminal can act on,
 * so the whole of it is held. Every message begins with the file's name.
 */
struct wrong {
	const char *content, *said;
};

/* clang-format off */
static const struct wrong mailq_yaml[] = {
	{"colour: red\nspool: /x", "1: unknown key 'colour'"},
	{"spool: /x\nmax_attempt: 3",
	 "2: unknown key 'max_attempt' (did you mean 'max_attempts'?)"},
	{"spolo: /x", "1: unknown key 'spolo' (did you mean 'spool'?)"},
	{"max_attempts: many", "1: max_attempts must be a whole number, not 'many'"},
	{"max_attempts: '5'", "1: max_attempts must be a whole number, not '5'"},
	{"max_attempts: 5.0", "1: max_attempts must be a whole number, not '5.0'"},
	{"max_attempts: 0", "1: max_attempts must be from 1 to 1000, not 0"},
	{"max_attempts: -1", "1: max_attempts must be from 1 to 1000, not -1"},
	{"max_attempts: 99999999999999999999",
	 "1: max_attempts must be a whole number, not '99999999999999999999'"},
	{"max_attempts:", "1: max_attempts must be a whole number, not nothing"},
	{"\nmax_attempts: [5]", "2: max_attempts must be a whole number, not a list"},
	{"spool: {path: /x}", "1: spool must be text, not a map"},
	{"spool: ''", "1: spool is empty"},
	{"spool: ~", "1: spool must be text, not nothing"},
	{"spool: \"a\\nb\"", "1: spool must be one line without control characters"},
	{"spool: \"a\\0b\"", "1: NUL in a text"},
	{"workers: 3", "1: workers must be a map, not text"},
	{"workers:\n  render: 65", "2: workers.render must be from 0 to 64, not 65"},
	{"workers: {../x: 1}", "1: workers: '../x' is no stage"},
	{"submitters:\n  www-data: acme", "2: submitters.www-data must be a list, not text"},
	{"organizations: organizations\nsubmitters:\n  www-data: [acme, globex]",
	 "3: submitters: no such organization 'globex'"},
	{"organizations: organizations\ndefault_organization: globex",
	 "2: default_organization 'globex': no such organization"},
	{"default_organization: ../acme",
	 "1: default_organization '../acme': a name is small letters, digits, '_', '.' and '-'"},
	{"spool:\n\t/x", "2: found character that cannot start any token"},
	{"- spool", "1: must be a map of keys, not a list"},
	{"spool: /x\nspool: /y", "2: key 'spool' stands twice"},
	{"spool: [", "2: did not find expected node content"},
	{"spool: &a /x", "1: anchors are not read"},
	{"spool: *a", "1: aliases are not read"},
	{"spool: !!str /x", "1: tags are not read"},
	{"<<: {spool: /x}", "1: merge keys are not read"},
	{"? [spool]\n: /x", "1: a key must be text"},
	{"spool: /x\n---\nspool: /y", "2: a second document"},
};

static const struct wrong organization_yaml[] = {
	{"id: globex", "1: id 'globex' differs from 'acme', the name it is stored under"},
	{"domains: acme.example", "1: domains must be a list, not text"},
	{"domains:\n  - acme.example\n  - '@acme'", "3: domains: '@acme' is not a domain"},
	{"domains: [a.example, A.EXAMPLE]",
	 "1: domain 'a.example' belongs to organization 'acme' already"},
	{"from_email: nobody", "1: from_email: \"nobody\": no '@' and domain"},
	{"failures_to: Ops <ops@acme.example>",
	 "1: failures_to: \"Ops <ops@acme.example>\": no '@' and domain"},
	{"guard: {redirect_to: a@b@c}",
	 "1: redirect_to: \"a@b@c\": something stands behind the domain"},
	{"queue_batch_size: 0", "1: queue_batch_size must be from 1 to 10000, not 0"},
	{"spool: /x", "1: unknown key 'spool'"},
	{"rules: {connector: office}", "1: rules must be a list, not a map"},
	{"rules:\n  - connector: office\n  - tags: [x]", "3: needs the key 'connector'"},
	{"rules:\n  - connector: nowhere", "2: rule's connector 'nowhere': no such connector"},
	{"rules:\n  - connector: office\n    max_priority: 11",
	 "3: max_priority must be from -10 to 10, not 11"},
};

static const struct wrong connector_yaml[] = {
	{"name: Office", "1: needs the key 'kind'"},
	{"id: other\nkind: smtp",
	 "1: id 'other' differs from 'office', the name it is stored under"},
	{"id: Office\nkind: smtp",
	 "1: id 'Office': a name is small letters, digits, '_', '.' and '-'"},
	{"kind: smtp\nprovider_type: smtp", "2: 'provider_type' and 'kind' are the same key"},
	{"kind: smtp\ncategory: sms", "2: category must be one of email, not 'sms'"},
	{"kind: smtp\nis_default: yes", "2: is_default must be true or false, not 'yes'"},
	{"kind: smtp\nfallback: nowhere", "2: fallback 'nowhere': no such connector"},
	{"kind: smtp\nfallback: office", "2: fallback 'office' is the connector itself"},
	{"kind: smtp\nrate: fast", "2: rate must be a number from 0 to 1000000, not 'fast'"},
	{"kind: smtp\nrate: -1", "2: rate must be a number from 0 to 1000000, not '-1'"},
	{"kind: smtp\nrate: 1.2.3", "2: rate must be a number from 0 to 1000000, not '1.2.3'"},
	{"kind: smtp\nrate: .", "2: rate must be a number from 0 to 1000000, not '.'"},
	{"kind: smtp\non_uncertain: maybe",
	 "2: on_uncertain must be one of retry, hold, not 'maybe'"},
	{"kind: smtp\nconfig: host", "2: config must be a map, not text"},
	{"kind: smtp\nconfig:\n  host: {name: x}", "3: config.host must be text, not a map"},
	{"kind: smtp\nconfig:\n  host:", "3: config.host must be text, not nothing"},
};

static const struct {
	const char *file, *content, *said;
} elsewhere[] = {
	{"mailq.yaml", "organizations: nowhere",
	 "nowhere: No such file or directory"},
	{"organizations/acme/connectors/bulk.yaml", "kind: smtp\nis_default: true",
	 "organizations/acme/connectors/office.yaml:2: connector 'bulk' is the default already"},
	{"organizations/acme/connectors/Bulk.yaml", "kind: smtp",
	 "organizations/acme/connectors/Bulk.yaml: a name is small letters, digits, '_', '.' and '-'"},
	{"organizations/acme/connectors/bulk.yml", "kind: smtp",
	 "organizations/acme/connectors/bulk.yml: must end in .yaml"},
	{"organizations/ACME/organization.yaml", "",
	 "organizations/ACME: a name is small letters, digits, '_', '.' and '-'"},
	{"organizations/globex/organization.yaml", "name: Globex\ndomains: [acme.test]",
	 "organizations/globex/organization.yaml:2: domain 'acme.test' belongs to organization 'acme' already"},
};
/* clang-format on */

static void enter(void)
{
	files_enter();
	unsetenv("MAILQ_CONF");
	unsetenv("MAILQ_SPOOL");
	files_put("mailq.yaml", "organizations: organizations");
	files_put("organizations/acme/organization.yaml", "domains: [acme.test]");
	files_put("organizations/acme/connectors/office.yaml", "kind: smtp\nis_default: true");
}

static void refuses(const char *file, const char *content, const char *said)
{
	struct err err = {0};

	files_put(file, content);
	ck_assert_ptr_null(conf_load("mailq.yaml", &err));
	ck_assert_str_eq(err.text, said);
	ck_assert_int_eq(err.code, EX_CONFIG);
}

static void refuses_line(const char *file, const struct wrong *wrong)
{
	char said[512];

	snprintf(said, sizeof said, "%s:%s", file, wrong->said);
	refuses(file, wrong->content, said);
}

START_TEST(refuses_what_is_wrong_in_mailq_yaml)
{
	refuses_line("mailq.yaml", &mailq_yaml[_i]);
}
END_TEST

START_TEST(refuses_what_is_wrong_in_organization_yaml)
{
	refuses_line("organizations/acme/organization.yaml", &organization_yaml[_i]);
}
END_TEST

START_TEST(refuses_what_is_wrong_in_a_connector)
{
	refuses_line("organizations/acme/connectors/office.yaml", &connector_yaml[_i]);
}
END_TEST

START_TEST(refuses_what_is_wrong_between_files)
{
	refuses(elsewhere[_i].file, elsewhere[_i].content, elsewhere[_i].said);
}
END_TEST

START_TEST(refuses_what_is_too_much)
{
	static char text[2 * 1024 * 1024];
	char *end = text + sprintf(text, "spool: ");

	memset(end, '[', 34);
	refuses("mailq.yaml", text, "mailq.yaml:1: nested too deep");

	end = text + sprintf(text, "submitters:\n");
	for (int i = 0; i < 6000; i++)
		end += sprintf(end, "  u%d: [acme, acme]\n", i);
	refuses("mailq.yaml", text, "mailq.yaml:5001: too many values");

	memset(text, '#', 1048577);
	text[1048577] = '\0';
	refuses("mailq.yaml", text, "mailq.yaml: larger than 1048576 bytes");
}
END_TEST

START_TEST(refuses_a_wrong_variable_by_its_name)
{
	struct err err = {0};

	setenv("EMAIL_MAX_ATTEMPTS", "some", 1);
	ck_assert_ptr_null(conf_load("mailq.yaml", &err));
	ck_assert_str_eq(err.text,
			 "EMAIL_MAX_ATTEMPTS: max_attempts must be a whole number, not 'some'");
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
	struct err err = {0};

	ck_assert_ptr_null(conf_load("missing.yaml", &err));
	ck_assert_str_eq(err.text, "missing.yaml: No such file or directory");
	ck_assert_int_eq(err.code, EX_CONFIG);
	ck_assert_ptr_null(conf_load("organizations", &err));
	ck_assert_str_eq(err.text, "organizations: not a regular file");

	mkfifo("fifo", 0600);
	ck_assert_ptr_null(conf_load("fifo", &err));
	ck_assert_str_eq(err.text, "fifo: not a regular file");
}
END_TEST

#define COUNT(table) (sizeof(table) / sizeof *(table))

Suite *suite(void)
{
	Suite *s = suite_create("conf/wrong");
	TCase *t = tcase_create("load");

	tcase_add_checked_fixture(t, enter, files_leave);
	tcase_add_loop_test(t, refuses_what_is_wrong_in_mailq_yaml, 0, COUNT(mailq_yaml));
	tcase_add_loop_test(t, refuses_what_is_wrong_in_organization_yaml, 0,
			    COUNT(organization_yaml));
	tcase_add_loop_test(t, refuses_what_is_wrong_in_a_connector, 0, COUNT(connector_yaml));
	tcase_add_loop_test(t, refuses_what_is_wrong_between_files, 0, COUNT(elsewhere));
	tcase_add_test(t, refuses_what_is_too_much);
	tcase_add_test(t, refuses_a_wrong_variable_by_its_name);
	tcase_add_test(t, refuses_what_is_no_file);
	suite_add_tcase(s, t);
	return s;
}
