#include "app/send.h"

#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "queue/look.h"
#include "queue/verdict.h"

#define AGAIN_MS 50 /* where the file moved while it was looked for */

struct send {
	struct app *app;
	struct http_request *request;
	char id[ID_SIZE];
	int watch; /* of inotify; -1: the file was not found where it was looked for */
	int64_t until_ms;
	struct loop_timer timer;
	struct send *next, **back;
};

struct sends {
	struct app *app;
	struct loop_watch inotify;
	struct send *first;
};

/* --- one that waits --- */

static bool is_watched(const struct sends *sends, int watch)
{
	for (const struct send *send = sends->first; send; send = send->next)
		if (send->watch == watch)
			return true;
	return false;
}

static void leave(struct send *send)
{
	struct sends *sends = send->app->sends;

	*send->back = send->next;
	if (send->next)
		send->next->back = send->back;
	loop_stop_timer(send->app->loop, &send->timer);
	if (send->watch >= 0 && !is_watched(sends, send->watch))
		inotify_rm_watch(sends->inotify.fd, send->watch);
}

static void forget(struct http_request *request)
{
	leave(request->work);
}

static void answer_message(struct send *send)
{
	struct look look;
	struct err err = {0};

	if (look_open(send->app->queue, send->id, &look, &err)) {
		struct json_out out = http_json(send->request, 200);
		look_write_json(&out, &look);
		look_close(&look);
	} else {
		app_refuse(send->request, app_status(&err), &err);
	}
}

static void answer_later(struct send *send)
{
	struct json_out out = http_json(send->request, 202);

	json_open(&out, NULL, '{');
	json_put_text(&out, "id", send->id);
	json_put_text(&out, "status", status_public_name(STATUS_READY));
	json_close(&out, '}');
}

/* The watch comes before the look, so that no step falls between the two. */
static void check(struct send *send)
{
	struct queue *queue = send->app->queue;
	enum verdict_told told;
	struct err why, err = {0};
	int64_t now_ms = clock_boot_ms();

	if (send->watch < 0)
		send->watch = verdict_watch(queue, send->id, send->app->sends->inotify.fd);
	bool known = verdict_look(queue, send->id, &told, &why, &err);
	if (known && told == VERDICT_NOT_YET && now_ms < send->until_ms) {
		int64_t again_ms = send->watch < 0 ? now_ms + AGAIN_MS : send->until_ms;
		loop_start_timer(send->app->loop, &send->timer, again_ms);
		return;
	}
	if (!known)
		app_refuse(send->request, app_status(&err), &err);
	else if (told == VERDICT_NOT_YET)
		answer_later(send);
	else
		answer_message(send);
	leave(send);
	http_request_done(send->request);
}

void sends_stop(struct sends *sends)
{
	for (struct send *send; (send = sends->first);) {
		answer_later(send);
		leave(send);
		http_request_done(send->request);
	}
}

static void on_time(void *context)
{
	check(context);
}

/* --- all of them --- */

static void wake(struct sends *sends, int watch)
{
	struct send *next;

	for (struct send *send = sends->first; send; send = next) {
		next = send->next;
		if (send->watch == watch)
			check(send);
	}
}

static void on_inotify(void *context, int occurred)
{
	struct sends *sends = context;
	char bytes[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;
	(void)occurred;

	while ((n = read(sends->inotify.fd, bytes, sizeof bytes)) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *event = (const void *)(bytes + at);
			wake(sends, event->wd);
			at += (ssize_t)(sizeof *event + event->len);
		}
}

struct sends *sends_open(struct app *app, struct err *err)
{
	struct sends *sends = mem_zero(sizeof *sends);

	sends->app = app;
	sends->inotify = (struct loop_watch){.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
					     .fn = on_inotify,
					     .context = sends};
	if (sends->inotify.fd < 0)
		io_err(err, "inotify");
	else if (loop_watch(app->loop, &sends->inotify, LOOP_READ, err))
		return sends;
	else
		close(sends->inotify.fd);
	free(sends);
	return NULL;
}

void sends_close(struct sends *sends)
{
	if (!sends)
		return;
	loop_unwatch(sends->app->loop, &sends->inotify);
	close(sends->inotify.fd);
	free(sends);
}

static uint64_t wait_s(const struct http_request *request)
{
	const char *text = http_request_query(request, "wait");
	uint64_t seconds = SEND_WAIT_S;

	return !text || slice_number(slice_text(text), SEND_WAIT_S, &seconds) ? seconds
									      : UINT64_MAX;
}

bool send_read_wait(struct http_request *request)
{
	if (wait_s(request) <= SEND_WAIT_S)
		return true;
	http_problem(request, 422, "wait: not a number of seconds up to %d", SEND_WAIT_S);
	return false;
}

void send_wait(struct http_request *request, const char *id, int64_t scheduled_ms)
{
	struct app *app = request->context;
	struct sends *sends = app->sends;
	struct send *send = arena_alloc(&request->arena, sizeof *send);
	int64_t wait_ms = (int64_t)wait_s(request) * 1000;

	if (scheduled_ms > clock_now_ms() + wait_ms)
		wait_ms = 0;
	*send = (struct send){.app = app,
			      .request = request,
			      .watch = -1,
			      .until_ms = clock_boot_ms() + wait_ms,
			      .timer = {.fn = on_time, .context = send},
			      .next = sends->first,
			      .back = &sends->first};
	memcpy(send->id, id, ID_SIZE);
	if (send->next)
		send->next->back = &send->next;
	sends->first = send;
	request->work = send;
	http_request_wait(request, forget);
	check(send);
}
