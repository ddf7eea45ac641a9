#include "conf/check.h"

#include <check.h>

/* As a kind would print it. */
static const char describe_text[] =
	"{\"kind\": \"wire\", \"abilities\": [\"anything\"], \"keys\": ["
	"{\"name\": \"host\", \"required\": true},"
	"{\"name\": \"port\", \"type\": \"integer\"},"
	"{\"name\": \"verify\", \"type\": \"boolean\"},"
	"{\"name\": \"security\", \"values\": [\"none\", \"tls\"], \"default\": \"none\"},"
	"{\"name\": \"user\", \"not_with\": {\"security\": \"none\"}},"
	"{\"name\": \"way\", \"type\": \"proxy\"},"
	"{\"name\": \"peer\", \"type\": \"host\"},"
	"{\"name\": \"hosts\", \"type\": \"list\"},"
	"{\"name\": \"command\", \"type\": \"command\"},"
	"{\"name\": \"folder\", \"type\": \"path\"},"
	"{\"name\": \"base\", \"type\": \"url\"},"
	"{\"name\": \"password\", \"secret\": true}]}";

/* A config of one key beside the required one; what is said of it, or NULL. */
/* clang-format off */
static const struct {
	const char *key, *value, *said;
} cases[] = {
	{"port",     "25",        NULL},
	{"port",     "$ENV:PORT", NULL},
	{"port",     "smtp",      "wire.yaml:7: config.port must be a whole number"},
	{"port",     "-1",        "wire.yaml:7: config.port must be a whole number"},
	{"port",     NULL,        "wire.yaml:7: config.port must not be a list"},
	{"verify",   "true",      NULL},
	{"verify",   "yes",       "wire.yaml:7: config.verify must be true or false"},
	{"security", "tls",       NULL},
	{"security", "ssl",       "wire.yaml:7: config.security must be one of none, tls, not 'ssl'"},
	{"command",  NULL,        NULL},
	{"command",  "cat",       NULL},
	{"hosts",    NULL,        NULL},
	{"hosts",    "a",         "wire.yaml:7: config.hosts must be a list"},
	{"folder",   "/var/mail", NULL},
	{"folder",   "mail",      "wire.yaml:7: config.folder must be an absolute path"},
	{"base",     "http://a/", NULL},
	{"base",     "ftp://a/",  "wire.yaml:7: config.base must begin with https:// or http://"},
	{"base",     "https://u:p@a/", "wire.yaml:7: config.base must have no user's name in it"},
	{"base",     "https://a/@b",   NULL},
	{"way",      "http://p:3128",      NULL},
	{"way",      "https://p.example:1", NULL},
	{"way",      "socks5h://[::1]:65535", NULL},
	{"way",      "socks5://p:1",       "wire.yaml:7: config.way " CHECK_PROXY_IS},
	{"way",      "p:3128",             "wire.yaml:7: config.way " CHECK_PROXY_IS},
	{"way",      "http://p",           "wire.yaml:7: config.way " CHECK_PROXY_IS},
	{"way",      "http://:1",          "wire.yaml:7: config.way " CHECK_PROXY_IS},
	{"way",      "http://p:0",         "wire.yaml:7: config.way " CHECK_PROXY_IS},
	{"way",      "http://p:1/",        "wire.yaml:7: config.way " CHECK_PROXY_IS},
	{"way",      "http://u:s@p:1",     "wire.yaml:7: config.way " CHECK_PROXY_IS},
	{"peer",     "mx-1.a_b.example", NULL},
	{"peer",     "b\303\274cher.example", NULL},
	{"peer",     "127.0.0.1",   NULL},
	{"peer",     "2001:db8::1", NULL},
	{"peer",     "[::1]",       NULL},
	{"peer",     "[::1]:25",    "wire.yaml:7: config.peer " CHECK_HOST_IS},
	{"peer",     "a:25",        "wire.yaml:7: config.peer " CHECK_HOST_IS},
	{"peer",     "[a]",         "wire.yaml:7: config.peer " CHECK_HOST_IS},
	{"peer",     "u@a",         "wire.yaml:7: config.peer " CHECK_HOST_IS},
	{"peer",     "a/b",         "wire.yaml:7: config.peer " CHECK_HOST_IS},
	{"peer",     "a, b",        "wire.yaml:7: config.peer " CHECK_HOST_IS},
	{"peer",     "smtp://a",    "wire.yaml:7: config.peer " CHECK_HOST_IS},
	{"user",     "me",        "wire.yaml:7: config.user would go in the clear with security none"},
	{"password", "$ENV:NONE", NULL},
	{"pasword",  "x",         "wire.yaml:7: unknown key 'config.pasword' (did you mean 'password'?)"},
	{"colour",   "x",         "wire.yaml:7: unknown key 'config.colour' of kind wire"},
};
/* clang-format on */

