#include "app/starting.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define AGAIN_MS 1000 /* where another process is at it */
#define RETRY_AFTER_S 5
#define WHY "index being rebuilt"

/* --- what is said --- */

static void tell_health(struct http_request *request)
{
	struct json_out out = http_json(request, 503);

	json_open(&out, NULL, '{');
	json_put_text(&out, "status", "starting");
	json_open(&out, "alarms", '[');
	json_put_text(&out, NULL, WHY);
	json_close(&out, ']');
	json_close(&out, '}');
	request->answer.retry_after = RETRY_AFTER_S;
}

static void ask_to_come_again(struct http_request *request)
{
	http_problem(request, 503, "starting: " WHY);
	request->answer.retry_after = RETRY_AFTER_S;
}

static const struct http_route routes[] = {
	{"GET", "/healthz", HTTP_ANYBODY, tell_health, NULL, NULL},
};

/* --- what is done --- */

static void on_end(void *context, int events)
{
	struct starting *starting = context;
	int status;
	char text[24];
	(void)events;

	loop_unwatch(starting->loop, &starting->ended);
	child_wait(&starting->child, &status);
	starting->child.pid = 0;
	if (status == 0 || (WIFEXITED(status) && WEXITSTATUS(status) == EX_TEMPFAIL))
		loop_start_timer(starting->loop, &starting->again, clock_boot_ms() + AGAIN_MS);
	else
		err_set(&starting->err, WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE,
			"mailq-index rebuild: %s", child_status_text(status, text));
}

static void rebuild(void *context)
{
	struct starting *starting = context;
	const char *const argv[] = {"mailq-index", "rebuild", "-C", starting->conf->file, NULL};
	const int fds[] = {-1, STDERR_FILENO, STDERR_FILENO};
	struct child_plan plan = {.program = argv[0],
				  .argv = argv,
				  .env = (const char *const *)environ,
				  .fds = fds,
				  .n_fds = 3};

	if (!child_start(&plan, &starting->child, &starting->err))
		return;
	starting->ended =
		(struct loop_watch){.fd = starting->child.fd, .fn = on_end, .context = starting};
	loop_watch(starting->loop, &starting->ended, LOOP_READ, &starting->err);
}

bool starting_open(struct starting *starting, struct http_service *service, struct err *err)
{
	service->routes = routes;
	service->n_routes = sizeof routes / sizeof *routes;
	service->otherwise = ask_to_come_again;
	service->prefix = starting->conf->app.prefix;
	starting->again = (struct loop_timer){.fn = rebuild, .context = starting};
	if (!(starting->queue = queue_open(starting->conf, QUEUE_ACCEPT, err)))
		return false;
	loop_start_timer(starting->loop, &starting->again, clock_boot_ms());
	return true;
}

bool starting_lasts(struct starting *starting, struct err *err)
{
	if (starting->err.code)
		*err = starting->err;
	return !starting->err.code && starting->queue->index &&
	       index_is_stale(starting->queue->index);
}

void starting_close(struct starting *starting)
{
	int status;

	loop_stop_timer(starting->loop, &starting->again);
	if (starting->child.pid) {
		loop_unwatch(starting->loop, &starting->ended);
		child_signal(&starting->child, SIGKILL);
		child_wait(&starting->child, &status);
	}
	queue_close(starting->queue);
}
