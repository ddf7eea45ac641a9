#include "mime/compose.h"

#include <check.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/mem.h"
#include "mime/parts.h"

#define ID "01jddxv7q8zkj3m5n6p7r8s9t0"
#define DATE "Date: Tue, 24 Nov 2026 09:30:00 +0000\r\n"
#define MESSAGE_ID "Message-ID: <" ID "@acme.example>\r\n"
#define MIME "MIME-Version: 1.0\r\n"
#define TEXT(type) \
	"Content-Type: text/" type "; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
#define MULTIPART(type, letter) \
	"Content-Type: multipart/" type ";\r\n boundary=\"=_" ID "_" letter "\"\r\n"
#define BOUNDARY(letter) "--=_" ID "_" letter "\r\n"
#define CLOSING(letter) "--=_" ID "_" letter "--\r\n"

static const struct mime_identity identity = {.id = SLICE(ID), .date_ms = 1795512600123};

static struct buf out;

static struct request *read_json(const char *text, struct arena *arena)
{
	static const struct request_limits limits = {1 << 20, 100};
	static struct buf json;
	struct err err = {0};

	buf_clear(&json);
	buf_add_text(&json, text);
	for (size_t i = 0; i < json.n; i++)
		if (json.p[i] == '\'')
			json.p[i] = '"';
	struct request *request = request_parse(buf_slice(&json), arena, &limits, &err);
	ck_assert_msg(request, "%s", err.text);
	return request;
}

/* Attachments behind the message, as the wire has them; content in pieces of `piece` bytes. */
static void add_parts(const struct request *request, size_t piece)
{
	struct mime_parts parts;
	const struct request_attachment *file;
	struct err err = {0};

	mime_parts_begin(&parts, request, identity.id);
	while ((file = mime_parts_next(&parts, &out))) {
		for (size_t at = 0; at < file->content.n; at += piece)
			ck_assert(mime_parts_base64(&parts,
						    slice_first(slice_after(file->content, at),
								piece),
						    &out, &err));
		ck_assert_msg(mime_parts_end(&parts, &out, &err), "%s", err.text);
	}
}

/* The wire of a JSON that has ' for ". */
static const char *wire(const char *json)
{
	struct arena arena = {0};
	struct err err = {0};
	struct request *request = read_json(json, &arena);

	buf_clear(&out);
	if (mime_compose(request, &identity, &out, &err))
		add_parts(request, 7);
	else
		buf_addf(&out, "! %s", err.text);
	arena_free(&arena);
	return out.p;
}

/* clang-format off */

#define FROM "'from_email':'Acme <x@acme.example>',"
#define TO "'to_emails':['a@b.c'],"

