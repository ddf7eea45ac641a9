#include "base/notify.h"

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listener;
static char path[64];

/* Listens under a path, or under an abstract name that the kernel chooses, and says where. */
static void listen_at(bool abstract)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	socklen_t n = sizeof(sa_family_t);

	listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (!abstract) {
		snprintf(path, sizeof path, "/tmp/notify_test.%d", (int)getpid());
		strcpy(at.sun_path, path);
		n = sizeof at;
	}
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, n), 0);
	if (abstract) {
		n = sizeof at;
		ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &n), 0);
		size_t length = n - offsetof(struct sockaddr_un, sun_path);
		snprintf(path, sizeof path, "@%.*s", (int)length - 1, at.sun_path + 1);
	}
	setenv("NOTIFY_SOCKET", path, 1);
}

/* The next word that came, or "" when there is none. */
static const char *heard(void)
{
	static char text[256];
	ssize_t n = recv(listener, text, sizeof text - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void teardown(void)
{
	close(listener);
	if (path[0] == '/')
		unlink(path);
}

START_TEST(tells_the_one_who_started_it)
{
	listen_at(_i);
	struct notify notify = notify_open();
	notify_tell(&notify, "READY=1");
	ck_assert_str_eq(heard(), "READY=1");
	notify_close(&notify);
}
END_TEST

START_TEST(says_that_it_is_alive_six_times_within_the_borne_silence)
{
	listen_at(true);
	setenv("WATCHDOG_USEC", "30000000", 1);
	struct notify notify = notify_open();
	ck_assert_int_eq(notify.bears_ms, 30000);

	notify_alive(&notify);
	ck_assert_str_eq(heard(), "WATCHDOG=1");
	notify_alive(&notify);
	ck_assert_str_eq(heard(), "");
	notify.next_ms -= 5000;
	notify_alive(&notify);
	ck_assert_str_eq(heard(), "WATCHDOG=1");
	notify_close(&notify);
}
END_TEST

static const struct {
	const char *usec, *pid;
} no_watchdogs[] = {
	{NULL, NULL},
	{"", NULL},
	{"never", NULL},
	{"30000000", "1"},
};

START_TEST(says_nothing_where_no_watchdog_waits_for_it)
{
	listen_at(true);
	if (no_watchdogs[_i].usec)
		setenv("WATCHDOG_USEC", no_watchdogs[_i].usec, 1);
	if (no_watchdogs[_i].pid)
		setenv("WATCHDOG_PID", no_watchdogs[_i].pid, 1);
	struct notify notify = notify_open();
	notify_alive(&notify);
	ck_assert_str_eq(heard(), "");
	notify_close(&notify);
}
END_TEST

START_TEST(never_waits_for_a_listener_that_does_not_read)
{
	listen_at(true);
	struct notify notify = notify_open();
	for (int i = 0; i < 10000; i++)
		notify_tell(&notify, "STATUS=still here");
	ck_assert_str_eq(heard(), "STATUS=still here");
	notify_close(&notify);
}
END_TEST

START_TEST(a_listener_that_went_away_is_no_harm)
{
	listen_at(false);
	struct notify notify = notify_open();
	close(listener);
	notify_tell(&notify, "READY=1");
	notify_close(&notify);
}
END_TEST

static const char *const nowhere[] = {
	"",
	"/nowhere/at/all",
	"/much/too/long/"
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	"xxxxxx",
};

START_TEST(does_nothing_where_nobody_listens)
{
	setenv("NOTIFY_SOCKET", nowhere[_i], 1);
	setenv("WATCHDOG_USEC", "30000000", 1);
	listener = -1;
	struct notify notify = notify_open();
	ck_assert_int_eq(notify.fd, -1);
	notify_tell(&notify, "READY=1");
	notify_alive(&notify);
	notify_close(&notify);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/notify");
	TCase *t = tcase_create("notify");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_loop_test(t, tells_the_one_who_started_it, 0, 2);
	tcase_add_test(t, says_that_it_is_alive_six_times_within_the_borne_silence);
	tcase_add_loop_test(t, says_nothing_where_no_watchdog_waits_for_it, 0,
			    sizeof no_watchdogs / sizeof *no_watchdogs);
	tcase_add_test(t, never_waits_for_a_listener_that_does_not_read);
	tcase_add_test(t, a_listener_that_went_away_is_no_harm);
	tcase_add_loop_test(t, does_nothing_where_nobody_listens, 0,
			    sizeof nowhere / sizeof *nowhere);
	suite_add_tcase(s, t);
	return s;
}
