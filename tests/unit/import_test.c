#include "conf/import.h"

#include "files.h"

static struct arena arena;

static void enter(void)
{
	files_enter();
	unsetenv("MAILQ_CONF");
	files_put("mailq.yaml", "organizations: organizations\n");
	files_put("organizations/acme/organization.yaml", "");
	files_put("organizations/acme/connectors/office.yaml",
		  "# Ours.\nkind: smtp\nis_default: true # for now\nconfig: {host: a}\n");
	arena = (struct arena){0};
}

static void leave(void)
{
	arena_free(&arena);
	files_leave();
}

static struct conf *load(void)
{
	struct err err;
	struct conf *conf = conf_load("mailq.yaml", &err);

	ck_assert_msg(conf != NULL, "%s", err.text);
	return conf;
}

/* A connector with these fields. */
static const struct record *record_of(const char *id, const char *fields)
{
	struct err err;
	const char *source =
		arena_format(&arena, "<record id='%s' model='ir.connector'>%s</record>", id,
			     fields);
	const struct record *record = records_parse(slice_text(source), "x.xml", &arena, &err);

	ck_assert_msg(record != NULL, "%s", err.text);
	return record;
}

START_TEST(writes_a_connector_and_clears_the_default_that_was)
{
	struct conf *conf = load();
	struct import import;
	struct err err = {0};
	const struct record *record = record_of(
		"bulk",
		"<field name='name'>Bulk: mail</field>"
		"<field name='provider_type'>pipe</field>"
		"<field name='category'>email</field>"
		"<field name='is_default' eval='True'/>"
		"<field name='sequence'>10</field>"
		"<field name='rate'>2.5</field>"
		"<field name='max_connections' eval='3'/>"
		"<field name='active' eval='True'/>"
		"<field name='organization_id' ref='res.organization.acme'/>"
		"<field name='config' eval=\"{'key': '$ENV:KEY', 'port': 25, 'argv': ['a b', 'c'],"
		" 'none': None}\"/>");

	ck_assert_msg(import_connector(conf, record, NULL, &arena, &import, &err), "%s", err.text);
	ck_assert(!import.replaces);
	ck_assert_str_eq(import.cleared, "office");
	ck_assert_str_eq(import.left_out, "sequence, active");
	ck_assert(conf_write_files(import.files, import.file_count, &err));
	conf_free(conf);

	ck_assert_str_eq(files_get("organizations/acme/connectors/bulk.yaml"),
			 "id: bulk\n"
			 "name: \"Bulk: mail\"\n"
			 "kind: pipe\n"
			 "category: email\n"
			 "is_default: true\n"
			 "rate: 2.5\n"
			 "max_connections: 3\n"
			 "config:\n"
			 "  key: $ENV:KEY\n"
			 "  port: 25\n"
			 "  argv: [\"a b\",\"c\"]\n");
	ck_assert_str_eq(files_get("organizations/acme/connectors/office.yaml"),
			 "# Ours.\nkind: smtp\nis_default: false # for now\nconfig: {host: a}\n");

	conf = load();
	const struct organization *acme = &conf->organizations[0];
	ck_assert_str_eq(organization_default(acme)->id, "bulk");
	ck_assert_str_eq(connector_value(organization_default(acme), "key"), "$ENV:KEY");
	conf_free(conf);
}
END_TEST

START_TEST(writes_a_template_as_it_stands_in_the_record)
{
	struct conf *conf = load();
	struct import import;
	struct err err = {0};
	const char *source =
		"<record id=\"tpl_welcome\" model=\"mail.template\">"
		"<field name=\"name\">Welcome Email</field>"
		"<field name=\"model_id\" ref=\"base.model_res_partner\"/>"
		"<field name=\"email_from\"> {{ org.name }} &lt;a@acme.example&gt; </field>"
		"<field name=\"subject\">Welcome to {{ org.name }}</field>"
		"<field name=\"variables\" eval=\"{'partner': {'required': True}}\"/>"
		"<field name=\"body_html\"><p>Hi {{ partner.name }},</p>\n<p>ready.</p></field>"
		"</record>";
	const struct record *record = records_parse(slice_text(source), "x.xml", &arena, &err);

	ck_assert_msg(import_template(conf, record, NULL, &arena, &import, &err), "%s", err.text);
	ck_assert_str_eq(import.left_out, "model_id");
	ck_assert(!import.replaces);
	ck_assert(conf_write_files(import.files, import.file_count, &err));
	ck_assert_str_eq(files_get("organizations/acme/templates/tpl_welcome.yaml"),
			 "id: tpl_welcome\n"
			 "name: Welcome Email\n"
			 "from_email: \"{{ org.name }} <a@acme.example>\"\n"
			 "subject: Welcome to {{ org.name }}\n"
			 "variables:\n"
			 "  partner: {\"required\":true}\n"
			 "body_html: |-\n"
			 "  <p>Hi {{ partner.name }},</p>\n"
			 "  <p>ready.</p>\n");
	ck_assert(import_template(conf, record, NULL, &arena, &import, &err));
	ck_assert(import.replaces);
	conf_free(conf);
}
END_TEST

