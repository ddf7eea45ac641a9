#include "message/request.h"

#include <check.h>

static const struct request_limits limits = {.max_message_bytes = 1000, .max_recipients = 4};

static void swap_quotes(struct buf *text, char from, char to)
{
	for (size_t i = 0; i < text->n; i++)
		if (text->p[i] == from)
			text->p[i] = to;
}

/*
 * What a caller's JSON becomes in the spool, or "! " and the failure. Tables hold ' where JSON has
 * ", both ways.
 */
static const char *accepted(const char *text, bool stored)
{
	static struct buf out;
	struct buf json = {0};
	struct arena arena = {0};
	struct err err = {0};

	buf_clear(&out);
	buf_add_text(&json, text);
	swap_quotes(&json, '\'', '"');
	struct request *request = stored ? request_read(buf_slice(&json), &arena, &err)
					 : request_parse(buf_slice(&json), &arena, &limits, &err);
	if (request)
		request_write(&(struct json_out){.buf = &out}, request);
	else
		buf_addf(&out, "! %s", err.text);
	swap_quotes(&out, '"', '\'');
	arena_free(&arena);
	buf_free(&json);
	return out.p;
}

/* clang-format off: a case at a glance */

#define TO "'to_emails':['a@b.c'],'subject':'Hi'"

static const struct {
	const char *json, *stored;
} good[] = {
	{"{'to_emails':['a@b.c'],'subject':'Hi','body_text':'x\\n'}",
	 "{'to_emails':['a@b.c'],'subject':'Hi','body_text':'x\\n'}"},
	{"{'to_emails':['a@b.c'],'subject':'Hi','dsn':{'envid':'e','ret':'full','notify':['DELAY','"
	 "failure'],"
	 "'recipients':[{'orcpt':'rfc822;x+y@z','email':'a@b.c','notify':['never']}]}}",
	 "{'to_emails':['a@b.c'],'subject':'Hi','dsn':{'notify':['failure','delay'],'ret':'full','"
	 "envid':'e',"
	 "'recipients':[{'email':'a@b.c','notify':['never'],'orcpt':'rfc822;x+y@z'}]}}"},
	{"{'to_emails':'Ann <a@b.c>','body_text':'x'}",
	 "{'to_emails':[{'email':'a@b.c','name':'Ann'}],'body_text':'x'}"},
	{"{'to_addresses':[{'email':'a@b.c','name':null}],'cc_addresses':['c@d.e'],"
	 "'bcc_addresses':['e@f.g'],'template_id':'t','context':{'n':[1,null]},"
	 "'locale':'fr-CA'}",
	 "{'to_emails':['a@b.c'],'cc_emails':['c@d.e'],'bcc_emails':['e@f.g'],"
	 "'template_id':'t','context':{'n':[1,null]},'locale':'fr-CA'}"},
	{"{'bcc_emails':['a@büro.example'],'subject':'','body_html':'<p>'}",
	 "{'bcc_emails':['a@xn--bro-hoa.example'],'subject':'','body_html':'<p>'}"},
	{"{" TO ",'organization_id':'acme','from_email':'Acme <x@y.z>','reply_to':'r@y.z',"
	 "'connector_id':'conn_a','priority':-10,"
	 "'scheduled_at':'2026-11-24T10:30:00+01:00',"
	 "'expires_at':'2026-11-24T09:30:00.001Z','max_attempts':3,"
	 "'idempotency_key':'k 1','tags':['a','é'],'metadata':{'a':{'b':1.50}}}",
	 "{'organization_id':'acme','from_email':{'email':'x@y.z','name':'Acme'},"
	 "'reply_to':['r@y.z']," TO ",'connector_id':'conn_a','priority':-10,"
	 "'scheduled_at':'2026-11-24T09:30:00.000Z',"
	 "'expires_at':'2026-11-24T09:30:00.001Z','max_attempts':3,"
	 "'idempotency_key':'k 1','tags':['a','é'],'metadata':{'a':{'b':1.50}}}"},
	{"{" TO ",'headers':{'X-A':'1\\t2','message-id':'<a.b@c>','X-Empty':' ',"
	 "'Sender':'S <s@y.z>'}}",
	 "{" TO
	 ",'headers':{'X-A':'1\\t2','message-id':'<a.b@c>','X-Empty':'','Sender':'S <s@y.z>'}}"},
	{"{" TO ",'attachments':[{'filename':'é.PDF','content':'Zm9v\\r\\n'},{'content':'',"
	 "'content_id':'<logo@x>','content_type':'image/png'},{'content':'Zg==',"
	 "'content_type':'text/x; a=\\'b\\'','disposition':'attachment','content_id':'c'}]}",
	 "{" TO ",'attachments':[{'filename':'é.PDF','content_type':'application/pdf',"
	 "'disposition':'attachment','size':3},{'content_type':'image/png',"
	 "'content_id':'logo@x','disposition':'inline','size':0},"
	 "{'content_type':'text/x; a=\\'b\\'','content_id':'c','disposition':'attachment',"
	 "'size':1}]}"},
	/* null is not given */
	{"{" TO ",'cc_emails':null,'priority':null,'headers':null,'attachments':null,"
	 "'from_email':null,'scheduled_at':null,'cc_addresses':['c@d.e']}",
	 "{'to_emails':['a@b.c'],'cc_emails':['c@d.e'],'subject':'Hi'}"},
};

