#include "conf/connector_test.h"

#include <check.h>
#include <poll.h>

#include "files.h"

/* A kind of our own: tells what it was started with, and does what the definition says. */
static const char program[] =
	"#!/bin/sh\n"
	"echo \"* $*\" | sed 's| -C [^ ]*||'\n"
	"echo \"* ${SECRET_OF_ONE-none} ${OTHER-none}\"\n"
	"read -r line && eval \"$line\"\n";

static struct arena arena;
static const struct organization org = {.id = "acme"};
static const struct conf conf = {.file = "/nowhere/mailq.yaml"};

/* Found in the directory that the test stands in. */
static void make_program(void)
{
	files_put("mailq-send-odd", program);
	ck_assert_int_eq(chmod("mailq-send-odd", 0700), 0);
	setenv("PATH", ".:/usr/bin:/bin", 1);
	setenv("SECRET_OF_ONE", "one", 1);
	setenv("OTHER", "other", 1);
}

static struct connector_test start(const char *definition)
{
	static const struct connector_key key = {.key = "key",
						 .value = "$ENV:SECRET_OF_ONE",
						 .list = {&key.value, 1}};
	const struct connector connector = {.id = "one",
					    .kind = "odd",
					    .config = &key,
					    .config_count = 1};
	struct connector_test_plan plan = {
		.conf = &conf,
		.organization = &org,
		.connector = &connector,
		.definition = slice_text(definition),
		.to = "a@example.com",
		.output = -1,
	};
	struct connector_test test;
	struct err err = {0};

	make_program();
	ck_assert_msg(connector_test_start(&plan, &test, &err), "%s", err.text);
	return test;
}

/* As a loop would: whenever there is something to read. */
static const char *hear(struct connector_test *test)
{
	struct buf text = {0};

	while (connector_test_read(test, &text))
		poll(&(struct pollfd){.fd = test->output, .events = POLLIN}, 1, -1);
	const char *kept = arena_slice(&arena, buf_slice(&text)).p;
	buf_free(&text);
	return kept;
}

START_TEST(tells_what_the_program_says_and_how_it_ended)
{
	struct connector_test test = start("echo so; echo wrong >&2; exit 77\n");

	ck_assert_str_eq(hear(&test), "* -o acme --test a@example.com -\n* one none\nso\nwrong\n");
	ck_assert_int_eq(connector_test_end(&test), 77);
}
END_TEST

START_TEST(keeps_no_more_than_its_bound)
{
	struct connector_test test = start("head -c 1000000 /dev/zero | tr '\\0' x\n");

	ck_assert_uint_eq(strlen(hear(&test)), CONNECTOR_TEST_BYTES);
	ck_assert_int_eq(connector_test_end(&test), 0);
}
END_TEST

START_TEST(ends_a_program_that_does_not)
{
	struct connector_test test = start("echo ready; exec sleep 1000\n");
	struct buf text = {0};

	while (!text.n || !strstr(text.p, "ready")) {
		poll(&(struct pollfd){.fd = test.output, .events = POLLIN}, 1, -1);
		ck_assert(connector_test_read(&test, &text));
	}
	ck_assert_int_eq(connector_test_end(&test), EX_TEMPFAIL);
	buf_free(&text);
}
END_TEST

START_TEST(needs_a_program_of_that_kind)
{
	const struct connector connector = {.id = "one", .kind = "sky"};
	struct connector_test_plan plan = {.conf = &conf,
					   .organization = &org,
					   .connector = &connector,
					   .to = "a@example.com",
					   .output = -1};
	struct connector_test test;
	struct err err = {0};

	ck_assert(!connector_test_start(&plan, &test, &err));
	ck_assert_int_eq(err.code, EX_CONFIG);
	ck_assert_str_eq(err.text, "there is no program mailq-send-sky");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("conf/connector_test");
	TCase *t = tcase_create("child");

	tcase_add_checked_fixture(t, files_enter, files_leave);
	tcase_add_test(t, tells_what_the_program_says_and_how_it_ended);
	tcase_add_test(t, keeps_no_more_than_its_bound);
	tcase_add_test(t, ends_a_program_that_does_not);
	tcase_add_test(t, needs_a_program_of_that_kind);
	suite_add_tcase(s, t);
	return s;
}