START_TEST(replaces_a_connector_that_is_there)
{
	struct conf *conf = load();
	struct import import;
	struct err err = {0};
	const struct record *record = record_of("office",
						"<field name='kind'>maildir</field>"
						"<field name='is_default'>True</field>"
						"<field name='config' eval=\"{'path': '/m'}\"/>");

	chmod("organizations/acme/connectors/office.yaml", 0604);
	ck_assert_msg(import_connector(conf, record, "acme", &arena, &import, &err), "%s",
		      err.text);
	ck_assert(import.replaces);
	ck_assert_ptr_null(import.cleared);
	ck_assert_uint_eq(import.file_count, 1);
	ck_assert(conf_write_files(import.files, import.file_count, &err));
	conf_free(conf);

	conf = load();
	ck_assert_str_eq(organization_default(&conf->organizations[0])->kind, "maildir");
	conf_free(conf);
	struct stat st;
	ck_assert_int_eq(stat("organizations/acme/connectors/office.yaml", &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0604);
}
END_TEST

/* clang-format off */
static const struct {
	const char *id, *fields, *organization, *said;
} bad[] = {
	{"Bulk", "", NULL, "id 'Bulk': a name is small letters, digits, '_', '.' and '-'"},
	{"../x", "", NULL, "id '../x': a name is small letters, digits, '_', '.' and '-'"},
	{"bulk", "", "globex", "no such organization 'globex'"},
	{"bulk", "<field name='organization_id' ref='res.organization.globex'/>", NULL,
	 "no such organization 'globex'"},
	{"bulk", "", NULL, "organizations/acme/connectors/bulk.yaml:1: needs the key 'kind'"},
	{"bulk", "<field name='kind'>smtp</field><field name='fallback'>nowhere</field>", NULL,
	 "fallback 'nowhere': no such connector"},
	{"bulk", "<field name='kind'>smtp</field><field name='rate'>fast</field>", NULL,
	 "organizations/acme/connectors/bulk.yaml:3: rate must be a number from 0 to 1000000, not 'fast'"},
};
/* clang-format on */

START_TEST(refuses_a_record_that_makes_no_good_file)
{
	struct conf *conf = load();
	struct import import;
	struct err err = {0};

	ck_assert(!import_connector(conf, record_of(bad[_i].id, bad[_i].fields),
				    bad[_i].organization, &arena, &import, &err));
	ck_assert_str_eq(err.text, bad[_i].said);
	ck_assert_int_eq(err.code, EX_DATAERR);
	conf_free(conf);
}
END_TEST

START_TEST(a_default_that_cannot_be_cleared_safely_is_left_to_people)
{
	struct err err = {0};
	struct import import;

	files_put("organizations/acme/connectors/office.yaml", "kind: smtp\nis_default:\n  true\n");
	struct conf *conf = load();
	ck_assert(!import_connector(conf,
				    record_of("bulk",
					      "<field name='kind'>pipe</field>"
					      "<field name='is_default' eval='True'/>"),
				    NULL, &arena, &import, &err));
	ck_assert_str_eq(err.text,
			 "office is the default: set is_default to false in "
			 "organizations/acme/connectors/office.yaml");
	conf_free(conf);
}
END_TEST

START_TEST(several_files_are_written_together_or_not_at_all)
{
	const struct conf_file files[] = {{"a/one.yaml", slice_text("1\n")},
					  {"b/c/two.yaml", slice_text("2\n")}};
	struct err err = {0};

	ck_assert(!conf_write_files(files, 2, &err));
	ck_assert_str_eq(err.text, "b/c/: No such file or directory");
	ck_assert_int_ne(access("a/one.yaml", F_OK), 0);
	ck_assert_int_ne(access("a/.one.yaml.new", F_OK), 0);

	mkdir("b", 0777);
	ck_assert_msg(conf_write_files(files, 2, &err), "%s", err.text);
	ck_assert_str_eq(files_get("a/one.yaml"), "1\n");
	ck_assert_str_eq(files_get("b/c/two.yaml"), "2\n");
	struct stat st;
	ck_assert_int_eq(stat("a/one.yaml", &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("conf/import");
	TCase *t = tcase_create("import");

	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, writes_a_connector_and_clears_the_default_that_was);
	tcase_add_test(t, writes_a_template_as_it_stands_in_the_record);
	tcase_add_test(t, replaces_a_connector_that_is_there);
	tcase_add_loop_test(t, refuses_a_record_that_makes_no_good_file, 0,
			    sizeof bad / sizeof *bad);
	tcase_add_test(t, a_default_that_cannot_be_cleared_safely_is_left_to_people);
	tcase_add_test(t, several_files_are_written_together_or_not_at_all);
	suite_add_tcase(s, t);
	return s;
}