static const struct json *describe(struct arena *arena)
{
	struct err err = {0};
	const struct json *json = json_parse(slice_text(describe_text), arena, &err);

	ck_assert_msg(json != NULL, "%s", err.text);
	return json;
}

START_TEST(config_is_held_against_the_description)
{
	const struct connector_key config[] = {
		{.key = "host", .value = "mail.example", .line = 6},
		{.key = cases[_i].key, .value = cases[_i].value, .line = 7},
	};
	const struct connector connector = {.kind = "wire",
					    .file = "wire.yaml",
					    .config = config,
					    .config_count = 2};
	struct arena arena = {0};
	struct err err = {0};
	bool good = connector_check(&connector, describe(&arena), &err);

	ck_assert_str_eq(err.text, cases[_i].said ? cases[_i].said : "");
	ck_assert(good == !cases[_i].said);
	ck_assert_int_eq(err.code, good ? 0 : EX_CONFIG);
	arena_free(&arena);
}
END_TEST

/* host, security (NULL: not given), whether a user may stand beside them. */
static const struct {
	const char *host, *security;
	bool may;
} logins[] = {
	{"mail.example", NULL, false}, {"mail.example", "none", false},
	{"mail.example", "tls", true}, {"127.0.0.1", NULL, true},
	{"127.0.0.1", "none", true},   {"localhost", NULL, false},
};

START_TEST(a_login_in_the_clear_stays_on_this_machine)
{
	const struct connector_key config[] = {
		{.key = "user", .value = "me", .line = 1},
		{.key = "host", .value = logins[_i].host, .line = 2},
		{.key = "security", .value = logins[_i].security, .line = 3},
	};
	const struct connector connector = {.kind = "wire",
					    .file = "wire.yaml",
					    .config = config,
					    .config_count = logins[_i].security ? 3 : 2};
	struct arena arena = {0};
	struct err err = {0};

	ck_assert(connector_check(&connector, describe(&arena), &err) == logins[_i].may);
	arena_free(&arena);
}
END_TEST

START_TEST(a_required_key_must_be_there)
{
	const struct connector connector = {.kind = "wire", .file = "wire.yaml"};
	struct arena arena = {0};
	struct err err = {0};

	ck_assert(!connector_check(&connector, describe(&arena), &err));
	ck_assert_str_eq(err.text, "wire.yaml: kind wire needs config.host");
	arena_free(&arena);
}
END_TEST

START_TEST(an_organization_with_connectors_has_a_default)
{
	const struct connector connector = {.id = "a"}, standard = {.id = "a", .is_default = true};
	struct organization org = {.directory = "acme"};
	struct err err = {0};

	ck_assert(organization_check(&org, &err));
	org.connector_count = 1;
	org.connectors = &connector;
	ck_assert(!organization_check(&org, &err));
	ck_assert_str_eq(err.text, "acme/connectors: none is_default");
	org.connectors = &standard;
	ck_assert(organization_check(&org, &err));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("conf/check");
	TCase *t = tcase_create("check");

	tcase_add_loop_test(t, config_is_held_against_the_description, 0,
			    sizeof cases / sizeof *cases);
	tcase_add_loop_test(t, a_login_in_the_clear_stays_on_this_machine, 0,
			    sizeof logins / sizeof *logins);
	tcase_add_test(t, a_required_key_must_be_there);
	tcase_add_test(t, an_organization_with_connectors_has_a_default);
	suite_add_tcase(s, t);
	return s;
}
