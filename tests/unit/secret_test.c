#include "conf/secret.h"

#include "files.h"

static void enter(void)
{
	files_enter();
	files_put("key", "s3cret\n");
	files_put("crlf", "s3cret\r\n");
	files_put("two", "a\nb\n\n");
	files_put("empty", "\n");
	files_put("open", "s3cret");
	chmod("open", 0666);
	ck_assert_int_eq(symlink("key", "link"), 0);
	mkfifo("fifo", 0600);
	setenv("MAILQ_TEST_KEY", "from the environment", 1);
	setenv("MAILQ_TEST_EMPTY", "", 1);
	unsetenv("MAILQ_TEST_NONE");
}

/* $FILE: needs an absolute path, and the test's directory has a name of its own. */
static const char *absolute(const char *value, char text[512])
{
	const char *at = strstr(value, "PWD");
	char directory[256];

	ck_assert_ptr_nonnull(getcwd(directory, sizeof directory));
	if (!at)
		snprintf(text, 512, "%s", value);
	else
		snprintf(text, 512, "%.*s%s%s", (int)(at - value), value, directory, at + 3);
	return text;
}

/* clang-format off */
static const struct {
	const char *value, *secret;
} good[] = {
	{"literal",             "literal"},
	{"$HOME",               "$HOME"},
	{"",                    ""},
	{"$ENV:MAILQ_TEST_KEY", "from the environment"},
	{"$FILE:PWD/key",       "s3cret"},
	{"$FILE:PWD/crlf",      "s3cret"},
	{"$FILE:PWD/two",       "a\nb\n"},
};
/* clang-format on */

START_TEST(resolves_variables_files_and_plain_values)
{
	struct buf secret = {0};
	struct err err = {0};
	char value[512];

	ck_assert_msg(secret_resolve(absolute(good[_i].value, value), &secret, &err), "%s",
		      err.text);
	ck_assert_str_eq(secret.p, good[_i].secret);
	ck_assert_uint_eq(secret.n, strlen(good[_i].secret));
	secret_wipe(&secret);
	ck_assert_ptr_null(secret.p);
}
END_TEST

/* clang-format off */
static const struct {
	const char *value, *said;
} bad[] = {
	{"$ENV:MAILQ_TEST_NONE",  "$ENV:MAILQ_TEST_NONE: not set"},
	{"$ENV:MAILQ_TEST_EMPTY", "$ENV:MAILQ_TEST_EMPTY: set to nothing"},
	{"$ENV:",                 "$ENV:: not set"},
	{"$FILE:key",             "$FILE:key: not an absolute path"},
	{"$FILE:PWD/none",        "PWD/none: No such file or directory"},
	{"$FILE:PWD/empty",       "PWD/empty: empty"},
	{"$FILE:PWD/open",        "PWD/open: everyone may write it"},
	{"$FILE:PWD/link",        "PWD/link: Too many levels of symbolic links"},
	{"$FILE:PWD/fifo",        "PWD/fifo: not a regular file"},
	{"$FILE:/dev/zero",       "/dev/zero: not a regular file"},
};
/* clang-format on */

START_TEST(says_why_a_reference_does_not_resolve)
{
	struct buf secret = {0};
	struct err err = {0};
	char value[512], said[512];

	ck_assert(!secret_resolve(absolute(bad[_i].value, value), &secret, &err));
	ck_assert_str_eq(err.text, absolute(bad[_i].said, said));
	ck_assert_int_eq(err.code, EX_CONFIG);
	secret_wipe(&secret);
}
END_TEST

START_TEST(refuses_a_file_over_its_limit)
{
	static char text[SECRET_MOST + 2];
	struct buf secret = {0};
	struct err err = {0};
	char value[512];

	memset(text, 'x', sizeof text - 1);
	files_put("large", text);
	ck_assert(!secret_resolve(absolute("$FILE:PWD/large", value), &secret, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "larger than 65536 bytes"));
}
END_TEST

START_TEST(a_connector_whose_secrets_are_missing_is_found_by_line)
{
	const char *value = "$ENV:MAILQ_TEST_NONE";
	const struct connector_key config[] = {
		{"host", "mail.example", {(const char *const[]){"mail.example"}, 1}, 3},
		{"password", value, {&value, 1}, 4},
	};
	const struct connector connector = {.file = "office.yaml",
					    .config = config,
					    .config_count = 2};
	struct buf secret = {0};
	struct err err = {0};

	ck_assert(!connector_secret(&connector, "password", &secret, &err));
	ck_assert_str_eq(err.text, "office.yaml:4: config.password: $ENV:MAILQ_TEST_NONE: not set");
	ck_assert(connector_secret(&connector, "username", &secret, &err));
	ck_assert_uint_eq(secret.n, 0);

	ck_assert(!connector_check_secrets(&connector, NULL, &err));
	ck_assert_str_eq(err.text, "office.yaml:4: config.password: $ENV:MAILQ_TEST_NONE: not set");
	ck_assert_int_eq(err.code, EX_CONFIG);
	const char *const other[] = {"MAILQ_TEST_NONE2=x", NULL};
	const char *const both[] = {"MAILQ_TEST_NONE2=x", "MAILQ_TEST_NONE=now", NULL};
	ck_assert(!connector_check_secrets(&connector, other, &err));
	ck_assert(connector_check_secrets(&connector, both, &err));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("conf/secret");
	TCase *t = tcase_create("secret");

	tcase_add_checked_fixture(t, enter, files_leave);
	tcase_add_loop_test(t, resolves_variables_files_and_plain_values, 0,
			    sizeof good / sizeof *good);
	tcase_add_loop_test(t, says_why_a_reference_does_not_resolve, 0, sizeof bad / sizeof *bad);
	tcase_add_test(t, refuses_a_file_over_its_limit);
	tcase_add_test(t, a_connector_whose_secrets_are_missing_is_found_by_line);
	suite_add_tcase(s, t);
	return s;
}
