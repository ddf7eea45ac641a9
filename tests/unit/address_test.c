#include "message/address.h"

#include <check.h>
#include <stdio.h>

#include "base/buf.h"

/* What the parser makes of a text: "name|email", or "! " and the failure. */
static const char *read_one(const char *text)
{
	static char result[800];
	struct arena arena = {0};
	struct address address;
	struct err err = {0};

	if (address_parse(slice_text(text), &arena, &address, &err))
		snprintf(result, sizeof result, "%.*s|%.*s", SLICE_ARGS(address.name),
			 SLICE_ARGS(address.email));
	else
		snprintf(result, sizeof result, "! %s", err.text);
	arena_free(&arena);
	return result;
}

static const struct {
	const char *text, *result;
} singles[] = {
	{"alice@example.com", "|alice@example.com"},
	{"  alice@example.com\t", "|alice@example.com"},
	{"<alice@example.com>", "|alice@example.com"},
	{"Alice <alice@example.com>", "Alice|alice@example.com"},
	{"Alice B. Toklas <alice@example.com>", "Alice B. Toklas|alice@example.com"},
	{"Alice   B.\tToklas <alice@example.com>", "Alice B. Toklas|alice@example.com"},
	{"\"Toklas, Alice\" <alice@example.com>", "Toklas, Alice|alice@example.com"},
	{"\"a \\\"b\\\" \\\\\" <a@b.c>", "a \"b\" \\|a@b.c"},
	{"\"a\" \"b\" c <a@b.c>", "a b c|a@b.c"},
	{"\"\" <a@b.c>", "|a@b.c"},
	{"(one (two)) Alice (three) <a@b.c> (four)", "Alice|a@b.c"},
	{"a@b.c (Alice)", "|a@b.c"},
	{"Jörg <j@b.c>", "Jörg|j@b.c"},
	{"root@localhost", "|root@localhost"},
	{"a.b+c=d_e'f!#$%&*/?^`{|}~-@x-y.z1", "|a.b+c=d_e'f!#$%&*/?^`{|}~-@x-y.z1"},
	{"jörg@example.com", "|jörg@example.com"},
	{"a@bücher.example", "|a@xn--bcher-kva.example"},
	{"a@BÜCHER.Example", "|a@xn--bcher-kva.example"},
	{"a@XN--bcher-kva.example", "|a@XN--bcher-kva.example"},
	{"", "! \"\": no '@' and domain"},
	{"alice", "! \"alice\": no '@' and domain"},
	{"@example.com", "! \"@example.com\": nothing before the '@'"},
	{"alice@", "! \"alice@\": no domain behind the '@'"},
	{"alice@example.com.", "! \"alice@example.com.\": the domain ends in a dot"},
	{"alice@.example.com", "! \"alice@.example.com\": no domain name behind the '@'"},
	{"alice@ex_ample.com", "! \"alice@ex_ample.com\": no domain name behind the '@'"},
	{"alice@-x.com", "! \"alice@-x.com\": no domain name behind the '@'"},
	{"a..b@c.d", "! \"a..b@c.d\": a dot too many before the '@'"},
	{".a@c.d", "! \".a@c.d\": a dot too many before the '@'"},
	{"a.@c.d", "! \"a.@c.d\": a dot too many before the '@'"},
	{"a@b@c", "! \"a@b@c\": something stands behind the address"},
	{"a b@c.d", "! \"a b@c.d\": an '@' in a place where a name or '<' is expected"},
	{"a @c.d", "! \"a @c.d\": an '@' in a place where a name or '<' is expected"},
	{"a@c.d, e@f.g",
	 "! \"a@c.d, e@f.g\": more than one address; a comma in a name needs quotes"},
	{"a@c.d e@f.g", "! \"a@c.d e@f.g\": something stands behind the address"},
	{"Acme, Inc. <a@c.d>", "! \"Acme, Inc. <a@c.d>\": no '@' and domain"},
	{"Group: a@b.c;", "! \"Group: a@b.c;\": no '@' and domain"},
	{"<@relay.example:a@b.c>", "! \"<@relay.example:a@b.c>\": a source route is not supported"},
	{"a@[127.0.0.1]", "! \"a@[127.0.0.1]\": a domain literal is not supported"},
	{"<\"a b\"@c.d>", "! \"<\"a b\"@c.d>\": a quote before the '@' is not supported"},
	{"\"a b\"@c.d", "! \"\"a b\"@c.d\": a quote before the '@' is not supported"},
	{"<a@b.c", "! \"<a@b.c\": no '>' behind the address"},
	{"<a@b.c> x", "! \"<a@b.c> x\": something stands behind the address"},
	{"<a@b.c>>", "! \"<a@b.c>>\": something stands behind the address"},
	{"<>", "! \"<>\": no '@' and domain"},
	{"\"open <a@b.c>", "! \"\"open <a@b.c>\": a quote without its end"},
	{"\"open\\\" <a@b.c>", "! \"\"open\\\" <a@b.c>\": a quote without its end"},
	{"(open <a@b.c>", "! \"(open <a@b.c>\": a comment without its end"},
	{"a@b.c\r\nBcc: d@e.f", "! \"a@b.c??Bcc: d@e.f\": a control character in an address"},
	{"A\nB <a@b.c>", "! \"A?B <a@b.c>\": a control character in an address"},
	{"A\x7f <a@b.c>", "! \"A? <a@b.c>\": a control character in an address"},
	{"A\xc2\x85 <a@b.c>", NULL},
	{"A\xe2\x80\xa8 <a@b.c>", NULL},
	{"\xff <a@b.c>", NULL},
	{"a@b\xcc\x88"
	 "cher.example",
	 NULL},                           /* u and a combining mark */
	{"a@\xef\xbd\x81.example", NULL}, /* full width */
};

