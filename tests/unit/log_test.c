#include "base/log.h"

#include <check.h>
#include <stdio.h>
#include <unistd.h>

static struct log out;
static int read_end;

static void setup(void)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	read_end = fds[0];
	out = (struct log){.fd = fds[1]};
}

static void teardown(void)
{
	close(read_end);
	close(out.fd);
	log_free(&out);
}

/* The line just ended, without its time and its newline. */
static const char *line(void)
{
	static char text[LOG_LINE_MAX + 1];
	ssize_t n = read(read_end, text, LOG_LINE_MAX);

	ck_assert_int_gt(n, 30);
	ck_assert_int_eq(text[n - 1], '\n');
	ck_assert_int_eq(memcmp(text, "time=20", 7), 0);
	text[n - 1] = '\0';
	ck_assert_ptr_null(strchr(text, '\n'));
	return strchr(text, ' ') + 1;
}

static const struct {
	const char *value, *written;
} values[] = {
	{"plain", "v=plain"},
	{"a@example.com;b/c:d", "v=a@example.com;b/c:d"},
	{"", "v=\"\""},
	{"two words", "v=\"two words\""},
	{"a=b", "v=\"a=b\""},
	{"say \"yes\" \\ no", "v=\"say \\\"yes\\\" \\\\ no\""},
	{"250 ok\r\nevent=forged", "v=\"250 ok\\r\\nevent=forged\""},
	{"\x1b[31mred\x7f", "v=\"\\u001b[31mred\\u007f\""},
	{"gr\xc3\xbc\xc3\x9f", "v=\"gr\xc3\xbc\xc3\x9f\""},
	{"\xff", "v=\"\xef\xbf\xbd\""},
};

START_TEST(a_value_cannot_leave_its_place)
{
	char wanted[64];

	log_begin(&out, "test");
	log_text(&out, "v", values[_i].value);
	log_end(&out);
	snprintf(wanted, sizeof wanted, "event=test %s", values[_i].written);
	ck_assert_str_eq(line(), wanted);
}
END_TEST

START_TEST(pairs_come_in_order_and_absent_ones_not)
{
	log_begin(&out, "attempt");
	log_text(&out, "id", "01jd");
	log_text(&out, "org", NULL);
	log_int(&out, "code", -250);
	log_end(&out);
	ck_assert_str_eq(line(), "event=attempt id=01jd code=-250");
	log_begin(&out, "next");
	log_end(&out);
	ck_assert_str_eq(line(), "event=next");
}
END_TEST

static const struct {
	bool mask;
	const char *address, *written;
} addresses[] = {
	{false, "alice@example.com", "event=a to=alice@example.com"},
	{true, "alice@example.com", "event=a to=a***@example.com"},
	{true, "alice", "event=a to=***"},
	{true, "@example.com", "event=a to=***"},
	{false, "alice", "event=a to=alice"},
};

START_TEST(addresses_are_masked_where_asked)
{
	out.mask_addresses = addresses[_i].mask;
	log_begin(&out, "a");
	log_address(&out, "to", slice_text(addresses[_i].address));
	log_end(&out);
	ck_assert_str_eq(line(), addresses[_i].written);
}
END_TEST

START_TEST(addresses_in_the_words_of_others_too)
{
	out.mask_addresses = true;
	log_begin(&out, "a");
	log_text(&out, "error", "550 <bob@b.example>: no bob, j\xc3\xb6@c.example,x@d @ e");
	log_end(&out);
	ck_assert_str_eq(line(),
			 "event=a error=\"550 <b***@b.example>: no bob, "
			 "j***@c.example,x***@d @ e\"");
	out.mask_addresses = false;
}
END_TEST

/* Whole lines, as many as one write may hold, and the rest in the next. */
START_TEST(gathered_lines_share_their_writes)
{
	char text[2 * LOG_LINE_MAX];
	char value[1000];

	memset(value, 'x', sizeof value);
	log_gather(&out);
	for (int i = 0; i < 10; i++) {
		log_begin(&out, "test");
		for (int j = 0; j < 2; j++)
			log_slice(&out, "v", slice_make(value, 300));
		log_end(&out);
	}
	log_write(&out);
	ssize_t n = read(read_end, text, sizeof text);
	ck_assert_int_gt(n, 6000);
	ck_assert_int_eq(text[n - 1], '\n');
	int lines = 0;
	for (ssize_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	ck_assert_int_eq(lines, 10);
	log_begin(&out, "next");
	log_end(&out);
	ck_assert_str_eq(line(), "event=next");
}
END_TEST

START_TEST(a_line_stays_whole_however_much_is_told)
{
	static char big[100000];
	char key[16];

	memset(big, 'x', sizeof big - 1);
	log_begin(&out, "big");
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof key, "k%d", i);
		log_text(&out, key, big);
	}
	log_end(&out);
	const char *text = line();
	ck_assert_str_eq(text + strlen(text) - 9, " cut=true");
	ck_assert_ptr_null(strstr(text, "cut=true cut=true"));
	ck_assert_ptr_nonnull(strstr(text, " k6="));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/log");
	TCase *t = tcase_create("log");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_value_cannot_leave_its_place, 0, sizeof values / sizeof *values);
	tcase_add_test(t, pairs_come_in_order_and_absent_ones_not);
	tcase_add_test(t, addresses_in_the_words_of_others_too);
	tcase_add_loop_test(t, addresses_are_masked_where_asked, 0,
			    sizeof addresses / sizeof *addresses);
	tcase_add_test(t, gathered_lines_share_their_writes);
	tcase_add_test(t, a_line_stays_whole_however_much_is_told);
	suite_add_tcase(s, t);
	return s;
}
