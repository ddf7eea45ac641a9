#include "super/machine.h"

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW INT64_C(1000000)

static const struct machine_times *const times = &machine_standard_times;

/* What holds of a state, whatever led to it. */
static const struct {
	bool process;    /* there is one */
	bool deadline;   /* and it has one, or waits for one */
	bool comes_back; /* it is to run (again) */
} facts[WORKER_STATES] = {
	[WORKER_WAITING] = {false, true, true},   [WORKER_RUNNING] = {true, true, true},
	[WORKER_RESTARTING] = {true, true, true}, [WORKER_KILLED] = {true, false, true},
	[WORKER_ENDING] = {true, true, false},    [WORKER_DYING] = {true, false, false},
	[WORKER_GONE] = {false, false, false},
};

static bool is_possible(enum worker_state state, enum machine_event event)
{
	switch (event) {
	case EVENT_DUE:
		return facts[state].deadline;
	case EVENT_ALIVE:
	case EVENT_BUSY:
	case EVENT_ENDED:
		return facts[state].process;
	case EVENT_FAILED:
		return state == WORKER_RUNNING;
	default:
		return state != WORKER_GONE;
	}
}

static struct machine machine_in(enum worker_state state)
{
	return (struct machine){
		.state = state,
		.deadline_ms = facts[state].deadline ? NOW : INT64_MAX,
		.started_ms = NOW - 1000,
		.word_ms = NOW - 1000,
		.delay_ms = 100,
	};
}

/* The whole table is walked: every state with every event that is possible in it. */
#define PAIRS (WORKER_STATES * WORKER_EVENTS)
#define PAIR_STATE(i) ((enum worker_state)((i) / WORKER_EVENTS))
#define PAIR_EVENT(i) ((enum machine_event)((i) % WORKER_EVENTS))

START_TEST(only_what_can_happen_is_taken)
{
	struct machine machine = machine_in(PAIR_STATE(_i));
	int status;

	pid_t child = fork();
	if (child == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0});
		fclose(stderr);
		machine_step(&machine, PAIR_EVENT(_i), NOW, times);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	if (is_possible(PAIR_STATE(_i), PAIR_EVENT(_i)))
		ck_assert_int_eq(status, 0);
	else
		ck_assert_int_eq(WTERMSIG(status), SIGABRT);
}
END_TEST

START_TEST(every_step_agrees_with_what_holds_of_the_two_states)
{
	enum worker_state before = PAIR_STATE(_i);
	enum machine_event event = PAIR_EVENT(_i);
	struct machine machine = machine_in(before);

	if (!is_possible(before, event))
		return;
	enum machine_action action = machine_step(&machine, event, NOW, times);
	enum worker_state after = machine.state;

	bool process = facts[before].process && event != EVENT_ENDED && event != EVENT_FAILED;
	ck_assert(!(action == ACTION_START && process));
	ck_assert(!((action == ACTION_TERMINATE || action == ACTION_KILL) && !process));
	ck_assert_int_eq(facts[after].process, process || action == ACTION_START);

	ck_assert_int_eq(machine.deadline_ms != INT64_MAX, facts[after].deadline);
	if (facts[before].process && !facts[before].deadline)
		ck_assert(action != ACTION_TERMINATE && action != ACTION_KILL);
}
END_TEST

START_TEST(only_the_configuration_decides_whether_it_comes_back)
{
	enum worker_state before = PAIR_STATE(_i);
	enum machine_event event = PAIR_EVENT(_i);
	struct machine machine = machine_in(before);
	bool comes_back = facts[before].comes_back;

	if (!is_possible(before, event))
		return;
	if (event == EVENT_WANTED || event == EVENT_CHANGED)
		comes_back = true;
	if (event == EVENT_UNWANTED || event == EVENT_HURRY)
		comes_back = false;
	machine_step(&machine, event, NOW, times);
	ck_assert_int_eq(facts[machine.state].comes_back, comes_back);
}
END_TEST

static const struct {
	enum worker_state before;
	enum machine_event event;
	enum worker_state after;
	enum machine_action action;
	int64_t wait_ms; /* until the deadline; -1: none */
} steps[] = {
	{WORKER_WAITING, EVENT_DUE, WORKER_RUNNING, ACTION_START, 25000},
	{WORKER_RUNNING, EVENT_ALIVE, WORKER_RUNNING, ACTION_NONE, 25000},
	{WORKER_RUNNING, EVENT_DUE, WORKER_KILLED, ACTION_KILL, -1},
	{WORKER_RUNNING, EVENT_ENDED, WORKER_WAITING, ACTION_NONE, 200},
	{WORKER_RUNNING, EVENT_FAILED, WORKER_WAITING, ACTION_NONE, 200},
	{WORKER_RUNNING, EVENT_CHANGED, WORKER_RESTARTING, ACTION_TERMINATE, 45000},
	{WORKER_RUNNING, EVENT_UNWANTED, WORKER_ENDING, ACTION_TERMINATE, 45000},
	{WORKER_RUNNING, EVENT_HURRY, WORKER_DYING, ACTION_KILL, -1},
	{WORKER_RESTARTING, EVENT_ENDED, WORKER_WAITING, ACTION_NONE, 0},
	{WORKER_RESTARTING, EVENT_DUE, WORKER_KILLED, ACTION_KILL, -1},
	{WORKER_RESTARTING, EVENT_ALIVE, WORKER_RESTARTING, ACTION_NONE, 0},
	{WORKER_KILLED, EVENT_ENDED, WORKER_WAITING, ACTION_NONE, 200},
	{WORKER_ENDING, EVENT_DUE, WORKER_DYING, ACTION_KILL, -1},
	{WORKER_ENDING, EVENT_WANTED, WORKER_RESTARTING, ACTION_NONE, 0},
	{WORKER_ENDING, EVENT_ENDED, WORKER_GONE, ACTION_NONE, -1},
	{WORKER_DYING, EVENT_ENDED, WORKER_GONE, ACTION_NONE, -1},
	{WORKER_WAITING, EVENT_CHANGED, WORKER_WAITING, ACTION_NONE, 0},
};