START_TEST(reads_one_address_or_says_what_is_wrong)
{
	const char *result = read_one(singles[_i].text);

	if (singles[_i].result)
		ck_assert_str_eq(result, singles[_i].result);
	else
		ck_assert_int_eq(result[0], '!');
}
END_TEST

static const struct {
	int local, label, domain; /* bytes in each */
	bool ok;
} sizes[] = {
	{64, 63, 189, true},  {65, 63, 188, false}, {64, 64, 188, false},
	{64, 63, 190, false}, {1, 63, 252, true},   {1, 63, 253, false},
};

START_TEST(holds_to_the_limits_of_smtp)
{
	char text[600];
	int n = 0;

	for (int i = 0; i < sizes[_i].local; i++)
		text[n++] = 'a';
	text[n++] = '@';
	for (int i = 0; i < sizes[_i].domain; i++)
		text[n++] = i % (sizes[_i].label + 1) == sizes[_i].label ? '.' : 'b';
	text[n] = '\0';
	ck_assert_msg((read_one(text)[0] != '!') == sizes[_i].ok, "%s", read_one(text));
}
END_TEST

static const char *read_list(const char *text)
{
	static struct buf result;
	struct arena arena = {0};
	struct address_list list;
	struct err err = {0};

	buf_clear(&result);
	if (!address_list_parse(slice_text(text), &arena, &list, &err))
		buf_addf(&result, "! %s", err.text);
	else
		for (size_t i = 0; i < list.n; i++)
			buf_addf(&result, "[%.*s|%.*s]", SLICE_ARGS(list.at[i].name),
				 SLICE_ARGS(list.at[i].email));
	buf_add_text(&result, "");
	arena_free(&arena);
	return result.p;
}

static const struct {
	const char *text, *result;
} lists[] = {
	{"", ""},
	{" ,, , ", ""},
	{"a@b.c", "[|a@b.c]"},
	{"a@b.c, D <e@f.g>,\"h, i\" <j@k.l>", "[|a@b.c][D|e@f.g][h, i|j@k.l]"},
	{"a@b.c,,d@e.f,", "[|a@b.c][|d@e.f]"},
	{"Friends: a@b.c, D <e@f.g>;", "[|a@b.c][D|e@f.g]"},
	{"x@y.z, Friends: a@b.c;, e@f.g", "[|x@y.z][|a@b.c][|e@f.g]"},
	{"x@y.z, Friends: a@b.c; e@f.g", "[|x@y.z][|a@b.c][|e@f.g]"},
	{"undisclosed-recipients:;", ""},
	{"\"Quoted group\": a@b.c;", "[|a@b.c]"},
	{"\xe9t\xe9 <a@b.c>", "[\xe9t\xe9|a@b.c]"}, /* a name in Latin-1 */
	{"a@b.c d@e.f", "! \"d@e.f\": no comma between two addresses"},
	{"A: B: a@b.c;;", "! \"B: a@b.c;;\": no '@' and domain"},
	{"A: a@b.c", "! \"A: a@b.c\": a group without its ';'"},
	{"a@b.c; d@e.f", "! \"; d@e.f\": no comma between two addresses"},
	{"a@b.c, d", "! \"d\": no '@' and domain"},
};

