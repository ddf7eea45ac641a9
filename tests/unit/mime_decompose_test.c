#include "mime/decompose.h"

#include <check.h>

#include "mime/compose.h"
#include "mime/decode.h"
#include "mime/parameter.h"
#include "mime/parts.h"

/* clang-format off */

static const struct {
	const char *value, *name, *text; /* NULL: not there */
} parameters[] = {
	{"text/plain; charset=utf-8", "charset", "utf-8"},
	{"text/plain; CHARSET = \"utf-8\" ; x=y", "charset", "utf-8"},
	{"text/plain", "charset", NULL},
	{"text/plain; xcharset=a", "charset", NULL},
	{"attachment; filename=\"a;b\\\"c=d.txt\"; size=1", "filename", "a;b\"c=d.txt"},
	{"attachment; filename=\"never closed", "filename", "never closed"},
	{"attachment; filename=\"ends in a \\", "filename", "ends in a \\"},
	{"attachment; filename*=utf-8''%e2%82%ac%20rates.txt", "filename", "\xe2\x82\xac rates.txt"},
	{"attachment; filename=plain; filename*=utf-8'en'better", "filename", "better"},
	{"attachment; filename*0*=utf-8''%c3;\r\n filename*1*=%bc;\r\n filename*2=\".txt\"", "filename", "\xc3\xbc.txt"},
	{"attachment; filename*1=b; filename*0=a", "filename", "ab"},
	{"attachment; filename=\"=?utf-8?Q?=C3=BC?=.txt\"", "filename", "\xc3\xbc.txt"},
	{"attachment; filename*=no-quotes", "filename", "no-quotes"},
	{"attachment; filename=\"a\r\n b\"", "filename", "a   b"},
	{"", "filename", NULL},
	{";;=;", "filename", NULL},
};

static const struct {
	const char *content;
	enum mime_encoding encoding;
	const char *bytes; /* NULL: refused */
} contents[] = {
	{"as it = is\r\n", MIME_7BIT, "as it = is\r\n"},
	{"=C3=BC =3d  \r\nsoft=\r\nline=", MIME_QUOTED_PRINTABLE, "\xc3\xbc =\r\nsoftline"},
	{"bad =XY and =4", MIME_QUOTED_PRINTABLE, "bad =XY and =4"},
	{"SGVs\r\nbG8=\r\n", MIME_BASE64, "Hello"},
	{"SGVsbG8", MIME_BASE64, NULL},
};

/* A message that came whole, and what is in it: see describe. */
static const struct {
	const char *message, *described;
} messages[] = {
	{"From: a@b.c\r\n\r\nHello\r\n", "from=a@b.c text=Hello"},
	{"From: a@b.c\nTo: =?utf-8?Q?J=C3=BCrgen?= <d@e.f>, g@h.i\nSubject: =?utf-8?B?w7w=?=\n x\n\nHi",
	 "from=a@b.c to=J\xc3\xbcrgen<d@e.f> to=g@h.i subject=\xc3\xbc x text=Hi"},
	{"From: a@b.c\r\nX-One: 1\r\n 2\r\nReceived: x\r\nMessage-ID: <1@x>\r\nContent-Type: text/html\r\n"
	 "Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>=3D</p>",
	 "from=a@b.c X-One=1 2 Message-ID=<1@x> html=<p>=</p>"},
	{"From: a@b.c\r\nContent-Language: de\r\nContent-Type: text/plain\r\nContent-MD5: x\r\n\r\nHi",
	 "from=a@b.c Content-Language=de text=Hi"},
	{"From: a@b.c\r\nContent-Type: multipart/mixed; boundary=\"m\"\r\n\r\npreamble\r\n--m\r\n"
	 "Content-Type: multipart/alternative; boundary=mm\r\n\r\n--mm\r\n\r\ntext\r\n--mm\r\n"
	 "Content-Type: text/html; charset=iso-8859-1\r\n\r\n\xfc\r\n--mm--\r\n\r\n--m\r\n"
	 "Content-Type: Application/PDF; name=x.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVs\r\nbG8=\r\n"
	 "--m\r\nContent-Type: message/rfc822\r\n\r\nFrom: x\r\n\r\ny\r\n--m--\r\nepilogue --m\r\n",
	 "from=a@b.c text=text html=\xc3\xbc file=x.pdf application/pdf SGVs\r\nbG8= file=part-4 message/rfc822 From: x\r\n\r\ny"},
	{"From: a@b.c\nContent-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n"
	 "<img>\n--r\nContent-Type: image/png\nContent-ID: <p@x>\nContent-Disposition: inline; filename=p\n\n\x89\n--r--\n",
	 "from=a@b.c html=<img> file=p image/png (p@x) \x89"},
	{"From: a@b.c\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\none\n--m\n\ntwo\n--mm\nnot a boundary\n",
	 "from=a@b.c text=one file=part-2 text/plain two\n--mm\nnot a boundary"},
	{"From: a@b.c\nContent-Type: multipart/mixed; boundary=m\n\nno part", "from=a@b.c"},
	{"From: a@b.c\nContent-Type: multipart/mixed; boundary=m\n\n--m", "from=a@b.c text="},
	{"To: a@b.c\n\n", "! From: one address is needed, not 0"},
	{"From: a@b.c, d@e.f\n\n", "! From: one address is needed, not 2"},
	{"From: a@b.c\nTo: x\n\n", "! To: \"x\": no '@' and domain"},
	{"From: a@b.c\nTo: d@e.f\nTo: g@h.i\n\n", "! To: stands twice"},
	{"From: a@b.c\nContent-Type: multipart/signed; boundary=s\n\n", "! Content-Type: a message that is signed cannot be taken apart"},
	{"From: a@b.c\nContent-Type: multipart/mixed\n\n", "! Content-Type: a multipart without boundary"},
	{"From: a@b.c\nContent-Transfer-Encoding: uuencode\n\n", "! part 1: Content-Transfer-Encoding: uuencode is not known"},
	{"From: a@b.c\nContent-Type: text/plain; charset=koi8-r\n\nx", "from=a@b.c ! text/plain: the character set koi8-r is not known"},
};