START_TEST(does_the_promised)
{
	struct machine machine = machine_in(steps[_i].before);

	ck_assert_int_eq(machine_step(&machine, steps[_i].event, NOW, times), steps[_i].action);
	ck_assert_int_eq(machine.state, steps[_i].after);
	ck_assert_int_eq(machine.deadline_ms,
			 steps[_i].wait_ms < 0 ? INT64_MAX : NOW + steps[_i].wait_ms);
}
END_TEST

/* Starts it, lets it live, and returns how long it then waits. */
static int64_t wait_after_a_life(struct machine *machine, int64_t *now, int64_t life_ms)
{
	*now = machine->deadline_ms;
	ck_assert_int_eq(machine_step(machine, EVENT_DUE, *now, times), ACTION_START);
	*now += life_ms;
	machine_step(machine, EVENT_ENDED, *now, times);
	return machine->deadline_ms - *now;
}

START_TEST(waits_longer_after_each_short_life_and_begins_anew_after_a_healthy_one)
{
	static const int64_t waits[] = {100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000};
	struct machine machine = machine_new(NOW);
	int64_t now;

	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
		ck_assert_int_eq(wait_after_a_life(&machine, &now, 9999), waits[i]);
	ck_assert_int_eq(wait_after_a_life(&machine, &now, 10000), 100);
	ck_assert_int_eq(wait_after_a_life(&machine, &now, 5), 200);
}
END_TEST

START_TEST(a_worker_is_not_blamed_for_the_sleep_of_the_supervisor)
{
	struct machine machine = machine_in(WORKER_RUNNING);
	int64_t late = NOW + times->silence_ms / 2 + 1;

	ck_assert_int_eq(machine_step(&machine, EVENT_DUE, late, times), ACTION_NONE);
	ck_assert_int_eq(machine.deadline_ms, late + times->silence_ms);
	ck_assert_int_eq(machine_step(&machine, EVENT_DUE, machine.deadline_ms, times),
			 ACTION_KILL);
}
END_TEST

START_TEST(who_works_without_a_word_is_borne_longer_but_not_for_ever)
{
	struct machine machine = machine_in(WORKER_RUNNING);
	int64_t patience_ms = times->silence_ms - times->silence_ms / MACHINE_LOOKS;
	int64_t now = NOW, last;

	machine_step(&machine, EVENT_ALIVE, now, times);
	last = now + times->busy_ms;
	machine_step(&machine, EVENT_BUSY, now + 1000, times);
	ck_assert_int_eq(machine.deadline_ms, now + 25000); /* not sooner than the word allows */

	for (now += 6000; now < last - patience_ms; now += 5000) {
		ck_assert_int_eq(machine_step(&machine, EVENT_BUSY, now, times), ACTION_NONE);
		ck_assert_int_eq(machine.deadline_ms, now + patience_ms);
	}
	machine_step(&machine, EVENT_BUSY, now, times);
	ck_assert_int_eq(machine.deadline_ms, last);
	machine_step(&machine, EVENT_ALIVE, now, times);
	ck_assert_int_eq(machine.deadline_ms, now + 25000);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("super/machine");
	TCase *t = tcase_create("machine");

	tcase_add_loop_test(t, only_what_can_happen_is_taken, 0, PAIRS);
	tcase_add_loop_test(t, every_step_agrees_with_what_holds_of_the_two_states, 0, PAIRS);
	tcase_add_loop_test(t, only_the_configuration_decides_whether_it_comes_back, 0, PAIRS);
	tcase_add_loop_test(t, does_the_promised, 0, sizeof steps / sizeof *steps);
	tcase_add_test(t, waits_longer_after_each_short_life_and_begins_anew_after_a_healthy_one);
	tcase_add_test(t, who_works_without_a_word_is_borne_longer_but_not_for_ever);
	tcase_add_test(t, a_worker_is_not_blamed_for_the_sleep_of_the_supervisor);
	suite_add_tcase(s, t);
	return s;
}