static const struct {
	const char *json, *wire;
} messages[] = {
	{"{" FROM TO "'subject':'Hi','body_text':'Hello\\n'}",
	 DATE "From: Acme <x@acme.example>\r\nTo: a@b.c\r\nSubject: Hi\r\n" MESSAGE_ID MIME
	 TEXT("plain") "Hello\r\n"},
	{"{'from_email':'x@acme.example','reply_to':'r@b.c','to_emails':['a@b.c','c@d.e'],"
	 "'cc_emails':['f@g.h'],'bcc_emails':['secret@x.y'],'body_text':'x'}",
	 DATE "From: x@acme.example\r\nReply-To: r@b.c\r\nTo: a@b.c, c@d.e\r\nCc: f@g.h\r\n" MESSAGE_ID
	 MIME TEXT("plain") "x\r\n"},
	{"{" FROM "'bcc_emails':['secret@x.y'],'subject':'','body_text':'x'}",
	 DATE "From: Acme <x@acme.example>\r\nTo: undisclosed-recipients:;\r\nSubject:\r\n" MESSAGE_ID
	 MIME TEXT("plain") "x\r\n"},
	/* what the caller gave is kept; scheduled_at is the date */
	{"{" FROM TO "'body_text':'x','scheduled_at':'2026-12-01T00:00:00Z','headers':{'X-A':'1',"
	 "'message-id':'<own@id>','List-Unsubscribe':'<https://x.y/?u=1>'}}",
	 "Date: Tue, 01 Dec 2026 00:00:00 +0000\r\nFrom: Acme <x@acme.example>\r\nTo: a@b.c\r\n"
	 "X-A: 1\r\nmessage-id: <own@id>\r\nList-Unsubscribe: <https://x.y/?u=1>\r\n" MIME
	 TEXT("plain") "x\r\n"},
	{"{" FROM TO "'body_text':'x','headers':{'Date':'Mon, 1 Jan 2001 00:00:00 +0000'}}",
	 "From: Acme <x@acme.example>\r\nTo: a@b.c\r\n" MESSAGE_ID
	 "Date: Mon, 1 Jan 2001 00:00:00 +0000\r\n" MIME TEXT("plain") "x\r\n"},
	/* both bodies; and a text made from the HTML */
	{"{" FROM TO "'body_text':'t','body_html':'<p>h</p>'}",
	 DATE "From: Acme <x@acme.example>\r\nTo: a@b.c\r\n" MESSAGE_ID MIME MULTIPART("alternative", "a")
	 "\r\n" BOUNDARY("a") TEXT("plain") "t\r\n" BOUNDARY("a") TEXT("html") "<p>h</p>\r\n" CLOSING("a")},
	{"{" FROM TO "'body_html':'<p>h <b>i</b></p>'}",
	 DATE "From: Acme <x@acme.example>\r\nTo: a@b.c\r\n" MESSAGE_ID MIME MULTIPART("alternative", "a")
	 "\r\n" BOUNDARY("a") TEXT("plain") "h i\r\n" BOUNDARY("a") TEXT("html") "<p>h <b>i</b></p>\r\n"
	 CLOSING("a")},
	/* attachments: `parts` goes on where the message ends */
	{"{" FROM TO "'body_text':'t','attachments':[{'filename':'a.pdf','content':'Zm9v'},"
	 "{'content':'','content_type':'message/rfc822','filename':'ü'}]}",
	 DATE "From: Acme <x@acme.example>\r\nTo: a@b.c\r\n" MESSAGE_ID MIME MULTIPART("mixed", "m")
	 "\r\n" BOUNDARY("m") TEXT("plain") "t\r\n"
	 BOUNDARY("m") "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
	 "Content-Disposition: attachment;\r\n filename=\"a.pdf\"\r\n\r\nZm9v\r\n"
	 BOUNDARY("m") "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
	 "Content-Disposition: attachment;\r\n filename*=utf-8''%C3%BC\r\n\r\n" CLOSING("m")},
	{"{" FROM TO "'body_text':'t','body_html':'h','attachments':[{'content':'Zm9v'},"
	 "{'content':'Zg==','content_id':'logo','content_type':'image/png'}]}",
	 DATE "From: Acme <x@acme.example>\r\nTo: a@b.c\r\n" MESSAGE_ID MIME MULTIPART("mixed", "m")
	 "\r\n" BOUNDARY("m") MULTIPART("related", "r") "\r\n" BOUNDARY("r") MULTIPART("alternative", "a")
	 "\r\n" BOUNDARY("a") TEXT("plain") "t\r\n" BOUNDARY("a") TEXT("html") "h\r\n" CLOSING("a")
	 BOUNDARY("r") "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
	 "Content-ID: <logo>\r\nContent-Disposition: inline\r\n\r\nZg==\r\n" CLOSING("r")
	 BOUNDARY("m") "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
	 "Content-Disposition: attachment\r\n\r\nZm9v\r\n" CLOSING("m")},
	{"{" FROM TO "'body_text':'t','attachments':[{'content':'Zg==','content_id':'logo'}]}",
	 DATE "From: Acme <x@acme.example>\r\nTo: a@b.c\r\n" MESSAGE_ID MIME MULTIPART("related", "r")
	 "\r\n" BOUNDARY("r") TEXT("plain") "t\r\n"
	 BOUNDARY("r") "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
	 "Content-ID: <logo>\r\nContent-Disposition: inline\r\n\r\nZg==\r\n" CLOSING("r")},
	{"{" TO "'body_text':'t'}",
	 "! from_email: no sender, neither the message's nor its organization's"},
};

/* clang-format on */

START_TEST(makes_the_message)
{
	ck_assert_str_eq(wire(messages[_i].json), messages[_i].wire);
}
END_TEST