/* clang-format on */

static struct buf out;
static struct arena arena;
static struct err err;

static void put_text(const char *name, const struct mime_leaf *leaf)
{
	struct buf text = {0};

	if (!leaf)
		return;
	if (mime_leaf_text(leaf, &text, &err))
		buf_addf(&out, "%s=%.*s ", name, SLICE_ARGS(buf_slice(&text)));
	else
		buf_addf(&out, "! %s ", err.text);
	buf_free(&text);
}

static void put_addresses(const char *name, const struct address_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		buf_addf(&out, list->at[i].name.n ? "%s=%.*s<%.*s> " : "%s=%.*s%.*s ", name,
			 SLICE_ARGS(list->at[i].name), SLICE_ARGS(list->at[i].email));
}

static const char *describe(const struct slice *wire, size_t n)
{
	struct mime_message message;

	buf_clear(&out);
	if (!mime_decompose(wire, n, &arena, &message, &err)) {
		buf_addf(&out, "! %s", err.text);
		return out.p;
	}
	buf_addf(&out, "from=%.*s ", SLICE_ARGS(message.from.email));
	put_addresses("to", &message.to);
	put_addresses("cc", &message.cc);
	if (message.subject.n)
		buf_addf(&out, "subject=%.*s ", SLICE_ARGS(message.subject));
	for (const struct mime_field *field = message.fields; field; field = field->next)
		buf_addf(&out, "%.*s=%.*s ", SLICE_ARGS(field->name), SLICE_ARGS(field->value));
	put_text("text", message.text);
	put_text("html", message.html);
	for (const struct mime_leaf *file = message.files; file; file = file->next) {
		buf_addf(&out, "file=%.*s %.*s ", SLICE_ARGS(file->filename),
			 SLICE_ARGS(file->type));
		if (file->is_inline)
			buf_addf(&out, "(%.*s) ", SLICE_ARGS(file->content_id));
		buf_addf(&out, "%.*s ", SLICE_ARGS(file->content));
	}
	while (out.n && (out.p[out.n - 1] == ' ' || out.p[out.n - 1] == '\n'))
		out.p[--out.n] = '\0';
	return out.p;
}

START_TEST(reads_parameters)
{
	bool found = (buf_clear(&out),
		      mime_parameter(slice_text(parameters[_i].value), parameters[_i].name, &out));

	ck_assert(found == (parameters[_i].text != NULL));
	if (found)
		ck_assert_str_eq(out.p, parameters[_i].text);
}
END_TEST

START_TEST(decodes_contents)
{
	buf_clear(&out);
	bool ok = mime_decode(slice_text(contents[_i].content), contents[_i].encoding, &out);

	ck_assert(ok == (contents[_i].bytes != NULL));
	if (ok)
		ck_assert_str_eq(out.p, contents[_i].bytes);
}
END_TEST