/* clang-format on */

START_TEST(accepts_and_keeps_what_was_given)
{
	ck_assert_str_eq(accepted(good[_i].json, false), good[_i].stored);
}
END_TEST

START_TEST(reads_back_what_it_wrote)
{
	ck_assert_str_eq(accepted(good[_i].stored, true), good[_i].stored);
}
END_TEST

/* clang-format off */

static const struct {
	const char *json, *error;
} bad[] = {
	{"", "byte 1: ends too early"},
	{"[]", "a message must be an object, not a list"},
	{"{'subject':'x'}", "to_emails: no recipient"},
	{"{'to_emails':[],'subject':'x'}", "to_emails: no recipient"},
	{"{'to_emails':['a@b.c']}",
	 "body_text: an empty message: no subject, body, template or attachment"},
	{"{" TO ",'colour':1}", "unknown field 'colour'"},
	{"{" TO ",'envelope_from':''}", "unknown field 'envelope_from'"},
	{"{'to_emails':['a@b.c','c@d.e','alice']}", "to_emails[2]: 'alice': no '@' and domain"},
	{"{'to_emails':[1]}", "to_emails[0]: must be a string or {email, name}, not a number"},
	{"{'to_emails':[{'name':'A'}]}", "to_emails[0]: has no email"},
	{"{'to_emails':[{'email':'A <a@b.c>'}]}", "to_emails[0]: 'A <a@b.c>': no '@' and domain"},
	{"{'to_emails':[{'email':'a@b.c','nam':''}]}", "to_emails[0]: unknown member 'nam'"},
	{"{'to_emails':[{'email':'a@b.c','name':'x\\r\\nBcc: y'}]}",
	 "to_emails[0]: a control character at byte 2"},
	{"{" TO ",'to_addresses':['c@d.e']}",
	 "to_addresses: is given twice, also under its other name"},
	{"{'to_emails':['a@b.c'],'cc_emails':['a@b.c','b@b.c','c@b.c','d@b.c'],'subject':'x'}",
	 "to_emails: 5 recipients, and 4 are allowed"},
	{"{'to_emails':['a@b.c'],'subject':'a\\nb'}", "subject: a control character at byte 2"},
	{"{'to_emails':['a@b.c'],'subject':'a\\u0085'}", "subject: a control character at byte 2"},
	{"{'to_emails':['a@b.c'],'subject':'a\\u2028'}", "subject: a control character at byte 2"},
	{"{'to_emails':['a@b.c'],'subject':7}", "subject: must be a string, not a number"},
	{"{" TO ",'body_text':['x']}", "body_text: must be a string, not a list"},
	{"{" TO ",'from_email':'x@y.z\\r\\nBcc: a@b.c'}",
	 "from_email: 'x@y.z??Bcc: a@b.c': a control character in an address"},
	{"{" TO ",'reply_to':['x']}", "reply_to[0]: 'x': no '@' and domain"},
	{"{" TO ",'organization_id':'../etc'}",
	 "organization_id: '../etc' is no name: a-z, 0-9 and _.-, at most 63"},
	{"{" TO ",'connector_id':'A'}",
	 "connector_id: 'A' is no name: a-z, 0-9 and _.-, at most 63"},
	{"{" TO ",'template_id':''}", "template_id: '' is no name: a-z, 0-9 and _.-, at most 63"},
	{"{" TO ",'context':[]}", "context: must be an object, not a list"},
	{"{" TO ",'locale':'../x'}", "locale: is no language, like fr or fr-CA"},
	{"{" TO ",'priority':11}", "priority: must be a whole number from -10 to 10"},
	{"{" TO ",'priority':'1'}", "priority: must be a whole number from -10 to 10"},
	{"{" TO ",'priority':1.5}", "priority: must be a whole number from -10 to 10"},
	{"{" TO ",'max_attempts':0}", "max_attempts: must be a whole number from 1 to 1000"},
	{"{" TO ",'max_attempts':99999999999999999999}",
	 "max_attempts: must be a whole number from 1 to 1000"},
	{"{" TO ",'scheduled_at':'tomorrow'}",
	 "scheduled_at: must be a time like 2026-11-24T09:30:00Z"},
	{"{" TO ",'scheduled_at':1795512600}", "scheduled_at: must be a string, not a number"},
	{"{" TO ",'scheduled_at':'2026-11-24T09:30:00Z','expires_at':'2026-11-24T09:30:00Z'}",
	 "expires_at: not after scheduled_at"},
	{"{" TO ",'idempotency_key':''}", "idempotency_key: is empty"},
	{"{" TO ",'idempotency_key':'a\\nb'}", "idempotency_key: a control character at byte 2"},
	{"{" TO ",'tags':'x'}", "tags: must be a list, not a string"},
	{"{" TO ",'tags':['x','']}", "tags[1]: is empty"},
	{"{" TO ",'tags':['x\\u0007']}", "tags[0]: a control character at byte 2"},
	{"{" TO ",'metadata':3}", "metadata: must be an object, not a number"},
	{"{" TO ",'dsn':{'notify':['never','delay']}}", "dsn.notify: never stands alone"},
	{"{" TO ",'dsn':{'notify':[]}}", "dsn.notify: is empty"},
	{"{" TO ",'dsn':{'notify':['always']}}", "dsn.notify: one of never, success, failure, delay"},
	{"{" TO ",'dsn':{'ret':'all'}}", "dsn.ret: must be 'full' or 'hdrs'"},
	{"{" TO ",'dsn':{'envid':'a\\nb'}}", "dsn.envid: must be 1 to 100 characters of ASCII"},
	{"{" TO ",'dsn':{'recipients':[{'email':'a@b.c'},{'email':'a@b.c','orcpt':'x>y;z'}]}}",
	 "dsn.recipients[1]: must be like rfc822;bo@b.example"},
	{"{" TO ",'dsn':{'recipients':[{'notify':['never']}]}}", "dsn.recipients[0]: has no email"},
	{"{" TO ",'dsn':{'colour':1}}", "dsn.colour: unknown member 'colour'"},
	{"{" TO ",'headers':[]}", "headers: must be an object, not a list"},
	{"{" TO ",'headers':{'X-A':'1\\r\\nBcc: x'}}",
	 "headers.X-A: a control character at byte 2"},
	{"{" TO ",'headers':{'X-A: b\\r\\nBcc':'x'}}", "headers.X-A: b??Bcc: no header's name"},
	{"{" TO ",'headers':{'X A':'1'}}", "headers.X A: no header's name"},
	{"{" TO ",'headers':{'':'1'}}", "headers.: no header's name"},
	{"{" TO ",'headers':{'X-A':1}}", "headers.X-A: must be a string, not a number"},
	{"{" TO ",'headers':{'X-A':'1','x-a':'2'}}", "headers.x-a: stands twice"},
	{"{" TO ",'headers':{'bcc':'1'}}", "headers.bcc: use the field bcc_emails"},
	{"{" TO ",'headers':{'Content-Type':'1'}}",
	 "headers.Content-Type: this header is not the caller's to set"},
	{"{" TO ",'headers':{'Resent-To':'1'}}",
	 "headers.Resent-To: this header is not the caller's to set"},
	{"{" TO ",'headers':{'Message-ID':'a@b'}}", "headers.Message-ID: must be <left@right>"},
	{"{" TO ",'headers':{'Message-ID':'<a@b> <c@d>'}}",
	 "headers.Message-ID: must be <left@right>"},
	{"{" TO ",'headers':{'References':''}}", "headers.References: must be ASCII and not empty"},
	{"{" TO ",'headers':{'Sender':'x'}}", "headers.Sender: 'x': no '@' and domain"},
	{"{" TO ",'attachments':{}}", "attachments: must be a list, not an object"},
	{"{" TO ",'attachments':[1]}", "attachments[0]: must be an object, not a number"},
	{"{" TO ",'attachments':[{'content':'Zm9v'},{'filename':'x'}]}",
	 "attachments[1]: has no content"},
	{"{" TO ",'attachments':[{'content':'Zm9v!'}]}",
	 "attachments[0].content: no base64 from byte 5 on"},
	{"{" TO ",'attachments':[{'content':'Zm9'}]}",
	 "attachments[0].content: no base64 from byte 4 on"},
	{"{" TO ",'attachments':[{'content':'','filename':'a\\u0000b'}]}", NULL},
	{"{" TO ",'attachments':[{'content':'','filename':'a\\nb'}]}",
	 "attachments[0].filename: a control character at byte 2"},
	{"{" TO ",'attachments':[{'content':'','content_type':'text'}]}",
	 "attachments[0].content_type: must be type/subtype"},
	{"{" TO ",'attachments':[{'content':'','content_type':'a/b\\r\\nX: y'}]}",
	 "attachments[0].content_type: a control character at byte 4"},
	{"{" TO ",'attachments':[{'content':'','content_type':'multipart/mixed'}]}",
	 "attachments[0].content_type: an attachment is one part"},
	{"{" TO ",'attachments':[{'content':'','content_id':'a b'}]}",
	 "attachments[0].content_id: must be ASCII without spaces, quotes and brackets"},
	{"{" TO ",'attachments':[{'content':'','disposition':'inline'}]}",
	 "attachments[0]: an inline attachment needs a content_id"},
	{"{" TO ",'attachments':[{'content':'','disposition':'x'}]}",
	 "attachments[0].disposition: must be 'attachment' or 'inline'"},
	{"{" TO ",'attachments':[{'content':'','size':3}]}", "attachments[0].size: unknown field"},
};