START_TEST(the_same_input_gives_the_same_bytes)
{
	char *first = mem_text(wire(messages[8].json));

	ck_assert_str_eq(wire(messages[8].json), first);
	free(first);
}
END_TEST

START_TEST(the_identity_may_name_the_domain)
{
	static const struct mime_identity other = {.id = SLICE(ID), .domain = SLICE("mail.acme")};
	struct arena arena = {0};
	struct err err = {0};

	buf_clear(&out);
	ck_assert(mime_compose(read_json("{" FROM TO "'body_text':'x'}", &arena), &other, &out,
			       &err));
	ck_assert_ptr_nonnull(strstr(out.p, "Message-ID: <" ID "@mail.acme>\r\n"));
	arena_free(&arena);
}
END_TEST

/* --- parts, piece by piece --- */

static const struct {
	const char *content; /* base64 */
	uint64_t size;
	bool ok;
} contents[] = {
	{"Zm9v", 3, true},      {" Z\r\nm9v ", 3, true}, {"Zg==", 1, true}, {"", 0, true},
	{"Zm9v", 4, false},     {"Zm9", 2, false},       {"Zg=", 1, false}, {"Zg===", 1, false},
	{"Zg==Zg==", 2, false}, {"Zm-v", 3, false},
};

START_TEST(takes_base64_however_it_is_cut)
{
	struct request_attachment file = {.size = contents[_i].size, .content_type = SLICE("a/b")};
	struct request request = {.attachments = &file, .n_attachments = 1};
	struct slice content = slice_text(contents[_i].content);

	for (size_t cut = 0; cut <= content.n; cut++) {
		struct mime_parts parts;
		struct err err = {0};

		buf_clear(&out);
		mime_parts_begin(&parts, &request, slice_text(ID));
		ck_assert_ptr_eq(mime_parts_next(&parts, &out), &file);
		bool ok = mime_parts_base64(&parts, slice_first(content, cut), &out, &err) &&
			  mime_parts_base64(&parts, slice_after(content, cut), &out, &err) &&
			  mime_parts_end(&parts, &out, &err);
		ck_assert_int_eq(ok, contents[_i].ok);
	}
}
END_TEST

START_TEST(bytes_and_base64_make_the_same_part)
{
	static char bytes[1000];
	struct request_attachment file = {.size = sizeof bytes, .content_type = SLICE("a/b")};
	struct request request = {.attachments = &file, .n_attachments = 1};
	struct mime_parts parts;
	struct buf plain = {0}, base64 = {0}, encoded = {0};
	struct err err = {0};

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(i * 7);
	mime_parts_begin(&parts, &request, slice_text(ID));
	mime_parts_next(&parts, &plain);
	for (size_t at = 0; at < sizeof bytes; at += 10)
		mime_parts_bytes(&parts, slice_make(bytes + at, 10), &plain);
	ck_assert(mime_parts_end(&parts, &plain, &err));

	base64_encode(slice_make(bytes, sizeof bytes), &encoded);
	mime_parts_begin(&parts, &request, slice_text(ID));
	mime_parts_next(&parts, &base64);
	ck_assert(mime_parts_base64(&parts, buf_slice(&encoded), &base64, &err));
	ck_assert(mime_parts_end(&parts, &base64, &err));
	ck_assert_str_eq(plain.p, base64.p);

	struct slice rest = buf_slice(&plain), line;
	while (slice_next(&rest, '\n', &line))
		ck_assert_uint_le(line.n, 77);
	buf_free(&plain);
	buf_free(&base64);
	buf_free(&encoded);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("mime/compose");
	TCase *t = tcase_create("compose");

	tcase_add_loop_test(t, makes_the_message, 0, sizeof messages / sizeof *messages);
	tcase_add_test(t, the_same_input_gives_the_same_bytes);
	tcase_add_test(t, the_identity_may_name_the_domain);
	suite_add_tcase(s, t);

	t = tcase_create("parts");
	tcase_add_loop_test(t, takes_base64_however_it_is_cut, 0,
			    sizeof contents / sizeof *contents);
	tcase_add_test(t, bytes_and_base64_make_the_same_part);
	suite_add_tcase(s, t);
	return s;
}
