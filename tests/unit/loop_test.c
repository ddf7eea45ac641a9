#include "base/loop.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static struct loop *loop;
static struct err err;
static char told[256]; /* what the callbacks wrote */

static void setup(void)
{
	told[0] = '\0';
	loop = loop_open(&err);
	ck_assert_ptr_nonnull(loop);
}

static void teardown(void)
{
	loop_close(loop);
}

static void tell(void *context)
{
	strcat(told, context);
}

static void tell_events(void *context, int events)
{
	char text[8];

	snprintf(text, sizeof text, "%s%d ", (const char *)context, events);
	strcat(told, text);
}

static void make_pipe(int fds[2])
{
	ck_assert_int_eq(pipe(fds), 0);
}

START_TEST(tells_what_can_be_read_and_written)
{
	char name[] = "a";
	int fds[2];

	make_pipe(fds);
	struct loop_watch in = {.fd = fds[0], .fn = tell_events, .context = name};
	struct loop_watch out = {.fd = fds[1], .fn = tell_events, .context = name};
	ck_assert(loop_watch(loop, &in, LOOP_READ, &err));
	ck_assert(loop_step(loop, 0, &err));
	ck_assert_str_eq(told, "");

	ck_assert(loop_watch(loop, &out, LOOP_WRITE, &err));
	ck_assert(loop_step(loop, 0, &err));
	ck_assert_str_eq(told, "a2 ");

	ck_assert(loop_change(loop, &out, 0, &err));
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	ck_assert(loop_step(loop, 0, &err));
	ck_assert_str_eq(told, "a2 a1 ");

	loop_unwatch(loop, &out);
	close(fds[1]);
	ck_assert(loop_step(loop, 0, &err));
	ck_assert_str_eq(told, "a2 a1 a5 ");
	loop_unwatch(loop, &in);
	close(fds[0]);
}
END_TEST

START_TEST(timers_come_in_order_of_time_whatever_the_order_of_start)
{
	struct loop_timer timers[200];
	char names[200][8];
	int64_t now = clock_boot_ms();

	for (int i = 0; i < 200; i++) {
		int at = i * 77 % 200; /* a permutation */
		snprintf(names[i], sizeof names[i], "%d,", at);
		timers[i] = (struct loop_timer){.fn = tell, .context = names[i]};
		loop_start_timer(loop, &timers[i], now - 1000 + at);
	}
	for (int i = 0; i < 200; i++)
		if (i * 77 % 200 >= 10)
			loop_stop_timer(loop, &timers[i]);
	ck_assert(loop_step(loop, 0, &err));
	ck_assert_str_eq(told, "0,1,2,3,4,5,6,7,8,9,");
}
END_TEST

START_TEST(a_timer_waits_for_its_time)
{
	char name[] = "t";
	struct loop_timer timer = {.fn = tell, .context = name};
	int64_t due = clock_boot_ms() + 30;

	loop_start_timer(loop, &timer, due);
	ck_assert(loop_timer_runs(&timer));
	while (!told[0])
		ck_assert(loop_step(loop, -1, &err));
	ck_assert_int_ge(clock_boot_ms(), due);
	ck_assert(!loop_timer_runs(&timer));
}
END_TEST

START_TEST(a_timer_set_anew_comes_once)
{
	char name[] = "t";
	struct loop_timer timer = {.fn = tell, .context = name};

	loop_start_timer(loop, &timer, 0);
	loop_start_timer(loop, &timer, 1);
	ck_assert(loop_step(loop, 0, &err));
	ck_assert(loop_step(loop, 0, &err));
	ck_assert_str_eq(told, "t");
	loop_stop_timer(loop, &timer);
}
END_TEST

/* Two watches, of which each removes and frees both: only one of them may be called. */
struct rival {
	struct loop_watch watch;
	struct rival *other;
};

static void remove_other(void *context, int events)
{
	struct rival *rival = context;

	(void)events;
	strcat(told, "x");
	loop_unwatch(loop, &rival->watch);
	loop_unwatch(loop, &rival->other->watch);
	free(rival->other);
	free(rival);
}

START_TEST(what_a_callback_removes_is_not_called)
{
	struct rival *rivals[2];
	int fds[2];

	make_pipe(fds);
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	for (int i = 0; i < 2; i++) {
		rivals[i] = calloc(1, sizeof *rivals[i]);
		rivals[i]->watch.fd = dup(fds[0]);
		rivals[i]->watch.fn = remove_other;
		rivals[i]->watch.context = rivals[i];
		ck_assert(loop_watch(loop, &rivals[i]->watch, LOOP_READ, &err));
	}
	rivals[0]->other = rivals[1];
	rivals[1]->other = rivals[0];
	ck_assert(loop_step(loop, 0, &err));
	ck_assert_str_eq(told, "x");
}
END_TEST

static void start_again(void *context)
{
	strcat(told, "t");
	loop_start_timer(loop, context, 0);
}

START_TEST(a_timer_that_is_always_due_does_not_starve_the_rest)
{
	struct loop_timer timer = {.fn = start_again};
	char name[] = "a";
	int fds[2];

	make_pipe(fds);
	struct loop_watch out = {.fd = fds[1], .fn = tell_events, .context = name};
	timer.context = &timer;
	loop_start_timer(loop, &timer, 0);
	ck_assert(loop_watch(loop, &out, LOOP_WRITE, &err));
	ck_assert(loop_step(loop, -1, &err));
	ck_assert(loop_step(loop, -1, &err));
	ck_assert_str_eq(told, "a2 ta2 t");
	loop_stop_timer(loop, &timer);
}
END_TEST

static void tell_signal(void *context, int signo)
{
	(void)context;
	strcat(told, signo == SIGHUP ? "hup " : signo == SIGTERM ? "term " : "? ");
}

static void step_until_told(const char *wanted)
{
	while (strcmp(told, wanted) != 0)
		ck_assert(loop_step(loop, -1, &err));
}

START_TEST(signals_come_as_calls)
{
	ck_assert(loop_signal(loop, SIGHUP, tell_signal, NULL, &err));
	ck_assert(loop_signal(loop, SIGTERM, tell_signal, NULL, &err));
	kill(getpid(), SIGTERM);
	step_until_told("term ");
	kill(getpid(), SIGHUP);
	step_until_told("term hup ");
}
END_TEST

START_TEST(a_descriptor_that_cannot_be_watched_is_an_error)
{
	struct loop_watch watch = {.fd = -1};

	ck_assert(!loop_watch(loop, &watch, LOOP_READ, &err));
	ck_assert_int_eq(err.code, EX_TEMPFAIL);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/loop");
	TCase *t = tcase_create("loop");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, tells_what_can_be_read_and_written);
	tcase_add_test(t, timers_come_in_order_of_time_whatever_the_order_of_start);
	tcase_add_test(t, a_timer_waits_for_its_time);
	tcase_add_test(t, a_timer_set_anew_comes_once);
	tcase_add_test(t, what_a_callback_removes_is_not_called);
	tcase_add_test(t, a_timer_that_is_always_due_does_not_starve_the_rest);
	tcase_add_test(t, signals_come_as_calls);
	tcase_add_test(t, a_descriptor_that_cannot_be_watched_is_an_error);
	suite_add_tcase(s, t);
	return s;
}
