#include "app/inline.h"

#include <check.h>

#define PNG "iVBORw0KGgo=" /* the first bytes of one */

static struct mime_leaf svg = {.content_id = SLICE("svg"),
			       .type = SLICE("image/png"),
			       .encoding = MIME_BASE64,
			       .content = SLICE("PHN2Zz4=")};
static struct mime_leaf broken = {.content_id = SLICE("broken"),
				  .type = SLICE("image/png"),
				  .encoding = MIME_BASE64,
				  .content = SLICE("\"><script>"),
				  .next = &svg};
static struct mime_leaf odd = {.content_id = SLICE("a b%\">@x"),
			       .encoding = MIME_BASE64,
			       .content = SLICE("R0lGODlh\r\n"),
			       .next = &broken};
static struct mime_leaf logo = {.content_id = SLICE("logo@acme.example"),
				.type = SLICE("text/html"),
				.encoding = MIME_BASE64,
				.content = SLICE("iVBO\r\nRw0KGgo=\r\n"),
				.next = &odd};
static const struct mime_message message = {.files = &logo};

#define LOGO "data:image/png;base64," PNG

static const struct {
	const char *html, *shown; /* NULL: as it stands */
} cases[] = {
	{"", NULL},
	{"<img src=\"cid:logo@acme.example\">", "<img src=\"" LOGO "\">"},
	{"<img src='CID:logo@acme.example'>", "<img src='" LOGO "'>"},
	{"<img src=cid:logo@acme.example alt=x>", "<img src=" LOGO " alt=x>"},
	{"<p style=\"background: url(cid:logo%40acme.example)\">",
	 "<p style=\"background: url(" LOGO ")\">"},
	{"\"cid:logo@acme.example\"\"cid:logo@acme.example\"", "\"" LOGO "\"\"" LOGO "\""},
	{"<img src=\"cid:a%20b%25%22%3e@x\">", "<img src=\"data:image/gif;base64,R0lGODlh\">"},
	{"<img src=\"cid:a b%\">@x\">", NULL},
	{"<img src=\"cid:none\">", NULL},
	{"<img src=\"cid:\">", NULL},
	{"<img src=\"cid:svg\">", NULL},
	{"<img src=\"cid:broken\">", NULL},
	{"cid:logo@acme.example", NULL},
	{"write to cid:logo@acme.example or acid:logo@acme.example", NULL},
	{"\"cid:logo@acme.examplex\" \"cid:logo@acme\"", NULL},
	{"\"cid", NULL},
	{"\"cid:logo%4", NULL},
};

START_TEST(images_stand_where_their_ids_stood)
{
	struct buf out = {0};

	inline_images(slice_text(cases[_i].html), &message, &out);
	buf_add_char(&out, '\0');
	ck_assert_str_eq(out.p, cases[_i].shown ? cases[_i].shown : cases[_i].html);
	buf_free(&out);
}
END_TEST

START_TEST(nothing_grows_without_bound)
{
	size_t n = INLINE_BYTES_MOST / 4;
	struct buf image = {0}, html = {0}, out = {0};

	buf_add_text(&image, "GIF89a");
	while (image.n < n)
		buf_add_char(&image, 'x');
	struct mime_leaf large = {.content_id = SLICE("large"),
				  .encoding = MIME_7BIT,
				  .content = buf_slice(&image)};
	const struct mime_message many = {.files = &large};
	for (int i = 0; i < 1000; i++)
		buf_add_text(&html, "<img src=\"cid:large\">");
	inline_images(buf_slice(&html), &many, &out);
	ck_assert_uint_gt(out.n, n);
	ck_assert_uint_le(out.n, html.n + INLINE_BYTES_MOST);
	buf_free(&image);
	buf_free(&html);
	buf_free(&out);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("app/inline");
	TCase *t = tcase_create("inline");

	tcase_add_loop_test(t, images_stand_where_their_ids_stood, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, nothing_grows_without_bound);
	suite_add_tcase(s, t);
	return s;
}
