#include "conf/records.h"

#include <check.h>

static struct arena arena;

static void enter(void)
{
	arena = (struct arena){0};
}

static void leave(void)
{
	arena_free(&arena);
}

static const struct record *parse(const char *source)
{
	struct err err;
	const struct record *records = records_parse(slice_text(source), "file.xml", &arena, &err);

	ck_assert_msg(records != NULL, "%s", err.text);
	return records;
}

START_TEST(reads_a_template)
{
	const struct record *r = parse(
		"<record id=\"tpl_welcome\" model=\"mail.template\">\n"
		"<field name=\"name\">Welcome Email</field>\n"
		"<field name=\"subject\">Welcome to {{ org.name }}</field>\n"
		"<field name=\"body_html\"><p>Hi {{ partner.name }},</p><p>Your account is ready."
		"</p></field></record>");

	ck_assert_str_eq(r->id, "tpl_welcome");
	ck_assert_str_eq(r->model, "mail.template");
	ck_assert_uint_eq(r->line, 1);
	ck_assert_str_eq(record_field(r, "name")->text.p, "Welcome Email");
	ck_assert_str_eq(record_field(r, "subject")->text.p, "Welcome to {{ org.name }}");
	ck_assert_uint_eq(record_field(r, "subject")->line, 3);
	ck_assert(!record_field(r, "subject")->is_markup);
	ck_assert_str_eq(record_field(r, "body_html")->text.p,
			 "<p>Hi {{ partner.name }},</p><p>Your account is ready.</p>");
	ck_assert(record_field(r, "body_html")->is_markup);
	ck_assert_ptr_null(record_field(r, "body_text"));
	ck_assert_ptr_null(r->next);
}
END_TEST

START_TEST(reads_a_connector)
{
	const struct record *r = parse(
		"<record id=\"conn\" model=\"ir.connector\">"
		"<field name=\"is_default\" eval=\"True\"/>"
		"<field name=\"organization_id\" ref=\"res.organization.acme\"/>"
		"<field name=\"config\" eval=\"{'api_key': '$ENV:API_KEY', &quot;n&quot;: 1}\"/>"
		"</record>");
	const struct json *config = record_field(r, "config")->eval;

	ck_assert_str_eq(record_field(r, "organization_id")->ref, "res.organization.acme");
	ck_assert(record_field(r, "is_default")->eval->truth);
	ck_assert(slice_is(json_get_text(config, "api_key"), "$ENV:API_KEY"));
	ck_assert_int_eq(json_get_int(config, "n", 0), 1);
}
END_TEST

/* A field's content, and its value. */
/* clang-format off */
static const struct {
	const char *content, *value;
	bool is_markup;
} contents[] = {
	{"", "", false},
	{"plain", "plain", false},
	{" a &amp; b &lt;c&gt; &#233; ", " a & b <c> \xc3\xa9 ", false},
	{"<![CDATA[<p>{{ a < b }} &amp;</p>]]>", "<p>{{ a < b }} &amp;</p>", false},
	{"a<!-- no part of it -->b", "ab", false},
	{"<p class='x'>a &amp; &#160; b</p>", "<p class='x'>a &amp; &#160; b</p>", true},
	{"\n  <div></div><br/>t\n", "\n  <div></div><br/>t\n", true},
	{"<p>{{ a > \"b\" }}</p>", "<p>{{ a > \"b\" }}</p>", true},
	{"<p>\xc3\xa9</p><p>\xf0\x9f\x98\x80</p>", "<p>\xc3\xa9</p><p>\xf0\x9f\x98\x80</p>", true},
	{"<field name='x'/><record/>", "<field name='x'/><record/>", true},
	{"<t:if test='a'>b</t:if>", "<t:if test='a'>b</t:if>", true},
};
/* clang-format on */

START_TEST(a_field_is_its_text_or_its_markup_as_it_stands)
{
	char *source = arena_format(&arena,
				    "<record id='a' model='b'><field name='c'>%s</field ><field "
				    "name='d'>behind</field></record>",
				    contents[_i].content);
	const struct record *r = parse(source);

	ck_assert_str_eq(record_field(r, "c")->text.p, contents[_i].value);
	ck_assert_uint_eq(record_field(r, "c")->text.n, strlen(contents[_i].value));
	ck_assert(record_field(r, "c")->is_markup == contents[_i].is_markup);
	ck_assert_str_eq(record_field(r, "d")->text.p, "behind");
}
END_TEST

static const char *const files[] = {
	"<record id='a' model='m'/><record id='b' model='m'/>",
	"<odoo><record id='a' model='m'/>\n<record id='b' model='m'/></odoo>",
	"<?xml version='1.0' encoding='utf-8'?>\n<data><record id='a' model='m'/></data>"
	"<data noupdate='1'><record id='b' model='m'/></data>",
	"\xef\xbb\xbf<!-- two --><x><y><record id='a' model='m'></record></y></x>"
	"<record id='b' model='m'/>",
};

