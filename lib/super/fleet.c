#include "super/fleet.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/mem.h"
#include "super/process.h"

struct worker {
	struct worker *next;
	struct fleet *fleet;
	struct machine machine;
	unsigned number; /* from 1 */

	struct arena arena; /* what it is started with */
	const char *stage;
	const char *program;
	const char **env;

	struct child child;
	struct loop_watch ended;
	struct loop_timer deadline;
	uint64_t used; /* processor time at the last look */

	unsigned starts;
	int64_t since_ms; /* wall clock: the last start */
	char last_end[24];
	struct err failure; /* why it could not be started; no code when it could */
};

static void step(struct worker *worker, enum machine_event event);
static void sweep(struct fleet *fleet);

/* --- telling --- */

static void begin_line(const struct worker *worker, const char *event)
{
	struct log *log = worker->fleet->log;

	log_begin(log, event);
	log_text(log, "stage", worker->stage);
	log_int(log, "worker", worker->number);
}

static void tell_started(const struct worker *worker)
{
	begin_line(worker, "stage-started");
	log_int(worker->fleet->log, "pid", worker->child.pid);
	log_end(worker->fleet->log);
}

static void tell_ended(const struct worker *worker, pid_t pid)
{
	struct log *log = worker->fleet->log;

	begin_line(worker, "stage-ended");
	log_int(log, "pid", pid);
	log_text(log, "result", worker->last_end);
	log_int(log, "ran_ms", clock_boot_ms() - worker->machine.started_ms);
	log_end(log);
}

/* The same failure again is not told: it comes back every few seconds. */
static void tell_failure(struct worker *worker, const struct err *err)
{
	if (strcmp(worker->failure.text, err->text) == 0)
		return;
	worker->failure = *err;
	begin_line(worker, "stage-failed");
	log_text(worker->fleet->log, "error", err->text);
	log_end(worker->fleet->log);
}

static void tell_killed(const struct worker *worker, enum worker_state before)
{
	begin_line(worker, "stage-killed");
	log_int(worker->fleet->log, "pid", worker->child.pid);
	log_text(worker->fleet->log, "reason",
		 before == WORKER_RUNNING ? "silent" : "did not end in time");
	log_end(worker->fleet->log);
}

/* --- doing --- */

static void on_deadline(void *context)
{
	step(context, EVENT_DUE);
}

static void on_end(void *context, int events)
{
	struct worker *worker = context;
	pid_t pid = worker->child.pid;
	int status;

	(void)events;
	loop_unwatch(worker->fleet->loop, &worker->ended);
	child_wait(&worker->child, &status); /* does not wait: its descriptor says that it ended */
	worker->child.pid = 0;
	child_status_text(status, worker->last_end);
	tell_ended(worker, pid);
	step(worker, EVENT_ENDED);
	sweep(worker->fleet);
}

static bool start(struct worker *worker, struct err *err)
{
	const char *argv[] = {worker->program, "-C", worker->fleet->conf_path, "--follow", NULL};
	const int fds[] = {-1, STDERR_FILENO, STDERR_FILENO};
	struct child_plan plan = {.program = worker->program,
				  .argv = argv,
				  .env = worker->env,
				  .fds = fds,
				  .n_fds = 3};
	int status;

	if (!child_start(&plan, &worker->child, err))
		return false;
	worker->ended =
		(struct loop_watch){.fd = worker->child.fd, .fn = on_end, .context = worker};
	if (loop_watch(worker->fleet->loop, &worker->ended, LOOP_READ, err))
		return true;
	child_signal(&worker->child, SIGKILL);
	child_wait(&worker->child, &status);
	worker->child.pid = 0;
	return false;
}

static void act_start(struct worker *worker)
{
	struct err err = {0};

	if (!start(worker, &err)) {
		tell_failure(worker, &err);
		step(worker, EVENT_FAILED);
		return;
	}
	worker->failure = (struct err){0};
	worker->starts++;
	worker->since_ms = clock_now_ms();
	tell_started(worker);
}

static void step(struct worker *worker, enum machine_event event)
{
	struct fleet *fleet = worker->fleet;
	enum worker_state before = worker->machine.state;

	switch (machine_step(&worker->machine, event, clock_boot_ms(), &fleet->times)) {
	case ACTION_NONE:
		break;
	case ACTION_START:
		act_start(worker);
		break;
	case ACTION_TERMINATE:
		child_signal(&worker->child, SIGTERM);
		break;
	case ACTION_KILL:
		tell_killed(worker, before);
		child_signal(&worker->child, SIGKILL);
		break;
	}
	if (worker->machine.deadline_ms == INT64_MAX)
		loop_stop_timer(fleet->loop, &worker->deadline);
	else
		loop_start_timer(fleet->loop, &worker->deadline, worker->machine.deadline_ms);
}

/* Forgets those that are gone. */
static void sweep(struct fleet *fleet)
{
	for (struct worker **at = &fleet->first; *at;) {
		struct worker *worker = *at;
		if (worker->machine.state != WORKER_GONE) {
			at = &worker->next;
			continue;
		}
		*at = worker->next;
		arena_free(&worker->arena);
		free(worker);
	}
}

