#include "super/errand.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

static void collect(struct errand *errand)
{
	int status;

	child_wait(&errand->child, &status);
	child_status_text(status, errand->last_end);
	errand->child.pid = 0;
}

/* "check-ended" */
static void begin_line(const struct errand *errand, const char *what)
{
	char event[32];

	snprintf(event, sizeof event, "%s-%s", errand->word, what);
	log_begin(errand->log, event);
}

static void on_end(void *context, int events)
{
	struct errand *errand = context;

	(void)events;
	loop_unwatch(errand->loop, &errand->ended);
	collect(errand);
	begin_line(errand, "ended");
	log_text(errand->log, "result", errand->last_end);
	log_int(errand->log, "ran_ms", clock_now_ms() - errand->started_ms);
	log_end(errand->log);
}

static bool run(struct errand *errand, struct err *err)
{
	const char *argv[] = {errand->program, "-C", errand->conf_path, errand->word, NULL};
	const int fds[] = {-1, STDERR_FILENO, STDERR_FILENO};
	struct child_plan plan = {.program = errand->program,
				  .argv = argv,
				  .env = errand->env,
				  .fds = fds,
				  .n_fds = 3};

	if (!child_start(&plan, &errand->child, err))
		return false;
	errand->started_ms = clock_now_ms();
	errand->ended =
		(struct loop_watch){.fd = errand->child.fd, .fn = on_end, .context = errand};
	if (loop_watch(errand->loop, &errand->ended, LOOP_READ, err))
		return true;
	child_signal(&errand->child, SIGKILL);
	collect(errand);
	return false;
}

static void on_due(void *context)
{
	struct errand *errand = context;
	struct err err = {0};

	loop_start_timer(errand->loop, &errand->due, clock_boot_ms() + errand->every_ms);
	if (errand->child.pid) {
		child_signal(&errand->child, SIGKILL);
		return;
	}
	if (run(errand, &err))
		return;
	begin_line(errand, "failed");
	log_text(errand->log, "error", err.text);
	log_end(errand->log);
}

void errand_run(struct errand *errand)
{
	if (errand->child.pid)
		return;
	errand->due.fn = on_due;
	errand->due.context = errand;
	on_due(errand);
}

void errand_stop(struct errand *errand)
{
	loop_stop_timer(errand->loop, &errand->due);
	if (errand->child.pid)
		child_signal(&errand->child, SIGKILL);
}

void errand_status(const struct errand *errand, struct json_out *out, const char *key)
{
	char started[CLOCK_TEXT_SIZE];

	json_open(out, key, '{');
	if (errand->started_ms) {
		clock_format(errand->started_ms, started);
		json_put_text(out, "started", started);
	}
	if (errand->child.pid)
		json_put_int(out, "pid", errand->child.pid);
	else if (errand->last_end[0])
		json_put_text(out, "result", errand->last_end);
	json_close(out, '}');
}
