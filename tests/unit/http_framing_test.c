#include "http/framing.h"

#include <check.h>
#include <stdio.h>

/* Headers with ';' between them. */
/* clang-format off */
static const struct {
	const char *headers;
	const char *version;
	const char *fault; /* NULL: none */
} cases[] = {
	{"", "HTTP/1.1", NULL},
	{"Host:x;Content-Length:5", "HTTP/1.1", NULL},
	{"Host:x;Transfer-Encoding:chunked", "HTTP/1.1", NULL},
	{"Host:x;transfer-encoding:Chunked", "HTTP/1.1", NULL},
	{"X-Odd!#$%&'*+-.^_`|~1:x", "HTTP/1.1", NULL},
	{"Content-Length:5;Content-Length:5", "HTTP/1.1", "Content-Length"},
	{"Content-Length:5;content-length:6", "HTTP/1.1", "Content-Length"},
	{"Content-Length:5;Transfer-Encoding:chunked", "HTTP/1.1", "both"},
	{"Transfer-Encoding:chunked;Content-Length:5", "HTTP/1.1", "both"},
	{"Transfer-Encoding:chunked;Transfer-Encoding:chunked", "HTTP/1.1", "only chunked"},
	{"Transfer-Encoding:identity;Transfer-Encoding:chunked", "HTTP/1.1", "only chunked"},
	{"Transfer-Encoding:xchunked", "HTTP/1.1", "only chunked"},
	{"Transfer-Encoding:gzip, chunked", "HTTP/1.1", "only chunked"},
	{"Transfer-Encoding:", "HTTP/1.1", "only chunked"},
	{"Transfer-Encoding:chunked", "HTTP/1.0", "version"},
	{"Host:a;Host:b", "HTTP/1.1", "Host"},
	{"Content-Length :5", "HTTP/1.1", "name"},
	{"Content-Length\t:5", "HTTP/1.1", "name"},
	{"\x01X:5", "HTTP/1.1", "name"},
	{":5", "HTTP/1.1", "name"},
};
/* clang-format on */

START_TEST(what_can_be_read_in_two_ways_is_refused)
{
	struct framing framing = {0};
	struct slice rest = slice_text(cases[_i].headers), header;

	while (slice_next(&rest, ';', &header)) {
		size_t colon = slice_find(header, ':');
		framing_add(&framing, slice_first(header, colon), slice_after(header, colon + 1));
	}
	const char *fault = framing_fault(&framing, cases[_i].version);
	if (cases[_i].fault)
		ck_assert_msg(fault && strstr(fault, cases[_i].fault), "%s: %s", cases[_i].headers,
			      fault);
	else
		ck_assert_msg(!fault, "%s: %s", cases[_i].headers, fault);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("http/framing");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, what_can_be_read_in_two_ways_is_refused, 0,
			    sizeof cases / sizeof *cases);
	suite_add_tcase(s, tc);
	return s;
}