/* --- the plan --- */

/* The stage's environment and how to reach us. */
static const char **make_env(const struct fleet *fleet, const char *const *stage_env,
			     struct arena *arena)
{
	size_t n = 0;

	while (stage_env[n])
		n++;
	const char **env = arena_alloc(arena, (n + 3) * sizeof *env);
	for (size_t i = 0; i < n; i++)
		env[i] = arena_text(arena, stage_env[i]);
	env[n++] = arena_format(arena, "NOTIFY_SOCKET=%s", fleet->socket);
	env[n] = arena_format(arena, "WATCHDOG_USEC=%lld",
			      (long long)fleet->times.silence_ms * 1000);
	return env;
}

static void equip(struct worker *worker, const struct plan_stage *stage)
{
	arena_reset(&worker->arena);
	worker->stage = arena_text(&worker->arena, stage->stage);
	worker->program = arena_text(&worker->arena, stage->program);
	worker->env = make_env(worker->fleet, stage->env, &worker->arena);
}

static struct worker *find(const struct fleet *fleet, const char *stage, unsigned number)
{
	struct worker *worker = fleet->first;

	while (worker && (worker->number != number || strcmp(worker->stage, stage) != 0))
		worker = worker->next;
	return worker;
}

static void add(struct fleet *fleet, const struct plan_stage *stage, unsigned number)
{
	struct worker *worker = mem_zero(sizeof *worker);
	struct worker **at = &fleet->first;

	*worker = (struct worker){
		.fleet = fleet,
		.machine = machine_new(clock_boot_ms()),
		.number = number,
		.deadline = {.fn = on_deadline, .context = worker},
	};
	equip(worker, stage);
	while (*at)
		at = &(*at)->next;
	*at = worker;
	loop_start_timer(fleet->loop, &worker->deadline, worker->machine.deadline_ms);
}

static bool runs_with(const struct worker *worker, const struct plan_stage *stage)
{
	struct arena arena = {0};
	bool same = environment_equal(worker->env, make_env(worker->fleet, stage->env, &arena));

	arena_free(&arena);
	return same;
}

static bool is_planned(const struct worker *worker, const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (strcmp(plan->stages[i].stage, worker->stage) == 0)
			return worker->number <= plan->stages[i].workers;
	return false;
}

static void want(struct fleet *fleet, const struct plan_stage *stage, unsigned number)
{
	struct worker *worker = find(fleet, stage->stage, number);

	if (!worker) {
		add(fleet, stage, number);
	} else if (runs_with(worker, stage)) {
		step(worker, EVENT_WANTED);
	} else {
		equip(worker, stage);
		step(worker, EVENT_CHANGED);
	}
}

void fleet_follow(struct fleet *fleet, const struct plan *plan)
{
	for (struct worker *worker = fleet->first; worker; worker = worker->next)
		if (!is_planned(worker, plan))
			step(worker, EVENT_UNWANTED);
	sweep(fleet);
	for (size_t i = 0; i < plan->count; i++)
		for (unsigned number = 1; number <= plan->stages[i].workers; number++)
			want(fleet, &plan->stages[i], number);
}

void fleet_tell(struct fleet *fleet, enum machine_event event)
{
	for (struct worker *worker = fleet->first; worker; worker = worker->next)
		step(worker, event);
	sweep(fleet);
}

void fleet_alive(struct fleet *fleet, pid_t pid)
{
	for (struct worker *worker = fleet->first; worker; worker = worker->next)
		if (worker->child.pid == pid) {
			step(worker, EVENT_ALIVE);
			return;
		}
}

void fleet_look(struct fleet *fleet)
{
	for (struct worker *worker = fleet->first; worker; worker = worker->next) {
		uint64_t used = worker->child.pid ? process_time_used(worker->child.pid) : 0;
		if (used != worker->used) {
			worker->used = used;
			if (used)
				step(worker, EVENT_BUSY);
		}
	}
}

bool fleet_is_empty(const struct fleet *fleet)
{
	return !fleet->first;
}

/* --- status --- */

static void put_worker(const struct worker *worker, struct json_out *out)
{
	char since[CLOCK_TEXT_SIZE];

	json_open(out, NULL, '{');
	json_put_text(out, "stage", worker->stage);
	json_put_int(out, "worker", worker->number);
	json_put_text(out, "state", machine_state_name(worker->machine.state));
	if (worker->child.pid) {
		clock_format(worker->since_ms, since);
		json_put_int(out, "pid", worker->child.pid);
		json_put_text(out, "since", since);
	}
	json_put_int(out, "starts", worker->starts);
	if (worker->last_end[0])
		json_put_text(out, "last_end", worker->last_end);
	if (worker->failure.code)
		json_put_text(out, "error", worker->failure.text);
	json_close(out, '}');
}

void fleet_status(const struct fleet *fleet, struct json_out *out, const char *key)
{
	json_open(out, key, '[');
	for (const struct worker *worker = fleet->first; worker; worker = worker->next)
		put_worker(worker, out);
	json_close(out, ']');
}
