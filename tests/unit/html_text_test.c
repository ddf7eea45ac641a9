#include "mime/html_text.h"

#include <check.h>

/* clang-format off */

static const struct {
	const char *html, *text;
} cases[] = {
	{"", ""},
	{"   <p> </p>\n", ""},
	{"just text", "just text\n"},
	{"<p>One\n  two</p><p>three</p>", "One two\n\nthree\n"},
	{"a<br>b<br/>c<br><br><br>d", "a\nb\nc\n\nd\n"},
	{"<div>a</div><div>b</div>", "a\nb\n"},
	{"<H1>Title</H1>text<hr>more", "Title\n\ntext\n----------------------------------------\nmore\n"},
	{"x <b>bold</b><i>it</i>", "x boldit\n"},
	/* links */
	{"<a href=\"https://x.y/?a=1&amp;b=2\">here</a>, now", "here (https://x.y/?a=1&b=2), now\n"},
	{"<a href='https://x.y/'>https://x.y/</a>", "https://x.y/\n"},
	{"<a href=https://x.y>a <b>b</b></a>", "a b (https://x.y)\n"},
	{"write <a href=\"mailto:a@b.c?subject=x\">us</a> <a href='mailto:a@b.c'>a@b.c</a>", "write us (a@b.c) a@b.c\n"},
	{"<a href=\"#top\">up</a> <a href=\"javascript:x()\">js</a> <a>none</a>", "up js none\n"},
	{"x <a href=\"https://x.y\"><img src=\"i.png\" alt=\"Logo\"></a>", "x Logo (https://x.y)\n"},
	/* lists */
	{"<ul><li>a</li><li>b</li></ul>c", "- a\n- b\n\nc\n"},
	{"<p>x</p><ol><li>a<li>b<ul><li>c</ul><li>d</ol>", "x\n\n1. a\n2. b\n  - c\n3. d\n"},
	{"<li>stray", "stray\n"},
	{"<ul><li><p>a</p></li></ul>", "- a\n"},
	/* tables, quotes, preformatted text */
	{"<table><tr><th>Item</th><th>Price</th></tr><tr><td>Tea</td>\n<td>5</td></tr></table>", "Item  Price\nTea  5\n"},
	{"<blockquote>a<br>b<blockquote>c</blockquote></blockquote>d", "> a\n> b\n\n> > c\n\nd\n"},
	{"<pre>a  b\n  c</pre>d", "a  b\n  c\n\nd\n"},
	/* what is not shown */
	{"<html><head><title>t</title><style>p { a: b }</style></head><body>x<script>if (a < b) {}</script>y", "xy\n"},
	{"a<!-- <p>no</p> -->b<!DOCTYPE html><?php x ?>c", "abc\n"},
	{"a<!--[if mso]><p>no</p><![endif]-->b", "ab\n"},
	{"a&zwnj;&nbsp;&zwnj;&nbsp;b&shy;c", "a bc\n"},
	/* entities */
	{"&lt;&amp;&gt;&quot;&#39;&apos;", "<&>\"''\n"},
	{"caf&eacute; &#233;&#xe9;&#XE9; &euro;5 &hellip;", "café ééé €5 …\n"},
	{"a & b &; &bogus; &#; &#x; &#0; &#xd800; &#1114112; &amp", "a & b &; &bogus; &#; &#x; &#0; &#xd800; &#1114112; &amp\n"},
	/* no HTML at all */
	{"1 < 2 > 0, a<3, <", "1 < 2 > 0, a<3, <\n"},
	{"a<b", "a\n"},
	{"x<!-- open", "x\n"},
	{"x<script>open", "x\n"},
	{"x<a title=\"a > b\" href=\"http://y\">z</a>", "xz (http://y)\n"},
	{"</p></ul></blockquote></pre></a>x", "x\n"},
};

/* clang-format on */

START_TEST(says_what_the_html_shows)
{
	struct buf out = {0};

	buf_add_text(&out, "");
	mime_html_text(slice_text(cases[_i].html), &out);
	ck_assert_str_eq(out.p, cases[_i].text);
	buf_free(&out);
}
END_TEST

/* Repeated until it is large; what is quadratic or grows without end shows. */
static const char *const hostile[] = {"<",
				      "<a \"",
				      "<a href=\"http://x\">",
				      "<ul><li>x",
				      "<blockquote>x<br>",
				      "&#",
				      "<!--",
				      "<script>",
				      "<p><p>",
				      "<td>x",
				      "</script",
				      "&amp;",
				      "<pre>\n",
				      "<a href=http://x>x</a>",
				      "<hr>",
				      "<ol><li>é"};

START_TEST(is_never_slow_nor_large)
{
	struct buf html = {0}, out = {0};

	while (html.n < 2000000)
		buf_add_text(&html, hostile[_i]);
	mime_html_text(buf_slice(&html), &out);
	ck_assert_uint_le(out.n, HTML_TEXT_MOST + 1);
	buf_free(&html);
	buf_free(&out);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("mime/html_text");
	TCase *t = tcase_create("html_text");

	tcase_add_loop_test(t, says_what_the_html_shows, 0, sizeof cases / sizeof *cases);
	tcase_add_loop_test(t, is_never_slow_nor_large, 0, sizeof hostile / sizeof *hostile);
	suite_add_tcase(s, t);
	return s;
}
