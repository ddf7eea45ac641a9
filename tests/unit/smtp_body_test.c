#include "smtp/body.h"

#include <check.h>

#define PARTS_MAX 4

/* Parts separated by a bar, and what leaves. */
static const struct {
	const char *parts, *wire;
} cases[] = {
	{"", ".\r\n"},
	{"a\r\nb\r\n", "a\r\nb\r\n.\r\n"},
	{"no end", "no end\r\n.\r\n"},
	{"cut\r", "cut\r\n.\r\n"},
	{".\r\n", "..\r\n.\r\n"},
	{"a\r\n.\r\n..b\r\nc.d\r\n", "a\r\n..\r\n...b\r\nc.d\r\n.\r\n"},
	{"a\r\n|.b\r\n", "a\r\n..b\r\n.\r\n"},
	{"a\r|\n.b\r\n", "a\r\n..b\r\n.\r\n"},
	{"a\r\n||.|\r\n", "a\r\n..\r\n.\r\n"},
	{"a|b|c", "abc\r\n.\r\n"},
	{"a\n.\nb\n", "a\r\n..\r\nb\r\n.\r\n"},
	{"a\r.\rb\r", "a\r\n..\r\nb\r\n.\r\n"},
	{"a\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n"},
	{"a\r\n.\nb", "a\r\n..\r\nb\r\n.\r\n"},
	{"a\r\r\n\n.", "a\r\n\r\n\r\n..\r\n.\r\n"},
	{"a\r|b\n|\nc", "a\r\nb\r\n\r\nc\r\n.\r\n"},
};

static unsigned split(struct slice text, struct slice parts[PARTS_MAX])
{
	unsigned count = 0;

	while (count < PARTS_MAX && slice_next(&text, '|', &parts[count]))
		count++;
	return count;
}

static void collect(struct smtp_body *body, struct buf *wire)
{
	struct slice piece;

	while (smtp_body_next(body, &piece)) {
		ck_assert_uint_gt(piece.n, 0);
		buf_add_slice(wire, piece);
	}
}

START_TEST(leaves_as_the_wire_wants_it)
{
	struct slice parts[PARTS_MAX];
	unsigned count = split(slice_text(cases[_i].parts), parts);
	struct smtp_body body = {0};
	struct buf wire = {0};

	for (int twice = 0; twice < 2; twice++) {
		buf_clear(&wire);
		smtp_body_start(&body, parts, count);
		collect(&body, &wire);
		ck_assert_str_eq(wire.p, cases[_i].wire);
	}
	smtp_body_free(&body);
	buf_free(&wire);
}
END_TEST

/* What a long message needs depends on its bytes alone, not on where its pieces are cut. */
START_TEST(cuts_where_it_likes_without_a_trace)
{
	static const char *const lines[] = {"some text\r\n", ".dot\r\n", "lf\n",
					    "cr\r",          "\r\n",     "."};
	struct buf whole = {0}, wire = {0}, split_wire = {0};
	struct smtp_body body = {0};

	for (unsigned i = 0; whole.n < 100000; i = i * 5 + 3)
		buf_add_text(&whole, lines[(i >> 3) % 6]);

	struct slice all = buf_slice(&whole);
	smtp_body_start(&body, &all, 1);
	collect(&body, &wire);
	for (size_t cut = 16380; cut < 16390; cut++) {
		struct slice two[] = {slice_first(all, cut), slice_after(all, cut)};
		buf_clear(&split_wire);
		smtp_body_start(&body, two, 2);
		collect(&body, &split_wire);
		ck_assert(slice_equal(buf_slice(&wire), buf_slice(&split_wire)));
	}
	ck_assert_ptr_null(memmem(wire.p, wire.n - 5, "\r\n.\r", 4));
	smtp_body_free(&body);
	buf_free(&whole);
	buf_free(&wire);
	buf_free(&split_wire);
}
END_TEST

START_TEST(does_not_copy_what_is_fit_to_leave)
{
	struct buf whole = {0};
	struct smtp_body body = {0};
	struct slice piece;
	size_t copied = 0;

	while (whole.n < 1000000)
		buf_add_text(&whole, "an ordinary line of an ordinary message.\r\n");
	struct slice all = buf_slice(&whole);
	smtp_body_start(&body, &all, 1);
	while (smtp_body_next(&body, &piece)) {
		ck_assert_uint_lt(piece.n, 65536);
		if (piece.p < all.p || piece.p >= all.p + all.n)
			copied += piece.n;
	}
	ck_assert_uint_lt(copied, 20000);
	smtp_body_free(&body);
	buf_free(&whole);
}
END_TEST

START_TEST(sends_a_small_message_and_its_dot_in_one_piece)
{
	struct slice parts[] = {SLICE("Subject: hi\r\n"), SLICE("\r\n"), SLICE("body\r\n")};
	struct smtp_body body = {0};
	struct slice piece;

	smtp_body_start(&body, parts, 3);
	ck_assert(smtp_body_next(&body, &piece));
	ck_assert(slice_is(piece, "Subject: hi\r\n\r\nbody\r\n.\r\n"));
	ck_assert(!smtp_body_next(&body, &piece));
	smtp_body_free(&body);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("smtp/body");
	TCase *t = tcase_create("body");

	tcase_add_loop_test(t, leaves_as_the_wire_wants_it, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, cuts_where_it_likes_without_a_trace);
	tcase_add_test(t, does_not_copy_what_is_fit_to_leave);
	tcase_add_test(t, sends_a_small_message_and_its_dot_in_one_piece);
	suite_add_tcase(s, t);
	return s;
}