/* clang-format on */

START_TEST(says_what_is_wrong_and_where)
{
	const char *result = accepted(bad[_i].json, false);

	ck_assert_int_eq(result[0], '!');
	if (bad[_i].error)
		ck_assert_str_eq(result + 2, bad[_i].error);
}
END_TEST

START_TEST(counts_bodies_and_attachments_against_the_limit)
{
	struct buf json = {0};

	for (int n = 996; n <= 998; n++) { /* and 3 bytes of attachment, and 1 of subject */
		buf_clear(&json);
		buf_addf(&json,
			 "{'to_emails':['a@b.c'],'subject':'s',"
			 "'attachments':[{'content':'Zm9v'}],'body_text':'%0*d'}",
			 n, 0);
		ck_assert_int_eq(accepted(json.p, false)[0], n == 996 ? '{' : '!');
	}
	ck_assert_str_eq(accepted(json.p, false),
			 "! attachments: the message has 1002 bytes, and 1000 are allowed");
	buf_free(&json);
}
END_TEST

/* clang-format off */

static const struct {
	const char *json, *back;
} stored[] = {
	/* what a newer release may have written */
	{"{'to_emails':['a@b.c'],'new':[1],'attachments':[{'size':5,'new':1}]}",
	 "{'to_emails':['a@b.c'],"
	 "'attachments':[{'content_type':'application/octet-stream',"
	 "'disposition':'attachment','size':5}]}"},
	{"{'envelope_from':'','to_emails':['a@b.c']}",
	 "{'envelope_from':'','to_emails':['a@b.c']}"},
	{"{'envelope_from':'x@y.z','to_emails':['a@b.c']}",
	 "{'envelope_from':'x@y.z','to_emails':['a@b.c']}"},
	{"{'envelope_from':'x','to_emails':['a@b.c']}", "! envelope_from: 'x': no '@' and domain"},
	{"{'to_emails':['a@b.c\\r\\n']}", NULL},
	{"{'to_emails':['a@b.c'],'attachments':[{'size':-1}]}",
	 "! attachments[0].size: must be a number of bytes"},
};