START_TEST(reads_lists_and_groups)
{
	ck_assert_str_eq(read_list(lists[_i].text), lists[_i].result);
}
END_TEST

START_TEST(reads_a_long_list)
{
	struct buf text = {0};
	struct arena arena = {0};
	struct address_list list;
	struct err err = {0};

	for (int i = 0; i < 1000; i++)
		buf_addf(&text, "Number %d <n%d@example.com>, ", i, i);
	ck_assert(address_list_parse(buf_slice(&text), &arena, &list, &err));
	ck_assert_uint_eq(list.n, 1000);
	ck_assert(slice_is(list.at[999].email, "n999@example.com"));
	arena_free(&arena);
	buf_free(&text);
}
END_TEST

/* From RFC 3492, 7.1, and names in use. */
static const struct {
	const char *domain, *ascii; /* NULL: refused */
} domains[] = {
	{"example.com", "example.com"},
	{"münchen.de", "xn--mnchen-3ya.de"},
	{"MÜNCHEN.de", "xn--mnchen-3ya.de"},
	{"straße.de", "xn--strae-oqa.de"},
	{"例子。测试", "xn--fsqu00a.xn--0zwm56d"},
	{"他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"},
	{"почемужеонинеговорятпорусски", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l"},
	{"ПРИМЕР.РФ", "xn--e1afmkfd.xn--p1ai"},
	{"3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b"},
	{"Ελλάδα.gr", "xn--hxakic4aa.gr"},
	{"İstanbul.tr", NULL},
	{"u\xcc\x88.de", NULL},
	{"a\xe2\x80\x8b\x62.de", NULL},
	{"\xef\xbc\xa1.de", NULL},
	{"a\xff.de", NULL},
};

START_TEST(turns_a_domain_into_a_labels)
{
	struct arena arena = {0};
	struct slice ascii;
	struct err err = {0};

	bool ok = address_domain_ascii(slice_text(domains[_i].domain), &arena, &ascii, &err);
	ck_assert_int_eq(ok, domains[_i].ascii != NULL);
	if (ok)
		ck_assert_msg(slice_is(ascii, domains[_i].ascii), "%.*s", SLICE_ARGS(ascii));
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *a, *b;
	bool equal;
} pairs[] = {
	{"a@b.c", "a@B.C", true},
	{"A@b.c", "a@b.c", false},
	{"a@b.c", "a@b.d", false},
	{"", "", true},
};

START_TEST(knows_the_same_mailbox)
{
	ck_assert_int_eq(address_equal(slice_text(pairs[_i].a), slice_text(pairs[_i].b)),
			 pairs[_i].equal);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("message/address");
	TCase *t = tcase_create("address");

	tcase_add_loop_test(t, reads_one_address_or_says_what_is_wrong, 0,
			    sizeof singles / sizeof *singles);
	tcase_add_loop_test(t, holds_to_the_limits_of_smtp, 0, sizeof sizes / sizeof *sizes);
	tcase_add_loop_test(t, reads_lists_and_groups, 0, sizeof lists / sizeof *lists);
	tcase_add_test(t, reads_a_long_list);
	tcase_add_loop_test(t, knows_the_same_mailbox, 0, sizeof pairs / sizeof *pairs);
	suite_add_tcase(s, t);

	t = tcase_create("idn");
	tcase_add_loop_test(t, turns_a_domain_into_a_labels, 0, sizeof domains / sizeof *domains);
	suite_add_tcase(s, t);
	return s;
}
