#include "message/domain.h"

#include <check.h>

static const char message[] =
	"{\"status\":\"failed\",\"attempts\":3,\"organization_id\":\"acme\",\"subject\":\"Your 50% "
	"off\","
	"\"to_emails\":[\"a@b.example\",{\"email\":\"c@d.example\",\"name\":\"C\"}],"
	"\"last_error\":\"552 Mailbox FULL\",\"created_at\":\"2026-11-24T09:30:00.000Z\","
	"\"metadata\":{\"order\":7},\"draft\":false}";

/* holds: 1, 0; -1: refused, and words tell why. */
/* clang-format off */
static const struct {
	const char *domain;
	int holds;
	const char *words;
} cases[] = {
	{"[]", 1, NULL},
	{"[[\"status\",\"=\",\"failed\"]]", 1, NULL},
	{"[[\"status\",\"!=\",\"failed\"]]", 0, NULL},
	{"[[\"status\",\"=\",\"failed\"],[\"organization_id\",\"=\",\"acme\"]]", 1, NULL},
	{"[[\"status\",\"=\",\"failed\"],[\"organization_id\",\"=\",\"globex\"]]", 0, NULL},
	{"[\"|\",[\"status\",\"=\",\"sent\"],[\"attempts\",\">\",2]]", 1, NULL},
	{"[\"|\",[\"status\",\"=\",\"sent\"],[\"attempts\",\">\",3],[\"status\",\"=\",\"failed\"]]", 0, NULL},
	{"[\"!\",[\"status\",\"=\",\"sent\"]]", 1, NULL},
	{"[\"&\",\"!\",[\"attempts\",\"<\",3],\"|\",[\"attempts\",\"<=\",3],[\"attempts\",\">=\",9]]", 1, NULL},
	{"[[\"attempts\",\"in\",[1,2,3.0]]]", 1, NULL},
	{"[[\"status\",\"not in\",[\"sent\",\"failed\"]]]", 0, NULL},
	{"[[\"to_emails\",\"=\",\"c@d.example\"]]", 1, NULL},
	{"[[\"to_emails\",\"!=\",\"c@d.example\"]]", 0, NULL},
	{"[[\"to_emails\",\"in\",[\"x@y.example\"]]]", 0, NULL},
	{"[[\"last_error\",\"ilike\",\"mailbox full\"]]", 1, NULL},
	{"[[\"last_error\",\"like\",\"mailbox full\"]]", 0, NULL},
	{"[[\"last_error\",\"ilike\",\"55_ mail%\"]]", 1, NULL},
	{"[[\"last_error\",\"not ilike\",\"quota\"]]", 1, NULL},
	{"[[\"created_at\",\">=\",\"2026-11-24\"],[\"created_at\",\"<\",\"2026-11-25\"]]", 1, NULL},
	{"[[\"metadata.order\",\"=\",7]]", 1, NULL},
	{"[[\"metadata.none\",\"=\",null]]", 1, NULL},
	{"[[\"draft\",\"=\",false]]", 1, NULL},
	{"[[\"attempts\",\"=\",\"3\"]]", 0, NULL},
	{"{}", -1, "not a list"},
	{"[[\"status\",\"=\"]]", -1, "term 1: not ["},
	{"[[\"status\",\"~\",1]]", -1, "unknown operator '~'"},
	{"[[\"status\",\"in\",1]]", -1, "takes a list"},
	{"[[\"status\",\"ilike\",1]]", -1, "takes a text"},
	{"[\"|\",[\"status\",\"=\",\"sent\"]]", -1, "too few terms"},
	{"[\"^\"]", -1, "neither a term nor"},
	{"[", -1, "byte 2"},
};
/* clang-format on */

START_TEST(asks_what_was_written)
{
	struct arena arena = {0};
	struct err err = {0};
	const struct json *read_back = json_parse(slice_text(message), &arena, &err);
	const struct domain *domain =
		domain_parse(slice_text(cases[_i].domain), NULL, &arena, &err);

	ck_assert_msg((domain != NULL) == (cases[_i].holds >= 0), "%s", cases[_i].domain);
	if (domain)
		ck_assert_msg(domain_holds(domain, read_back) == cases[_i].holds, "%s",
			      cases[_i].domain);
	else
		ck_assert_msg(strstr(err.text, cases[_i].words) != NULL, "%s", err.text);
	arena_free(&arena);
}
END_TEST

/* Some members of the message, one for each bit. */
static struct json part_of(const struct json *whole, unsigned members, struct json room[16])
{
	struct json part = {.type = JSON_OBJECT};
	size_t n = 0;

	for (const struct json *c = whole->first; c; c = c->next, members >>= 1) {
		if (!(members & 1))
			continue;
		room[n] = *c;
		room[n].next = part.first;
		part.first = &room[n++];
		part.count++;
	}
	return part;
}