/* clang-format on */

START_TEST(reads_what_stands_in_the_spool)
{
	const char *result = accepted(stored[_i].json, true);

	if (stored[_i].back)
		ck_assert_str_eq(result, stored[_i].back);
	else
		ck_assert_int_eq(result[0], '!');
}
END_TEST

START_TEST(refuses_what_no_line_of_a_header_holds)
{
	struct buf json = {0};

	buf_addf(&json, "{" TO ",'headers':{'References':'<a@b> <%0900d@b>'}}", 0);
	ck_assert_str_eq(accepted(json.p, false),
			 "! headers.References: a word of more than 900 bytes");
	buf_free(&json);
}
END_TEST

START_TEST(names_each_recipient_once)
{
	static const char json[] =
		"{\"to_emails\":[\"a@b.c\",\"A@b.c\"],"
		"\"cc_emails\":[\"x@B.C\",\"a@B.c\"],"
		"\"bcc_emails\":[\"x@b.c\",\"last@b.c\"]}";
	struct arena arena = {0};
	struct err err = {0};
	struct buf all = {0};

	struct request *request = request_read(slice_text(json), &arena, &err);
	ck_assert_ptr_nonnull(request);
	struct address_list list = request_recipients(request, &arena);
	for (size_t i = 0; i < list.n; i++)
		buf_addf(&all, "%.*s ", SLICE_ARGS(list.at[i].email));
	ck_assert_str_eq(all.p, "a@b.c A@b.c x@B.C last@b.c ");
	buf_free(&all);
	arena_free(&arena);
}
END_TEST