START_TEST(finds_records_with_and_without_elements_around)
{
	const struct record *r = parse(files[_i]);

	ck_assert_str_eq(r->id, "a");
	ck_assert_str_eq(r->next->id, "b");
	ck_assert_ptr_null(r->next->next);
}
END_TEST

/* clang-format off */
static const struct {
	const char *source, *said;
} bad[] = {
	{"", "file.xml: no record"},
	{"<odoo/>", "file.xml: no record"},
	{"words", "file.xml:1: text outside a field"},
	{"<record model='m'/>", "file.xml:1: a record needs the attributes id and model"},
	{"\n<record id='a'/>", "file.xml:2: a record needs the attributes id and model"},
	{"<field name='a'/>", "file.xml:1: <field> stands where it cannot"},
	{"<record id='a' model='m'>\n<p/></record>", "file.xml:2: <p> stands where it cannot"},
	{"<record id='a' model='m'>\nwords</record>", "file.xml:2: text outside a field"},
	{"<record id='a' model='m'><record id='b' model='m'/></record>",
	 "file.xml:1: <record> stands where it cannot"},
	{"<record id='a' model='m'><field/></record>",
	 "file.xml:1: a field needs the attribute name"},
	{"<record id='a' model='m'><field name='f' search='[]'/></record>",
	 "file.xml:1: field f: search and file are not read"},
	{"<record id='a' model='m'>\n<field name='f' eval='ref(1)'/></record>",
	 "file.xml:2: eval of f: character 1: not a literal"},
	{"<record id='a' model='m'>\n<field name='f'><p></field></record>",
	 "file.xml:2: Opening and ending tag mismatch: p line 2 and field"},
	{"<record id='a' model='m'>&nbsp;</record>", "file.xml:1: Entity 'nbsp' not defined"},
	{"</records><records>", "file.xml:1: Extra content at the end of the document"},
	{"<record id='a' id='b' model='m'/>", "file.xml:1: Attribute id redefined"},
	{"<record id='\xff' model='m'/>", "file.xml: byte 13: not UTF-8"},
};
/* clang-format on */

START_TEST(refuses_with_file_and_line)
{
	struct err err;

	ck_assert_ptr_null(records_parse(slice_text(bad[_i].source), "file.xml", &arena, &err));
	ck_assert_str_eq(err.text, bad[_i].said);
	ck_assert_int_eq(err.code, EX_DATAERR);
}
END_TEST

/* A document type could name files, hosts and endless entities. */
static const char *const typed[] = {
	"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>"
	"<record id='a' model='m'><field name='f'>&b;</field></record>",
	"<?xml version='1.0'?><!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'>"
	"<record id='a' model='m'/>",
	"<record id='a' model='m'/><!DOCTYPE a [<!ENTITY b 'b'>]>",
};

START_TEST(refuses_a_document_type)
{
	struct err err;

	ck_assert_ptr_null(records_parse(slice_text(typed[_i]), "file.xml", &arena, &err));
	ck_assert_int_eq(err.code, EX_DATAERR);
}
END_TEST

START_TEST(records_and_their_size_have_an_end)
{
	struct buf buf = {0};
	struct err err;

	for (int i = 0; i <= RECORDS_MOST; i++)
		buf_add_text(&buf, "<record id='a' model='m'/>\n");
	ck_assert_ptr_null(records_parse(buf_slice(&buf), "file.xml", &arena, &err));
	ck_assert_str_eq(err.text, "file.xml:1001: more than 1000 records");

	buf_clear(&buf);
	for (int i = 0; i < 300; i++)
		buf_add_text(&buf, "<x>");
	ck_assert_ptr_null(records_parse(buf_slice(&buf), "file.xml", &arena, &err));

	memset(buf_reserve(&buf, RECORDS_BYTES + 1), ' ', RECORDS_BYTES + 1);
	buf.n = RECORDS_BYTES + 1;
	ck_assert_ptr_null(records_parse(buf_slice(&buf), "file.xml", &arena, &err));
	ck_assert_str_eq(err.text, "file.xml: larger than 4194304 bytes");
	buf_free(&buf);
}
END_TEST

#define COUNT(table) (sizeof(table) / sizeof *(table))

Suite *suite(void)
{
	Suite *s = suite_create("conf/records");
	TCase *t = tcase_create("records");

	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, reads_a_template);
	tcase_add_test(t, reads_a_connector);
	tcase_add_loop_test(t, a_field_is_its_text_or_its_markup_as_it_stands, 0, COUNT(contents));
	tcase_add_loop_test(t, finds_records_with_and_without_elements_around, 0, COUNT(files));
	tcase_add_loop_test(t, refuses_with_file_and_line, 0, COUNT(bad));
	tcase_add_loop_test(t, refuses_a_document_type, 0, COUNT(typed));
	tcase_add_test(t, records_and_their_size_have_an_end);
	suite_add_tcase(s, t);
	return s;
}