START_TEST(what_holds_may_hold_whatever_part_is_known)
{
	struct arena arena = {0};
	struct err err = {0};
	struct json *whole = json_parse(slice_text(message), &arena, &err);
	const struct domain *domain =
		domain_parse(slice_text(cases[_i].domain), NULL, &arena, &err);
	struct json room[16];

	for (unsigned members = 0; domain && members < 1u << whole->count; members++) {
		struct json part = part_of(whole, members, room);
		if (cases[_i].holds)
			ck_assert_msg(domain_may_hold(domain, &part), "%s with %x",
				      cases[_i].domain, members);
	}
	if (domain && !strstr(cases[_i].domain, "none"))
		ck_assert_int_eq(domain_may_hold(domain, whole), cases[_i].holds);
	arena_free(&arena);
}
END_TEST

START_TEST(what_every_answer_has_is_required)
{
	static const struct {
		const char *domain;
		const char *status; /* NULL: any */
	} required[] = {
		{"[[\"status\",\"=\",\"failed\"]]", "failed"},
		{"[[\"attempts\",\">\",1],[\"status\",\"=\",\"sent\"]]", "sent"},
		{"[\"&\",\"|\",[\"a\",\"=\",1],[\"b\",\"=\",1],[\"status\",\"=\",\"x\"]]", "x"},
		{"[\"!\",[\"status\",\"=\",\"sent\"]]", NULL},
		{"[\"|\",[\"a\",\"=\",1],[\"status\",\"=\",\"sent\"]]", NULL},
		{"[[\"status\",\"!=\",\"sent\"]]", NULL},
		{"[[\"status\",\"in\",[\"sent\"]]]", NULL},
		{"[]", NULL},
	};

	for (size_t i = 0; i < sizeof required / sizeof *required; i++) {
		struct arena arena = {0};
		struct err err = {0};
		const struct domain *domain =
			domain_parse(slice_text(required[i].domain), NULL, &arena, &err);
		const struct json *status = domain_requires(domain, "status");
		ck_assert_msg(!status == !required[i].status, "%s", required[i].domain);
		ck_assert(!status || slice_is(status->text, required[i].status));
		arena_free(&arena);
	}
}
END_TEST

START_TEST(an_expression_is_bounded)
{
	struct buf text = {0};
	struct arena arena = {0};
	struct err err = {0};

	buf_add_text(&text, "[[\"a\",\"=\",1]");
	for (int i = 0; i < DOMAIN_TERMS_MOST; i++)
		buf_add_text(&text, ",[\"a\",\"=\",1]");
	buf_add_text(&text, "]");
	ck_assert_ptr_null(domain_parse(buf_slice(&text), NULL, &arena, &err));
	buf_clear(&text);
	buf_add_text(&text, "[[\"a\",\"ilike\",\"");
	for (int i = 0; i <= DOMAIN_PATTERN_MOST; i++)
		buf_add_char(&text, '%');
	buf_add_text(&text, "\"]]");
	ck_assert_ptr_null(domain_parse(buf_slice(&text), NULL, &arena, &err));
	ck_assert_str_eq(err.text, "term 1: 'ilike': more than 256 bytes");
	arena_free(&arena);
	buf_free(&text);
}
END_TEST

START_TEST(a_field_that_there_is_not_is_told)
{
	static const struct {
		const char *domain, *said; /* NULL: it is good */
	} fields[] = {
		{"[[\"status\",\"=\",1],[\"metadata\",\"!=\",null]]", NULL},
		{"[[\"metadata.order.no\",\"=\",1]]", NULL},
		{"[[\"status\",\"=\",1],[\"sublect\",\"=\",1]]", "term 2: unknown field 'sublect'"},
		{"[\"!\",[\"stat\",\"=\",1]]", "term 2: unknown field 'stat'"},
		{"[[\"\",\"=\",1]]", "term 1: unknown field ''"},
		{"[[\"meta.order\",\"=\",1]]", "term 1: unknown field 'meta'"},
		{"[[\"status.x\",\"=\",1]]", "term 1: 'status' is no object: it has no members"},
	};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		struct arena arena = {0};
		struct err err = {0};
		const struct domain *domain = domain_parse(slice_text(fields[i].domain),
							   "status metadata.", &arena, &err);
		ck_assert(!domain == !!fields[i].said);
		ck_assert_str_eq(err.text, fields[i].said ? fields[i].said : "");
		arena_free(&arena);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("message/domain");
	TCase *t = tcase_create("domain");

	tcase_add_loop_test(t, asks_what_was_written, 0, sizeof cases / sizeof *cases);
	tcase_add_loop_test(t, what_holds_may_hold_whatever_part_is_known, 0,
			    sizeof cases / sizeof *cases);
	tcase_add_test(t, what_every_answer_has_is_required);
	tcase_add_test(t, an_expression_is_bounded);
	tcase_add_test(t, a_field_that_there_is_not_is_told);
	suite_add_tcase(s, t);
	return s;
}