START_TEST(knows_the_envelopes_sender)
{
	struct request request = {.from = {.email = SLICE("from@x.y")}};

	ck_assert(slice_is(request_sender(&request), "from@x.y"));
	request.envelope_from = slice_text("bounces@x.y");
	ck_assert(slice_is(request_sender(&request), "bounces@x.y"));
	request.envelope_from = slice_text("");
	ck_assert(slice_is(request_sender(&request), ""));
}
END_TEST

START_TEST(tells_a_type_by_the_name)
{
	ck_assert(slice_is(request_content_type(slice_text("a.b.PDF")), "application/pdf"));
	ck_assert(slice_is(request_content_type(slice_text("pdf")), "application/octet-stream"));
	ck_assert(slice_is(request_content_type(slice_text(".pdf")), "application/octet-stream"));
	ck_assert(slice_is(request_content_type(slice_text("")), "application/octet-stream"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("message/request");
	TCase *t = tcase_create("request");

	tcase_add_loop_test(t, accepts_and_keeps_what_was_given, 0, sizeof good / sizeof *good);
	tcase_add_loop_test(t, reads_back_what_it_wrote, 0, sizeof good / sizeof *good);
	tcase_add_loop_test(t, says_what_is_wrong_and_where, 0, sizeof bad / sizeof *bad);
	tcase_add_test(t, counts_bodies_and_attachments_against_the_limit);
	tcase_add_loop_test(t, reads_what_stands_in_the_spool, 0, sizeof stored / sizeof *stored);
	tcase_add_test(t, refuses_what_no_line_of_a_header_holds);
	tcase_add_test(t, names_each_recipient_once);
	tcase_add_test(t, knows_the_envelopes_sender);
	tcase_add_test(t, tells_a_type_by_the_name);
	suite_add_tcase(s, t);
	return s;
}
