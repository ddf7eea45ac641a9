#include "http/route.h"

#include <check.h>

static const struct http_route routes[] = {
	{"GET", "/outbox", 0, NULL},        {"GET", "/outbox/{}", 0, NULL},
	{"POST", "/outbox/{}/{}", 0, NULL}, {"GET", "/pages/", 0, NULL},
	{"GET", "/one/{}/{}/", 0, NULL},    {"GET", "/one/{}/other", 0, NULL},
};

/* route: which of them, or -1. */
static const struct {
	const char *method, *path;
	int route;
	unsigned status;
	const char *first, *second;
} cases[] = {
	{"GET", "/outbox", 0, 0, NULL, NULL},
	{"GET", "/outbox/a", 1, 0, "a", NULL},
	{"POST", "/outbox/a/hold", 2, 0, "a", "hold"},
	{"POST", "/outbox", -1, 405, NULL, NULL},
	{"GET", "/outbox/", -1, 404, NULL, NULL},
	{"GET", "/pages/", 3, 0, NULL, NULL},
	{"GET", "/pages", -1, 404, NULL, NULL},
	{"GET", "/one/a/other", 5, 0, "a", NULL},
	{"GET", "/pages//", -1, 404, NULL, NULL},
	{"GET", "//outbox/", -1, 404, NULL, NULL},
	{"POST", "/outbox//hold", -1, 404, NULL, NULL},
	{"POST", "/outbox/a/b/", -1, 404, NULL, NULL},
	{"DELETE", "/outbox/a", -1, 405, NULL, NULL},
	{"get", "/outbox", -1, 405, NULL, NULL},
	{"HEAD", "/outbox", 0, 0, NULL, NULL},
	{"HEAD", "/outbox/a/hold", -1, 405, NULL, NULL},
	{"GET", "outbox", -1, 404, NULL, NULL},
	{"GET", "", -1, 404, NULL, NULL},
};

START_TEST(a_method_and_a_path_lead_to_one_route)
{
	struct slice args[HTTP_ARGS_MOST] = {0};
	unsigned status;

	const struct http_route *route =
		http_route_find(routes, sizeof routes / sizeof *routes, cases[_i].method,
				cases[_i].path, args, &status);
	if (cases[_i].route < 0) {
		ck_assert_ptr_null(route);
		ck_assert_uint_eq(status, cases[_i].status);
		return;
	}
	ck_assert_ptr_eq(route, &routes[cases[_i].route]);
	ck_assert(!cases[_i].first || slice_is(args[0], cases[_i].first));
	ck_assert(!cases[_i].second || slice_is(args[1], cases[_i].second));
	ck_assert(cases[_i].second || !args[1].n); /* nor what another pattern left */
}
END_TEST

START_TEST(a_path_tells_its_methods)
{
	struct buf list = {0};

	http_route_methods(routes, sizeof routes / sizeof *routes, "/outbox/a", &list);
	ck_assert_str_eq(list.p, "GET, HEAD");
	buf_free(&list);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("http/route");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, a_method_and_a_path_lead_to_one_route, 0,
			    sizeof cases / sizeof *cases);
	tcase_add_test(tc, a_path_tells_its_methods);
	suite_add_tcase(s, tc);
	return s;
}