START_TEST(takes_apart_what_came_whole)
{
	struct slice wire = slice_text(messages[_i].message);

	ck_assert_str_eq(describe(&wire, 1), messages[_i].described);
}
END_TEST

/* What the composer makes of a request, taken apart, is the request. */
START_TEST(undoes_what_the_composer_does)
{
	static const char json[] =
		"{\"from_email\":\"Sender <s@acme.example>\",\"to_emails\":[\"\xc3\x84 <a@b.c>\"],"
		"\"cc_emails\":[\"c@d.e\"],\"bcc_emails\":[\"hidden@d.e\"],"
		"\"subject\":\"Gr\xc3\xbc\xc3\x9f"
		"e\",\"body_text\":\"text \xe2\x82\xac\",\"body_html\":\"<b>html</b>\","
		"\"headers\":{\"X-Own\":\"1\",\"Message-ID\":\"<m@x>\","
		"\"Date\":\"Tue, 24 Nov 2026 09:30:00 +0000\"},\"attachments\":["
		"{\"filename\":\"\xc3\xbc.pdf\",\"content\":\"SGVsbG8=\"},"
		"{\"filename\":\"p.png\",\"content\":\"SGVsbG8=\",\"content_id\":\"p1\","
		"\"disposition\":\"inline\"}]}";
	struct request_limits limits = {1000000, 100};
	struct request *request = request_parse(slice_text(json), &arena, &limits, &err);
	struct mime_identity identity = {.id = slice_text("01jddxv7q8zkj3m5n6p7r8s9t0")};
	const struct request_attachment *file;
	struct buf message = {0}, written = {0};
	struct mime_parts parts;

	ck_assert_msg(request != NULL, "%s", err.text);
	ck_assert(mime_compose(request, &identity, &message, &err));
	mime_parts_begin(&parts, request, identity.id);
	while ((file = mime_parts_next(&parts, &written))) {
		ck_assert(mime_parts_base64(&parts, file->content, &written, &err));
		ck_assert(mime_parts_end(&parts, &written, &err));
	}
	struct slice wire[2] = {buf_slice(&message), buf_slice(&written)};
	ck_assert_str_eq(describe(wire, 2),
			 "from=s@acme.example to=\xc3\x84<a@b.c> cc=c@d.e "
			 "subject=Gr\xc3\xbc\xc3\x9f"
			 "e X-Own=1 Message-ID=<m@x> Date=Tue, 24 Nov 2026 09:30:00 +0000 "
			 "text=text \xe2\x82\xac\n html=<b>html</b> "
			 "file=p.png image/png (p1) SGVsbG8= "
			 "file=\xc3\xbc.pdf application/pdf SGVsbG8=");
	buf_free(&message);
	buf_free(&written);
}
END_TEST

START_TEST(sorts_recipients_by_where_they_are_shown)
{
	struct slice emails[] = {SLICE("c@D.E"), SLICE("h@x.y"), SLICE("a@b.c")};
	struct address_list to = {0}, cc = {0};
	struct mime_recipients sorted;

	ck_assert(mime_read_addresses(slice_text("A <a@b.c>, z@b.c"), &arena, &to, &err));
	ck_assert(mime_read_addresses(slice_text("C <c@d.e>"), &arena, &cc, &err));
	mime_recipients(&to, &cc, emails, 3, &arena, &sorted);
	buf_clear(&out);
	put_addresses("to", &sorted.to);
	put_addresses("cc", &sorted.cc);
	put_addresses("hidden", &sorted.hidden);
	ck_assert_str_eq(out.p, "to=A<a@b.c> cc=C<c@d.e> hidden=h@x.y ");
}
END_TEST

static void forget(void)
{
	buf_free(&out);
	arena_free(&arena);
}

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *suite(void)
{
	Suite *suite = suite_create("mime_decompose");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, NULL, forget);
	tcase_add_loop_test(tcase, reads_parameters, 0, COUNT(parameters));
	tcase_add_loop_test(tcase, decodes_contents, 0, COUNT(contents));
	tcase_add_loop_test(tcase, takes_apart_what_came_whole, 0, COUNT(messages));
	tcase_add_test(tcase, undoes_what_the_composer_does);
	tcase_add_test(tcase, sorts_recipients_by_where_they_are_shown);
	suite_add_tcase(suite, tcase);
	return suite;
}
